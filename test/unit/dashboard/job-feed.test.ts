import { describe, expect, it } from 'vitest';
import { type JobStreamEvent, MarlinApiError } from '../../../client/index.js';
import { JobFeed, type JobNews } from '../../../dashboard/series/job-feed.js';
import * as told from '../../helpers/api/told.js';

type Recorded = Parameters<typeof told.asRecorded>[0];

const asEvents = (events: Recorded, from = 0): JobStreamEvent[] =>
  told
    .asRecorded(events)
    .map(({ sequence, at, payload }) => ({ ...JSON.parse(payload), sequence: sequence + from, at }));

/** Lets everything happen that can happen without time. */
const settle = async (): Promise<void> => {
  for (let i = 0; i < 50; i++) await Promise.resolve();
};

/** An API whose stream is told what to say, and time that passes when it is told to. */
function fakeApi() {
  const waiting: { readonly callback: () => void; readonly ms: number }[] = [];
  let say: (event: JobStreamEvent | Error | null) => void = () => {};
  let said: Promise<JobStreamEvent | Error | null> = new Promise((resolve) => {
    say = resolve;
  });
  const api = {
    job: { id: 'job', state: 'running', progress: { iteration: 0, returns: {} } } as unknown as Record<string, unknown>,
    series: [] as { name: string; per: string; id: string; x: number[]; y: number[] }[],
    sequence: 0,
    asked: [] as string[],
    connected: (_: boolean): void => {},
    after: -1,
    tell: async (event: JobStreamEvent | Error | null) => {
      say(event);
      await settle();
    },
    pass: async () => {
      for (const { callback } of waiting.splice(0)) callback();
      await settle();
    },
  };
  const client = {
    getJob: async () => {
      api.asked.push('job');
      if (api.job instanceof Error) throw api.job;
      return api.job;
    },
    getJobMetrics: async (_: string, { names, x }: { names?: string[]; x?: string } = {}) => {
      api.asked.push(names === undefined ? `available ${x}` : `lines ${x}`);
      return {
        available: [{ name: 'return', per: 'agent', ids: ['seller'] }],
        series: api.series,
        sequence: api.sequence,
      };
    },
    async *events(_: string, { after, onConnection }: { after: number; onConnection: (connected: boolean) => void }) {
      api.after = after;
      api.connected = onConnection;
      onConnection(true);
      for (;;) {
        const event = await said;
        said = new Promise((resolve) => {
          say = resolve;
        });
        if (event === null) return;
        if (event instanceof Error) throw event;
        yield event;
      }
    },
  };
  const news: JobNews[] = [];
  const later = (callback: () => void, ms: number): (() => void) => {
    const entry = { callback, ms };
    waiting.push(entry);
    return () => {
      const at = waiting.indexOf(entry);
      if (at >= 0) waiting.splice(at, 1);
    };
  };
  const feed = new JobFeed('job', 'iteration', { client: client as never, later }, (told) => news.push(told));
  return Object.assign(api, { feed, news, newest: () => news.at(-1)!, waiting });
}

const lineOf = (news: JobNews, name: string, id: string | null) =>
  [...(news.lines?.lines ?? [])].find((line) => line.name === name && line.id === id);

async function begun() {
  const api = fakeApi();
  api.series = [{ name: 'return', per: 'agent', id: 'seller', x: [1, 2], y: [-1, -2] }];
  api.sequence = 3;
  void api.feed.run();
  await settle();
  await api.pass();
  return api;
}

