import { expect, onTestFinished, test, vi } from 'vitest';
import { LearnerService } from '../../../../services/learner/index.js';
import { silentLogger, systemClock } from '../../../../src/base/index.js';
import { createMemoryBroker } from '../../../../src/broker/index.js';
import { MetricRegistry } from '../../../../src/metrics/index.js';
import { createWiredBroker, JobDirectory, runActor, ThreadPool } from '../../../../src/training/index.js';
import type { UpdateRequest } from '../../../../src/training/update-runner.js';
import { InlineWorkers } from '../../../../src/training/workers.js';
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
  const learner = new LearnerService(
    {
      learnerId: 'learner',
      host: 'host',
      pid: 1,
      slots: 1,
      threads: 1,
      checkpointFolder: temporaryFolder(),
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
  const train = async (jobId: string, iterations: number, until: string): Promise<void> => {
    const spec = JSON.stringify(specOf(iterations));
    await broker.jobs.submit({ jobId, state: 'queued', spec, createdAt: 1, updatedAt: 1 });
    for await (const { type, payload } of broker.events.follow(jobId, 0, stopping.signal)) {
      if (type === 'failed') throw new Error(payload);
      if (type === until) return;
    }
  };
  return { learner, train };
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
    if (kind === 'update') batches.push(...(request as UpdateRequest).batches);
    return run.call(this, jobId, kind, request) as never;
  });
  onTestFinished(() => spy.mockRestore());
  return batches;
}
