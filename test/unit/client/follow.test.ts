import { describe, expect, it } from 'vitest';
import { type ClientOptions, createClient, type FollowOptions, type JobStreamEvent } from '../../../client/index.js';
import { answer, fakeFetch, problem, type Reply, refused } from './fake-fetch.js';
import { fakeTime, IDLE_MS, TIMEOUT_MS } from './fake-time.js';

const HEADERS = { 'content-type': 'text/event-stream; charset=utf-8' };

/** A stream of these pieces; it then ends, breaks, or says nothing more. */
function stream(
  pieces: readonly string[],
  then: 'ends' | 'breaks' | 'silent' = 'ends',
): (request: Request) => Response {
  const waiting = [...pieces];
  return ({ signal }) =>
    new Response(
      new ReadableStream<Uint8Array>({
        start(controller) {
          signal.addEventListener('abort', () => controller.error(signal.reason));
        },
        pull(controller) {
          const piece = waiting.shift();
          if (piece !== undefined) controller.enqueue(new TextEncoder().encode(piece));
          else if (then === 'ends') controller.close();
          else if (then === 'breaks') controller.error(new TypeError('terminated'));
        },
      }),
      { headers: HEADERS },
    );
}

const made = (sequence: number): string =>
  `id: ${sequence}\nevent: checkpoint\ndata: {"sequence":${sequence},"type":"checkpoint"}\n\n`;
