import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import {
  type FeedsOptions,
  JobFeeds,
  type Stream,
  type Watching,
} from '../../../../../services/api/streams/job-feeds.js';
import type { Sink } from '../../../../../services/api/streams/watcher.js';
import { silentLogger } from '../../../../../src/base/index.js';
import { brokerError } from '../../../../../src/broker/errors.js';
import { type Broker, createMemoryBroker, type JobState } from '../../../../../src/broker/index.js';
import { parseEvents, type StreamEvent } from '../../../../helpers/api/event-stream.js';
import * as told from '../../../../helpers/api/told.js';

/** A client, as far as a stream can tell. */
class Client implements Sink {
  open = true;
  ended = false;
  text = '';
  stream: Stream | undefined;

  write(bytes: Uint8Array): void {
    this.text += Buffer.from(bytes).toString();
  }

  end(): void {
    this.ended = true;
    this.open = false;
  }

  /** Reads on. */
  resume(): void {
    this.open = true;
    this.stream?.writable();
  }

  get events(): StreamEvent[] {
    return parseEvents(this.text);
  }

  get sequences(): number[] {
    return this.events.filter(({ event, id }) => id !== undefined && event !== 'resync').map(({ id }) => Number(id));
  }

  of(type: string): unknown[] {
    return this.events.filter(({ event }) => event === type).map(({ data }) => data);
  }
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] }));
afterEach(() => void vi.useRealTimers());

/** Lets everything happen that is to happen within so many milliseconds. */
const pass = async (ms = 0): Promise<void> => {
  await vi.advanceTimersByTimeAsync(ms);
  // A page of a history is read in each turn.
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
};

const clock = { now: () => Date.now(), monotonic: () => Number(process.hrtime.bigint()) / 1e6 };

const ROOM = { streams: 1000, streamsPerKey: 1000 };

async function setUp(options: Partial<FeedsOptions> = {}, limits: { readonly eventLimit?: number } = {}) {
  let now = 1_000_000;
  const time = { now: () => now, monotonic: () => now };
  const broker = createMemoryBroker(limits, { clock: time });
  const feeds = new JobFeeds({ broker, clock: time, logger: silentLogger }, { ...ROOM, ...options });
  await submit(broker, 'job');
  const watch = async (part: Partial<Watching> = {}, client = new Client()): Promise<Client> => {
    const stored = (await broker.jobs.get('job'))!;
    client.stream = feeds.watch({ keyId: null, stored, after: 0, types: null, ...part }, client);
    await pass();
    return client;
  };
  return {
    broker,
    feeds,
    watch,
    later: (ms: number) => {
      now += ms;
    },
  };
}

async function submit(broker: Broker, jobId: string): Promise<void> {
  await broker.jobs.submit({ jobId, state: 'queued', spec: '{}', createdAt: 1, updatedAt: 1 });
}

async function setState(broker: Broker, state: JobState, updatedAt = 1_000_000): Promise<void> {
  const { revision, record } = (await broker.jobs.get('job'))!;
  await broker.jobs.compareAndSet(revision, { ...record, state, updatedAt });
}

const iterations = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => told.iteration(from + i));
const upTo = (n: number, from = 1): number[] => Array.from({ length: n - from + 1 }, (_, i) => from + i);

it('sends the state, the history, and then what comes', async () => {
  const { broker, watch } = await setUp();
  await told.tell(broker, 'job', [told.started(), ...iterations(1, 99)]);
  const client = await watch();
  expect(client.of('state')).toEqual([{ state: 'queued' }]);
  expect(client.sequences).toEqual(upTo(100));
  await told.tell(broker, 'job', iterations(100, 101));
  await pass();
  expect(client.sequences).toEqual(upTo(102));
  expect(client.events.at(-1)).toMatchObject({
    id: '102',
    event: 'iteration',
    data: { sequence: 102, at: 1_000_000, iteration: 101 },
  });
});

it.each([0, 1, 31, 32, 33, 64, 99, 100])('resumes after event %i', async (after) => {
  const { broker, watch } = await setUp();
  await told.tell(broker, 'job', iterations(1, 100));
  const client = await watch({ after });
  await told.tell(broker, 'job', iterations(101, 102));
  await pass();
  expect(client.sequences).toEqual(upTo(102, after + 1));
  expect(client.of('resync')).toEqual([]);
});

it('follows once however many watch, and frees everything when they are gone', async () => {
  const { broker, feeds, watch } = await setUp();
  let following = 0;
  const follow = broker.events.follow.bind(broker.events);
  broker.events.follow = async function* (jobId, sequence, signal) {
    following++;
    try {
      yield* follow(jobId, sequence, signal);
    } finally {
      following--;
    }
  };
  await told.tell(broker, 'job', iterations(1, 40));
  const clients = await Promise.all(Array.from({ length: 50 }, () => watch()));
  await told.tell(broker, 'job', iterations(41, 45));
  await pass();
  expect([following, feeds.followed, feeds.open]).toEqual([1, 1, 50]);
  for (const client of clients) expect(client.sequences).toEqual(upTo(45));
  for (const { stream } of clients) {
    stream!.closed();
    stream!.closed();
  }
  await pass();
  expect([following, feeds.followed, feeds.open]).toEqual([0, 0, 0]);
  expect(vi.getTimerCount()).toBe(0);
});

