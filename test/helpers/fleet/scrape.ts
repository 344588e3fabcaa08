import { vi } from 'vitest';
import { type ExportedMetric, parseExposition } from '../exposition.js';
import { TestRedis } from '../redis/server.js';
import { temporaryFolder } from '../temporary-folder.js';
import { Service } from './service.js';

/** Kind of process → what it exports, of real ones that have just been started and asked something. */
export async function scrapeFleet(): Promise<Map<string, Map<string, ExportedMetric>>> {
  const redis = await TestRedis.start();
  const env = { REDIS_URL: redis.url, CHECKPOINT_DIR: temporaryFolder() };
  const services = [
    new Service('actor', { ...env, ACTOR_SLOTS: '1' }),
    new Service('api', { ...env, API_PORT: '0' }),
    new Service('learner', { ...env, LEARNER_THREADS: '1' }),
  ];
  await Promise.all(services.map((service) => service.logged('started')));
  const { url } = await services[1]!.logged('the API is served');
  await fetch(`${String(url)}/v1/jobs`);
  const exported = new Map<string, Map<string, ExportedMetric>>();
  for (const service of services) {
    const { port } = await service.logged('probes and metrics are served');
    const metrics = await vi.waitFor(
      async () => {
        const found = parseExposition(await (await fetch(`http://127.0.0.1:${String(port)}/metrics`)).text());
        // The API looks at the fleet for the first time after it has started.
        if (service.kind === 'api' && found.get('marlin_fleet_jobs')?.labels.get('state') === undefined) {
          throw new Error('the fleet is not known yet');
        }
        return found;
      },
      { timeout: 20_000, interval: 100 },
    );
    exported.set(service.kind, metrics);
  }
  return exported;
}
