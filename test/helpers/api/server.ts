import { randomFillSync } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { type ApiContext, type ApiModules, type ApiOptions, createApiContext } from '../../../services/api/context.js';
import type { ApiServer } from '../../../services/api/route.js';
import { createBrokerKeyStore } from '../../../services/api/security/key-stores.js';
import { mintKey } from '../../../services/api/security/keys.js';
import type { Scope } from '../../../services/api/security/principal.js';
import { createApiServer } from '../../../services/api/server.js';
import { algorithmCatalog } from '../../../src/algorithms/catalog.js';
import { silentLogger, systemClock } from '../../../src/base/index.js';
import { type Broker, createMemoryBroker } from '../../../src/broker/index.js';
import { environmentCatalog } from '../../../src/envs/index.js';
import { MetricRegistry } from '../../../src/metrics/index.js';
import { temporaryFolder } from '../temporary-folder.js';

export interface TestApi {
  readonly app: ApiServer;
  readonly context: ApiContext;
  readonly broker: Broker;
  /** The Authorization header of a new key. */
  authorize(owner: string, ...scopes: Scope[]): Promise<{ readonly authorization: string }>;
}

/** A server of the running test's own, not listening, closed when it ends. Without `keysRequired` it asks for no keys. */
export async function testApi(options: Partial<ApiOptions> = {}, modules: Partial<ApiModules> = {}): Promise<TestApi> {
  const broker = modules.broker ?? createMemoryBroker();
  const keys = modules.keys ?? createBrokerKeyStore(broker.credentials);
  const context = createApiContext(
    {
      host: '127.0.0.1',
      port: 0,
      keysRequired: false,
      allowedHosts: [],
      corsOrigins: [],
      trustedProxies: [],
      bodyBytes: 2 ** 20,
      ratePerMinute: 1_000_000,
      activeJobs: 1_000_000,
      agentStepsPerDay: 0,
      actsPerMinute: 1_000_000,
      actQueue: 1024,
      policies: 100,
      policyThreads: 1,
      policyBytes: 2 ** 26,
      streams: 2000,
      streamsPerKey: 100,
      deadlineMs: 1800,
      arrivalMs: 15_000,
      checkpointFolder: options.checkpointFolder ?? temporaryFolder(),
      ...options,
    },
    {
      clock: systemClock,
      logger: silentLogger,
      metrics: new MetricRegistry(),
      catalogs: { environments: environmentCatalog, algorithms: algorithmCatalog },
      ...modules,
      broker,
      keys,
    },
  );
  const app = await createApiServer(context);
  onTestFinished(() => app.close());
  return {
    app,
    context,
    broker,
    async authorize(owner, ...scopes) {
      const { key, text } = mintKey({ owner, scopes, createdAt: 0 }, (bytes) => randomFillSync(bytes));
      await keys.put(key);
      return { authorization: `Bearer ${text}` };
    },
  };
}
