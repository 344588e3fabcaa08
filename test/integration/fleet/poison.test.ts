import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { EnvironmentDefinition } from '../../../src/envs/index.js';
import { Fleet } from '../../helpers/fleet/fleet.js';
import { embeddedDigest, fleetJob } from '../../helpers/fleet/jobs.js';
import { resolve } from '../../helpers/training.js';

const module = new URL('../../helpers/environments/poisoned.mjs', import.meta.url);

/** Goes wrong at step 20, which is in batch 2 of every shard; evaluations end before. */
async function poisonedJob(throws: boolean) {
  const { environment } = (await import(module.href)) as { environment: EnvironmentDefinition };
  return resolve(
    {
      seed: 3,
      env: { id: 'poisoned-v1', options: { throws, step: 20 } },
      policies: { '*': { network: { hidden: [] } } },
      rollout: { shards: 2, envsPerShard: 2, horizon: 8 },
      evaluation: { every: 0, episodes: 2, maxSteps: 4 },
      stop: { iterations: 100 },
    },
    [environment],
  );
}

test('poisoned jobs end failed with the environment’s own error; a job beside them goes on undisturbed', async () => {
  const fleet = await Fleet.start({ environments: [fileURLToPath(module)], learner: { LEARNER_SLOTS: '3' } });
  await fleet.startServices(2);
  const spec = fleetJob(80);
  const healthy = await fleet.submit('healthy', spec);
  await healthy.reached(5);
  const throwing = await fleet.submit('throwing', await poisonedJob(true));
  const paying = await fleet.submit('paying-nan', await poisonedJob(false));

  const shard = expect.toBeOneOf([0, 1]);
  expect(await throwing.ended()).toMatchObject({
    type: 'failed',
    code: 'ENV_STEP_FAILED',
    message: expect.stringContaining('the well is poisoned'),
    data: { environment: 'poisoned-v1', shard, k: 2, attempts: 1 },
  });
  expect(await paying.ended()).toMatchObject({
    type: 'failed',
    code: 'ENV_OUTPUT_INVALID',
    data: { environment: 'poisoned-v1', agent: 'sick', instance: 0, step: 3, value: 'NaN', shard, k: 2, attempts: 1 },
  });
  expect(await healthy.digest()).toBe(await embeddedDigest(spec));

  for (const [jobId, code] of [
    ['throwing', 'ENV_STEP_FAILED'],
    ['paying-nan', 'ENV_OUTPUT_INVALID'],
  ] as const) {
    const { state, failure = '' } = await fleet.finalRecord(jobId);
    expect(state).toBe('failed');
    expect(JSON.parse(failure)).toMatchObject({ code });
  }
  // Nobody was hurt: the processes that met the poison are those that were started.
  expect(fleet.services.filter(({ alive }) => !alive)).toEqual([]);
});
