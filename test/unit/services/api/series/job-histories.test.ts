import { expect, it } from 'vitest';
import { JobHistories } from '../../../../../services/api/series/job-histories.js';
import type { Events } from '../../../../../src/broker/index.js';
import { createMemoryBroker } from '../../../../../src/broker/index.js';
import * as told from '../../../../helpers/api/told.js';

function setUp(keptCells?: number) {
  let now = 0;
  const clock = { now: () => now, monotonic: () => now };
  const broker = createMemoryBroker({}, { clock });
  let readEvents = 0;
  const events: Pick<Events, 'read'> = {
    async read(jobId, sequence, limit) {
      const read = await broker.events.read(jobId, sequence, limit);
      readEvents += read.length;
      return read;
    },
  };
  return {
    broker,
    histories: new JobHistories({ events, clock }, keptCells),
    pass: (ms: number) => {
      now += ms;
    },
    takeReads: () => {
      const count = readEvents;
      readEvents = 0;
      return count;
    },
  };
}

it('reads what was added, and not all again', async () => {
  const { broker, histories, pass, takeReads } = setUp();
  await tellMany(broker, 'a', 500);
  expect((await histories.read('a')).history.iterations.rows).toBe(500);
  expect(takeReads()).toBeGreaterThanOrEqual(500);
  await told.tell(broker, 'a', [told.iteration(501)]);
  pass(1000);
  const { history, sequence } = await histories.read('a');
  expect([history.iterations.rows, sequence]).toEqual([501, 501]);
  expect(takeReads()).toBe(2);
});

it('reads once for all who ask at once, and for who asks right after', async () => {
  const { broker, histories, takeReads } = setUp();
  await tellMany(broker, 'a', 10);
  await Promise.all([histories.read('a'), histories.read('a'), histories.read('a')]);
  await histories.read('a');
  expect(takeReads()).toBe(10);
});

it('begins anew with a history that was lost and begun anew', async () => {
  const { broker, histories, pass } = setUp();
  await tellMany(broker, 'a', 5);
  await histories.read('a');
  await broker.jobs.remove('a');
  pass(1000);
  await told.tell(
    broker,
    'a',
    [11, 12, 13, 14, 15, 16, 17].map((i) => told.iteration(i)),
  );
  const { history } = await histories.read('a');
  expect(history.iterations.x('iteration')).toEqual([11, 12, 13, 14, 15, 16, 17]);
});

it('keeps no more than it may, and those used last', async () => {
  const { broker, histories, pass, takeReads } = setUp(2000);
  for (const job of ['a', 'b', 'c']) {
    await tellMany(broker, job, 40);
    await histories.read(job);
  }
  expect(histories.kept).toBeLessThan(3);
  pass(1000);
  takeReads();
  await histories.read('c');
  expect(takeReads()).toBe(1);
  await histories.read('a');
  expect(takeReads()).toBe(40);
});

it('forgets nothing of a read that failed on the way', async () => {
  const { broker, histories, pass } = setUp();
  await tellMany(broker, 'a', 3);
  await histories.read('a');
  const whole = broker.events.read.bind(broker.events);
  broker.events.read = () => Promise.reject(new Error('away'));
  pass(1000);
  await expect(histories.read('a')).rejects.toThrow('away');
  broker.events.read = whole;
  expect((await histories.read('a')).history.iterations.rows).toBe(3);
});

async function tellMany(broker: ReturnType<typeof createMemoryBroker>, jobId: string, count: number): Promise<void> {
  const events = Array.from({ length: count }, (_, i) => told.iteration(i + 1));
  await told.tell(broker, jobId, events);
}
