import assert from 'node:assert/strict';
import type { JobEvent } from '../../../src/broker/index.js';
import { type Check, CONTRACT_OPTIONS } from './check.js';
import { record } from './making.js';

const sequences = (events: readonly JobEvent[]): number[] => events.map((event) => event.sequence);

export const EVENT_CHECKS: readonly Check[] = [
  {
    name: 'events: are numbered from 1 without gaps, job by job, and read in order',
    async check(broker) {
      assert.deepEqual(await broker.events.read('job', 0), []);
      const first = await broker.events.append('job', 'iteration', '{"loss":1}');
      await broker.events.append('other', 'note', '{}');
      const second = await broker.events.append('job', 'iteration', '{"loss":2}');
      assert.deepEqual([first.sequence, second.sequence], [1, 2]);
      assert.ok(Number.isFinite(first.at));
      assert.deepEqual(await broker.events.read('job', 0), [first, second]);
      assert.deepEqual(await broker.events.read('job', 1), [second]);
      assert.deepEqual(await broker.events.read('job', 0, 1), [first]);
      assert.deepEqual(await broker.events.read('job', 0, 9), [first, second]);
      assert.deepEqual(await broker.events.read('job', 2), []);
      assert.deepEqual(await broker.events.read('job', 99), []);
      assert.equal(second.payload, '{"loss":2}');
      assert.equal(second.type, 'iteration');
    },
  },
  {
    name: 'events: one that is appended again with its token is there once',
    async check(broker) {
      const first = await broker.events.append('job', 'note', '1', 'token-1');
      const second = await broker.events.append('job', 'note', '1', 'token-2');
      assert.deepEqual(await broker.events.append('job', 'note', '1', 'token-1'), first);
      assert.deepEqual(await broker.events.append('other', 'note', '1', 'token-1'), {
        ...first,
        at: (await broker.events.read('other', 0))[0]?.at,
      });
      assert.deepEqual(await broker.events.read('job', 0), [first, second]);
      const third = await broker.events.append('job', 'note', '1');
      const fourth = await broker.events.append('job', 'note', '1');
      assert.deepEqual(await broker.events.read('job', 0), [first, second, third, fourth]);
    },
  },
  {
    name: 'events: the newest are kept',
    async check(broker) {
      const count = CONTRACT_OPTIONS.eventLimit * 3 + 1;
      for (let i = 0; i < count; i++) {
        await broker.events.append('job', 'note', `${i}`);
        const kept = sequences(await broker.events.read('job', 0));
        const expected = Math.min(i + 1, CONTRACT_OPTIONS.eventLimit);
        assert.deepEqual(
          kept,
          Array.from({ length: expected }, (_, j) => i + 2 - expected + j),
        );
      }
    },
  },
  {
    name: 'events: a follower gets what is there and what comes, once and in order, until its signal aborts',
    async check(broker, patienceMs) {
      const controller = new AbortController();
      await broker.events.append('job', 'note', '0');
      await broker.events.append('job', 'note', '1');
      const got: number[] = [];
      const signal = AbortSignal.any([controller.signal, AbortSignal.timeout(patienceMs)]);
      for await (const event of broker.events.follow('job', 1, signal)) {
        got.push(event.sequence);
        if (event.sequence < 4) await broker.events.append('job', 'note', 'more');
        else controller.abort();
      }
      assert.deepEqual(got, [2, 3, 4]);
    },
  },
  {
    name: 'events: a follower that waits is woken, and ends when its signal aborts while it waits',
    async check(broker, patienceMs) {
      const controller = new AbortController();
      const signal = AbortSignal.any([controller.signal, AbortSignal.timeout(patienceMs)]);
      const follower = broker.events.follow('job', 0, signal)[Symbol.asyncIterator]();
      const pending = follower.next();
      await broker.events.append('job', 'note', '{}');
      const woken = await pending;
      assert.ok(woken.done !== true);
      assert.equal(woken.value.sequence, 1);
      const last = follower.next();
      controller.abort();
      assert.equal((await last).done, true);
    },
  },
  {
    name: 'events: a follower of a removed job comes to its end',
    async check(broker, patienceMs) {
      await broker.jobs.submit(record('job'));
      const signal = AbortSignal.timeout(patienceMs);
      const follower = broker.events.follow('job', 0, signal)[Symbol.asyncIterator]();
      const pending = follower.next();
      await broker.jobs.remove('job');
      assert.equal((await pending).done, true);
      assert.equal(signal.aborted, false, 'it ended by itself');
    },
  },
];
