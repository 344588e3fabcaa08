/** The API service: launches, shows and steers jobs over HTTP. It trains nothing, and what it answers from is the broker, so that any
 *  number of them serve one fleet. Loads no numeric code. */
import type { AddressInfo } from 'node:net';
import type { Readiness } from '../process/index.js';
import { BrokerWatch } from './broker-watch.js';
import { type ApiModules, type ApiOptions, createApiContext } from './context.js';
import { apiError } from './errors.js';
import { FleetMetrics } from './fleet-metrics.js';
import type { ApiServer } from './route.js';
import { isLoopback } from './security/loopback.js';
import { createApiServer } from './server.js';
import { type apiSettings, SERVER_SETTINGS } from './settings.js';

export { API_ERRORS } from './errors.js';
export { keptPolicies } from './policies/kept-policies.js';
export { createBrokerKeyStore, createFileKeyStore } from './security/key-stores.js';
export type { ApiModules, ApiOptions };
export { SERVER_SETTINGS };

/** So that whoever asks is answered within two seconds even while the broker is away. */
const DEADLINE_MS = 1800;
/** Until a request has arrived whole: a megabyte takes as long at 70 kB/s. */
const ARRIVAL_MS = 15_000;

/** The options of a server from the settings of its process. */
export const optionsOf = (settings: Pick<ReturnType<typeof apiSettings.parse>, ServerSetting>): ApiOptions => ({
  host: settings.API_HOST,
  port: settings.API_PORT,
  keysRequired: settings.API_KEYS_REQUIRED,
  allowedHosts: settings.API_ALLOWED_HOSTS,
  corsOrigins: settings.API_CORS_ORIGINS,
  trustedProxies: settings.API_TRUSTED_PROXIES,
  bodyBytes: settings.API_BODY_BYTES,
  ratePerMinute: settings.API_RATE_PER_MINUTE,
  activeJobs: settings.API_ACTIVE_JOBS,
  agentStepsPerDay: settings.API_AGENT_STEPS_PER_DAY,
  actsPerMinute: settings.API_ACTS_PER_MINUTE,
  actQueue: settings.API_ACT_QUEUE,
  policies: settings.API_POLICIES,
  policyThreads: settings.API_POLICY_THREADS,
  policyBytes: settings.API_POLICY_BYTES,
  streams: settings.API_STREAMS,
  streamsPerKey: settings.API_STREAMS_PER_KEY,
  deadlineMs: DEADLINE_MS,
  arrivalMs: ARRIVAL_MS,
  checkpointFolder: settings.CHECKPOINT_DIR,
});

type ServerSetting = keyof typeof SERVER_SETTINGS | 'CHECKPOINT_DIR';

export class ApiService {
  private readonly options: ApiOptions;
  private readonly modules: ApiModules;
  private readonly watch: BrokerWatch;
  private readonly silent: { set(value: number): void };
  private fleet: FleetMetrics | undefined;
  private server: ApiServer | undefined;

  constructor(options: ApiOptions, modules: ApiModules) {
    this.options = options;
    this.modules = modules;
    this.watch = new BrokerWatch(modules);
    this.silent = modules.metrics
      .gauge({
        name: 'marlin_api_broker_silent_seconds',
        help: 'Since the broker last answered; it is asked every 2 s.',
      })
      .labels();
  }

  /** Listens; returns where. Rejects with API_KEYS_MISSING where the network could reach it and there is no key, and with
   *  API_ADDRESS_UNAVAILABLE. */
  async start(): Promise<string> {
    const { options, modules } = this;
    const { host, port } = options;
    if (!isLoopback(host) && (await modules.keys.list()).length === 0) {
      throw apiError(
        'API_KEYS_MISSING',
        `the API would listen on ${host}, where others reach it, but there is no API key yet: make one with marlin keys create`,
      );
    }
    const context = createApiContext(options, { ready: () => this.ready(), ...modules });
    const server = await createApiServer(context);
    try {
      await server.listen({ host, port });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw apiError('API_ADDRESS_UNAVAILABLE', `the API cannot listen on ${host}, port ${port}: ${reason}`, {
        data: { host, port },
        cause: error,
      });
    }
    this.server = server;
    this.watch.start();
    // With it, all jobs are read before anybody asks for a list.
    this.fleet = new FleetMetrics(context);
    this.fleet.start();
    const { port: taken } = server.server.address() as AddressInfo;
    const url = `http://${host.includes(':') ? `[${host}]` : host}:${taken}`;
    const keys = options.keysRequired || !isLoopback(host);
    modules.logger.info({ url, keys }, 'the API is served');
    return url;
  }

  /** Whether the broker answers what requests ask it. */
  ready(): Readiness {
    return this.watch.readiness();
  }

  observe(): void {
    this.silent.set(this.watch.silentMs / 1000);
  }

  /** Takes no new connections, answers what has been asked, and lets go of the broker. What is not answered within `graceMs` is cut
   *  off. */
  async stop(graceMs: number): Promise<void> {
    this.watch.stop();
    this.fleet?.stop();
    const { server } = this;
    if (server !== undefined) {
      const timer = setTimeout(() => server.server.closeAllConnections(), graceMs);
      await server.close();
      clearTimeout(timer);
    }
    await this.modules.broker.close();
  }
}
