import { expect, it } from 'vitest';
import { JobHistory } from '../../../../../services/api/series/job-history.js';
import { timelineOf } from '../../../../../services/api/series/timeline.js';
import type { Turn } from '../../../../../services/api/series/turns.js';
import type { JobRecord } from '../../../../../src/broker/index.js';
import type { JobMetadata } from '../../../../../src/jobs/index.js';
import * as told from '../../../../helpers/api/told.js';

function turnsOf(events: Parameters<typeof told.asRecorded>[0]): readonly Turn[] {
  const history = new JobHistory();
  for (const event of told.asRecorded(events)) history.add(event);
  return history.turns;
}

const record = (metadata: JobMetadata = { owner: 'ann' }): JobRecord => ({
  jobId: 'job',
  state: 'running',
  spec: '{}',
  createdAt: 500,
  updatedAt: 9000,
  metadata: JSON.stringify(metadata),
});

const waiting = { type: 'waiting', iteration: 5, reason: 'BROKER_OUT_OF_MEMORY' } as const;

it('tells what learners did, with causes', () => {
  const turns = turnsOf([
    [told.started(), 1],
    [told.iteration(1), 1],
    [told.checkpoint(1), 1],
    [told.iteration(2), 1],
    [told.iteration(3), 1],
    [told.started(1), 2],
    [told.iteration(4), 1],
    [told.iteration(2), 2],
    [waiting, 2],
    [told.paused(2), 2],
    [told.started(2), 3],
    [told.finished(9), 3],
  ]);
  expect(turns.map(({ kind, iteration, cause }) => [kind, iteration, cause])).toEqual([
    ['learnerBegan', 0, 'begins from the beginning'],
    ['checkpoint', 1, '1001 bytes were saved'],
    ['learnerLost', 3, 'another learner goes on; 2 iterations are made again'],
    ['learnerBegan', 1, 'goes on from the checkpoint of iteration 1'],
    ['waiting', 5, 'the broker has no room for trajectories'],
    ['stopped', 2, 'its learner has let go of it, because it is paused'],
    ['learnerBegan', 2, 'goes on from the checkpoint of iteration 2'],
    ['succeeded', 9, 'the condition on iterations is met'],
  ]);
});

it('tells why a job failed', () => {
  const turns = turnsOf([
    [told.started(), 1],
    [told.failed('no such column'), 1],
  ]);
  expect(turns.at(-1)).toMatchObject({ kind: 'failed', code: 'ENV_FAILED', cause: 'no such column' });
});

it('tells what people asked for, where the history has it, and each once', () => {
  const turns = turnsOf([
    [told.started(), 1],
    [told.steered(1500, 'running', 'paused', 'bob'), 0],
    [told.paused(4), 1],
    // Told by two servers.
    [told.steered(1500, 'running', 'paused', 'bob'), 0],
    [told.steered(2500, 'paused', 'queued', 'ann'), 0],
    [told.steered(2600, 'queued', 'cancelled', 'ann'), 0],
  ]);
  const { entries } = timelineOf(record(), turns, 100);
  expect(entries.map(({ id, at, kind, by }) => [id, at, kind, by])).toEqual([
    ['0.0', 500, 'launched', 'ann'],
    ['1.0', 1000, 'learnerBegan', null],
    ['2.0', 1500, 'paused', 'bob'],
    ['3.0', 3000, 'stopped', null],
    ['5.0', 2500, 'resumed', 'ann'],
    ['6.0', 2600, 'cancelled', 'ann'],
  ]);
});

it('grows at its end only, whatever the clocks say, and has ids of its own for turns of one event', () => {
  const events: Parameters<typeof told.asRecorded>[0] = [
    [told.started(), 1],
    [told.iteration(1), 1],
    [told.steered(90_000, 'running', 'paused', 'bob'), 0],
    [told.started(1), 2],
    [told.steered(10, 'paused', 'queued', 'ann'), 0],
    [told.iteration(2), 1],
    [told.checkpoint(3), 2],
    [told.finished(9), 2],
  ];
  let before: readonly unknown[] = [];
  for (let told = 0; told <= events.length; told++) {
    const { entries } = timelineOf(record(), turnsOf(events.slice(0, told)), 100);
    expect(entries.slice(0, before.length)).toEqual(before);
    expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
    before = entries;
  }
  expect(before.map((entry) => (entry as { id: string }).id)).toEqual([
    '0.0',
    '1.0',
    '3.0',
    '4.0',
    '4.1',
    '5.0',
    '7.0',
    '8.0',
  ]);
});

it('tells where a job was forked from', () => {
  const { entries } = timelineOf(record({ forkedFrom: { jobId: 'parent', iteration: 7 } }), [], 10);
  expect(entries[0]?.cause).toBe('forked from job parent at its checkpoint of iteration 7');
});

it('comes in pages that make a whole', () => {
  const turns = turnsOf(Array.from({ length: 25 }, (_, i) => [told.checkpoint(i), 1]));
  const whole = timelineOf(record(), turns, 1000);
  expect(whole.nextCursor).toBeNull();
  const joined = [];
  for (let cursor: string | undefined; ; ) {
    const page = timelineOf(record(), turns, 4, cursor);
    expect(page.entries.length).toBeLessThanOrEqual(4);
    joined.push(...page.entries);
    if (page.nextCursor === null) break;
    cursor = page.nextCursor;
  }
  expect(joined).toEqual(whole.entries);
});

it.each([
  '',
  'x',
  '[1,2,3]',
  Buffer.from('[1,2]').toString('base64url'),
  Buffer.from('[1,2,"3"]').toString('base64url'),
])('refuses the cursor %j', (cursor) => {
  expect(() => timelineOf(record(), [], 10, cursor)).toThrow(expect.objectContaining({ code: 'API_REQUEST_INVALID' }));
});
