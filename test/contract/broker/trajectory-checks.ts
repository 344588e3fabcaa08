import assert from 'node:assert/strict';
import type { Check } from './check.js';
import { assertBytes, assertCode, bytes, entry, openJob, task } from './making.js';

const soon = (patienceMs: number): AbortSignal => AbortSignal.timeout(patienceMs);

export const TRAJECTORY_CHECKS: readonly Check[] = [
  {
    name: 'trajectories: a commit appends, stores the state and moves the cursor',
    async check(broker, patienceMs) {
      const epoch = await openJob(broker, 2);
      const { trajectories } = broker;
      assert.deepEqual({ ...(await trajectories.cursor('job', 1)) }, { k: 0, state: null });
      assert.equal(await trajectories.commit(task({ epoch, shard: 1 }), entry(1, 0)), 'ok');
      const cursor = await trajectories.cursor('job', 1);
      assert.equal(cursor.k, 1);
      assertBytes(cursor.state, entry(1, 0).state);
      assert.equal((await trajectories.cursor('job', 0)).k, 0);
      for (let time = 0; time < 2; time++) {
        const read = await trajectories.read('job', 1, 0, soon(patienceMs));
        assertBytes(read.batch, entry(1, 0).batch);
        assertBytes(read.state, entry(1, 0).state);
      }
    },
  },
  {
    name: 'trajectories: a duplicate is dropped and changes nothing',
    async check(broker, patienceMs) {
      const epoch = await openJob(broker);
      const { trajectories } = broker;
      await trajectories.commit(task({ epoch }), entry(0, 0));
      await trajectories.commit(task({ epoch, k: 1 }), entry(0, 1));
      assert.equal(await trajectories.commit(task({ epoch }), { batch: bytes(9), state: bytes(9) }), 'duplicate');
      const cursor = await trajectories.cursor('job', 0);
      assert.equal(cursor.k, 2);
      assertBytes(cursor.state, entry(0, 1).state);
      assertBytes((await trajectories.read('job', 0, 0, soon(patienceMs))).batch, entry(0, 0).batch);
    },
  },
  {
    name: 'trajectories: a gap is refused and changes nothing',
    async check(broker) {
      const epoch = await openJob(broker);
      assert.equal(await broker.trajectories.commit(task({ epoch, k: 1 }), entry(0, 1)), 'gap');
      assert.deepEqual({ ...(await broker.trajectories.cursor('job', 0)) }, { k: 0, state: null });
    },
  },
  {
    name: 'trajectories: a full shard refuses until entries are released; other shards are not concerned',
    async check(broker) {
      const epoch = await openJob(broker, 2, 2);
      const { trajectories } = broker;
      const commit = (shard: number, k: number) => trajectories.commit(task({ epoch, shard, k }), entry(shard, k));
      assert.equal(await commit(0, 0), 'ok');
      assert.equal(await commit(0, 1), 'ok');
      assert.equal(await commit(0, 2), 'full');
      assert.equal(await commit(0, 1), 'duplicate');
      assert.equal(await commit(0, 3), 'gap');
      assert.equal(await commit(1, 0), 'ok');
      assert.equal((await trajectories.cursor('job', 0)).k, 2);
      await trajectories.release('job', 1);
      assert.equal(await commit(0, 2), 'ok');
      assert.equal(await commit(0, 3), 'full');
    },
  },
  {
    name: 'trajectories: opening again raises the epoch and fences the former one',
    async check(broker) {
      const first = await openJob(broker);
      const second = await openJob(broker);
      assert.ok(first >= 1);
      assert.ok(second > first, `${second} after ${first}`);
      assert.equal(await broker.trajectories.commit(task({ epoch: first }), entry(0, 0)), 'fenced');
      assert.equal(await broker.trajectories.commit(task({ epoch: second + 1 }), entry(0, 0)), 'fenced');
      assert.equal((await broker.trajectories.cursor('job', 0)).k, 0);
      assert.equal(await broker.trajectories.commit(task({ epoch: second }), entry(0, 0)), 'ok');
      await broker.trajectories.close('job');
      const third = await openJob(broker);
      assert.ok(third > second, 'closing a job does not start its epochs anew');
    },
  },
  {
    name: 'trajectories: opening at a cursor drops the entries from there on and keeps those before',
    async check(broker, patienceMs) {
      const first = await openJob(broker);
      const { trajectories } = broker;
      for (let k = 0; k < 4; k++) await trajectories.commit(task({ epoch: first, k }), entry(0, k));
      const epoch = await trajectories.open('job', [{ k: 2, state: bytes(7) }], 8);
      const cursor = await trajectories.cursor('job', 0);
      assert.equal(cursor.k, 2);
      assertBytes(cursor.state, bytes(7));
      assertBytes((await trajectories.read('job', 0, 1, soon(patienceMs))).batch, entry(0, 1).batch);
      const pending = trajectories.read('job', 0, 2, soon(patienceMs));
      const renewed = { batch: bytes(5), state: bytes(6) };
      assert.equal(await trajectories.commit(task({ epoch, k: 2 }), renewed), 'ok');
      assertBytes((await pending).batch, renewed.batch);
    },
  },
  {
    name: 'trajectories: every waiting read gets its entry, also one that began before the job was opened again',
    async check(broker, patienceMs) {
      await openJob(broker, 2);
      const { trajectories } = broker;
      const reads = [0, 0, 1].map((shard) => trajectories.read('job', shard, 1, soon(patienceMs)));
      const epoch = await openJob(broker, 2);
      for (const k of [0, 1])
        for (const shard of [1, 0]) await trajectories.commit(task({ epoch, shard, k }), entry(shard, k));
      const got = (await Promise.all(reads)).map((read) => [...read.batch]);
      assert.deepEqual(got, [
        [1, 0, 1],
        [1, 0, 1],
        [1, 1, 1],
      ]);
    },
  },
  {
    name: 'trajectories: an entry that is gone is an error, not a wait',
    async check(broker, patienceMs) {
      const epoch = await openJob(broker);
      const { trajectories } = broker;
      await trajectories.commit(task({ epoch }), entry(0, 0));
      await trajectories.release('job', 1);
      await assertCode(trajectories.read('job', 0, 0, soon(patienceMs)), 'BROKER_ENTRY_UNKNOWN');
      const overtaken = trajectories.read('job', 0, 1, soon(patienceMs));
      const rejected = assertCode(overtaken, 'BROKER_ENTRY_UNKNOWN');
      await trajectories.open('job', [{ k: 5, state: null }], 8);
      await rejected;
    },
  },
  {
    name: 'trajectories: every shard may be released up to a batch of its own',
    async check(broker, patienceMs) {
      const epoch = await openJob(broker, 2, 2);
      const { trajectories } = broker;
      for (const shard of [0, 1])
        for (const k of [0, 1]) await trajectories.commit(task({ epoch, shard, k }), entry(shard, k));
      await assertCode(trajectories.release('job', [1], epoch), 'BROKER_ARGUMENT_INVALID');
      await assertCode(trajectories.release('job', [1, 0, 0], epoch), 'BROKER_ARGUMENT_INVALID');
      assertBytes((await trajectories.read('job', 0, 0, soon(patienceMs))).batch, entry(0, 0).batch);
      await trajectories.release('job', [2, 0], epoch);
      await trajectories.release('job', [1, 1], epoch);
      for (const k of [0, 1])
        await assertCode(trajectories.read('job', 0, k, soon(patienceMs)), 'BROKER_ENTRY_UNKNOWN');
      await assertCode(trajectories.read('job', 1, 0, soon(patienceMs)), 'BROKER_ENTRY_UNKNOWN');
      assertBytes((await trajectories.read('job', 1, 1, soon(patienceMs))).batch, entry(1, 1).batch);
      assert.equal(await trajectories.commit(task({ epoch, shard: 0, k: 2 }), entry(0, 2)), 'ok');
      assert.equal(await trajectories.commit(task({ epoch, shard: 1, k: 2 }), entry(1, 2)), 'ok');
      assert.equal(await trajectories.commit(task({ epoch, shard: 1, k: 3 }), entry(1, 3)), 'full');
    },
  },
  {
    name: 'trajectories: a fenced learner releases nothing',
    async check(broker, patienceMs) {
      const former = await openJob(broker);
      const epoch = await openJob(broker);
      const { trajectories } = broker;
      await trajectories.commit(task({ epoch }), entry(0, 0));
      await trajectories.release('job', 1, former);
      assertBytes((await trajectories.read('job', 0, 0, soon(patienceMs))).batch, entry(0, 0).batch);
      await trajectories.release('job', 1, epoch);
      await assertCode(trajectories.read('job', 0, 0, soon(patienceMs)), 'BROKER_ENTRY_UNKNOWN');
    },
  },
  {
    name: 'trajectories: memory may be used again, of a commit where bytes are copied, of a read where it is freed',
    async check(broker, patienceMs) {
      const epoch = await openJob(broker);
      const { trajectories } = broker;
      const sent = new Uint8Array(100_000);
      // As whoever sends and receives with one block of memory.
      for (let k = 0; k < 4; k++) {
        const fresh = trajectories.copiesCommitted ? sent : new Uint8Array(100_000);
        fresh.fill(k + 1);
        await trajectories.commit(task({ epoch, k }), { batch: fresh, state: bytes(k) });
      }
      sent.fill(99);
      for (const free of [false, true]) {
        const read = await Promise.all([0, 1, 2, 3].map((k) => trajectories.read('job', 0, k, soon(patienceMs))));
        for (const [k, { batch, state }] of read.entries()) {
          assert.ok(batch.length === 100_000 && batch.every((value) => value === k + 1), `batch ${k} is another`);
          assertBytes(state, bytes(k));
        }
        if (free) for (const each of read) each.free?.();
      }
      const again = await trajectories.read('job', 0, 2, soon(patienceMs));
      assert.ok(again.batch.every((value) => value === 3));
    },
  },
  {
    name: 'trajectories: a job that is not open, or a shard that it has not, is an error',
    async check(broker, patienceMs) {
      const { trajectories } = broker;
      const signal = soon(patienceMs);
      await assertCode(trajectories.cursor('job', 0), 'BROKER_JOB_UNKNOWN');
      await assertCode(trajectories.read('job', 0, 0, signal), 'BROKER_JOB_UNKNOWN');
      await assertCode(trajectories.release('job', 0), 'BROKER_JOB_UNKNOWN');
      assert.equal(await trajectories.commit(task(), entry(0, 0)), 'fenced');
      const epoch = await openJob(broker);
      await assertCode(trajectories.cursor('job', 1), 'BROKER_SHARD_UNKNOWN');
      await assertCode(trajectories.read('job', -1, 0, signal), 'BROKER_SHARD_UNKNOWN');
      await assertCode(trajectories.commit(task({ epoch, shard: 1 }), entry(1, 0)), 'BROKER_SHARD_UNKNOWN');
      const pending = assertCode(trajectories.read('job', 0, 0, signal), 'BROKER_JOB_UNKNOWN');
      await trajectories.close('job');
      await pending;
      assert.equal(await trajectories.commit(task({ epoch }), entry(0, 0)), 'fenced');
    },
  },
  {
    name: 'trajectories: fewer shards than before leave nothing of the others',
    async check(broker, patienceMs) {
      await openJob(broker, 2);
      const pending = assertCode(broker.trajectories.read('job', 1, 0, soon(patienceMs)), 'BROKER_SHARD_UNKNOWN');
      const epoch = await openJob(broker, 1);
      await pending;
      await assertCode(broker.trajectories.commit(task({ epoch, shard: 1 }), entry(1, 0)), 'BROKER_SHARD_UNKNOWN');
    },
  },
  {
    name: 'trajectories: bytes come back as they were, of any kind of memory and none at all',
    async check(broker, patienceMs) {
      const epoch = await openJob(broker);
      const shared = new Uint8Array(new SharedArrayBuffer(70_003), 3, 70_000);
      for (let i = 0; i < shared.length; i++) shared[i] = i * 7;
      const part = shared.slice().subarray(1, 60_001);
      await broker.trajectories.commit(task({ epoch }), { batch: shared, state: part });
      await broker.trajectories.commit(task({ epoch, k: 1 }), { batch: bytes(), state: bytes() });
      const first = await broker.trajectories.read('job', 0, 0, soon(patienceMs));
      assert.ok(Buffer.from(first.batch).equals(shared) && Buffer.from(first.state).equals(part));
      const second = await broker.trajectories.read('job', 0, 1, soon(patienceMs));
      assert.deepEqual([second.batch.length, second.state.length], [0, 0]);
      assertBytes((await broker.trajectories.cursor('job', 0)).state, bytes());
    },
  },
  {
    name: 'trajectories: jobs are apart',
    async check(broker) {
      const one = await openJob(broker, 1, 8, 'one');
      const two = await openJob(broker, 1, 8, 'two');
      assert.equal(await broker.trajectories.commit(task({ jobId: 'one', epoch: one }), entry(0, 0)), 'ok');
      assert.equal((await broker.trajectories.cursor('two', 0)).k, 0);
      await broker.trajectories.close('one');
      assert.equal(await broker.trajectories.commit(task({ jobId: 'two', epoch: two }), entry(0, 0)), 'ok');
    },
  },
  {
    name: 'trajectories: a read rejects with the reason of its signal',
    async check(broker) {
      await openJob(broker);
      const controller = new AbortController();
      const reason = new Error('stopping');
      const rejected = assert.rejects(broker.trajectories.read('job', 0, 0, controller.signal), reason);
      controller.abort(reason);
      await rejected;
      await assert.rejects(broker.trajectories.read('job', 0, 0, controller.signal), reason);
    },
  },
  {
    name: 'trajectories: nonsense is refused',
    async check(broker) {
      const cursor = { k: 0, state: null };
      await assertCode(broker.trajectories.open('no way', [cursor], 1), 'BROKER_ARGUMENT_INVALID');
      await assertCode(broker.trajectories.open('job', [], 1), 'BROKER_ARGUMENT_INVALID');
      await assertCode(broker.trajectories.open('job', [cursor], 0), 'BROKER_ARGUMENT_INVALID');
      await assertCode(broker.trajectories.open('job', [{ k: -1, state: null }], 1), 'BROKER_ARGUMENT_INVALID');
    },
  },
];