it('has a slow reader resync, and keeps nothing for it', async () => {
  const { broker, watch } = await setUp({ ringEvents: 10 });
  const [slow, quick] = [await watch(), await watch()];
  slow.open = false;
  await told.tell(broker, 'job', iterations(1, 50));
  await pass();
  expect(slow.sequences).toEqual([]);
  expect(quick.sequences).toEqual(upTo(50));
  slow.resume();
  await told.tell(broker, 'job', iterations(51, 52));
  await pass();
  expect(slow.of('resync')).toEqual([{ after: 50, reason: 'slow', missedAfter: 0 }]);
  expect(slow.events.find(({ event }) => event === 'resync')?.id).toBe('50');
  expect(slow.sequences).toEqual([51, 52]);
});

it('lets a reader be slow with what is stored: it is read as it is sent', async () => {
  const { broker, watch } = await setUp({ ringEvents: 10 });
  await told.tell(broker, 'job', iterations(1, 200));
  const quick = await watch();
  const slow = new Client();
  const write = slow.write.bind(slow);
  slow.write = (bytes) => {
    write(bytes);
    slow.open = false;
  };
  await watch({}, slow);
  for (let i = 0; i < 250; i++) {
    slow.resume();
    await pass();
  }
  expect(quick.sequences).toEqual(upTo(200));
  expect(slow.sequences).toEqual(upTo(200));
  expect(slow.of('resync')).toEqual([]);
});

it('bounds what it keeps by bytes as well', async () => {
  const { broker, watch } = await setUp({ ringBytes: 1 });
  const [slow] = [await watch(), await watch()];
  slow.open = false;
  const long = 'x'.repeat(30_000);
  for (let i = 1; i <= 5; i++) await broker.events.append('job', 'iteration', JSON.stringify({ long }));
  await pass();
  slow.resume();
  await pass();
  expect(slow.of('resync')).toEqual([{ after: 5, reason: 'slow', missedAfter: 0 }]);
});

it('says where the history does not reach so far back', async () => {
  const { broker, watch } = await setUp({}, { eventLimit: 20 });
  await told.tell(broker, 'job', iterations(1, 100));
  const client = await watch({ after: 3 });
  expect(client.of('resync')).toEqual([{ after: 80, reason: 'dropped', missedAfter: 3 }]);
  expect(client.sequences).toEqual(upTo(100, 81));
});

it('begins anew with a history that was lost, and with one that never had the event named', async () => {
  const { broker, watch } = await setUp();
  await told.tell(broker, 'job', iterations(1, 5));
  const client = await watch();
  await broker.jobs.remove('job');
  await pass();
  expect(client.of('resync')).toEqual([{ after: 0, reason: 'restarted', missedAfter: 5 }]);
  await submit(broker, 'job');
  await told.tell(broker, 'job', iterations(1, 2));
  await pass(1000);
  expect(client.sequences).toEqual([1, 2, 3, 4, 5, 1, 2]);
  expect(client.ended).toBe(false);
  const stranger = await watch({ after: 77 });
  expect(stranger.of('resync')).toEqual([{ after: 0, reason: 'restarted', missedAfter: 77 }]);
  expect(stranger.sequences).toEqual([1, 2]);
});

it('ends when the job is gone for good', async () => {
  const { broker, watch, later } = await setUp();
  const client = await watch();
  await broker.jobs.remove('job');
  await pass(2000);
  expect(client.ended).toBe(false);
  later(61_000);
  await pass(2000);
  expect(client.of('end')).toEqual([{ state: 'removed' }]);
  expect(client.ended).toBe(true);
});

it('sends everything before it ends with the job', async () => {
  const { broker, feeds, watch } = await setUp();
  const client = await watch();
  const paused = await watch();
  paused.open = false;
  await told.tell(broker, 'job', [told.started(), ...iterations(1, 100), told.finished(100)]);
  await setState(broker, 'succeeded');
  await pass(1000);
  expect(client.sequences).toEqual(upTo(102));
  expect(client.events.at(-1)).toEqual({ event: 'end', data: { state: 'succeeded' } });
  expect(client.ended).toBe(true);
  paused.resume();
  await pass();
  expect(paused.sequences).toEqual(upTo(102));
  expect(paused.ended).toBe(true);
  client.stream!.closed();
  paused.stream!.closed();
  expect(feeds.followed).toBe(0);
});

it('waits for the last words of a learner whose job was cancelled, for a while', async () => {
  const { broker, watch, later } = await setUp();
  await told.tell(broker, 'job', [told.started()]);
  await setState(broker, 'running');
  const client = await watch();
  await setState(broker, 'cancelled');
  await pass(3000);
  expect(client.of('state')).toEqual([{ state: 'running' }, { state: 'cancelled' }]);
  expect(client.ended).toBe(false);
  await told.tell(broker, 'job', [told.finished(7, 'cancelled')]);
  await pass(100);
  expect(client.ended).toBe(true);
  expect(client.of('finished')).toHaveLength(1);

  await setState(broker, 'cancelled');
  later(20_000);
  const late = await watch();
  expect(late.ended).toBe(true);
});

