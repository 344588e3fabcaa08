import { describe, expect, test } from 'vitest';
import { createMemoryCheckpointStore } from '../../../src/checkpoints/index.js';
import { defineEnvironment, type EnvironmentDefinition } from '../../../src/envs/index.js';
import type { JobSpecInput } from '../../../src/jobs/index.js';
import { box } from '../../../src/spaces/index.js';
import { runTraining } from '../../../src/training/index.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { recorder, resolve, smallJob } from '../../helpers/training.js';

const module = (name: string): string => new URL(`../../helpers/environments/${name}.mjs`, import.meta.url).href;

/** One agent that is paid `reward(step)`; the fault happens where a test puts it. */
const faulty = (step: (count: number) => number): EnvironmentDefinition =>
  defineEnvironment({
    id: 'faulty-v1',
    agents: { solo: { observation: box(1), action: box(1) } },
    state: { count: { dtype: 'i32' } },
    reset({ state, observation }) {
      state.count[0] = 0;
      observation.solo[0] = 0;
    },
    step(instance) {
      const count = instance.state.count[0] + 1;
      instance.state.count[0] = count;
      instance.observation.solo[0] = 0;
      instance.reward.solo[0] = step(count);
      instance.terminated = count >= 40;
    },
  }) as EnvironmentDefinition;

// Evaluations end before the fault, so that collecting meets it.
const job = { ...smallJob, env: { id: 'faulty-v1' }, evaluation: { every: 0, episodes: 4, maxSteps: 4 } };

describe('an environment that breaks its contract ends the job with its own error', () => {
  test('it throws: the error names the environment, the shard and the batch', async () => {
    const environment = faulty((count) => {
      if (count === 21) throw new Error('the market is closed');
      return 0;
    });
    const running = runTraining('job', resolve(job, [environment]), { environments: [environment] });
    await expect(running).rejects.toMatchObject({
      code: 'ENV_STEP_FAILED',
      message: expect.stringContaining('the market is closed'),
      data: { environment: 'faulty-v1', shard: 0, k: 1 },
    });
  });

  test.each([NaN, Infinity])('it pays %s: the error names agent, instance and value', async (bad) => {
    const environment = faulty((count) => (count === 5 ? bad : 0));
    const running = runTraining('job', resolve(job, [environment]), { environments: [environment] });
    await expect(running).rejects.toMatchObject({
      code: 'ENV_OUTPUT_INVALID',
      data: { agent: 'solo', value: String(bad), shard: 0, k: 0 },
    });
  });

  test('it throws in a thread: the same error comes through', async () => {
    const modules = [module('throwing')];
    const { environment } = (await import(module('throwing'))) as { environment: EnvironmentDefinition };
    const spec = resolve({ ...smallJob, env: { id: 'throwing-v1' } }, [environment]);
    await expect(
      runTraining('job', spec, { actors: 2, learners: 1, environmentModules: modules }),
    ).rejects.toMatchObject({
      code: 'ENV_STEP_FAILED',
      message: expect.stringContaining('no more steps'),
    });
  });
});

test('a thread that dies is replaced, and the weights are the same', async () => {
  const folder = temporaryFolder();
  const { environment } = (await import(module('dying'))) as { environment: EnvironmentDefinition };
  const run = async (marker: string): Promise<string> => {
    const spec = resolve({ ...smallJob, env: { id: 'dying-v1', options: { marker } } }, [environment]);
    return (await runTraining('job', spec, { actors: 2, learners: 1, environmentModules: [module('dying')] })).digest;
  };
  const died = await run(`${folder}/marker`);
  // Without a marker it never dies. The option is part of the spec, but decides nothing else.
  expect(died).toBe(await run(''));
});

test('weights that become infinite stop the job, and what was saved before is finite', async () => {
  const checkpoints = createMemoryCheckpointStore();
  // Rewards grow until their sums leave float32, so some iterations are good before.
  const environment = faulty((count) => (count > 20 ? 3e38 : 0));
  const input: JobSpecInput = { ...job, checkpoint: { every: 1, keep: 1 } };
  const spec = resolve(input, [environment]);
  await expect(runTraining('job', spec, { environments: [environment], checkpoints })).rejects.toMatchObject({
    code: 'TRAINING_DIVERGED',
    message: expect.stringMatching(/policy "solo", iteration \d+/),
    data: { policy: 'solo' },
  });
  const kept = (await checkpoints.newest())?.checkpoint;
  const parameters =
    kept?.tensors.find((tensor) => tensor.name === 'policy/solo/parameters')?.bytes ?? new Uint8Array();
  expect(new Float32Array(parameters.slice().buffer).every(Number.isFinite)).toBe(true);
  expect(parameters.length).toBeGreaterThan(0);
});

test('an environment given as an object cannot be shared with threads', async () => {
  const environment = faulty(() => 0);
  const running = runTraining('job', resolve(job, [environment]), { environments: [environment], actors: 2 });
  await expect(running).rejects.toMatchObject({ code: 'TRAINING_ENVIRONMENT_LOCAL' });
});

describe('resuming', () => {
  test('is refused without a checkpoint', async () => {
    await expect(runTraining('job', resolve(smallJob), { actors: 0, resume: true })).rejects.toMatchObject({
      code: 'TRAINING_NO_CHECKPOINT',
    });
  });

  test('is refused with another spec, but not with another end', async () => {
    const checkpoints = createMemoryCheckpointStore();
    const short = { ...smallJob, stop: { iterations: 2 } };
    await runTraining('job', resolve(short), { actors: 0, learners: 0, checkpoints });
    const other = resolve({ ...short, seed: 99 });
    await expect(runTraining('job', other, { actors: 0, checkpoints, resume: true })).rejects.toMatchObject({
      code: 'TRAINING_RESUME_MISMATCH',
    });
    const longer = await runTraining('job', resolve(smallJob), { actors: 0, learners: 0, checkpoints, resume: true });
    expect(longer.digest).toBe((await runTraining('job', resolve(smallJob), { actors: 0, learners: 0 })).digest);
  });
});

test('training stops at a return, at agent steps, and at once when interrupted before it begins', async () => {
  const options = { actors: 0, learners: 0 };
  const easy = await runTraining('job', resolve({ ...smallJob, stop: { return: -1e9 } }), options);
  expect(easy).toMatchObject({ reason: 'return', iterations: 0 });
  const steps = await runTraining('job', resolve({ ...smallJob, stop: { agentSteps: 721 } }), options);
  expect(steps).toMatchObject({ reason: 'agentSteps', iterations: 2, agentSteps: 1440 });
  const { onEvent, signal } = recorder((event) => event.type === 'started');
  const stopped = await runTraining('job', resolve(smallJob), { ...options, onEvent, signal });
  expect(stopped).toMatchObject({ state: 'cancelled', iterations: 0 });
});
