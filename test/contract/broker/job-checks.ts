import assert from 'node:assert/strict';
import type { Check } from './check.js';
import { assertCode, bytes, entry, openJob, record, task } from './making.js';

const soon = (patienceMs: number): AbortSignal => AbortSignal.timeout(patienceMs);

export const JOB_CHECKS: readonly Check[] = [
  {
    name: 'jobs: a submitted job is stored whole and handed to one learner',
    async check(broker, patienceMs) {
      const pending = broker.jobs.take(soon(patienceMs));
      const submitted = record('job', { spec: '{"seed":1}', failure: '{"code":"X"}', metadata: '{"a":1}' });
      const stored = await broker.jobs.submit(submitted);
      assert.deepEqual({ ...stored.record }, submitted);
      assert.deepEqual(await broker.jobs.get('job'), stored);
      assert.equal(await broker.jobs.get('other'), null);
      assert.equal((await pending).jobId, 'job');
      await broker.jobs.submit(record('next'));
      assert.equal((await broker.jobs.take(soon(patienceMs))).jobId, 'next');
    },
  },
  {
    name: 'jobs: an id is used once',
    async check(broker) {
      await broker.jobs.submit(record('job', { spec: 'first' }));
      await assertCode(broker.jobs.submit(record('job', { spec: 'second' })), 'BROKER_JOB_EXISTS');
      assert.equal((await broker.jobs.get('job'))?.record.spec, 'first');
      await assertCode(broker.jobs.submit(record('../../etc')), 'BROKER_ARGUMENT_INVALID');
    },
  },
  {
    name: 'jobs: the list is newest first',
    async check(broker) {
      assert.deepEqual(await broker.jobs.list(), []);
      for (const [jobId, createdAt] of [
        ['a', 5],
        ['b', 9],
        ['c', 5],
        ['__proto__', 1],
      ] as const) {
        await broker.jobs.submit(record(jobId, { createdAt }));
      }
      const ids = (await broker.jobs.list()).map((stored) => stored.record.jobId);
      assert.deepEqual(ids, ['b', 'c', 'a', '__proto__']);
    },
  },
  {
    name: 'jobs: revisions tells of every job what its record would',
    async check(broker) {
      assert.deepEqual(await broker.jobs.revisions(), new Map());
      const [a, b] = [await broker.jobs.submit(record('a')), await broker.jobs.submit(record('b'))];
      const changed = await broker.jobs.compareAndSet(a.revision, record('a', { state: 'paused' }));
      assert.deepEqual(
        await broker.jobs.revisions(),
        new Map([
          ['a', changed?.revision],
          ['b', b.revision],
        ]),
      );
      await broker.jobs.remove('a');
      assert.deepEqual([...(await broker.jobs.revisions()).keys()], ['b']);
    },
  },
  {
    name: 'jobs: changes tells which were written or removed since it was asked before',
    async check(broker) {
      const { jobs } = broker;
      const first = await jobs.changes(null);
      assert.equal(first.jobIds, null);
      const [a, b] = [await jobs.submit(record('a')), await jobs.submit(record('b'))];
      const second = await jobs.changes((await jobs.changes(null)).mark);
      assert.deepEqual(second.jobIds, []);
      const changed = await jobs.compareAndSet(b.revision, record('b', { state: 'paused' }));
      await jobs.compareAndSet(a.revision, record('a', { state: 'paused' }));
      await jobs.compareAndSet(changed?.revision ?? -1, record('b', { state: 'queued' }));
      const third = await jobs.changes(second.mark);
      assert.deepEqual([...(third.jobIds ?? [])].sort(), ['a', 'b']);
      await jobs.remove('a');
      assert.deepEqual((await jobs.changes(third.mark)).jobIds, ['a']);
      const again = (await jobs.changes(second.mark)).jobIds;
      assert.deepEqual([...(again ?? [])].sort(), ['a', 'b']);
      const { jobIds, mark } = await jobs.changes((await jobs.changes(third.mark)).mark);
      assert.deepEqual(jobIds, []);
      assert.deepEqual((await jobs.changes(mark)).jobIds, []);
    },
  },
  {
    name: 'jobs: compare-and-set writes only over the revision it saw',
    async check(broker) {
      const first = await broker.jobs.submit(record('job'));
      const second = await broker.jobs.compareAndSet(first.revision, record('job', { state: 'running', updatedAt: 2 }));
      assert.ok(second !== null && second.revision !== first.revision);
      assert.equal(await broker.jobs.compareAndSet(first.revision, record('job', { state: 'cancelled' })), null);
      assert.deepEqual(
        { ...(await broker.jobs.get('job'))?.record },
        record('job', { state: 'running', updatedAt: 2 }),
      );
      assert.equal(await broker.jobs.compareAndSet(1, record('never-seen')), null);
    },
  },
  {
    name: 'jobs: of two writers at once, one wins',
    async check(broker) {
      const { revision } = await broker.jobs.submit(record('job'));
      const writes = (['running', 'cancelled'] as const).map((state) =>
        broker.jobs.compareAndSet(revision, record('job', { state })),
      );
      const winners = (await Promise.all(writes)).filter((written) => written !== null);
      assert.equal(winners.length, 1);
      assert.deepEqual(await broker.jobs.get('job'), winners[0]);
    },
  },
  {
    name: 'jobs: one that left the queued state is not handed out',
    async check(broker, patienceMs) {
      const { revision } = await broker.jobs.submit(record('cancelled'));
      await broker.jobs.compareAndSet(revision, record('cancelled', { state: 'cancelled' }));
      await broker.jobs.submit(record('done', { state: 'succeeded' }));
      await broker.jobs.submit(record('removed'));
      await broker.jobs.remove('removed');
      await broker.jobs.submit(record('next'));
      assert.equal((await broker.jobs.take(soon(patienceMs))).jobId, 'next');
    },
  },
  {
    name: 'jobs: one that becomes queued again is handed out again, and only then',
    async check(broker, patienceMs) {
      const submitted = await broker.jobs.submit(record('job'));
      assert.equal((await broker.jobs.take(soon(patienceMs))).jobId, 'job');
      const touched = await broker.jobs.compareAndSet(submitted.revision, record('job', { updatedAt: 2 }));
      await broker.jobs.submit(record('marker'));
      assert.equal((await broker.jobs.take(soon(patienceMs))).jobId, 'marker');
      const paused = await broker.jobs.compareAndSet(touched?.revision ?? -1, record('job', { state: 'paused' }));
      await broker.jobs.compareAndSet(paused?.revision ?? -1, record('job'));
      assert.equal((await broker.jobs.take(soon(patienceMs))).jobId, 'job');
    },
  },
  {
    name: 'jobs: one that was released is handed out again while it is queued or running; a lease is settled once',
    async check(broker, patienceMs) {
      const { revision } = await broker.jobs.submit(record('job'));
      const first = await broker.jobs.take(soon(patienceMs));
      assert.equal(first.attempt, 0);
      await first.release();
      const second = await broker.jobs.take(soon(patienceMs));
      assert.deepEqual([second.jobId, second.attempt], ['job', 1]);
      await broker.jobs.compareAndSet(revision, record('job', { state: 'running' }));
      await second.release();
      await second.release();
      await second.complete();
      const third = await broker.jobs.take(soon(patienceMs));
      assert.deepEqual([third.jobId, third.attempt], ['job', 2]);
      await broker.jobs.submit(record('next'));
      assert.equal((await broker.jobs.take(soon(patienceMs))).jobId, 'next');
    },
  },
  {
    name: 'jobs: one that was completed, or has ended when it is released, is not handed out again',
    async check(broker, patienceMs) {
      await broker.jobs.submit(record('completed'));
      const completed = await broker.jobs.take(soon(patienceMs));
      await completed.complete();
      await completed.release();
      const { revision } = await broker.jobs.submit(record('ended'));
      const ended = await broker.jobs.take(soon(patienceMs));
      await broker.jobs.compareAndSet(revision, record('ended', { state: 'succeeded' }));
      await ended.release();
      await broker.jobs.submit(record('next'));
      assert.equal((await broker.jobs.take(soon(patienceMs))).jobId, 'next');
    },
  },
  {
    name: 'jobs: one that was queued anew is handed out once, whatever its former holder does',
    async check(broker, patienceMs) {
      const { revision } = await broker.jobs.submit(record('job'));
      const former = await broker.jobs.take(soon(patienceMs));
      const paused = await broker.jobs.compareAndSet(revision, record('job', { state: 'paused' }));
      await broker.jobs.compareAndSet(paused?.revision ?? -1, record('job'));
      const renewed = await broker.jobs.take(soon(patienceMs));
      assert.deepEqual([renewed.jobId, renewed.attempt], ['job', 0]);
      await former.release();
      await broker.jobs.submit(record('next'));
      assert.equal((await broker.jobs.take(soon(patienceMs))).jobId, 'next');
    },
  },
  {
    name: 'jobs: a take rejects with the reason of its signal, and takes no job with it',
    async check(broker, patienceMs) {
      const controller = new AbortController();
      const reason = new Error('stopping');
      const rejected = assert.rejects(broker.jobs.take(controller.signal), reason);
      controller.abort(reason);
      await rejected;
      await assert.rejects(broker.jobs.take(controller.signal), reason);
      await broker.jobs.submit(record('job'));
      assert.equal((await broker.jobs.take(soon(patienceMs))).jobId, 'job');
    },
  },
  {
    name: 'jobs: remove forgets everything of the job, and nothing of others',
    async check(broker, patienceMs) {
      for (const jobId of ['job', 'other']) {
        await broker.jobs.submit(record(jobId));
        const epoch = await openJob(broker, 1, 8, jobId);
        await broker.tasks.issue([task({ jobId, epoch })]);
        await broker.trajectories.commit(task({ jobId, epoch }), entry(0, 0));
        await broker.weights.publish(jobId, 0, epoch, bytes(1));
        await broker.events.append(jobId, 'note', '{}');
      }
      await broker.jobs.remove('job');
      await broker.jobs.remove('never-seen');
      assert.equal(await broker.jobs.get('job'), null);
      assert.equal((await broker.jobs.list()).length, 1);
      await assertCode(broker.trajectories.cursor('job', 0), 'BROKER_JOB_UNKNOWN');
      await assertCode(broker.weights.fetch('job', 0), 'BROKER_WEIGHTS_UNKNOWN');
      assert.deepEqual(await broker.events.read('job', 0), []);
      assert.equal((await broker.tasks.take(soon(patienceMs))).task.jobId, 'other');
      assert.equal((await broker.trajectories.cursor('other', 0)).k, 1);
      assert.equal((await broker.events.read('other', 0)).length, 1);
    },
  },
];
