import { describe, expect, it } from 'vitest';
import { type ClientOptions, createClient, type JobStreamEvent } from '../../../client/index.js';
import { createMemoryBroker } from '../../../src/broker/index.js';
import { listeningApi } from '../../helpers/api/listening.js';
import { startWorkers } from '../../helpers/api/workers.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const SPEC = {
  name: 'small',
  env: { id: 'median-v1' },
  rollout: { shards: 1, envsPerShard: 4, horizon: 8 },
  stop: { iterations: 3 },
} as const;

async function connect(options: Partial<ClientOptions> = {}) {
  const api = await listeningApi();
  const client = createClient({ url: api.url, sleep: () => Promise.resolve(), timeoutMs: 10_000, ...options });
  return { ...api, client };
}

/** A time limit that never ends, and waits that are over at once. */
const sleep: ClientOptions['sleep'] = (ms, signal) =>
  ms < 10_000
    ? Promise.resolve()
    : new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

/** Answers that are lost on their way, after the server has done what was asked, as often as `times` says. */
function losing(times: number): typeof fetch {
  let left = times;
  return async (input, init) => {
    const response = await fetch(input, init);
    if (left-- <= 0) return response;
    await response.arrayBuffer();
    throw new TypeError('fetch failed');
  };
}

describe('a client of a real API', () => {
  it('launches, lists, shows, steers, edits and deletes jobs', async () => {
    const { client } = await connect({ sleep });
    const job = await client.launchJob({ spec: SPEC, labels: { team: 'blue' } });
    expect(job).toMatchObject({ name: 'small', state: 'queued', env: 'median-v1', labels: { team: 'blue' } });
    expect(await client.getJob(job.id)).toEqual(job);
    expect((await client.listJobs({ state: ['queued', 'running'], label: ['team=blue'] })).jobs).toHaveLength(1);
    expect((await client.listJobs({ state: ['failed'] })).jobs).toEqual([]);

    expect((await client.pauseJob(job.id)).state).toBe('paused');
    expect((await client.resumeJob(job.id)).state).toBe('queued');
    const edited = await client.editJob(await client.getJob(job.id), { name: 'other', stop: { iterations: 9 } });
    expect(edited).toMatchObject({ name: 'other', spec: { stop: { iterations: 9 } } });
    await expect(client.editJob(job, { name: 'again' })).rejects.toMatchObject({
      code: 'API_PRECONDITION_FAILED',
      status: 412,
    });
    await expect(client.deleteJob(job.id)).rejects.toMatchObject({ code: 'API_JOB_ACTIVE', status: 409 });
    expect((await client.cancelJob(job.id)).state).toBe('cancelled');
    await expect(client.pauseJob(job.id)).rejects.toMatchObject({ code: 'JOB_STATE_INVALID', status: 409 });
    const turns = [];
    for await (const { kind } of client.eachTurn(job.id)) turns.push(kind);
    expect(turns.length).toBeGreaterThanOrEqual(3);
    await client.deleteJob(job.id);
    await expect(client.getJob(job.id)).rejects.toMatchObject({ code: 'API_JOB_UNKNOWN', status: 404 });
  });

  it('tells every fault of a spec, with its place', async () => {
    const { client } = await connect({ sleep });
    const spec = { env: { id: 'median-v1' }, zzz: 1, rollout: { shards: -1 } } as never;
    for (const call of [client.launchJob({ spec }), client.dryRunJob({ spec })]) {
      const error = await call.catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'JOB_SPEC_INVALID', status: 422 });
      const { pointers } = error as { pointers: { pointer: string }[] };
      expect(pointers.map(({ pointer }) => pointer).sort()).toEqual(['/spec/rollout/shards', '/spec/zzz']);
    }
    const { plan } = await client.dryRunJob({ spec: SPEC });
    expect(plan.iterations).toBe(3);
    expect((await client.listJobs()).jobs).toEqual([]);
  });

  it('makes one job although the answer is lost, and one for each call', async () => {
    const { client, url } = await connect({ sleep });
    const unlucky = createClient({ url, sleep, fetch: losing(3) });
    const job = await unlucky.launchJob({ spec: SPEC });
    expect((await client.listJobs()).jobs.map(({ id }) => id)).toEqual([job.id]);
    const other = await client.launchJob({ spec: SPEC });
    expect(other.id).not.toBe(job.id);
    const [a, b] = await Promise.all([1, 2].map(() => client.launchJob({ spec: SPEC }, { idempotencyKey: 'mine' })));
    expect(a.id).toBe(b.id);
    await expect(client.launchJob({ spec: { ...SPEC, seed: 5 } }, { idempotencyKey: 'mine' })).rejects.toMatchObject({
      code: 'API_IDEMPOTENCY_MISMATCH',
    });
  });

  it('steers and deletes once although the answer is lost', async () => {
    const { client, url } = await connect({ sleep });
    const job = await client.launchJob({ spec: SPEC });
    const unlucky = (): typeof client => createClient({ url, sleep, fetch: losing(2) });
    expect((await unlucky().cancelJob(job.id)).state).toBe('cancelled');
    await unlucky().deleteJob(job.id);
    await expect(client.deleteJob(job.id)).rejects.toMatchObject({ code: 'API_JOB_UNKNOWN' });
  });

  it('lists all jobs, page after page', async () => {
    const { client } = await connect({ sleep });
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push((await client.launchJob({ spec: { ...SPEC, name: `job-${i}` } })).id);
    const listed: string[] = [];
    for await (const { id } of client.eachJob({ sort: 'createdAt', limit: 2 })) listed.push(id);
    expect(listed).toEqual(ids);
  });

  it('follows a job to its end, over a connection that breaks', async () => {
    const { client, broker, app } = await connect({ sleep });
    const { id } = await client.launchJob({ spec: SPEC });
    const append = (iteration: number) =>
      broker.events.append(id, 'checkpoint', JSON.stringify({ type: 'checkpoint', iteration, bytes: 1, term: 1 }));
    await append(1);
    const seen: JobStreamEvent[] = [];
    for await (const event of client.events(id)) {
      seen.push(event);
      if (event.type !== 'checkpoint') continue;
      if (event.iteration === 1) {
        app.server.closeAllConnections();
        await append(2);
      } else if (event.iteration === 2) await client.cancelJob(id);
    }
    expect(seen.map((event) => ('sequence' in event ? event.sequence : event.type))).toEqual([
      'state',
      1,
      2,
      3,
      'state',
      'end',
    ]);
    expect(seen[3]).toMatchObject({ type: 'steered', from: 'queued', to: 'cancelled', by: 'local' });
    expect(seen.at(-1)).toEqual({ type: 'end', state: 'cancelled' });
    const again: JobStreamEvent[] = [];
    for await (const event of client.events(id, { after: 3 })) again.push(event);
    expect(again).toEqual([]);
  });

  it('is refused without a key, and with one that may not', async () => {
    const { url, authorize } = await listeningApi({ keysRequired: true });
    const { authorization } = await authorize('bob', 'read');
    const key = authorization.replace('Bearer ', '');
    await expect(createClient({ url }).listJobs()).rejects.toMatchObject({ code: 'API_KEY_REQUIRED', status: 401 });
    const client = createClient({ url, key });
    expect((await client.listJobs()).jobs).toEqual([]);
    await expect(client.launchJob({ spec: SPEC })).rejects.toMatchObject({ code: 'API_SCOPE_MISSING', status: 403 });
  });

  it('tells that nobody is there', async () => {
    const { url, app } = await listeningApi();
    await app.close();
    const client = createClient({ url, sleep, attempts: 2 });
    await expect(client.listJobs()).rejects.toMatchObject({
      code: 'CLIENT_UNREACHABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('sends ids as parts of paths, whatever they are', async () => {
    const { client } = await connect({ sleep });
    for (const id of ['', '.', '..']) {
      await expect(client.getJob(id)).rejects.toMatchObject({ code: 'CLIENT_ARGUMENT_INVALID' });
      await expect(client.deleteJob(id)).rejects.toMatchObject({ code: 'CLIENT_ARGUMENT_INVALID' });
      await expect(client.events(id).next()).rejects.toMatchObject({ code: 'CLIENT_ARGUMENT_INVALID' });
    }
    await expect(client.getJob('../environments')).rejects.toMatchObject({ status: 400 });
    await expect(client.getJob('a?b#c')).rejects.toMatchObject({ status: 400 });
  });

  it('has a method for every route', async () => {
    const { app, client } = await connect({ sleep });
    const { paths } = (await app.inject('/openapi.json')).json() as {
      paths: Record<string, Record<string, { operationId?: string }>>;
    };
    const operations = Object.entries(paths)
      .filter(([path]) => path.startsWith('/v1/'))
      .flatMap(([, methods]) => Object.values(methods).map(({ operationId = '' }) => operationId));
    expect(operations.length).toBeGreaterThan(20);
    const methods = [...Object.keys(client), 'followJob'];
    expect(operations.filter((operation) => !methods.includes(operation))).toEqual([]);
  });

  it('reads catalogs and the fleet', async () => {
    const { client } = await connect({ sleep });
    const environments = await client.listEnvironments();
    expect(environments.map(({ id }) => id)).toContain('median-v1');
    expect(await client.getEnvironment('median-v1')).toMatchObject({ id: 'median-v1', returnHead: null });
    const [algorithm] = await client.listAlgorithms();
    expect(await client.getAlgorithm(algorithm!.id)).toEqual(algorithm);
    await expect(client.getAlgorithm('nothing')).rejects.toMatchObject({ status: 404 });
    expect(await client.getJobSchema()).toHaveProperty('properties.env');
    expect([await client.listActors(), await client.listLearners()]).toEqual([[], []]);
    expect(await client.getMe()).toMatchObject({ scopes: expect.arrayContaining(['read']) });
    expect((await client.getQueues()).waiting).toBe(0);
    expect((await client.getScaling()).queuedJobs).toBe(0);
  });

  it('reads what a job has made', async () => {
    const checkpointFolder = temporaryFolder();
    const broker = createMemoryBroker();
    const { url } = await listeningApi({ checkpointFolder }, { broker });
    const client = createClient({ url });
    startWorkers(broker, checkpointFolder);
    const { id } = await client.launchJob({ spec: { ...SPEC, checkpoint: { every: 1, keep: 2 } } });
    for await (const _ of client.events(id, { types: ['finished'] }));
    const { available } = await client.getJobMetrics(id);
    expect(available?.map(({ name }) => name)).toContain('rewardPerStep');
    const { series } = await client.getJobMetrics(id, {
      names: ['rewardPerStep', 'policyLag'],
      agents: ['agent-0'],
      from: 2,
    });
    expect(series.map(({ name, id: of, x }) => [name, of, x])).toEqual([
      ['rewardPerStep', 'agent-0', [2, 3]],
      ['policyLag', null, [2, 3]],
    ]);
    const checkpoints = await client.listCheckpoints(id);
    expect(checkpoints.map(({ iteration }) => iteration)).toEqual([2, 3]);
    const { digest, bytes } = await client.getCheckpoint(id, 3);
    const download = await client.downloadCheckpoint(id, 3);
    expect(download.headers.get('etag')).toBe(`"${digest}"`);
    expect((await download.arrayBuffer()).byteLength).toBe(bytes);
    await expect(client.downloadCheckpoint(id, 9)).rejects.toMatchObject({ code: 'CHECKPOINT_UNKNOWN' });
    expect(await client.getJobReport(id)).toMatch(/^<!doctype html>/i);
    const fork = await client.forkJob(id, { spec: { stop: { iterations: 4 } } });
    expect(fork.forkedFrom).toEqual({ jobId: id, iteration: 3 });
  });
});