it('goes on when a paused job does', async () => {
  const { broker, watch } = await setUp();
  const client = await watch();
  await told.tell(broker, 'job', [told.started(), told.finished(3, 'cancelled')]);
  await setState(broker, 'paused');
  await pass(2000);
  expect(client.ended).toBe(false);
  await setState(broker, 'queued');
  await told.tell(broker, 'job', [told.started(3)], 2);
  await pass(2000);
  expect(client.of('state')).toEqual([{ state: 'queued' }, { state: 'paused' }, { state: 'queued' }]);
  expect(client.sequences).toEqual([1, 2, 3]);
});

it('waits for a broker that is away, and goes on by itself', async () => {
  const { broker, watch } = await setUp();
  await told.tell(broker, 'job', iterations(1, 3));
  const { read, follow } = broker.events;
  const get = broker.jobs.get;
  const live = await watch();
  const away = brokerError('BROKER_UNAVAILABLE', 'away');
  broker.events.read = () => Promise.reject(away);
  broker.jobs.get = () => Promise.reject(away);
  broker.events.follow = () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(away) }) });
  const client = new Client();
  const stored = {
    revision: 1,
    record: { jobId: 'job', state: 'running', spec: '{}', createdAt: 1, updatedAt: 1 },
  } as const;
  await watchStored(client);
  await pass(5000);
  expect([client.ended, live.ended, client.sequences]).toEqual([false, false, []]);
  Object.assign(broker.events, { read, follow });
  broker.jobs.get = get;
  await told.tell(broker, 'job', iterations(4, 4));
  await pass(2000);
  expect(client.sequences).toEqual(upTo(4));
  expect(live.sequences).toEqual(upTo(4));

  async function watchStored(into: Client): Promise<void> {
    into.stream = feedsOf().watch({ keyId: null, stored, after: 0, types: null }, into);
    await pass();
  }
  function feedsOf(): JobFeeds {
    return new JobFeeds({ broker, clock, logger: silentLogger }, ROOM);
  }
});

it('sends only the types asked for', async () => {
  const { broker, watch } = await setUp();
  const client = await watch({ types: new Set(['checkpoint']) });
  await told.tell(broker, 'job', [told.started(), told.iteration(1), told.checkpoint(1), told.iteration(2)]);
  await pass();
  expect(client.sequences).toEqual([3]);
});

it('keeps silent connections alive', async () => {
  const { watch, broker } = await setUp({ heartbeatMs: 15_000 });
  const client = await watch();
  await pass(31_000);
  expect(client.text.match(/^:$/gm)).toHaveLength(1);
  await told.tell(broker, 'job', iterations(1, 1));
  await pass(30_000);
  expect(client.text.match(/^:$/gm)).toHaveLength(2);
});

it('tells of actors that join and are lost', async () => {
  const { watch, broker } = await setUp();
  const beat = (actorId: string) => broker.actors.beat({ actorId, heartbeat: new Uint8Array() }, 1_000_000);
  await beat('old');
  const client = await watch();
  await beat('new');
  await broker.actors.leave('old');
  await pass(2000);
  expect(client.of('actors')).toEqual([{ actors: 1, joined: ['new'], lost: ['old'] }]);
});

it('bounds the streams of a key, and of all', async () => {
  const { watch } = await setUp({ streams: 3, streamsPerKey: 2 });
  const first = await watch({ keyId: 'one' });
  await watch({ keyId: 'one' });
  await expect(watch({ keyId: 'one' })).rejects.toMatchObject({ code: 'API_STREAMS_EXCEEDED' });
  first.stream!.closed();
  await watch({ keyId: 'one' });
  await watch({ keyId: 'two' });
  await expect(watch({ keyId: 'two' })).rejects.toMatchObject({ code: 'API_STREAMS_EXCEEDED' });
});

it('closes a stream after a while, so that who reads it has to show its key again', async () => {
  const { watch } = await setUp({ longestMs: 60_000, heartbeatMs: 15_000 });
  const client = await watch();
  await pass(45_000);
  expect(client.ended).toBe(false);
  await pass(30_000);
  expect(client.ended).toBe(true);
  expect(client.of('end')).toEqual([]);
});

it('ends all streams when the server stops', async () => {
  const { feeds, watch } = await setUp();
  const client = await watch();
  feeds.close();
  await pass();
  expect(client.ended).toBe(true);
  expect(() => feeds.assertRoom(null)).toThrow();
  client.stream!.closed();
  expect(vi.getTimerCount()).toBe(0);
});

it('leaves everything else its turn while it sends a long history to a quick reader', async () => {
  const { broker, feeds } = await setUp();
  await told.tell(broker, 'job', iterations(1, 500));
  const client = new Client();
  const stored = (await broker.jobs.get('job'))!;
  client.stream = feeds.watch({ keyId: null, stored, after: 0, types: null }, client);
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  expect(client.sequences.length).toBeLessThan(200);
  await pass();
  expect(client.sequences).toEqual(upTo(500));
});
