import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { PartTrainer } from '../../../../services/learner/part-trainer.js';
import { silentLogger, systemClock } from '../../../../src/base/index.js';
import { createMemoryBroker } from '../../../../src/broker/index.js';
import { JobDirectory } from '../../../../src/training/index.js';
import { InlineWorkers } from '../../../../src/training/workers.js';
import { encodeHeartbeat } from '../../../../src/wire/index.js';
import { resolve, smallJob } from '../../../helpers/training.js';

afterEach(() => {
  vi.useRealTimers();
});

/** A learner that updates parts of a job of which all that is said to it is in the test's hand. */
async function start({ slots = 1 } = {}) {
  const broker = createMemoryBroker();
  const spec = JSON.stringify({ ...resolve(smallJob), learners: 3 });
  await broker.jobs.submit({ jobId: 'job', state: 'running', spec, createdAt: 1, updatedAt: 1 });
  const epoch = await broker.trajectories.open('job', [{ k: 0, state: null }], 2);
  await broker.parts.offer('job', epoch, [1, 2].slice(0, slots), 'leader');
  const workers = new InlineWorkers(systemClock);
  const closing = vi.spyOn(workers, 'closeJob');
  const stopping = new AbortController();
  /** Looks that are waited for. */
  const looking = new Set<() => void>();
  const jobs: [string, boolean][] = [];
  let parts = 0;
  const trainer = new PartTrainer(
    {
      learnerId: 'learner',
      signal: stopping.signal,
      onIteration: () => {},
      onJob: (...told) => jobs.push(told),
      onRefused: () => {},
      onParts: (held) => {
        parts = held;
      },
    },
    {
      broker,
      clock: systemClock,
      logger: silentLogger,
      workers,
      directory: new JobDirectory(broker, []),
      pause: (_, signal) =>
        new Promise((resolve) => {
          const go = (): void => {
            signal.removeEventListener('abort', go);
            resolve();
          };
          looking.add(go);
          signal.addEventListener('abort', go);
        }),
    },
  );
  const taking = Array.from({ length: slots }, () => trainer.takeParts(() => {}));
  const stop = async (): Promise<void> => {
    stopping.abort();
    await Promise.all(taking);
  };
  onTestFinished(stop);
  const ready = async () => (await broker.parts.holders('job', epoch)).filter(({ said }) => said > 0).length === slots;
  await vi.waitUntil(ready, { interval: 1 });

  const beat = (actorId: string, jobIds: readonly string[]): Promise<void> => {
    const counts = { tasksDone: 0, agentSteps: 0, since: 1 };
    const heartbeat = encodeHeartbeat({ actorId, host: 'host', pid: 1, slots: 1, ...counts, jobIds });
    return broker.learners.beat({ actorId, heartbeat }, 60_000);
  };
  /** Lets it look so often whether the leader lives. */
  const look = async (times: number): Promise<void> => {
    for (let n = 0; n < times; n++) {
      await vi.waitUntil(() => looking.size > 0, { interval: 1 });
      for (const go of looking) {
        looking.delete(go);
        go();
      }
    }
    for (let turn = 0; turn < 5; turn++) await new Promise((go) => setImmediate(go));
  };
  return { broker, epoch, trainer, closing, jobs, beat, look, stop, parts: () => parts };
}

test('a part is let go of when its leader is not heard of, even if others name the job that have parts of it too', async () => {
  const { beat, look, parts, jobs } = await start();
  await beat('another', ['job']);
  await look(2);
  expect(parts()).toBe(1);
  await look(1);
  await vi.waitUntil(() => parts() === 0, { interval: 1 });
  expect(jobs).toEqual([
    ['job', true],
    ['job', false],
  ]);
});

test('a part is kept for as long as its leader has the job, and lost when it has it no more', async () => {
  const { beat, look, parts } = await start();
  await beat('leader', ['job', 'other']);
  await look(5);
  expect(parts()).toBe(1);
  await beat('leader', ['other']);
  await look(2);
  // Heard of again in time.
  await beat('leader', ['job']);
  await look(5);
  expect(parts()).toBe(1);
  await beat('leader', ['other']);
  await look(3);
  await vi.waitUntil(() => parts() === 0, { interval: 1 });
});

test('a job is closed in the threads once, when no part of it is held any more, and told of so', async () => {
  const { broker, epoch, closing, jobs, parts } = await start({ slots: 2 });
  expect(parts()).toBe(2);
  await broker.parts.withdraw('job', epoch);
  await vi.waitUntil(() => parts() === 0, { interval: 1 });
  expect(closing.mock.calls).toEqual([['job']]);
  expect(jobs).toEqual([
    ['job', true],
    ['job', false],
  ]);
});

test('who takes a job itself lets go of all parts of it first, and takes none of it', async () => {
  const { broker, epoch, trainer, closing, jobs, parts } = await start({ slots: 2 });
  await trainer.lead('job');
  expect(parts()).toBe(0);
  expect(closing).toHaveBeenCalledTimes(1);
  expect(jobs.at(-1)).toEqual(['job', false]);
  await broker.parts.offer('job', epoch, [1], 'leader');
  await vi.waitUntil(async () => (await broker.parts.holders('job', epoch)).some(({ part }) => part === 1), {
    interval: 1,
  });
  expect(parts()).toBe(0);
});

test('one claim is renewed at a time, however long the broker takes', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const { broker, beat } = await start();
  await beat('leader', ['job']);
  let renewed: () => void = () => {};
  const renew = vi.spyOn(broker.parts, 'renew').mockImplementation(
    () =>
      new Promise((resolve) => {
        renewed = resolve;
      }),
  );
  vi.advanceTimersByTime(60_000);
  expect(renew).toHaveBeenCalledTimes(1);
  renewed();
  await new Promise((go) => setImmediate(go));
  vi.advanceTimersByTime(60_000);
  expect(renew).toHaveBeenCalledTimes(2);
});

test('a process that stops gives back at once what it only waits for', async () => {
  const { broker, epoch, stop, jobs, parts } = await start({ slots: 2 });
  expect(parts()).toBe(2);
  await stop();
  expect(parts()).toBe(0);
  expect(await broker.parts.holders('job', epoch)).toEqual([]);
  expect(jobs.at(-1)).toEqual(['job', false]);
});
