import { expect, onTestFinished, test } from 'vitest';
import type { EnvironmentDefinition } from '../../../src/envs/index.js';
import { ThreadPool } from '../../../src/training/thread-pool.js';
import type { JobDescription } from '../../../src/training/workbench.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { resolve, smallJob } from '../../helpers/training.js';
import { openInline, planOf } from './planning.js';

const helper = (name: string): string => new URL(`../../helpers/environments/${name}.mjs`, import.meta.url).href;
const local = (name: string): string => new URL(`./environments/${name}.mjs`, import.meta.url).href;

function poolOf(size: number): ThreadPool {
  const pool = new ThreadPool(size);
  onTestFinished(() => pool.close());
  return pool;
}

/** Threads started while the test runs. */
function countThreads(): () => number {
  let count = 0;
  const add = (): void => {
    count++;
  };
  process.on('worker', add);
  onTestFinished(() => {
    process.off('worker', add);
  });
  return () => count;
}

async function jobIn(module: string, id: string, options: object = {}): Promise<JobDescription> {
  const { environment } = (await import(module)) as { environment: EnvironmentDefinition };
  const rollout = { shards: 1, envsPerShard: 2, horizon: 30 };
  const spec = resolve({ ...smallJob, env: { id, options: { ...options } }, rollout }, [environment]);
  return { jobId: 'job', spec, environmentModules: [module] };
}

test('requests are answered in order, with what this thread would answer', async () => {
  const planned = planOf(smallJob);
  const { workers } = await openInline(planned);
  const pool = poolOf(1);
  await pool.open({ jobId: 'job', spec: planned.spec, environmentModules: [] });
  const answered: number[] = [];
  const results = await Promise.all(
    [2, 0, 1, 0].map(async (unit) => {
      const result = await pool.run('job', 'initialize', { unit });
      answered.push(unit);
      return result;
    }),
  );
  expect(answered).toEqual([2, 0, 1, 0]);
  for (const [i, unit] of answered.entries()) {
    expect(results[i]).toEqual(await workers.run('job', 'initialize', { unit }));
  }
});

test('a request that fails rejects with its own error, and harms no other', async () => {
  const { spec } = planOf(smallJob);
  const pool = poolOf(2);
  await pool.open({ jobId: 'job', spec, environmentModules: [] });
  const [unknown, good] = await Promise.allSettled([
    pool.run('other', 'initialize', { unit: 0 }),
    pool.run('job', 'initialize', { unit: 0 }),
  ]);
  expect(unknown).toMatchObject({ status: 'rejected', reason: { message: expect.stringContaining('other') } });
  expect(good).toMatchObject({ status: 'fulfilled', value: { layout: { unitId: 'agent-0' } } });
});

test('a thread that dies is replaced, and its request done again with the same result', async () => {
  const started = countThreads();
  const marker = `${temporaryFolder()}/marker`;
  const job = await jobIn(helper('dying'), 'dying-v1', { marker });
  const module = (await import(helper('dying'))) as { environment: EnvironmentDefinition };
  const { workers, units } = await openInline(planOf(job.spec, [module.environment]));
  const weights = units[0].tensors;
  const request = { shard: 0, k: 0, version: 0, weights, state: null };
  const pool = poolOf(1);
  await pool.open(job);
  const { batch, state } = await pool.run('job', 'collect', request);
  const expected = await workers.run('job', 'collect', request);
  expect(Buffer.compare(batch, expected.batch)).toBe(0);
  expect(Buffer.compare(state, expected.state)).toBe(0);
  expect(started()).toBe(2);
});

test('a request that kills every thread is given up after three, and the pool goes on', async () => {
  const started = countThreads();
  const job = await jobIn(local('deadly'), 'deadly-v1');
  const pool = poolOf(1);
  await pool.open(job);
  const { state } = await pool.run('job', 'initialize', { unit: 0 });
  const request = { shard: 0, k: 0, version: 0, weights: state.tensors, state: null };
  const settled: string[] = [];
  const deadly = pool.run('job', 'collect', request).finally(() => settled.push('deadly'));
  // Waits behind it, and is done by the thread that replaces the third.
  const after = pool.run('job', 'initialize', { unit: 0 }).finally(() => settled.push('after'));
  await expect(deadly).rejects.toMatchObject({
    code: 'WORKER_DIED',
    message: expect.stringContaining('code 9'),
    retryable: true,
  });
  expect((await after).state).toEqual(state);
  expect(settled).toEqual(['deadly', 'after']);
  expect(started()).toBe(4);
});

test('a job is open when a thread dies of opening it and the one in its place does not', async () => {
  const started = countThreads();
  const job = await jobIn(local('stillborn'), 'stillborn-v1', { marker: `${temporaryFolder()}/marker` });
  const pool = poolOf(2);
  await pool.open(job);
  expect(started()).toBe(3);
  const requests = Array.from({ length: 4 }, () => pool.run('job', 'initialize', { unit: 0 }));
  const [first, ...others] = await Promise.all(requests);
  for (const other of others) expect(other.state).toEqual(first?.state);
});

test('closing a job in a thread that dies meanwhile succeeds', async () => {
  const job = await jobIn(local('deadly'), 'deadly-v1');
  const pool = poolOf(1);
  await pool.open(job);
  const { state } = await pool.run('job', 'initialize', { unit: 0 });
  const request = { shard: 0, k: 0, version: 0, weights: state.tensors, state: null };
  const deadly = pool.run('job', 'collect', request).catch((error: unknown) => error);
  await pool.closeJob('job');
  expect(await deadly).toBeInstanceOf(Error);
});

test('threads that cannot start are not started for ever: requests reject', async ({ signal }) => {
  const started = countThreads();
  const pool = poolOf(2);
  const job = await jobIn(local('unstartable'), 'deadly-v1');
  await expect(pool.open(job)).rejects.toMatchObject({ code: 'WORKER_DIED' });
  const end = 2 + 3 * 2;
  const ask = (): Promise<unknown> => pool.run('job', 'initialize', { unit: 0 }).catch((error: unknown) => error);
  while (started() < end && !signal.aborted) {
    await ask();
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (let i = 0; i < 8; i++) {
    expect(await ask()).toMatchObject({ code: 'WORKER_DIED', message: expect.stringContaining('code 3') });
  }
  expect(started()).toBe(end);
});

test('closing rejects what waits and what is under way', async () => {
  const { spec } = planOf(smallJob);
  const pool = poolOf(1);
  await pool.open({ jobId: 'job', spec, environmentModules: [] });
  const requests = [0, 1, 2].map((unit) => pool.run('job', 'initialize', { unit }));
  const settled = Promise.allSettled(requests);
  await pool.close();
  for (const each of await settled) {
    expect(each).toMatchObject({ status: 'rejected', reason: { code: 'WORKER_DIED' } });
  }
});
