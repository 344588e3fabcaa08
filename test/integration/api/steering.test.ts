import { readdirSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { runProgram } from '../../../cli/program.js';
import { createClient, type JobStreamEvent, type TimelineEntry } from '../../../client/index.js';
import { readKeptRecord } from '../../../services/learner/kept-jobs.js';
import { listeningApi } from '../../helpers/api/listening.js';
import { startWorkers } from '../../helpers/api/workers.js';
import { openBroker } from '../../helpers/redis/brokers.js';
import { TestRedis } from '../../helpers/redis/server.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { fakeHost } from '../../unit/cli/fake-host.js';
import { eventsOf, lastLine, onlyRun, SMALL, start } from '../cli/program.js';

/** Until somebody stops it. */
const ENDLESS = { ...SMALL, evaluation: { every: 0 }, checkpoint: { every: 50 }, stop: { iterations: 1_000_000 } };

/** A job that everybody follows from its beginning: `marlin train --broker`, `marlin jobs watch` and the client's iterator. */
async function followedJob({ workers }: { readonly workers: boolean }) {
  const redis = await TestRedis.start();
  const broker = await openBroker({ url: redis.url, prefix: 'marlin' });
  const checkpointFolder = temporaryFolder();
  const { url } = await listeningApi({ checkpointFolder }, { broker });
  const client = createClient({ url });
  const work = () => startWorkers(broker, checkpointFolder);
  if (workers) work();
  const folder = temporaryFolder({ 'job.json': JSON.stringify(ENDLESS) });
  const training = start(folder, ['train', 'job.json', '--broker', redis.url, '--json']);
  const id = await vi.waitFor(
    async () => {
      const [job] = (await client.listJobs()).jobs;
      if (job === undefined) throw new Error('not launched yet');
      return job.id;
    },
    { timeout: 30_000 },
  );
  const fake = fakeHost({ settings: { variables: { MARLIN_URL: url } } });
  const watching = runProgram(fake.host, ['jobs', 'watch', id]);
  const events: JobStreamEvent[] = [];
  const looks = new Set<() => void>();
  const streaming = (async () => {
    for await (const event of client.events(id)) {
      events.push(event);
      for (const look of looks) look();
    }
  })();
  const seen = (wanted: (event: JobStreamEvent) => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!events.some(wanted)) return;
        looks.delete(look);
        resolve();
      };
      looks.add(look);
      look();
    });
  const timeline = async (): Promise<TimelineEntry[]> => {
    const entries = [];
    for await (const entry of client.eachTurn(id)) entries.push(entry);
    return entries;
  };
  return {
    client,
    broker,
    checkpointFolder,
    id,
    work,
    seen,
    events,
    timeline,
    of: (type: string) => events.filter((event) => event.type === type),
    following: () => training.child.exitCode === null,
    /** What each follower came to. */
    async ended() {
      const [{ code, stdout }, watched] = await Promise.all([training.ended, watching, streaming]);
      const trained = lastLine(stdout) as { state?: string; error?: { code: string } };
      const states = events.flatMap((event) => (event.type === 'state' ? [event.state] : []));
      return { code, trained, watched, end: events.at(-1), states, run: () => eventsOf(onlyRun(folder)) };
    },
  };
}

const at =
  (type: string, least = 0) =>
  (event: JobStreamEvent) =>
    event.type === type && (!('iteration' in event) || event.iteration >= least);

/** All the iterations of an endless job that were told, which must be each once. */
function iterationsOf(events: readonly { readonly type: string }[]): number[] {
  return events.flatMap((event) =>
    event.type === 'iteration' ? [(event as unknown as { iteration: number }).iteration] : [],
  );
}

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

it('that is paused and goes on is one job to all who follow it, with one end', { timeout: 120_000 }, async () => {
  const { client, id, seen, of, events, timeline, following, ended } = await followedJob({ workers: true });
  await seen(at('iteration', 20));
  await client.pauseJob(id);
  await seen(at('paused'));
  const before = await timeline();
  expect(following()).toBe(true);
  expect(of('finished')).toEqual([]);
  const { state, progress } = await client.getJob(id);
  expect({ state, digest: progress.digest, stopReason: progress.stopReason }).toEqual({
    state: 'paused',
    digest: null,
    stopReason: null,
  });
  await client.resumeJob(id);
  await seen((event) => event.type === 'started' && event.iteration > 0);
  await seen(at('iteration', progress.iteration + 10));
  await client.editJob(await client.getJob(id), { stop: { iterations: progress.iteration + 20 } });

  const { code, trained, watched, end, states, run } = await ended();
  expect({ code, state: trained.state, watched, end }).toEqual({
    code: 0,
    state: 'succeeded',
    watched: 0,
    end: { type: 'end', state: 'succeeded' },
  });
  expect(states.filter((own) => own !== 'queued' && own !== 'running')).toEqual(['paused', 'succeeded']);
  for (const history of [events, run()]) {
    const made = iterationsOf(history);
    expect(made).toEqual(upTo(made.length));
    expect(history.filter(({ type }) => type === 'finished')).toHaveLength(1);
  }
  expect(run().at(-1)?.type).toBe('finished');
  expect(of('paused')).toHaveLength(1);
  expect(of('steered').map((event) => event.type === 'steered' && event.to)).toEqual(['paused', 'queued']);

  const after = await timeline();
  expect(after.slice(0, before.length)).toEqual(before);
  expect(new Set(after.map((entry) => entry.id)).size).toBe(after.length);
  const told = after.map(({ kind }) => kind).filter((kind) => kind !== 'checkpoint' && kind !== 'learnerLost');
  // The last learner began because the end was changed.
  expect(told).toEqual([
    'launched',
    'learnerBegan',
    'paused',
    'stopped',
    'resumed',
    'learnerBegan',
    'learnerBegan',
    'succeeded',
  ]);
});

