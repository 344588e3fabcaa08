import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import type { Broker } from '../../../src/broker/index.js';
import type { Check } from './check.js';
import { assertBytes, assertCode, bytes } from './making.js';

const LONG_MS = 60_000;
const OLDER_MS = 5;

const ids = async (broker: Broker): Promise<string[]> => (await broker.actors.list()).map(({ actorId }) => actorId);

export const ACTOR_CHECKS: readonly Check[] = [
  {
    name: 'actors: those that beat are listed by id, with their newest heartbeat, until they leave',
    async check(broker) {
      assert.deepEqual(await broker.actors.list(), []);
      for (const actorId of ['b', '__proto__', 'a']) {
        await broker.actors.beat({ actorId, heartbeat: bytes(1, 0, 255) }, LONG_MS);
      }
      await broker.actors.beat({ actorId: 'a', heartbeat: bytes(2, 128) }, LONG_MS);
      assert.deepEqual(await ids(broker), ['__proto__', 'a', 'b']);
      const [, newest, other] = await broker.actors.list();
      assertBytes(newest?.heartbeat ?? null, bytes(2, 128));
      assertBytes(other?.heartbeat ?? null, bytes(1, 0, 255));
      await broker.actors.leave('a');
      await broker.actors.leave('never-seen');
      assert.deepEqual(await ids(broker), ['__proto__', 'b']);
    },
  },
  {
    name: 'actors: one that stops beating is forgotten, and only that one',
    async check(broker, patienceMs) {
      await broker.actors.beat({ actorId: 'alive', heartbeat: bytes(1) }, LONG_MS);
      await broker.actors.beat({ actorId: 'dead', heartbeat: bytes(1) }, LONG_MS);
      await broker.actors.beat({ actorId: 'dead', heartbeat: bytes(2) }, 1);
      const end = AbortSignal.timeout(patienceMs);
      while ((await ids(broker)).includes('dead')) {
        assert.ok(!end.aborted, 'it is still listed');
        await setImmediate();
      }
      assert.deepEqual(await ids(broker), ['alive']);
    },
  },
  {
    name: 'actors: each is as old as its last heartbeat',
    async check(broker, patienceMs) {
      const beat = (actorId: string) => broker.actors.beat({ actorId, heartbeat: bytes(1) }, LONG_MS);
      const ages = async () => (await broker.actors.list()).map(({ ageMs }) => ageMs ?? Number.NaN);
      await beat('old');
      await beat('renewed');
      const end = AbortSignal.timeout(patienceMs);
      while (!((await ages())[0]! >= OLDER_MS)) {
        assert.ok(!end.aborted, 'it does not get older');
        await setImmediate();
      }
      await beat('renewed');
      const [old, renewed] = await ages();
      assert.ok(renewed! >= 0 && old! - renewed! >= OLDER_MS, `ages ${old} and ${renewed}`);
      assert.ok(old! < LONG_MS, `${old} ms`);
    },
  },
  {
    name: 'actors: learners are others',
    async check(broker) {
      await broker.learners.beat({ actorId: 'one', heartbeat: bytes(1) }, LONG_MS);
      assert.deepEqual(await ids(broker), []);
      assert.deepEqual(
        (await broker.learners.list()).map(({ actorId }) => actorId),
        ['one'],
      );
      await broker.learners.leave('one');
      assert.deepEqual(await broker.learners.list(), []);
    },
  },
  {
    name: 'actors: invalid ids and times are refused',
    async check(broker) {
      const heartbeat = bytes(1);
      await assertCode(broker.actors.beat({ actorId: 'a b', heartbeat }, LONG_MS), 'BROKER_ARGUMENT_INVALID');
      await assertCode(broker.actors.beat({ actorId: 'a', heartbeat }, 0), 'BROKER_ARGUMENT_INVALID');
    },
  },
];
