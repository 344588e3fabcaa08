import { setTimeout } from 'node:timers/promises';
import closeWithGrace from 'close-with-grace';
import { type Clock, type Logger, MarlinError, systemClock, version } from '../../src/base/index.js';
import { MetricRegistry } from '../../src/metrics/index.js';
import type { PROCESS_SETTINGS } from './common-settings.js';
import { createProcessLogger } from './logging.js';
import { createProbeServer, type ProbeServer } from './probes.js';
import { observeProcess } from './process-metrics.js';
import type { Readiness } from './readiness.js';
import type { SettingDeclarations, SettingValues } from './setting.js';
import type { Settings } from './settings.js';
import { helpText } from './settings-text.js';

/** What a service is started with. */
export interface ServiceModules<Values> {
  readonly settings: Values;
  readonly logger: Logger;
  /** Served under /metrics. */
  readonly metrics: MetricRegistry;
  /** What is served there: everything as it is now. */
  readonly metricsText: () => string;
  readonly clock: Clock;
  /** Aborted when the process is told to stop before `start` has come to its end. */
  readonly stopping: AbortSignal;
}

export interface RunningService {
  /** Asked at every /readyz: whether what there is to do gets done. */
  ready(): Readiness;
  /** Called before metrics are written out, for what is measured only then. */
  observe?(): void;
  /** Takes nothing new, finishes or hands back what it has within `graceMs`, then lets go of everything. Called once. */
  stop(graceMs: number): Promise<void>;
  /** Settles when the service ends by itself: resolved, the process stops with exit code 0; rejected, with 1. */
  readonly ended?: Promise<void>;
}

export interface ServiceDefinition<D extends typeof PROCESS_SETTINGS & SettingDeclarations> {
  /** As in `marlin <name>`, in logs and in metrics. */
  readonly name: string;
  /** One sentence for --help. */
  readonly summary: string;
  readonly settings: Settings<D>;
  start(modules: ServiceModules<SettingValues<D>>): Promise<RunningService>;
}

// What is left of the grace after the service had its part, for closing and the last words.
const SERVICE_SHARE_OF_GRACE = 0.9;

// Node cannot go on after these; a listener would only hide where it happened. `beforeExit` cannot come while probes or the
// keep-alive are there.
const LEFT_TO_NODE = [
  'SIGQUIT',
  'SIGILL',
  'SIGTRAP',
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGSEGV',
  'SIGUSR2',
  'beforeExit',
] as const;

const KEEP_ALIVE_MS = 2 ** 30;

const CLOSING_MS = 500;
const CLOSING_CHECK_MS = 5;

/** PROBE_PORT that means none. */
const NO_PROBES = -1;

/** Runs a service as this process. Resolves to an exit code when there is nothing to run: 0 after --help and --version, 2 when
 *  settings are wrong (all of them are told on standard error). Otherwise the service lives until SIGTERM, SIGINT or SIGHUP,
 *  and the process ends by itself: with 0 after a clean stop, with 1 when the stop took longer than SHUTDOWN_GRACE_MS, failed
 *  or was cut short by a second signal, and after any error that nobody caught. */
export async function runService<D extends typeof PROCESS_SETTINGS & SettingDeclarations>(
  definition: ServiceDefinition<D>,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const { name } = definition;
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(`marlin ${name}: ${definition.summary}\n\n${helpText(definition.settings)}`);
    return 0;
  }
  if (args.includes('--version') || args.includes('-V')) {
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  let settings: SettingValues<D>;
  try {
    settings = definition.settings.parse(env, args);
  } catch (error) {
    if (!(error instanceof MarlinError)) throw error;
    process.stderr.write(`error ${error.code}: ${error.message}\nSee marlin ${name} --help.\n`);
    return 2;
  }
  return live(definition, settings);
}

