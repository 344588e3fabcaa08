import assert from 'node:assert/strict';
import type { Broker, PartClaim } from '../../../src/broker/index.js';
import type { Check } from './check.js';
import { assertBytes, assertCode, bytes, openJob, task } from './making.js';

const LEASE_MS = 60_000;
const soon = (patienceMs: number): AbortSignal => AbortSignal.timeout(patienceMs);

/** Opens a job and offers parts of it in the name of `leader`. */
async function offered(broker: Broker, parts: readonly number[]): Promise<number> {
  const epoch = await openJob(broker);
  await broker.parts.offer('job', epoch, parts, 'leader');
  return epoch;
}

export const PART_CHECKS: readonly Check[] = [
  {
    name: 'parts: each is claimed once, by others than who offers them',
    async check({ parts, ...broker }, patienceMs) {
      const epoch = await offered({ parts, ...broker }, [1, 2]);
      await assert.rejects(parts.claim('leader', LEASE_MS, soon(20)));
      const claims = await Promise.all(['a', 'b'].map((id) => parts.claim(id, LEASE_MS, soon(patienceMs))));
      assert.deepEqual(claims.map(({ part }) => part).sort(), [1, 2]);
      for (const { jobId, epoch: of, offeredBy } of claims)
        assert.deepEqual([jobId, of, offeredBy], ['job', epoch, 'leader']);
      assert.deepEqual(claims.map(({ learnerId }) => learnerId).sort(), ['a', 'b']);
      await assert.rejects(parts.claim('c', LEASE_MS, soon(20)));
      const holders = await parts.holders('job', epoch);
      assert.deepEqual(holders.map(({ learnerId, alive, said }) => [learnerId, alive, said]).sort(), [
        ['a', true, 0],
        ['b', true, 0],
      ]);
    },
  },
  {
    name: 'parts: who waits for a part gets the one that is offered then',
    async check(broker, patienceMs) {
      const claiming = broker.parts.claim('a', LEASE_MS, soon(patienceMs));
      await offered(broker, [3]);
      assert.equal((await claiming).part, 3);
    },
  },
  {
    name: 'parts: a claim ends unless it is renewed; a part that is offered again is nobody’s',
    async check(broker, patienceMs) {
      const { parts } = broker;
      const epoch = await offered(broker, [1]);
      const claim = await parts.claim('a', 1, soon(patienceMs));
      const aliveNow = async () => (await parts.holders('job', epoch)).map(({ alive }) => alive);
      while ((await aliveNow())[0]) await new Promise((resolve) => setImmediate(resolve));
      await parts.renew(claim, LEASE_MS);
      assert.deepEqual(await aliveNow(), [true]);
      await parts.send(claim, 'holder', { sequence: 1, message: bytes(1) });
      await parts.offer('job', epoch, [1], 'leader');
      assert.deepEqual(await parts.holders('job', epoch), []);
      await assertCode(parts.renew(claim, LEASE_MS), 'BROKER_PART_FENCED');
      assert.equal((await parts.claim('b', LEASE_MS, soon(patienceMs))).part, 1);
      assert.deepEqual(
        (await parts.holders('job', epoch)).map(({ said }) => said),
        [0],
      );
    },
  },
  {
    name: 'parts: whoever shows them sees who offers each, who holds it, since when, and under which epoch',
    async check(broker, patienceMs) {
      const { parts } = broker;
      assert.equal(await parts.offered('job'), null);
      const epoch = await offered(broker, [1, 2, 3]);
      const claims = [];
      for (const id of ['a', 'b']) claims.push(await parts.claim(id, LEASE_MS, soon(patienceMs)));
      const [begun, asleep] = claims.map(({ part }) => part) as [number, number];
      await parts.send(claims[0]!, 'leader', { sequence: 1, message: bytes(1) });
      await parts.renew(claims[1]!, 1);
      const seen = async () => {
        const told = await parts.offered('job');
        return { ...told, parts: new Map(told?.parts.map(({ part, ...more }) => [part, more])) };
      };
      const signal = soon(patienceMs);
      while ((await seen()).parts.get(asleep)?.holder?.alive && !signal.aborted)
        await new Promise((resolve) => setImmediate(resolve));
      const now = await seen();
      assert.equal(now.epoch, epoch);
      assert.deepEqual([...now.parts.keys()], [1, 2, 3]);
      for (const { offeredBy } of now.parts.values()) assert.equal(offeredBy, 'leader');
      const free = [1, 2, 3].find((part) => part !== begun && part !== asleep)!;
      assert.equal(now.parts.get(free)!.holder, null);
      const { ageMs, ...holds } = now.parts.get(begun)!.holder!;
      assert.deepEqual(holds, { learnerId: 'a', alive: true, begun: true });
      assert.ok(ageMs !== null && ageMs >= 0 && ageMs < LEASE_MS, `an age of ${ageMs} ms`);
      const { ageMs: since, ...sleeps } = now.parts.get(asleep)!.holder!;
      assert.deepEqual(sleeps, { learnerId: 'b', alive: false, begun: false });
      assert.ok(since !== null && since >= 1, `an age of ${since} ms`);
      await parts.offer('job', epoch, [begun], 'leader');
      assert.equal((await seen()).parts.get(begun)!.holder, null);
      const newer = await openJob(broker);
      assert.equal(await parts.offered('job'), null);
      await parts.offer('job', newer, [2], 'other');
      assert.deepEqual(await parts.offered('job'), {
        epoch: newer,
        parts: [{ part: 2, offeredBy: 'other', holder: null }],
      });
      await parts.withdraw('job', newer);
      assert.equal(await parts.offered('job'), null);
    },
  },
  {
    name: 'parts: what is said is heard by the other, once there is something new, whole',
    async check(broker, patienceMs) {
      const { parts } = broker;
      const epoch = await offered(broker, [1, 2]);
      const claims = await Promise.all(['a', 'b'].map((id) => parts.claim(id, LEASE_MS, soon(patienceMs))));
      const [one, two] = claims.sort((a, b) => a.part - b.part) as [PartClaim, PartClaim];
      const message = new Uint8Array(100_000).map((_, j) => j % 251);
      const hearing = parts.receive(one, 'leader', 0, soon(patienceMs));
      await parts.send(two, 'leader', { sequence: 1, message: bytes(9) });
      await parts.send(one, 'holder', { sequence: 1, message: bytes(8) });
      await parts.send(one, 'leader', { sequence: 1, message });
      const heard = await hearing;
      assert.equal(heard.sequence, 1);
      assertBytes(heard.message, message);
      const next = parts.receive(one, 'leader', 1, soon(patienceMs));
      await parts.send(one, 'leader', { sequence: 2, message: bytes(2) });
      assertBytes((await next).message, bytes(2));
      // Of one who woke up late.
      await parts.send(one, 'leader', { sequence: 1, message });
      const last = await parts.receive(one, 'leader', 0, soon(patienceMs));
      assert.equal(last.sequence, 2);
      assertBytes(last.message, bytes(2));
      assert.deepEqual((await parts.holders('job', epoch)).map(({ part, fence, said }) => [part, fence, said]).sort(), [
        [1, one.fence, 1],
        [2, two.fence, 0],
      ]);
    },
  },
  {
    name: 'parts: those of an old epoch, and those withdrawn, are fenced, also for who waits',
    async check(broker, patienceMs) {
      const { parts } = broker;
      const epoch = await offered(broker, [1]);
      const claim = await parts.claim('a', LEASE_MS, soon(patienceMs));
      const waiting = assertCode(parts.receive(claim, 'leader', 0, soon(patienceMs)), 'BROKER_FENCED');
      const newer = await openJob(broker);
      await waiting;
      const said = { sequence: 1, message: bytes(1) };
      await assertCode(parts.send(claim, 'holder', said), 'BROKER_FENCED');
      await assertCode(parts.send({ ...claim, epoch: newer }, 'holder', said), 'BROKER_FENCED');
      await assertCode(parts.renew(claim, LEASE_MS), 'BROKER_FENCED');
      await assertCode(parts.release(claim), 'BROKER_FENCED');
      await assertCode(parts.holders('job', epoch), 'BROKER_FENCED');
      await assertCode(parts.offer('job', epoch, [1], 'leader'), 'BROKER_FENCED');
      await assert.rejects(parts.claim('b', LEASE_MS, soon(20)));
      await parts.offer('job', newer, [1], 'other');
      await parts.withdraw('job', epoch);
      const second = await parts.claim('b', LEASE_MS, soon(patienceMs));
      assert.equal(second.epoch, newer);
      const last = assertCode(parts.receive(second, 'leader', 0, soon(patienceMs)), 'BROKER_FENCED');
      await parts.withdraw('job', newer);
      await last;
      await broker.trajectories.close('job');
      await assertCode(parts.send(second, 'holder', said), 'BROKER_FENCED');
    },
  },
  {
    name: 'parts: whoever has lost a part is refused all that it says of it and asks for, also when it has claimed it again',
    async check(broker, patienceMs) {
      const { parts } = broker;
      const epoch = await offered(broker, [1]);
      const claims = [await parts.claim('a', LEASE_MS, soon(patienceMs))];
      for (const id of ['b', 'a']) {
        const before = claims.at(-1)!;
        const waiting = assertCode(parts.receive(before, 'leader', 0, soon(patienceMs)), 'BROKER_PART_FENCED');
        await parts.offer('job', epoch, [1], 'leader');
        await waiting;
        claims.push(await parts.claim(id, LEASE_MS, soon(patienceMs)));
        assert.ok(claims.at(-1)!.fence > before.fence, `fence ${claims.at(-1)!.fence} after ${before.fence}`);
      }
      const now = claims.pop()!;
      await parts.send(now, 'holder', { sequence: 1, message: bytes(1) });
      await parts.send(now, 'leader', { sequence: 2, message: bytes(2) });
      for (const lost of claims) {
        const late = { sequence: 9, message: bytes(9) };
        await assertCode(parts.send(lost, 'holder', late), 'BROKER_PART_FENCED');
        await assertCode(parts.send(lost, 'leader', late), 'BROKER_PART_FENCED');
        await assertCode(parts.receive(lost, 'leader', 0, soon(patienceMs)), 'BROKER_PART_FENCED');
        await assertCode(parts.renew(lost, LEASE_MS), 'BROKER_PART_FENCED');
        await assertCode(parts.release(lost), 'BROKER_PART_FENCED');
      }
      assertBytes((await parts.receive(now, 'holder', 0, soon(patienceMs))).message, bytes(1));
      assertBytes((await parts.receive(now, 'leader', 0, soon(patienceMs))).message, bytes(2));
    },
  },
  {
    name: 'parts: one that is given back is for anybody to claim, unless something was said to who has it',
    async check(broker, patienceMs) {
      const { parts } = broker;
      const epoch = await offered(broker, [1]);
      const claim = await parts.claim('a', LEASE_MS, soon(patienceMs));
      await parts.send(claim, 'holder', { sequence: 1, message: bytes(1) });
      const waiting = parts.claim('b', LEASE_MS, soon(patienceMs));
      assert.equal(await parts.release(claim), true);
      const next = await waiting;
      assert.ok(next.fence > claim.fence, `fence ${next.fence} after ${claim.fence}`);
      assert.deepEqual(
        (await parts.holders('job', epoch)).map(({ learnerId, said }) => [learnerId, said]),
        [['b', 0]],
      );
      await parts.send(next, 'leader', { sequence: 2, message: bytes(2) });
      assert.equal(await parts.release(next), false);
      await parts.send(next, 'holder', { sequence: 2, message: bytes(3) });
    },
  },
  {
    name: 'parts: invalid ids and numbers are refused',
    async check(broker) {
      const { parts } = broker;
      const epoch = await offered(broker, [1]);
      const claim = { jobId: 'job', epoch, part: 1, fence: 1 };
      const said = { sequence: 0, message: bytes(1) };
      const never = new AbortController().signal;
      for (const refused of [
        parts.offer('no way', epoch, [1], 'leader'),
        parts.offer('job', epoch, [1], 'the leader'),
        // Part 0 is the leader's own.
        parts.offer('job', epoch, [1, 0], 'leader'),
        parts.claim('a b', LEASE_MS, never),
        parts.claim('a', 0, never),
        parts.renew(claim, 0.5),
        parts.release({ ...claim, fence: -1 }),
        parts.send(claim, 'leader', said),
        parts.send({ ...claim, part: 0 }, 'leader', { ...said, sequence: 1 }),
        parts.receive(claim, 'leader', -1, never),
        parts.receive({ ...claim, epoch: 0.5 }, 'leader', 0, never),
      ]) {
        await assertCode(refused, 'BROKER_ARGUMENT_INVALID');
      }
    },
  },
  {
    name: 'parts: pieces of a batch are committed with it, read by themselves, and go with it',
    async check(broker, patienceMs) {
      const { trajectories } = broker;
      const epoch = await openJob(broker);
      const reading = trajectories.readPiece('job', 0, 0, 2, soon(patienceMs));
      const entry = { batch: bytes(1), pieces: [bytes(2, 2), bytes(3, 3, 3)], state: bytes(4) };
      assert.equal(await trajectories.commit(task({ epoch }), entry), 'ok');
      assert.equal(await trajectories.commit(task({ epoch }), { ...entry, pieces: [bytes(5), bytes(6)] }), 'duplicate');
      assertBytes((await reading).bytes, bytes(3, 3, 3));
      assertBytes((await trajectories.readPiece('job', 0, 0, 1, soon(patienceMs))).bytes, bytes(2, 2));
      assertBytes((await trajectories.read('job', 0, 0, soon(patienceMs))).batch, bytes(1));
      await assertCode(trajectories.readPiece('job', 0, 0, 3, soon(patienceMs)), 'BROKER_ENTRY_UNKNOWN');
      await trajectories.release('job', 1, epoch);
      await assertCode(trajectories.readPiece('job', 0, 0, 1, soon(patienceMs)), 'BROKER_ENTRY_UNKNOWN');
    },
  },
];
