import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { LearnerService } from '../../../../services/learner/index.js';
import { silentLogger, systemClock } from '../../../../src/base/index.js';
import { createMemoryBroker, type JobRecord } from '../../../../src/broker/index.js';
import { removeJobFolder } from '../../../../src/checkpoints/index.js';
import { MetricRegistry } from '../../../../src/metrics/index.js';
import { JobDirectory, runActor, ThreadPool } from '../../../../src/training/index.js';
import type { UpdateRequest } from '../../../../src/training/update-runner.js';
import { createWiredBroker } from '../../../../src/training/wired-broker.js';
import { InlineWorkers } from '../../../../src/training/workers.js';
import { decodeHeartbeat } from '../../../../src/wire/index.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';
import { resolve, smallJob } from '../../../helpers/training.js';

const [SHARDS, LAG, POLICIES, ITERATIONS] = [3, 1, 3, 4];

/** Episodes are as long as batches, so that all batches have one size. */
const specOf = (iterations: number) =>
  resolve({
    ...smallJob,
    env: { id: 'median-v1', options: { steps: 16 } },
    rollout: { shards: SHARDS, envsPerShard: 5, horizon: 16 },
    schedule: { lag: LAG },
    stop: { iterations },
  });

/** A learner of one slot and an actor, both in this process. */
function start() {
  const broker = createMemoryBroker();
  const checkpointFolder = temporaryFolder();
  const learner = new LearnerService(
    {
      learnerId: 'learner',
      host: 'host',
      pid: 1,
      slots: 1,
      threads: 1,
      checkpointFolder,
      recover: false,
      environmentModules: [],
    },
    { broker, clock: systemClock, logger: silentLogger, metrics: new MetricRegistry() },
  );
  const stopping = new AbortController();
  const directory = new JobDirectory(broker, []);
  const workers = new InlineWorkers(systemClock);
  const wired = createWiredBroker(broker, { layoutOf: (jobId) => directory.layoutOf(jobId) });
  const acting = runActor(wired, workers, stopping.signal, { prepare: (jobId) => directory.open(jobId, workers) });
  // A learner that stops closes the broker under it.
  acting.catch(() => {});
  onTestFinished(async () => {
    stopping.abort();
    await learner.stop(10_000);
    await Promise.allSettled([acting]);
  });
  learner.start();

  /** Submits a job and resolves at its first event of that type. */
  const train = async (
    jobId: string,
    iterations: number,
    until: string,
    more: Partial<JobRecord> = {},
  ): Promise<void> => {
    const spec = JSON.stringify({ ...specOf(iterations), checkpoint: { every: 1, keep: 2 } });
    await broker.jobs.submit({ jobId, state: 'queued', spec, createdAt: 1, updatedAt: 1, ...more });
    for await (const { type, payload } of broker.events.follow(jobId, 0, stopping.signal)) {
      if (type === 'failed') throw new Error(payload);
      if (type === until) return;
    }
  };
  return { learner, train, broker, checkpointFolder };
}

test('a slot decodes the batches of all its jobs into the memory of the first', async () => {
  const batches = batchesOfUpdates();
  const { train } = start();
  for (let j = 1; j <= 4; j++) {
    await train(`job-${j}`, ITERATIONS, 'finished');
    expect(batches.length).toBe(j * ITERATIONS * POLICIES * SHARDS);
  }
  const memory = new Set(batches.map(({ buffer }) => buffer));
  expect(memory.size).toBeLessThanOrEqual(SHARDS * (LAG + 1));
});

test('a job leaves nothing with the signal that outlives it', async () => {
  // A signal keeps a reference to each that was made of it.
  const any = vi.spyOn(AbortSignal, 'any');
  onTestFinished(() => any.mockRestore());
  const { train } = start();
  await train('job', ITERATIONS, 'finished');
  expect(any).not.toHaveBeenCalled();
});

test('a learner that stops lets go of the job it is at, before its threads end', async () => {
  const [jobClosed, threadsClosed] = [
    vi.spyOn(ThreadPool.prototype, 'closeJob'),
    vi.spyOn(ThreadPool.prototype, 'close'),
  ];
  onTestFinished(() => {
    vi.restoreAllMocks();
  });
  const { learner, train } = start();
  await train('job', 1_000_000, 'iteration');
  await learner.stop(30_000);
  expect(jobClosed).toHaveBeenCalledExactlyOnceWith('job');
  expect(jobClosed).toHaveBeenCalledBefore(threadsClosed);
});

test('a job that was deleted while a learner had it leaves nothing, and one that the broker lost all it needs', async () => {
  const { train, broker, checkpointFolder } = start();
  const [deleted, lost] = ['deleted', 'lost'].map((jobId) => join(checkpointFolder, jobId)) as [string, string];
  await train('deleted', 1_000_000, 'checkpoint');
  // As by somebody who took the learner for dead.
  await removeJobFolder(deleted);
  // What the learner saves after that.
  mkdirSync(deleted, { recursive: true });
  writeFileSync(join(deleted, 'late'), '');
  await broker.jobs.remove('deleted');
  await train('lost', 1_000_000, 'checkpoint');
  await broker.jobs.remove('lost');
  await train('last', 1, 'finished');
  expect([existsSync(deleted), existsSync(lost), existsSync(join(lost, 'job.json'))]).toEqual([false, true, true]);
});

test('a learner names a job before it works on it, and until it has let go', async () => {
  const { train, broker } = start();
  const named = async (): Promise<readonly string[]> => {
    const [learner] = await broker.learners.list();
    return decodeHeartbeat(learner!.heartbeat).jobIds ?? [];
  };
  await train('job', 1_000_000, 'started');
  expect(await named()).toEqual(['job']);
  const { revision, record } = (await broker.jobs.get('job'))!;
  await broker.jobs.compareAndSet(revision, { ...record, state: 'cancelled' });
  for await (const { type } of broker.events.follow('job', 0, AbortSignal.timeout(20_000)))
    if (type === 'finished') break;
  await vi.waitFor(async () => expect(await named()).toEqual([]), { timeout: 10_000 });
});

test('a job that begins with a checkpoint of another does not begin without', { timeout: 20_000 }, async () => {
  const { train } = start();
  const metadata = JSON.stringify({ forkedFrom: { jobId: 'other', iteration: 3 } });
  await expect(train('fork', 3, 'started', { metadata })).rejects.toThrow('CHECKPOINT_UNKNOWN');
});

/** The batches that updates get, each as often as there are policies. */
function batchesOfUpdates(): Uint8Array[] {
  const batches: Uint8Array[] = [];
  const { run } = ThreadPool.prototype;
  const spy = vi.spyOn(ThreadPool.prototype, 'run').mockImplementation(function (
    this: ThreadPool,
    jobId,
    kind,
    request,
  ) {
    if (kind === 'update') for (const update of request as readonly UpdateRequest[]) batches.push(...update.batches);
    return run.call(this, jobId, kind, request) as never;
  });
  onTestFinished(() => spy.mockRestore());
  return batches;
}
