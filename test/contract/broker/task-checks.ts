import assert from 'node:assert/strict';
import type { Broker } from '../../../src/broker/index.js';
import { type Check, CONTRACT_OPTIONS } from './check.js';
import { assertCode, failure, openJob, task } from './making.js';

const soon = (patienceMs: number): AbortSignal => AbortSignal.timeout(patienceMs);

/** Takes and completes `count` tasks; returns `job/shard/k` of each. */
async function drain(broker: Broker, count: number, patienceMs: number): Promise<string[]> {
  const taken: string[] = [];
  for (let i = 0; i < count; i++) {
    const lease = await broker.tasks.take(soon(patienceMs));
    taken.push(`${lease.task.jobId}/${lease.task.shard}/${lease.task.k}`);
    await lease.complete();
  }
  return taken;
}

export const TASK_CHECKS: readonly Check[] = [
  {
    name: 'tasks: come whole, in the order issued, as first attempts',
    async check(broker, patienceMs) {
      const issued = [task({ version: 7 }), task({ shard: 1 }), task({ k: 1, epoch: 2 })];
      await broker.tasks.issue(issued);
      for (const expected of issued) {
        const lease = await broker.tasks.take(soon(patienceMs));
        assert.deepEqual({ ...lease.task }, expected);
        assert.equal(lease.attempt, 0);
        await lease.complete();
      }
    },
  },
  {
    name: 'tasks: the backlog is what waits, job by job',
    async check(broker, patienceMs) {
      assert.deepEqual(await broker.tasks.backlog(), new Map());
      await broker.tasks.issue([task(), task({ shard: 1 }), task({ jobId: 'other' })]);
      assert.deepEqual(
        await broker.tasks.backlog(),
        new Map([
          ['job', 2],
          ['other', 1],
        ]),
      );
      await drain(broker, 2, patienceMs);
      await broker.tasks.withdraw('other');
      assert.deepEqual(await broker.tasks.backlog(), new Map([['job', 1]]));
    },
  },
  {
    name: 'tasks: a take that came first gets the task',
    async check(broker, patienceMs) {
      const takes = [broker.tasks.take(soon(patienceMs)), broker.tasks.take(soon(patienceMs))];
      await broker.tasks.issue([task(), task({ shard: 1 })]);
      const shards = (await Promise.all(takes)).map((lease) => lease.task.shard);
      assert.deepEqual(shards.sort(), [0, 1]);
    },
  },
  {
    name: 'tasks: one waiting or out is not doubled',
    async check(broker, patienceMs) {
      await broker.tasks.issue([task()]);
      await broker.tasks.issue([task(), task()]);
      const lease = await broker.tasks.take(soon(patienceMs));
      await broker.tasks.issue([task(), task({ shard: 9 })]);
      assert.deepEqual(await drain(broker, 1, patienceMs), ['job/9/0']);
      await lease.complete();
    },
  },
  {
    name: 'tasks: the same shard and k under another epoch is another task',
    async check(broker, patienceMs) {
      await broker.tasks.issue([task(), task({ epoch: 2 })]);
      const epochs = [(await broker.tasks.take(soon(patienceMs))).task.epoch];
      epochs.push((await broker.tasks.take(soon(patienceMs))).task.epoch);
      assert.deepEqual(epochs.sort(), [1, 2]);
    },
  },
  {
    name: 'tasks: jobs take turns',
    async check(broker, patienceMs) {
      await broker.tasks.issue([0, 1, 2, 3, 4, 5].map((shard) => task({ jobId: 'large', shard })));
      await broker.tasks.issue([0, 1].map((shard) => task({ jobId: 'small', shard })));
      const firstFour = await drain(broker, 4, patienceMs);
      assert.equal(firstFour.filter((taken) => taken.startsWith('small')).length, 2, `taken: ${firstFour}`);
      await drain(broker, 4, patienceMs);
    },
  },
  {
    name: 'tasks: a retryable failure hands the task out again, and reports it after the last attempt',
    async check(broker, patienceMs) {
      const epoch = await openJob(broker);
      await broker.tasks.issue([task({ epoch })]);
      for (let attempt = 0; attempt < CONTRACT_OPTIONS.maxAttempts; attempt++) {
        const lease = await broker.tasks.take(soon(patienceMs));
        assert.equal(lease.attempt, attempt);
        await lease.fail(failure());
      }
      const reported = await broker.tasks.failure('job', soon(patienceMs));
      assert.deepEqual({ ...reported.task }, task({ epoch }));
      const expected = failure({ data: { agent: 'agent-0', attempts: CONTRACT_OPTIONS.maxAttempts } });
      assert.deepEqual({ ...reported.failure }, expected);
      // It is gone: the next task is another one.
      await broker.tasks.issue([task({ epoch, shard: 3 })]);
      assert.deepEqual(await drain(broker, 1, patienceMs), ['job/3/0']);
    },
  },
  {
    name: 'tasks: a failure that retrying cannot mend is reported to its job at once',
    async check(broker, patienceMs) {
      await broker.tasks.issue([task({ jobId: 'other' }), task({ shard: 4 })]);
      const pending = broker.tasks.failure('job', soon(patienceMs));
      for (let i = 0; i < 2; i++) {
        const lease = await broker.tasks.take(soon(patienceMs));
        await lease.fail(failure({ retryable: false, message: lease.task.jobId }));
      }
      const reported = await pending;
      assert.equal(reported.failure.message, 'job');
      assert.equal(reported.task.shard, 4);
      assert.equal((await broker.tasks.failure('other', soon(patienceMs))).failure.message, 'other');
    },
  },
  {
    name: 'tasks: a failure of a fenced learner’s task is not reported to its successor',
    async check(broker, patienceMs) {
      const fenced = await openJob(broker);
      await broker.tasks.issue([task({ epoch: fenced }), task({ epoch: fenced, shard: 1 })]);
      const early = await broker.tasks.take(soon(patienceMs));
      const late = await broker.tasks.take(soon(patienceMs));
      await early.fail(failure({ retryable: false }));
      const epoch = await openJob(broker);
      const reported = broker.tasks.failure('job', soon(patienceMs));
      await late.fail(failure({ retryable: false }));
      await broker.tasks.issue([task({ epoch, shard: 2 })]);
      const lease = await broker.tasks.take(soon(patienceMs));
      await lease.fail(failure({ retryable: false }));
      assert.equal((await reported).task.shard, 2);
    },
  },
  {
    name: 'tasks: withdraw takes back a job’s waiting tasks, and only that job’s',
    async check(broker, patienceMs) {
      await broker.tasks.issue([task({ shard: 0 }), task({ shard: 1 }), task({ jobId: 'other' })]);
      await broker.tasks.withdraw('job');
      await broker.tasks.withdraw('never-seen');
      assert.deepEqual(await drain(broker, 1, patienceMs), ['other/0/0']);
      await broker.tasks.issue([task({ shard: 1 })]);
      assert.deepEqual(await drain(broker, 1, patienceMs), ['job/1/0']);
    },
  },
  {
    name: 'tasks: a fenced learner withdraws nothing of the one that replaced it',
    async check(broker, patienceMs) {
      const former = await openJob(broker, 8);
      await broker.tasks.issue([task({ epoch: former })]);
      const epoch = await openJob(broker, 8);
      await broker.tasks.issue([1, 2, 3].map((shard) => task({ epoch, shard })));
      const out = [await broker.tasks.take(soon(patienceMs)), await broker.tasks.take(soon(patienceMs))];
      const failed = out.find((lease) => lease.task.shard === 1)!;
      await failed.fail(failure({ retryable: false }));
      await broker.tasks.withdraw('job', former);
      assert.deepEqual((await drain(broker, 2, patienceMs)).sort(), ['job/2/0', 'job/3/0']);
      assert.equal((await broker.tasks.failure('job', soon(patienceMs))).task.shard, 1);
    },
  },
  {
    name: 'tasks: a learner withdraws what is its own, waiting or failed',
    async check(broker, patienceMs) {
      const epoch = await openJob(broker, 8);
      await broker.tasks.issue([task({ epoch }), task({ epoch, shard: 1 })]);
      await (await broker.tasks.take(soon(patienceMs))).fail(failure({ retryable: false }));
      await broker.tasks.withdraw('job', epoch);
      await broker.tasks.issue([task({ epoch, shard: 2 })]);
      const lease = await broker.tasks.take(soon(patienceMs));
      assert.equal(lease.task.shard, 2);
      await lease.fail(failure({ retryable: false }));
      assert.equal((await broker.tasks.failure('job', soon(patienceMs))).task.shard, 2);
    },
  },
  {
    name: 'tasks: one withdrawn while it was out is neither retried nor reported, unless issued again',
    async check(broker, patienceMs) {
      await broker.tasks.issue([task(), task({ shard: 1 })]);
      const dropped = await broker.tasks.take(soon(patienceMs));
      const renewed = await broker.tasks.take(soon(patienceMs));
      await broker.tasks.withdraw('job');
      await broker.tasks.issue([task({ shard: 1 })]);
      await dropped.fail(failure());
      await renewed.fail(failure());
      assert.deepEqual(await drain(broker, 1, patienceMs), ['job/1/0']);
      await broker.tasks.issue([task({ shard: 2 })]);
      assert.deepEqual(await drain(broker, 1, patienceMs), ['job/2/0']);
    },
  },
  {
    name: 'tasks: one that is given back comes next in its job, and has not failed',
    async check(broker, patienceMs) {
      await broker.tasks.issue([task(), task({ shard: 1 })]);
      for (let time = 0; time < CONTRACT_OPTIONS.maxAttempts; time++) {
        const lease = await broker.tasks.take(soon(patienceMs));
        assert.deepEqual([lease.task.shard, lease.attempt], [0, time]);
        await lease.release();
      }
      const lease = await broker.tasks.take(soon(patienceMs));
      await lease.fail(failure());
      assert.deepEqual((await drain(broker, 2, patienceMs)).sort(), ['job/0/0', 'job/1/0']);
    },
  },
  {
    name: 'tasks: one that is given back after it was withdrawn does not come again',
    async check(broker, patienceMs) {
      await broker.tasks.issue([task()]);
      const lease = await broker.tasks.take(soon(patienceMs));
      await broker.tasks.withdraw('job');
      await lease.release();
      await broker.tasks.issue([task({ shard: 1 })]);
      assert.deepEqual(await drain(broker, 1, patienceMs), ['job/1/0']);
    },
  },
  {
    name: 'tasks: a lease is settled once',
    async check(broker, patienceMs) {
      await broker.tasks.issue([task(), task({ shard: 5 })]);
      const lease = await broker.tasks.take(soon(patienceMs));
      await lease.complete();
      await lease.complete();
      await lease.fail(failure());
      assert.deepEqual(await drain(broker, 1, patienceMs), ['job/5/0']);
      await broker.tasks.issue([task({ shard: 6 })]);
      assert.deepEqual(await drain(broker, 1, patienceMs), ['job/6/0']);
    },
  },
  {
    name: 'tasks: a wait rejects with the reason of its signal, and takes no task with it',
    async check(broker, patienceMs) {
      const controller = new AbortController();
      const reason = new Error('stopping');
      const calls = [broker.tasks.take(controller.signal), broker.tasks.failure('job', controller.signal)];
      const outcomes = Promise.allSettled(calls);
      controller.abort(reason);
      for (const outcome of await outcomes) {
        assert.equal(outcome.status, 'rejected');
        assert.equal((outcome as PromiseRejectedResult).reason, reason);
      }
      await assert.rejects(broker.tasks.take(controller.signal), reason);
      await broker.tasks.issue([task()]);
      assert.deepEqual(await drain(broker, 1, patienceMs), ['job/0/0']);
    },
  },
  {
    name: 'tasks: invalid ids and numbers are refused',
    async check(broker) {
      for (const jobId of ['', '../etc', 'A', 'a}b', 'x'.repeat(65)]) {
        await assertCode(broker.tasks.issue([task({ jobId })]), 'BROKER_ARGUMENT_INVALID');
      }
      for (const k of [-1, 0.5, Number.NaN]) {
        await assertCode(broker.tasks.issue([task({ k })]), 'BROKER_ARGUMENT_INVALID');
      }
    },
  },
  {
    name: 'close: waiting calls and later ones reject with BROKER_CLOSED; closing twice is fine',
    async check(broker) {
      await openJob(broker);
      const { signal } = new AbortController();
      const follower = broker.events.follow('job', 0, signal)[Symbol.asyncIterator]();
      const waits = [
        broker.tasks.take(signal),
        broker.tasks.failure('job', signal),
        broker.jobs.take(signal),
        broker.trajectories.read('job', 0, 0, signal),
        follower.next(),
      ].map((call) => assertCode(call, 'BROKER_CLOSED'));
      await broker.close();
      await Promise.all(waits);
      await broker.close();
      await assertCode(broker.tasks.take(signal), 'BROKER_CLOSED');
      await assertCode(broker.tasks.issue([task()]), 'BROKER_CLOSED');
      await assertCode(
        broker.trajectories.commit(task(), { batch: new Uint8Array(), state: new Uint8Array() }),
        'BROKER_CLOSED',
      );
      await assertCode(broker.weights.fetch('job', 0), 'BROKER_CLOSED');
      await assertCode(broker.jobs.list(), 'BROKER_CLOSED');
      await assertCode(broker.events.append('job', 'note', '{}'), 'BROKER_CLOSED');
    },
  },
];