const notice = (type: string, data: object, id = ''): string =>
  `${id === '' ? '' : `id: ${id}\n`}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
const END = notice('end', { state: 'succeeded' });

function follow(replies: readonly Reply[], options: FollowOptions = {}, client: Partial<ClientOptions> = {}) {
  const api = fakeFetch(replies);
  const time = fakeTime();
  const told: string[] = [];
  const { events } = createClient({
    url: 'http://api.test',
    fetch: api.fetch,
    sleep: time.sleep,
    random: () => 0.5,
    timeoutMs: TIMEOUT_MS,
    idleMs: IDLE_MS,
    onRetry: ({ error }) => told.push(error.code),
    ...client,
  });
  const seen: (number | string)[] = [];
  const all = async (): Promise<typeof seen> => {
    for await (const event of events('job-1', options)) seen.push(nameOf(event));
    return seen;
  };
  /** Where each connection began. */
  const starts = () => api.requests.map(({ headers }) => headers.get('last-event-id'));
  return { events: () => events('job-1', options), all, seen, starts, told, ...api, ...time };
}

const nameOf = (event: JobStreamEvent): number | string =>
  'sequence' in event ? event.sequence : event.type === 'state' ? event.state : event.type;

describe('following a job', () => {
  it('gives its events until its end, with what each says', async () => {
    const { events, requests, limits } = follow(
      [stream([notice('state', { state: 'running' }), made(1), made(2), END, made(3)])],
      { types: ['checkpoint', 'finished'] },
    );
    const seen: JobStreamEvent[] = [];
    for await (const event of events()) seen.push(event);
    expect(seen).toEqual([
      { type: 'state', state: 'running' },
      { type: 'checkpoint', sequence: 1 },
      { type: 'checkpoint', sequence: 2 },
      { type: 'end', state: 'succeeded' },
    ]);
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({ url: 'http://api.test/v1/jobs/job-1/events?types=checkpoint,finished' });
    expect(requests[0]!.headers.get('accept')).toBe('text/event-stream');
    expect(limits.size).toBe(0);
  });

  it('begins after the event that is known', async () => {
    const { all, starts } = follow([stream([made(8), END])], { after: 7 });
    expect(await all()).toEqual([8, 'end']);
    expect(starts()).toEqual(['7']);
  });

  it('ends where there is nothing more', async () => {
    const { all } = follow([new Response(null, { status: 204 })], { after: 7 });
    expect(await all()).toEqual([]);
  });

  it.each(['ends', 'breaks'] as const)('goes on after the last event where a connection %s', async (how) => {
    const { all, starts, told, waits } = follow([
      stream([notice('state', { state: 'running' }), made(1), made(2).slice(0, -1)], how),
      stream([notice('state', { state: 'running' }), made(2), made(3)], how),
      stream([notice('state', { state: 'paused' }), END]),
    ]);
    expect(await all()).toEqual(['running', 1, 2, 3, 'paused', 'end']);
    expect(starts()).toEqual([null, '1', '3']);
    expect(told).toEqual(['CLIENT_UNREACHABLE', 'CLIENT_UNREACHABLE']);
    expect(waits).toEqual([250, 250]);
  });

  it('goes on where the server says nothing for too long', async () => {
    const { all, seen, starts, told, limits, expire } = follow([stream([made(1)], 'silent'), stream([made(2), END])]);
    // What runs out may be the limit of a chunk that comes at this moment: then the next one has to.
    const whenWaiting = (): void => {
      if (seen.length > 1 || starts().length > 1) return;
      if (seen.length === 1 && limits.size > 0) expire();
      setImmediate(whenWaiting);
    };
    whenWaiting();
    expect(await all()).toEqual([1, 2, 'end']);
    expect(seen).toHaveLength(3);
    expect(starts()).toEqual([null, '1']);
    expect(told).toEqual(['CLIENT_TIMED_OUT']);
  });

  it('tries without end once it was connected, and waits longer each time', async () => {
    const { all, waits, starts } = follow([stream([made(1)]), ...Array.from({ length: 9 }, refused), stream([END])]);
    expect(await all()).toEqual([1, 'end']);
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 4000, 4000, 4000, 4000, 4000]);
    expect(starts()).toEqual([null, ...Array.from({ length: 10 }, () => '1')]);
  });

  it('gives up where it was never connected', async () => {
    const { all, requests } = follow(Array.from({ length: 9 }, refused), {}, { attempts: 3 });
    await expect(all()).rejects.toMatchObject({ code: 'CLIENT_UNREACHABLE' });
    expect(requests).toHaveLength(3);
  });

  it('waits as long as the stream says', async () => {
    const { all, waits } = follow([stream(['retry: 3000\n\n', made(1)]), stream([END])]);
    expect(await all()).toEqual([1, 'end']);
    expect(waits).toEqual([3250]);
  });

  it('tells that events were left out, and goes on where the stream does', async () => {
    const slow = { after: 90, missedAfter: 1, reason: 'slow' };
    const { all, starts } = follow([
      stream([made(1), notice('resync', slow, '90'), made(91)]),
      stream([notice('resync', { after: 0, missedAfter: 91, reason: 'restarted' }, '0')]),
      stream([made(1), END]),
    ]);
    expect(await all()).toEqual([1, 'resync', 91, 'resync', 1, 'end']);
    expect(starts()).toEqual([null, '91', '0']);
  });

  it.each<[string, Reply, string]>([
    ['the job is gone', problem(404, 'API_JOB_UNKNOWN'), 'API_JOB_UNKNOWN'],
    ['the key is not valid any more', problem(401, 'API_KEY_REQUIRED'), 'API_KEY_REQUIRED'],
    ['something else answers', answer({}), 'CLIENT_ANSWER_INVALID'],
    ['an event is no JSON', stream(['data: hello\n\n']), 'CLIENT_ANSWER_INVALID'],
  ])('ends with an error where %s', async (_, reply, code) => {
    const { all, seen, limits } = follow([stream([made(1)]), reply]);
    await expect(all()).rejects.toMatchObject({ code });
    expect(seen).toEqual([1]);
    expect(limits.size).toBe(0);
  });

  it.each([
    ['an outage', () => problem(503, 'BROKER_UNAVAILABLE', { 'retry-after': '1' })],
    ['too many streams', () => problem(429, 'API_STREAMS_EXCEEDED', { 'retry-after': '1' })],
  ])('waits for the end of %s', async (_, reply) => {
    const { all, waits } = follow([stream([made(1)]), reply(), reply(), stream([END])]);
    expect(await all()).toEqual([1, 'end']);
    expect(waits).toEqual([250, 1500, 2000]);
  });

  it('closes the connection where the reader leaves', async () => {
    let closed = false;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode(made(1))),
      cancel: () => {
        closed = true;
      },
    });
    const { events, limits } = follow([new Response(body, { headers: HEADERS })]);
    for await (const _ of events()) break;
    expect([closed, limits.size]).toEqual([true, 0]);
  });

  it('is not idle while its reader works', async () => {
    const { events, limits, requests } = follow([stream([made(1), END], 'silent')]);
    const iterator = events();
    await iterator.next();
    expect(limits.size).toBe(0);
    await iterator.next();
    await iterator.return();
    expect(requests).toHaveLength(1);
  });

  it('ends with the reason of its signal, whether it reads, waits or begins', async () => {
    for (const replies of [[stream([made(1)], 'silent')], [stream([made(1)])], []]) {
      const stop = new AbortController();
      if (replies.length === 0) stop.abort(new Error('enough'));
      const { all, limits } = follow(
        replies as Reply[],
        { signal: stop.signal },
        {
          onRetry: () => stop.abort(new Error('enough')),
        },
      );
      const ended = expect(all()).rejects.toThrow('enough');
      setImmediate(() => setImmediate(() => stop.abort(new Error('enough'))));
      await ended;
      expect(limits.size).toBe(0);
    }
  });
});

it('tells when its connection is there and when it is gone', async () => {
  const told: boolean[] = [];
  const { all } = follow([stream([made(1)], 'breaks'), refused(), stream([made(2), END])], {
    onConnection: (connected) => told.push(connected),
  });
  await all();
  expect(told).toEqual([true, false, false, true]);
});
