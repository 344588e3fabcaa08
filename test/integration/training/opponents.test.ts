import { describe, expect, test } from 'vitest';
import { createMemoryCheckpointStore } from '../../../src/checkpoints/index.js';
import type { JobSpecInput } from '../../../src/jobs/index.js';
import { runTraining } from '../../../src/training/index.js';
import { recorder, resolve, smallJob } from '../../helpers/training.js';

const inline = { actors: 0, learners: 0 };

/** A finished job and its checkpoints, as others may begin with them. */
async function earlier(input: JobSpecInput = smallJob) {
  const checkpoints = createMemoryCheckpointStore();
  const result = await runTraining('earlier', resolve(input), { ...inline, checkpoints });
  const checkpointsOf = (jobId: string) => (jobId === 'earlier' ? checkpoints : createMemoryCheckpointStore());
  return { result, checkpointsOf };
}

const begin = (policies: JobSpecInput['policies'], stop = 3): JobSpecInput => ({
  ...smallJob,
  seed: 99,
  policies: { '*': { network: { hidden: [8] } }, ...policies },
  stop: { iterations: stop },
});

describe('weights of an earlier job', () => {
  test('are what a fixed policy acts by, to the end; the others learn', async () => {
    const { result, checkpointsOf } = await earlier();
    const spec = begin({
      'agent-0': { algorithm: { id: 'fixed' }, initial: { job: 'earlier', iteration: 8, policy: 'agent-2' } },
      'agent-1': { initial: { job: 'earlier', iteration: 8 } },
    });
    const later = await runTraining('later', resolve(spec), { ...inline, checkpointsOf });
    expect([...later.weights['agent-0']]).toEqual([...result.weights['agent-2']]);
    expect([...later.weights['agent-1']]).not.toEqual([...result.weights['agent-1']]);
    const threads = await runTraining('later', resolve(spec), { actors: 2, learners: 2, checkpointsOf });
    expect(threads.digest).toBe(later.digest);
    const seeded = await runTraining('later', resolve(begin({ 'agent-0': { algorithm: { id: 'fixed' } } })), inline);
    expect(seeded.digest).not.toBe(later.digest);
  });

  test('bring the statistics of normalized inputs along', async () => {
    const policies = { '*': { network: { hidden: [8], normalizeInput: true } } };
    const { result, checkpointsOf } = await earlier({ ...smallJob, policies });
    const initial = { job: 'earlier', iteration: 8 };
    const spec = begin({ ...policies, 'agent-0': { algorithm: { id: 'fixed' }, initial }, 'agent-1': { initial } }, 1);
    const { weights } = await runTraining('later', resolve(spec), { ...inline, checkpointsOf });
    expect([...weights['agent-0']]).toEqual([...result.weights['agent-0']]);
    expect([...weights['agent-1']]).not.toEqual([...result.weights['agent-1']]);
    const plain = begin({ 'agent-0': { algorithm: { id: 'fixed' }, initial } });
    await expect(runTraining('later', resolve(plain), { ...inline, checkpointsOf })).rejects.toMatchObject({
      code: 'TRAINING_INITIAL_UNAVAILABLE',
    });
  });

  test('are taken at the start, and not again when the job is resumed', async () => {
    const { checkpointsOf } = await earlier();
    const spec = resolve(begin({ 'agent-1': { initial: { job: 'earlier', iteration: 8 } } }, 6));
    const whole = await runTraining('later', spec, { ...inline, checkpointsOf });
    const checkpoints = createMemoryCheckpointStore();
    const first = recorder((event) => event.type === 'iteration' && event.iteration === 2);
    await runTraining('later', spec, { ...inline, checkpoints, checkpointsOf, ...first });
    // The other job's checkpoints may be gone by then.
    const resumed = await runTraining('later', spec, { ...inline, checkpoints, resume: true });
    expect(resumed.digest).toBe(whole.digest);
  });

  test.each([
    ['a job that is not there', { job: 'other', iteration: 8 }, 'other'],
    ['an iteration without a checkpoint', { job: 'earlier', iteration: 5 }, '5'],
    ['a policy that it has not', { job: 'earlier', iteration: 8, policy: 'seller' }, 'agent-0, agent-1, agent-2'],
  ])('of %s are refused', async (_, initial, told) => {
    const { checkpointsOf } = await earlier();
    const training = runTraining('later', resolve(begin({ 'agent-0': { initial } })), { ...inline, checkpointsOf });
    await expect(training).rejects.toMatchObject({
      code: 'TRAINING_INITIAL_UNAVAILABLE',
      message: expect.stringContaining(told),
    });
  });

  test('of another network are refused', async () => {
    const { checkpointsOf } = await earlier({ ...smallJob, policies: { '*': { network: { hidden: [9] } } } });
    const spec = begin({ 'agent-0': { initial: { job: 'earlier', iteration: 8 } } });
    await expect(runTraining('later', resolve(spec), { ...inline, checkpointsOf })).rejects.toMatchObject({
      code: 'TRAINING_INITIAL_UNAVAILABLE',
      message: expect.stringContaining('parameters'),
    });
    await expect(runTraining('later', resolve(spec), inline)).rejects.toMatchObject({
      code: 'TRAINING_INITIAL_UNAVAILABLE',
    });
  });
});

describe('a pool of past opponents', () => {
  const pool = (options: object): JobSpecInput =>
    begin({ 'agent-1': { algorithm: { id: 'pool', options: { of: 'agent-0', ...options } } } }, 6);

  test('acts as the other policy did, and the same with any number of threads and after a stop', async () => {
    const spec = resolve(pool({ every: 2, size: 2 }));
    const whole = await runTraining('job', spec, inline);
    expect((await runTraining('job', spec, { actors: 2, learners: 2 })).digest).toBe(whole.digest);
    const checkpoints = createMemoryCheckpointStore();
    const first = recorder((event) => event.type === 'iteration' && event.iteration === 3);
    await runTraining('job', spec, { ...inline, checkpoints, ...first });
    expect((await runTraining('job', spec, { ...inline, checkpoints, resume: true })).digest).toBe(whole.digest);
    // The last version that joined is that of iteration 4.
    const upTo = async (iterations: number) =>
      (await runTraining('job', resolve({ ...pool({ every: 2, size: 2 }), stop: { iterations } }), inline)).weights;
    const played = [...whole.weights['agent-1']].join();
    const past = await Promise.all([1, 2, 3, 4, 5].map(async (k) => [...(await upTo(k))['agent-0']].join()));
    expect([past[1], past[3], past[4]]).toContain(played);
  });

  test('of nobody, of itself, and of another network is refused beforehand', () => {
    for (const of of ['nobody', 'agent-1']) expect(() => resolve(pool({ of }))).toThrow(of);
    const other = pool({});
    const policies = { ...other.policies, 'agent-0': { network: { hidden: [4] } } };
    expect(() => resolve({ ...other, policies })).toThrow('parameters');
  });

  test('of nobody, in a spec that was not validated, is refused when it would act', async () => {
    const spec = resolve(pool({}));
    for (const of of ['nobody', 'agent-1']) {
      spec.policies['agent-1']!.algorithm!.options!.of = of;
      await expect(runTraining('job', spec, inline)).rejects.toMatchObject({
        code: 'ALGORITHM_POOL_UNFIT',
        message: expect.stringContaining(of),
      });
    }
  });
});
