import { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { ActThreads, type ActThreadsOptions } from '../../../src/serving/act-threads.js';
import type { ActRequest, FromThread, ToThread } from '../../../src/serving/messages.js';

/** A thread that answers when it is told to. */
class FakeThread extends EventEmitter {
  readonly asked: (readonly number[])[] = [];
  ended = false;

  postMessage(message: ToThread): void {
    if (message.type === 'act') this.asked.push(message.calls.map(({ id }) => id));
  }

  /** Answers its oldest message. */
  answer(bytes = 0): void {
    const answers = this.asked.shift()!.map((id) => ({ id, bytes: Uint8Array.of(id), rows: 1, seed: null }));
    this.emit('message', { type: 'acted', answers, loaded: { policies: 1, bytes } } satisfies FromThread);
  }

  fail(): void {
    const error = { code: 'SERVING_REQUEST_INVALID', message: 'x', retryable: false, data: { faults: [] } };
    const answers = this.asked.shift()!.map((id) => ({ id, error }));
    this.emit('message', { type: 'acted', answers, loaded: { policies: 0, bytes: 0 } } satisfies FromThread);
  }

  unref(): void {}

  async terminate(): Promise<number> {
    this.ended = true;
    this.emit('exit', 1);
    return 1;
  }
}

function setUp(options: Partial<ActThreadsOptions> = {}) {
  const made: FakeThread[] = [];
  const threads = new ActThreads(
    { threads: 1, policyBytes: 1000, calls: 100, callBytes: 1000, stuckMs: 60_000, ...options },
    () => {
      made.push(new FakeThread());
      return made.at(-1)! as unknown as Worker;
    },
  );
  const ask = (bytes = 1, signal?: AbortSignal) => threads.act(request(bytes), signal);
  return { made, threads, ask };
}

const request = (bytes: number): ActRequest => ({
  path: 'p',
  body: new Uint8Array(bytes),
  bodyForm: 'bytes',
  answerForm: 'bytes',
  manner: { sample: false, seed: null, agent: null },
  freshSeed: 0,
  actor: '',
});

const lost = { code: 'SERVING_THREAD_LOST', retryable: true };

it('begins no thread before it is asked, and sends together what waited', async () => {
  const { made, threads, ask } = setUp();
  expect(made).toHaveLength(0);
  const answers = Promise.all(Array.from({ length: 6 }, () => ask()));
  const [thread] = made;
  // One to work on, the next one, and the rest when there is room.
  expect([made.length, thread!.asked, threads.unanswered]).toEqual([1, [[1], [2]], 6]);
  thread!.answer(77);
  expect(thread!.asked).toEqual([[2], [3, 4, 5, 6]]);
  thread!.answer(99);
  thread!.answer(99);
  expect((await answers).map(({ bytes }) => [...bytes])).toEqual([[1], [2], [3], [4], [5], [6]]);
  expect([threads.unanswered, threads.loadedBytes]).toEqual([0, 99]);
});

it('gives an error that a thread told to the one who asked', async () => {
  const { made, ask } = setUp();
  const refused = expect(ask()).rejects.toMatchObject({ code: 'SERVING_REQUEST_INVALID', data: { faults: [] } });
  made[0]!.fail();
  await refused;
});

it('takes another thread while the first is busy, up to so many', () => {
  const { made, ask } = setUp({ threads: 2 });
  for (let n = 0; n < 6; n++) ask().catch(() => {});
  expect(made.map(({ asked }) => asked)).toEqual([
    [[1], [3]],
    [[2], [4]],
  ]);
});

it('refuses more requests, and more bytes, than may wait', async () => {
  const { made, ask } = setUp({ calls: 3, callBytes: 10 });
  const first = [ask(4), ask(4)];
  await expect(ask(3)).rejects.toMatchObject({ code: 'SERVING_OVERLOADED', retryable: true });
  first.push(ask(2));
  await expect(ask(0)).rejects.toMatchObject({ code: 'SERVING_OVERLOADED' });
  made[0]!.answer();
  await first[0];
  const later = ask(4);
  while (made[0]!.asked.length > 0) made[0]!.answer();
  await Promise.all([...first, later]);
});

it('does not send what nobody waits for any more', async () => {
  const { made, threads, ask } = setUp();
  const controller = new AbortController();
  const others = [ask(), ask()];
  const dropped = expect(ask(1, controller.signal)).rejects.toBe('gone');
  others.push(ask());
  controller.abort('gone');
  await dropped;
  expect(threads.unanswered).toBe(3);
  while (made[0]!.asked.length > 0) made[0]!.answer();
  expect((await Promise.all(others)).map(({ bytes }) => [...bytes])).toEqual([[1], [2], [4]]);
  await expect(ask(1, controller.signal)).rejects.toBe('gone');
});

it('replaces a thread that died: what it was asked fails, what waited goes to another', async () => {
  const { made, threads, ask } = setUp();
  const asked = [ask(), ask()].map((answer) => expect(answer).rejects.toMatchObject(lost));
  const waited = ask();
  made[0]!.emit('error', new Error('out of memory'));
  made[0]!.emit('exit', 1);
  await Promise.all(asked);
  expect(made).toHaveLength(2);
  made[1]!.answer();
  expect([...(await waited).bytes]).toEqual([3]);
  expect(threads.unanswered).toBe(0);
});

it('ends a thread that does not answer', async () => {
  const { made, ask } = setUp({ stuckMs: 1 });
  await expect(ask()).rejects.toMatchObject(lost);
  expect(made[0]!.ended).toBe(true);
  const next = ask();
  made[1]!.answer();
  expect([...(await next).bytes]).toEqual([2]);
});

it('fails what is not answered when it is closed, and everything after', async () => {
  const { made, threads, ask } = setUp();
  const asked = [ask(), ask(), ask()].map((answer) => expect(answer).rejects.toMatchObject(lost));
  await threads.close();
  await Promise.all(asked);
  expect(made[0]!.ended).toBe(true);
  await expect(ask()).rejects.toMatchObject(lost);
});