const NOT_SUCCEEDED = { code: 1, trained: { error: { code: 'JOB_NOT_SUCCEEDED' } }, watched: 1 };
const CANCELLED = { type: 'end', state: 'cancelled' };

it('that is resumed before its learner knew of the pause goes on, and is told as running', {
  timeout: 60_000,
}, async () => {
  const { client, broker, id, seen, of, ended } = await followedJob({ workers: true });
  await seen(at('iteration', 2));
  await client.pauseJob(id);
  await client.resumeJob(id);
  await vi.waitFor(async () => expect((await broker.jobs.get(id))?.record.state).toBe('running'), {
    timeout: 20_000,
    interval: 100,
  });
  const told = of('iteration').length;
  await vi.waitFor(() => expect(of('iteration').length).toBeGreaterThan(told + 1), { timeout: 20_000 });
  await client.cancelJob(id);
  const { run } = await ended();
  const iterations = iterationsOf(run());
  expect(iterations).toEqual(Array.from(iterations, (_, k) => k + 1));
});

it('that is cancelled while it is queued ends for all who follow it', { timeout: 60_000 }, async () => {
  const { client, id, of, seen, ended, timeline } = await followedJob({ workers: false });
  await seen(at('state'));
  await client.cancelJob(id);
  expect(await ended()).toMatchObject({ ...NOT_SUCCEEDED, end: CANCELLED, states: ['queued', 'cancelled'] });
  expect(of('steered')).toMatchObject([{ from: 'queued', to: 'cancelled', by: 'local' }]);
  expect((await timeline()).map(({ kind }) => kind)).toEqual(['launched', 'cancelled']);
});

it('that is cancelled while it is paused ends for all who follow it', { timeout: 60_000 }, async () => {
  const { client, id, of, seen, ended } = await followedJob({ workers: true });
  await seen(at('iteration', 5));
  await client.pauseJob(id);
  await seen(at('paused'));
  await client.cancelJob(id);
  const { states, ...came } = await ended();
  expect(came).toMatchObject({ ...NOT_SUCCEEDED, end: CANCELLED });
  expect(states.slice(-2)).toEqual(['paused', 'cancelled']);
  expect([...of('finished'), ...of('failed')]).toEqual([]);
  expect(of('steered')).toHaveLength(2);
});

it('that is cancelled while it runs ends with its learner’s last words', { timeout: 60_000 }, async () => {
  const { client, id, seen, ended, timeline, events, checkpointFolder } = await followedJob({ workers: true });
  await seen(at('iteration', 5));
  await client.cancelJob(id);
  const { run, ...came } = await ended();
  expect(came).toMatchObject({ code: 130, trained: { state: 'cancelled' }, watched: 1, end: CANCELLED });
  expect(run().at(-1)).toMatchObject({ type: 'finished', state: 'cancelled', reason: 'interrupted' });
  expect(events.filter(({ type }) => type === 'finished')).toHaveLength(1);
  const kinds = (await timeline()).map(({ kind }) => kind);
  expect(kinds.slice(-2)).toEqual(['checkpoint', 'stopped']);
  expect(kinds.filter((kind) => kind !== 'checkpoint').slice(-2)).toEqual(['cancelled', 'stopped']);
  // Or a learner would make it again after Redis has lost it.
  expect(readKeptRecord(checkpointFolder, id)?.state).toBe('cancelled');
});

it('that is deleted as soon as it is cancelled leaves nothing behind', { timeout: 60_000 }, async () => {
  const { client, broker, id, seen, ended, checkpointFolder } = await followedJob({ workers: true });
  await seen(at('checkpoint'));
  await client.cancelJob(id);
  await client.deleteJob(id);
  expect(await broker.jobs.get(id)).toBeNull();
  // The learner has another job by then, so it is done with this one.
  const next = await client.launchJob({ spec: { ...SMALL, stop: { iterations: 2 } } as never });
  for await (const _ of client.events(next.id));
  expect(readdirSync(checkpointFolder)).toEqual([next.id]);
  expect(await broker.events.read(id, 0)).toEqual([]);
  await ended().catch(() => {});
});
