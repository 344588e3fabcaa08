import { algorithmCatalog } from '../../src/algorithms/catalog.js';
import { createRedisBroker } from '../../src/broker/redis/index.js';
import { createEnvironmentCatalog, loadEnvironmentModules } from '../../src/envs/index.js';
import { runService } from '../process/index.js';
import { ApiService, createBrokerKeyStore, optionsOf } from './index.js';
import { apiSettings } from './settings.js';

/** How long Redis may take over one command. Less than a request may take, so that who waits is told why. */
const REQUEST_TIMEOUT_MS = 1000;

/** Runs this process as an API server; resolves to an exit code only where there is nothing to run. */
export function main(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Promise<number> {
  return runService(
    {
      name: 'api',
      summary: 'launches, shows and steers the jobs of a fleet over HTTP',
      settings: apiSettings,
      async start({ settings, logger, metrics, metricsText, clock }) {
        const environments = createEnvironmentCatalog(await loadEnvironmentModules(settings.MARLIN_ENVS));
        const options = { url: settings.REDIS_URL, requestTimeoutMs: REQUEST_TIMEOUT_MS };
        const broker = await createRedisBroker(options, { logger, clock });
        const service = new ApiService(optionsOf(settings), {
          broker,
          clock,
          logger,
          metrics,
          metricsText,
          catalogs: { environments, algorithms: algorithmCatalog },
          keys: createBrokerKeyStore(broker.credentials),
        });
        try {
          await service.start();
        } catch (error) {
          await broker.close();
          throw error;
        }
        return service;
      },
    },
    args,
    env,
  );
}
