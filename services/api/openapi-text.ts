import { algorithmCatalog } from '../../src/algorithms/catalog.js';
import { silentLogger, systemClock } from '../../src/base/index.js';
import { createMemoryBroker } from '../../src/broker/index.js';
import { environmentCatalog } from '../../src/envs/index.js';
import { MetricRegistry } from '../../src/metrics/index.js';
import { createApiContext } from './context.js';
import { optionsOf } from './index.js';
import { createBrokerKeyStore } from './security/key-stores.js';
import { createApiServer } from './server.js';
import { apiSettings } from './settings.js';

/** The text of `docs/openapi.json`: what /openapi.json answers, whatever the settings of a server are. */
export async function openApiText(): Promise<string> {
  const broker = createMemoryBroker();
  const options = optionsOf(apiSettings.parse({ REDIS_URL: 'redis://unused' }));
  const app = await createApiServer(
    createApiContext(options, {
      broker,
      clock: systemClock,
      logger: silentLogger,
      metrics: new MetricRegistry(),
      catalogs: { environments: environmentCatalog, algorithms: algorithmCatalog },
      keys: createBrokerKeyStore(broker.credentials),
    }),
  );
  try {
    return `${JSON.stringify(app.swagger(), null, 2)}\n`;
  } finally {
    await app.close();
    await broker.close();
  }
}
