import { expect, onTestFinished, test, vi } from 'vitest';
import { watchWaitingParts } from '../../../cli/waiting-parts.js';
import { createMemoryBroker } from '../../../src/broker/index.js';

const soon = (): AbortSignal => AbortSignal.timeout(5000);

test('whoever follows a job is told which parts wait, once, and when that has changed', async () => {
  const broker = createMemoryBroker();
  const told: string[] = [];
  const offered = vi.spyOn(broker.parts, 'offered');
  onTestFinished(watchWaitingParts('job', { broker, note: (text) => told.push(text), lookMs: 1 }));
  /** Resolves when it has looked often enough to tell what there is. */
  const looked = async (): Promise<void> => {
    const before = offered.mock.calls.length;
    await vi.waitUntil(() => offered.mock.calls.length > before + 3, { interval: 1 });
  };
  await looked();
  expect(told).toEqual([]);

  const epoch = await broker.trajectories.open('job', [{ k: 0, state: null }], 2);
  await broker.parts.offer('job', epoch, [1, 2], 'leader');
  await looked();
  await looked();
  expect(told.splice(0)).toEqual([
    expect.stringMatching(
      /^learners: parts 1, 2 wait for one of their own; until then the one that leads the job updates them\. Start more with REDIS_URL=.* marlin learner$/,
    ),
  ]);
  const { part } = await broker.parts.claim('a', 60_000, soon());
  await looked();
  expect(told.splice(0)).toEqual([
    expect.stringMatching(`^learners: part ${3 - part} waits for one of its own; .* it\\.`),
  ]);
  const other = await broker.parts.claim('b', 60_000, soon());
  await looked();
  expect(told.splice(0)).toEqual(['learners: each part of the job has one of its own']);
  await broker.parts.renew(other, 1);
  await vi.waitUntil(() => told.length > 0, { interval: 1 });
  expect(told).toEqual([expect.stringMatching(`^learners: part ${other.part} waits`)]);
});

test('nothing is told of a job whose parts all have learners from the beginning', async () => {
  const broker = createMemoryBroker();
  const note = vi.fn();
  const epoch = await broker.trajectories.open('job', [{ k: 0, state: null }], 2);
  await broker.parts.offer('job', epoch, [1], 'leader');
  await broker.parts.claim('a', 60_000, soon());
  const offered = vi.spyOn(broker.parts, 'offered');
  onTestFinished(watchWaitingParts('job', { broker, note, lookMs: 1 }));
  await vi.waitUntil(() => offered.mock.calls.length > 4, { interval: 1 });
  expect(note).not.toHaveBeenCalled();
});
