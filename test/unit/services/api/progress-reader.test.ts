import { expect, it } from 'vitest';
import { ProgressReader } from '../../../../services/api/jobs/progress-reader.js';
import { Paths } from '../../../../services/api/paths.js';
import { createMemoryBroker } from '../../../../src/broker/index.js';

const checkpoint = (iteration: number, term = 1) => JSON.stringify({ type: 'checkpoint', iteration, bytes: 1, term });

it('a history is read on from where it was read, in pages', async () => {
  const { events } = createMemoryBroker();
  let read = 0;
  const counted = {
    append: events.append.bind(events),
    follow: events.follow.bind(events),
    read: async (jobId: string, sequence: number, limit?: number) => {
      const page = await events.read(jobId, sequence, limit);
      expect(page.length).toBeLessThanOrEqual(limit ?? 0);
      read += page.length;
      return page;
    },
  };
  const reader = new ProgressReader(counted);
  for (let i = 1; i <= 450; i++) await events.append('job', 'checkpoint', checkpoint(i));
  const [one, two] = await Promise.all([reader.read('job'), reader.read('job')]);
  expect([one.checkpoint?.iteration, two.checkpoint?.iteration]).toEqual([450, 450]);
  expect(read).toBeLessThan(460);
  read = 0;
  await events.append('job', 'checkpoint', checkpoint(451));
  expect((await reader.read('job')).checkpoint?.iteration).toBe(451);
  expect(read).toBe(2);
});

it('a history that was lost and begun anew is read anew', async () => {
  const broker = createMemoryBroker({}, { clock: { now: () => at++, monotonic: () => 0 } });
  let at = 5;
  const reader = new ProgressReader(broker.events);
  for (const iteration of [8, 9]) await broker.events.append('job', 'checkpoint', checkpoint(iteration, 7));
  expect((await reader.read('job')).checkpoint?.iteration).toBe(9);
  await broker.jobs.remove('job');
  await broker.events.append('job', 'checkpoint', checkpoint(1));
  expect((await reader.read('job')).checkpoint?.iteration).toBe(1);
  for (const iteration of [2, 3]) await broker.events.append('job', 'checkpoint', checkpoint(iteration));
  expect((await reader.read('job')).checkpoint?.iteration).toBe(3);
});

it('paths are told from methods', () => {
  const paths = new Paths();
  paths.add('/v1/jobs', ['GET']);
  paths.add('/v1/jobs', ['POST']);
  paths.add('/v1/jobs/:id', ['DELETE']);
  paths.add('/page/*', ['GET']);
  expect(paths.methodsOf('/v1/jobs?x=1')).toEqual(['GET', 'POST']);
  expect(paths.methodsOf('/v1/jobs/a')).toEqual(['DELETE']);
  expect(paths.methodsOf('/v1/jobs/a/b')).toEqual([]);
  expect(paths.methodsOf('/v1xjobs')).toEqual([]);
  expect(paths.methodsOf('/page/a/b')).toEqual(['GET']);
});