async function live<D extends typeof PROCESS_SETTINGS & SettingDeclarations>(
  definition: ServiceDefinition<D>,
  settings: SettingValues<D>,
): Promise<never> {
  // The constraint says that the common settings are among them, which the mapped type of a generic cannot show.
  const common = settings as SettingValues<typeof PROCESS_SETTINGS>;
  const graceMs = common.SHUTDOWN_GRACE_MS;
  const logger = createProcessLogger({ service: definition.name, level: common.LOG_LEVEL });
  const metrics = new MetricRegistry();
  const observer = observeProcess(metrics, { service: definition.name, version: version() });
  const readyRatio = metrics
    .gauge({ name: 'marlin_service_ready_ratio', help: '1 while the process is ready, as /readyz says; else 0.' })
    .labels();
  const keepAlive = setInterval(() => {}, KEEP_ALIVE_MS);
  const openAtStart = openResources();
  const stopping = new AbortController();
  let service: RunningService | undefined;
  let probes: ProbeServer | undefined;

  const ready = (): Readiness => {
    if (stopping.signal.aborted) return { ready: false, reasons: ['stopping'] };
    return service?.ready() ?? { ready: false, reasons: ['starting'] };
  };

  const metricsText = (): string => {
    observer.update();
    service?.observe?.();
    readyRatio.set(ready().ready ? 1 : 0);
    return metrics.text();
  };

  const start = async (): Promise<void> => {
    if (common.PROBE_PORT !== NO_PROBES) {
      const address = { host: common.PROBE_HOST, port: common.PROBE_PORT };
      probes = await createProbeServer(address, { ready, metrics: metricsText, logger });
      logger.info({ address: address.host, port: probes.port }, 'probes and metrics are served');
    }
    const modules = { settings, logger, metrics, metricsText, clock: systemClock, stopping: stopping.signal };
    service = await definition.start(modules);
    service.ended?.then(
      () => {
        if (!stopping.signal.aborted) grace.close();
      },
      (error: unknown) => failAtOnce(error, 'the service failed'),
    );
    logger.info({ version: version(), settings: definition.settings.shown(settings) }, 'started');
  };

  const failAtOnce = (error: unknown, message: string): void => {
    if (stopping.signal.aborted) return;
    logger.error({ error }, message);
    process.exit(1);
  };

  const stop = async (why: string): Promise<void> => {
    stopping.abort();
    logger.info({ why, graceMs }, 'stopping');
    // A start that was cut short has failed, which is no failure now; one that goes on is waited for, and then stopped.
    await starting.catch((error: unknown) => logger.debug({ error }, 'the start was cut short'));
    await service?.stop(Math.floor(graceMs * SERVICE_SHARE_OF_GRACE));
    await probes?.close();
    observer.close();
    clearInterval(keepAlive);
    // Sockets close when the other side has answered, so they get a moment.
    const deadline = systemClock.monotonic() + CLOSING_MS;
    let left = openResources(openAtStart);
    while (left.length > 0 && systemClock.monotonic() < deadline) {
      await setTimeout(CLOSING_CHECK_MS);
      left = openResources(openAtStart);
    }
    // The process ends all the same; but whatever was left open would have kept it alive, and is a defect.
    if (left.length > 0) logger.warn({ left }, 'something was left open');
    logger.info({}, 'stopped');
  };

  // Before anything that may take long, because a signal can come at any time.
  const grace = closeWithGrace(
    {
      delay: graceMs,
      logger: false,
      skip: [...LEFT_TO_NODE],
      onTimeout: () => logger.error({ graceMs }, 'stopping took longer than SHUTDOWN_GRACE_MS; ending now'),
      onSecondSignal: (signal) => logger.error({ signal }, 'a second signal; ending now'),
      onSecondError: (error) => logger.error({ error }, 'an error while stopping; ending now'),
    },
    async ({ err, signal, manual }) => {
      // A promise may be rejected with nothing, so it is not `err` that tells an error from a signal.
      const told = signal ?? (manual === true ? 'the service ended' : undefined);
      if (told === undefined) {
        logger.error({ error: err }, 'an error that nobody caught; ending now');
        throw new Error('exit code 1');
      }
      try {
        await stop(told);
      } catch (error) {
        logger.error({ error }, 'stopping failed; ending now');
        throw error;
      }
    },
  );
  const starting = start();
  starting.catch((error: unknown) => failAtOnce(error, 'the service could not be started'));
  return new Promise(() => {});
}

// Kinds of what is open now and was not open before. Timers are no news: the grace itself is one.
function openResources(before: readonly string[] = []): string[] {
  const known = new Set(['Timeout', 'Immediate', ...before]);
  return process.getActiveResourcesInfo().filter((type) => !known.has(type));
}