describe('following a job', () => {
  it('reads what there is, and then follows what comes after it', async () => {
    const api = await begun();
    expect(api.after).toBe(3);
    expect(api.newest()).toMatchObject({ connection: 'live', error: undefined });
    await api.tell(asEvents([[told.iteration(3), 1]], 3)[0]!);
    await api.pass();
    expect(lineOf(api.newest(), 'return', 'seller')).toMatchObject({ x: [1, 2, 3], y: [-1, -2, -3] });
    expect(api.newest().job?.progress).toMatchObject({ iteration: 3, agentSteps: 60, returns: { seller: -3 } });
  });

  it('tells of hundreds of events once', async () => {
    const api = await begun();
    const before = api.news.length;
    for (let i = 3; i < 203; i++) await api.tell(asEvents([[told.iteration(i), 1]], i)[0]!);
    expect(api.news).toHaveLength(before);
    await api.pass();
    expect(api.news).toHaveLength(before + 1);
    expect(lineOf(api.newest(), 'return', 'seller')?.x).toHaveLength(202);
  });

  it('reads the lines anew when a learner begins, until they are new enough, and puts what came meanwhile onto them', async () => {
    const api = await begun();
    const [started, iteration] = asEvents(
      [
        [told.started(1), 2],
        [told.iteration(2), 2],
      ],
      3,
    );
    await api.tell(started!);
    await api.tell(iteration!);
    // The answer is from before the learner began.
    expect(lineOf(api.newest(), 'return', 'seller')?.x).toEqual([1, 2]);
    api.series = [{ name: 'return', per: 'agent', id: 'seller', x: [1], y: [-1] }];
    api.sequence = 4;
    await api.pass();
    await api.pass();
    expect(lineOf(api.newest(), 'return', 'seller')).toMatchObject({ x: [1, 2], y: [-1, -2] });
    expect(api.newest().lines?.sequence).toBe(5);
  });

  it('reads all anew where events were left out', async () => {
    const api = await begun();
    api.asked.length = 0;
    api.sequence = 1;
    await api.tell({ type: 'resync', after: 1, missedAfter: 3, reason: 'restarted' });
    await api.pass();
    expect(api.asked).toEqual(['available iteration', 'lines iteration', 'job']);
    await api.tell(asEvents([[told.iteration(5), 1]], 1)[0]!);
    await api.pass();
    expect(lineOf(api.newest(), 'return', 'seller')?.x).toEqual([1, 2, 5]);
  });

  it('asks again where the lines are older than what the stream left out', async () => {
    const api = await begun();
    api.asked.length = 0;
    api.sequence = 3;
    await api.tell({ type: 'resync', after: 9, missedAfter: 3, reason: 'slow' });
    const asked = () => api.asked.filter((what) => what.startsWith('lines')).length;
    for (let passes = 0; passes < 3; passes++) await api.pass();
    const before = asked();
    expect(before).toBeGreaterThan(1);
    expect(api.newest().lines?.sequence).toBe(3);
    api.sequence = 9;
    for (let passes = 0; passes < 3; passes++) await api.pass();
    expect(api.newest().lines?.sequence).toBe(9);
    const after = asked();
    for (let passes = 0; passes < 3; passes++) await api.pass();
    expect(asked()).toBe(after);
  });

  it('says that it connects again, and reads the job when it has', async () => {
    const api = await begun();
    api.connected(false);
    await api.pass();
    expect(api.newest().connection).toBe('reconnecting');
    api.job = { ...api.job, state: 'paused' };
    api.connected(true);
    await api.pass();
    await api.pass();
    expect(api.newest()).toMatchObject({ connection: 'live', job: { state: 'paused' } });
  });

  it('shows another axis as soon as it is read', async () => {
    const api = await begun();
    api.feed.setAxis('wallSeconds');
    await settle();
    await api.pass();
    expect(api.newest().lines?.axis).toBe('wallSeconds');
  });

  it('ends with the job', async () => {
    const api = await begun();
    await api.tell({ type: 'state', state: 'succeeded' });
    await api.tell({ type: 'end', state: 'succeeded' });
    await api.tell(null);
    await api.pass();
    expect(api.newest()).toMatchObject({ connection: 'ended', job: { state: 'succeeded' } });
    const { turns, checkpoints } = api.newest();
    api.asked.length = 0;
    for (let i = 0; i < 4; i++) await api.pass();
    // Its learner may tell its last words later.
    expect(api.newest()).toMatchObject({ turns: turns + 2, checkpoints: checkpoints + 2 });
    expect(api.asked.filter((what) => what !== 'job')).toEqual(['available iteration', 'lines iteration']);
    expect(api.waiting).toEqual([]);
  });

  it('tells why a job cannot be read, and that one is gone', async () => {
    const api = fakeApi();
    api.job = new Error('not now') as never;
    await api.feed.run();
    await api.pass();
    expect(api.newest()).toMatchObject({ error: expect.objectContaining({ message: 'not now' }), removed: false });
    const other = await begun();
    await other.tell(new MarlinApiError('API_JOB_UNKNOWN', 'gone', false, { status: 404 }));
    await other.pass();
    expect(other.newest().removed).toBe(true);
  });

  it('tells nothing once it is closed', async () => {
    const api = await begun();
    const before = api.news.length;
    await api.tell(asEvents([[told.checkpoint(3), 1]], 3)[0]!);
    api.feed.close();
    await api.pass();
    expect(api.news).toHaveLength(before);
    expect(api.waiting).toEqual([]);
  });
});
