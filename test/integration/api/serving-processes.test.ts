import { expect, it } from 'vitest';
import { createClient } from '../../../client/index.js';
import { testApi } from '../../helpers/api/server.js';
import { trainJob } from '../../helpers/api/trained.js';
import { Service } from '../../helpers/fleet/service.js';
import { openBroker } from '../../helpers/redis/brokers.js';
import { TestRedis } from '../../helpers/redis/server.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const served = { job: 'job', checkpoint: 2, policy: 'agent-0' } as const;

async function startProcess(kind: 'api' | 'serve', env: Readonly<Record<string, string>>) {
  const service = new Service(kind, { API_PORT: '0', ...env });
  const url = (await service.logged('the API is served')).url as string;
  return { service, client: createClient({ url }) };
}

it('agrees with all other processes of a fleet within a second, and goes on after each is killed', async () => {
  const redis = await TestRedis.start();
  const checkpointFolder = temporaryFolder();
  const env = { REDIS_URL: redis.url, CHECKPOINT_DIR: checkpointFolder };
  const broker = await openBroker({ url: redis.url, prefix: 'marlin' });
  await trainJob(await testApi({ checkpointFolder }, { broker }));
  const [one, two] = await Promise.all([startProcess('api', env), startProcess('api', env)]);
  await one.client.servePolicy('a', served);
  const row = { observation: [0.5] };
  const first = await one.client.act('a', row);
  expect(first.checkpoint).toBe(2);
  expect(await two.client.act('a', row)).toEqual(first);

  // The other one acts by it all the time, so that it knows the name from before.
  let switchedAt = Number.POSITIVE_INFINITY;
  let latest = 0;
  let switched = false;
  const watching = (async () => {
    while (!switched) {
      const asked = performance.now();
      const { checkpoint } = await two.client.act('a', row);
      if (checkpoint === 2 && asked > switchedAt) latest = asked - switchedAt;
      switched = checkpoint === 4;
    }
  })();
  const { revision } = await one.client.servePolicy('a', { ...served, checkpoint: 4 }, { revision: first.revision });
  switchedAt = performance.now();
  const second = await one.client.act('a', row);
  expect(second).toMatchObject({ checkpoint: 4, revision });
  await watching;
  expect(latest).toBeLessThan(1000);
  expect(await two.client.act('a', row)).toEqual(second);

  await Promise.all([one.service.kill(), two.service.kill()]);
  const three = await startProcess('api', env);
  expect(await three.client.act('a', row)).toEqual(second);
  await three.client.stopServingPolicy('a');
  await expect(three.client.act('a', row)).rejects.toMatchObject({ code: 'API_POLICY_UNKNOWN' });
});

it('is known to `marlin serve` when it is started again', async () => {
  const folder = temporaryFolder();
  const env = {
    ACTOR_SLOTS: '1',
    LEARNER_THREADS: '1',
    CHECKPOINT_DIR: folder,
    API_KEYS_FILE: `${folder}/keys`,
  };
  const first = await startProcess('serve', env);
  const { id } = await first.client.launchJob({
    spec: {
      env: { id: 'median-v1' },
      rollout: { shards: 1, envsPerShard: 4, horizon: 8 },
      checkpoint: { every: 1, keep: 10 },
      stop: { iterations: 4 },
    },
  });
  for await (const event of first.client.events(id)) if (event.type === 'finished') break;
  await first.client.servePolicy('a', { ...served, job: id });
  await first.client.servePolicy('b', { ...served, job: id });
  await first.client.stopServingPolicy('b');
  const acted = await first.client.act('a', { observation: [0.5] });
  expect((await first.service.stop()).code).toBe(0);
  const second = await startProcess('serve', env);
  const again = await second.client.act('a', { observation: [0.5] });
  expect(again.revision).toBeGreaterThan(acted.revision);
  expect({ ...again, revision: acted.revision }).toEqual(acted);
  expect((await second.client.listPolicies()).map(({ name }) => name)).toEqual(['a']);
});
