import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { DryRun } from '../../../services/api/schemas/dry-run.js';
import { Job, JobList } from '../../../services/api/schemas/job.js';
import { Problem } from '../../../services/api/schemas/problem.js';
import { systemClock } from '../../../src/base/index.js';
import type { JobState } from '../../../src/broker/index.js';
import { createFileCheckpointStore, readPrepared } from '../../../src/checkpoints/index.js';
import { specDigest } from '../../../src/jobs/index.js';
import { encodeHeartbeat } from '../../../src/wire/index.js';
import { type TestApi, testApi } from '../../helpers/api/server.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const spec = { env: { id: 'median-v1' }, rollout: { shards: 2, envsPerShard: 4, horizon: 10 } };

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'PUT' | 'OPTIONS';

/** Asks, and holds every answer to the form that all have. */
async function ask(
  { app }: TestApi,
  method: Method,
  url: string,
  payload?: unknown,
  headers: Record<string, string> = {},
) {
  const answer = await app.inject({
    method,
    url,
    headers,
    ...(payload === undefined ? {} : { payload: payload as object }),
  });
  expect(answer.headers['x-request-id']).toBeTruthy();
  if (answer.statusCode >= 400) {
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(Value.Errors(Problem, answer.json())).toEqual([]);
    expect(answer.json().status).toBe(answer.statusCode);
  }
  return answer;
}

const launch = async (api: TestApi, body: object = { spec }, headers: Record<string, string> = {}) =>
  (await ask(api, 'POST', '/v1/jobs', body, headers)).json() as Job;

async function setState({ broker }: TestApi, jobId: string, state: JobState, failure?: object): Promise<void> {
  const stored = (await broker.jobs.get(jobId))!;
  const told = failure === undefined ? {} : { failure: JSON.stringify(failure) };
  await broker.jobs.compareAndSet(stored.revision, { ...stored.record, state, ...told });
}

describe('launching a job', () => {
  it('queues it, and says where it is', async () => {
    const api = await testApi();
    const answer = await ask(api, 'POST', '/v1/jobs', { spec, labels: { team: 'a/b' } });
    expect(answer.statusCode).toBe(201);
    const job = answer.json() as Job;
    expect(Value.Errors(Job, job)).toEqual([]);
    expect(job).toMatchObject({
      state: 'queued',
      owner: 'local',
      labels: { team: 'a/b' },
      env: 'median-v1',
      failure: null,
    });
    expect(job.spec.stop).toEqual({ iterations: 100 });
    expect(answer.headers).toMatchObject({ location: `/v1/jobs/${job.id}`, etag: `"${job.revision}"` });
    expect((await api.broker.jobs.get(job.id))?.record.state).toBe('queued');
    expect((await ask(api, 'GET', answer.headers.location as string)).json()).toEqual(job);
  });

  it('refuses a spec with every fault and its place in the body', async () => {
    const api = await testApi();
    const answer = await ask(api, 'POST', '/v1/jobs', { spec: { env: { id: 'medan-v1' }, seed: -1, rolout: {} } });
    expect(answer.statusCode).toBe(422);
    const { code, pointers } = answer.json() as Problem;
    expect(code).toBe('JOB_SPEC_INVALID');
    expect(pointers?.map(({ pointer }) => pointer).sort()).toEqual(['/spec/env/id', '/spec/rolout', '/spec/seed']);
    expect(await api.broker.jobs.list()).toEqual([]);
  });

  it.each([
    ['no spec', { labels: {} }, '/spec'],
    ['a field too many', { spec, more: 1 }, '/more'],
    ['a label that is no text', { spec, labels: { a: 1 } }, '/labels/a'],
    ['a name of a label that is none', { spec, labels: { ' ': 'x' } }, '/labels'],
  ])('refuses a body with %s', async (_, body, pointer) => {
    const answer = await ask(await testApi(), 'POST', '/v1/jobs', body);
    expect(answer.statusCode).toBe(400);
    expect((answer.json() as Problem).pointers?.[0]?.pointer).toMatch(new RegExp(`^${pointer}`));
  });

  it.each([
    ['no JSON', '{', 'application/json', 400],
    ['a prototype', '{"__proto__":{},"spec":{}}', 'application/json', 400],
    ['another type', 'spec', 'text/plain', 415],
    ['too much', `"${'x'.repeat(2000)}"`, 'application/json', 413],
  ])('refuses a body that is %s', async (_, payload, type, status) => {
    const api = await testApi({ bodyBytes: 1024 });
    const answer = await api.app.inject({
      method: 'POST',
      url: '/v1/jobs',
      payload,
      headers: { 'content-type': type },
    });
    expect(answer.statusCode).toBe(status);
    expect(Value.Errors(Problem, answer.json())).toEqual([]);
  });

  it('as a dry run shows what it would be and launches nothing', async () => {
    const api = await testApi();
    const answer = await ask(api, 'POST', '/v1/jobs?dryRun=true', { spec });
    expect(answer.statusCode).toBe(200);
    const dry = answer.json() as DryRun;
    expect(Value.Errors(DryRun, dry)).toEqual([]);
    expect(dry.plan).toMatchObject({ agentStepsPerIteration: 240, iterations: 100, agentSteps: 24_000 });
    expect(dry.estimate).toEqual({ seconds: null, agentStepsPerSecond: null, basedOn: null });
    expect(await api.broker.jobs.list()).toEqual([]);
  });

  it('makes one job of any number of equal requests with one idempotency key', async () => {
    const api = await testApi();
    const headers = { 'idempotency-key': 'once' };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => ask(api, 'POST', '/v1/jobs', { spec }, headers)),
    );
    expect(new Set(answers.map((answer) => answer.json().id)).size).toBe(1);
    expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(1);
    const replays = answers.filter(({ statusCode }) => statusCode === 200);
    expect(replays.every((answer) => answer.headers['idempotency-replayed'] === 'true')).toBe(true);
    expect(await api.broker.jobs.list()).toHaveLength(1);
    const other = await ask(api, 'POST', '/v1/jobs', { spec: { ...spec, seed: 2 } }, headers);
    expect([other.statusCode, other.json().code]).toEqual([422, 'API_IDEMPOTENCY_MISMATCH']);
  });

  it('keeps the idempotency keys of owners apart', async () => {
    const api = await testApi({ keysRequired: true });
    const [ada, bob] = [await api.authorize('ada', 'launch'), await api.authorize('bob', 'launch')];
    const one = await launch(api, { spec }, { ...ada, 'idempotency-key': 'k' });
    const two = await launch(api, { spec }, { ...bob, 'idempotency-key': 'k' });
    expect(one.id).not.toBe(two.id);
  });

  it('is refused beyond the quota, also to many at once, until a job has ended', async () => {
    const api = await testApi({ activeJobs: 3 });
    const { jobs } = api.broker;
    const submit = jobs.submit.bind(jobs);
    // As slow as a broker that is another process, so that all are counted before the first is stored.
    jobs.submit = async (record) => {
      for (let turns = 0; turns < 50; turns++) await new Promise(setImmediate);
      return submit(record);
    };
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(api, 'POST', '/v1/jobs', { spec })));
    expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(3);
    const refused = answers.find(({ statusCode }) => statusCode !== 201)!;
    expect([refused.statusCode, refused.json().code]).toEqual([429, 'API_QUOTA_EXCEEDED']);
    expect(refused.headers['retry-after']).toBeDefined();
    const [job] = (await ask(api, 'GET', '/v1/jobs')).json().jobs;
    await ask(api, 'POST', `/v1/jobs/${job.id}/cancel`);
    expect((await ask(api, 'POST', '/v1/jobs', { spec })).statusCode).toBe(201);
  });
});

describe('the quota of agent steps', () => {
  it('refuses launches of an owner whose jobs have made as many in a day, and nobody else’s', async () => {
    let ahead = 0;
    const clock = { now: () => systemClock.now(), monotonic: () => systemClock.monotonic() + ahead };
    const api = await testApi({ agentStepsPerDay: 1000, keysRequired: true }, { clock });
    const [ada, bob] = [await api.authorize('ada', 'launch'), await api.authorize('bob', 'launch')];
    const launch = (headers: object) =>
      api.app.inject({ method: 'POST', url: '/v1/jobs', headers: { ...headers }, payload: { spec } });
    const first = await launch(ada);
    expect(first.statusCode).toBe(201);
    const payload = JSON.stringify({ type: 'iteration', iteration: 1, agentSteps: 1000 });
    await api.broker.events.append(first.json().id, 'iteration', payload);
    expect((await launch(bob)).statusCode).toBe(201);
    ahead = 6000;
    const refused = await launch(ada);
    expect([refused.statusCode, refused.json().code]).toEqual([429, 'API_QUOTA_EXCEEDED']);
    expect(refused.json().detail).toContain('1000 agent steps');
    expect(refused.headers['retry-after']).toBe('600');
    expect((await launch(bob)).statusCode).toBe(201);
  });
});

describe('steering a job', () => {
  it.each([
    ['queued', 'pause', 202, 'paused'],
    ['running', 'pause', 202, 'paused'],
    ['paused', 'pause', 202, 'paused'],
    ['paused', 'resume', 202, 'queued'],
    ['running', 'resume', 202, 'running'],
    ['running', 'cancel', 202, 'cancelled'],
    ['cancelled', 'cancel', 202, 'cancelled'],
    ['cancelled', 'resume', 409, 'cancelled'],
    ['succeeded', 'pause', 409, 'succeeded'],
    ['failed', 'cancel', 409, 'failed'],
  ] as const)('that is %s: %s is %i, and it is %s then', async (from, verb, status, to) => {
    const api = await testApi();
    const { id } = await launch(api);
    if (from !== 'queued') await setState(api, id, from);
    const answer = await ask(api, 'POST', `/v1/jobs/${id}/${verb}`);
    expect(answer.statusCode).toBe(status);
    if (status === 202) {
      expect(Value.Errors(Job, answer.json())).toEqual([]);
      expect(answer.headers.location).toBe(`/v1/jobs/${id}`);
    }
    const job = (await ask(api, 'GET', `/v1/jobs/${id}`)).json() as Job;
    expect(job.state).toBe(to);
    const changed = status === 202 && from !== to && !(from === 'running' && verb === 'resume');
    expect(job.changes.map(({ from: was, to: is, by }) => [was, is, by])).toEqual(changed ? [[from, to, 'local']] : []);
  });

  it('goes on where somebody else writes at the same time', async () => {
    const api = await testApi();
    const { id } = await launch(api);
    const { compareAndSet } = api.broker.jobs;
    let interfered = false;
    api.broker.jobs.compareAndSet = async function (this: unknown, revision, record) {
      if (!interfered) {
        interfered = true;
        const stored = (await api.broker.jobs.get(id))!;
        await compareAndSet.call(api.broker.jobs, stored.revision, { ...stored.record, state: 'running' });
      }
      return compareAndSet.call(api.broker.jobs, revision, record);
    };
    expect((await ask(api, 'POST', `/v1/jobs/${id}/pause`)).json()).toMatchObject({
      state: 'paused',
      changes: [{ from: 'running', to: 'paused' }],
    });
  });
});

describe('changing a job', () => {
  it('needs the revision that was read, and changes what training does not depend on', async () => {
    const api = await testApi();
    const job = await launch(api, { spec, labels: { a: '1' } });
    const url = `/v1/jobs/${job.id}`;
    const edit = { name: 'better', labels: { b: '2' }, stop: { iterations: 7 } };
    expect((await ask(api, 'PATCH', url, edit)).statusCode).toBe(428);
    expect((await ask(api, 'PATCH', url, edit, { 'if-match': '"0"' })).statusCode).toBe(412);
    const answer = await ask(api, 'PATCH', url, edit, { 'if-match': `"${job.revision}"` });
    expect(answer.statusCode).toBe(200);
    const changed = answer.json() as Job;
    expect(changed).toMatchObject({
      name: 'better',
      labels: { b: '2' },
      spec: { stop: { iterations: 7 }, name: 'better' },
    });
    expect(answer.headers.etag).toBe(`"${changed.revision}"`);
    expect(specDigest(changed.spec)).toBe(specDigest(job.spec));
    expect((await ask(api, 'PATCH', url, edit, { 'if-match': `"${job.revision}"` })).statusCode).toBe(412);
  });

  it.each([
    [{}, 400],
    [{ seed: 2 }, 400],
    [{ name: '../x' }, 400],
    [{ stop: { iterations: 0 } }, 400],
  ])('refuses %j', async (edit, status) => {
    const api = await testApi();
    const { id } = await launch(api);
    expect((await ask(api, 'PATCH', `/v1/jobs/${id}`, edit, { 'if-match': '*' })).statusCode).toBe(status);
  });

  it('names and labels one that has ended, but gives it no other end', async () => {
    const api = await testApi();
    const { id } = await launch(api);
    await setState(api, id, 'succeeded');
    const header = { 'if-match': '*' };
    expect((await ask(api, 'PATCH', `/v1/jobs/${id}`, { name: 'kept' }, header)).statusCode).toBe(200);
    expect((await ask(api, 'PATCH', `/v1/jobs/${id}`, { stop: { iterations: 7 } }, header)).statusCode).toBe(409);
  });
});

describe('deleting a job', () => {
  it('is for those that have ended, and takes their checkpoints', async () => {
    const checkpointFolder = temporaryFolder();
    const api = await testApi({ checkpointFolder });
    const { id } = await launch(api);
    const folder = join(checkpointFolder, id);
    mkdirSync(folder);
    writeFileSync(join(folder, 'job.json'), '{}');
    expect((await ask(api, 'DELETE', `/v1/jobs/${id}`)).json().code).toBe('API_JOB_ACTIVE');
    await ask(api, 'POST', `/v1/jobs/${id}/cancel`);
    const answer = await ask(api, 'DELETE', `/v1/jobs/${id}`);
    expect([answer.statusCode, answer.body]).toEqual([204, '']);
    expect(existsSync(folder)).toBe(false);
    expect((await ask(api, 'GET', `/v1/jobs/${id}`)).statusCode).toBe(404);
    expect((await ask(api, 'DELETE', `/v1/jobs/${id}`)).statusCode).toBe(404);
    expect((await ask(api, 'GET', '/v1/jobs')).json().jobs).toEqual([]);
  });

  it('waits for the learner that still has it, and is refused for now where it takes long', async () => {
    const checkpointFolder = temporaryFolder();
    const api = await testApi({ checkpointFolder, deadlineMs: 20_000 });
    const { id } = await launch(api);
    mkdirSync(join(checkpointFolder, id));
    await ask(api, 'POST', `/v1/jobs/${id}/cancel`);
    const beat = (jobIds: readonly string[]) => {
      const heartbeat = encodeHeartbeat({
        actorId: 'l1',
        host: 'h',
        pid: 1,
        slots: 2,
        tasksDone: 0,
        agentSteps: 0,
        since: 1,
        jobIds,
      });
      return api.broker.learners.beat({ actorId: 'l1', heartbeat }, 60_000);
    };
    await beat(['other', id]);
    const refused = await ask(api, 'DELETE', `/v1/jobs/${id}`);
    expect([refused.statusCode, refused.json().code, refused.headers['retry-after']]).toEqual([
      409,
      'API_JOB_HELD',
      '1',
    ]);
    expect(existsSync(join(checkpointFolder, id))).toBe(true);
    expect((await ask(api, 'GET', `/v1/jobs/${id}`)).statusCode).toBe(200);
    const { learners } = (await ask(api, 'GET', '/v1/learners')).json();
    expect(learners).toMatchObject([{ id: 'l1', jobIds: [id] }]);
    const deleted = ask(api, 'DELETE', `/v1/jobs/${id}`);
    await beat(['other']);
    expect((await deleted).statusCode).toBe(204);
    expect(existsSync(join(checkpointFolder, id))).toBe(false);
  });
});

describe('showing a job', () => {
  it('tells how far it is and why it failed, from its history and its record', async () => {
    const api = await testApi();
    const { id } = await launch(api);
    const tell = (event: object) => api.broker.events.append(id, 'any', JSON.stringify(event));
    const iteration = (n: number, term: number) =>
      tell({
        type: 'iteration',
        term,
        iteration: n,
        envSteps: n,
        agentSteps: 2 * n,
        learnerSteps: n,
        wallSeconds: n,
        policyLag: 1,
        agents: { a: { return: n === 3 ? null : n, rewardPerStep: n } },
        throughput: { agentStepsPerSecond: 10 * n },
      });
    await iteration(1, 1);
    await iteration(2, 2);
    // Of a learner that was thought dead.
    await iteration(9, 1);
    expect((await ask(api, 'GET', `/v1/jobs/${id}`)).json().progress).toMatchObject({
      iteration: 2,
      returns: { a: 2 },
    });
    await iteration(3, 2);
    await tell({ type: 'checkpoint', term: 2, iteration: 3, bytes: 5 });
    await setState(api, id, 'failed', { code: 'X', message: 'why', retryable: false, data: {}, stack: 'secret' });
    const answer = await ask(api, 'GET', `/v1/jobs/${id}`);
    expect(Value.Errors(Job, answer.json())).toEqual([]);
    expect(answer.json()).toMatchObject({
      failure: { code: 'X', message: 'why' },
      progress: { iteration: 3, returns: { a: 2 }, checkpoint: { iteration: 3 }, agentStepsPerSecond: 30 },
    });
    expect(answer.body).not.toContain('secret');
  });
});

describe('listing jobs', () => {
  it('gives pages of those that fit', async () => {
    const api = await testApi();
    for (let i = 0; i < 5; i++) await launch(api, { spec: { ...spec, name: `n${i}` }, labels: { odd: String(i % 2) } });
    const first = await ask(api, 'GET', '/v1/jobs?limit=2&sort=name&label=odd%3D0&state=queued&state=running');
    expect(Value.Errors(JobList, first.json())).toEqual([]);
    expect(first.json().jobs.map(({ name }: { name: string }) => name)).toEqual(['n0', 'n2']);
    const cursor = first.json().nextCursor as string;
    const second = await ask(api, 'GET', `/v1/jobs?limit=2&sort=name&label=odd%3D0&cursor=${cursor}`);
    expect(second.json()).toMatchObject({ jobs: [{ name: 'n4' }], nextCursor: null });
  });

  it.each(['limit=0', 'limit=x', 'sort=seed', 'state=gone', 'what=1', 'cursor=x'])('refuses ?%s', async (text) => {
    const answer = await ask(await testApi(), 'GET', `/v1/jobs?${text}`);
    expect(answer.statusCode).toBe(400);
    expect((answer.json() as Problem).pointers?.[0]?.pointer).toBe(`/query/${text.split('=')[0]}`);
  });
});

describe('forking a job', () => {
  const forkable = async () => {
    const checkpointFolder = temporaryFolder();
    const api = await testApi({ checkpointFolder });
    const parent = await launch(api, { spec, labels: { team: 'a' } });
    const store = createFileCheckpointStore(join(checkpointFolder, parent.id));
    for (const iteration of [10, 20]) {
      const facts = { job: parent.id, specDigest: specDigest(parent.spec), counters: { envSteps: 5 } };
      const bytes = new Uint8Array([1, 2, 3, iteration]);
      await store.save({ iteration, facts, tensors: [{ name: 't', dtype: 'u8', shape: [4], bytes }] }, 9);
    }
    return { api, parent, checkpointFolder };
  };

  it('makes a job that has the checkpoint as its own, for its own spec', async () => {
    const { api, parent, checkpointFolder } = await forkable();
    const change = { algorithm: { options: { learningRate: 0.001 } }, stop: { iterations: 40 } };
    const answer = await ask(api, 'POST', `/v1/jobs/${parent.id}/fork`, { iteration: 10, spec: change });
    expect(answer.statusCode).toBe(201);
    const child = answer.json() as Job;
    expect(child).toMatchObject({
      forkedFrom: { jobId: parent.id, iteration: 10 },
      labels: { team: 'a' },
      state: 'queued',
    });
    expect(child.spec.algorithm.options.learningRate).toBe(0.001);
    const found = await createFileCheckpointStore(join(checkpointFolder, child.id)).newest();
    expect(found?.checkpoint).toMatchObject({
      iteration: 10,
      facts: { job: child.id, specDigest: specDigest(child.spec), counters: { envSteps: 5 } },
    });
    expect([...found!.checkpoint.tensors[0]!.bytes]).toEqual([1, 2, 3, 10]);
  });

  it('takes the newest checkpoint unless told', async () => {
    const { api, parent } = await forkable();
    const child = (await ask(api, 'POST', `/v1/jobs/${parent.id}/fork`, {})).json() as Job;
    expect(child.forkedFrom?.iteration).toBe(20);
  });

  it.each([
    [{ spec: { rollout: { shards: 3 } } }, 422, '/spec/rollout/shards'],
    [{ spec: { policyMapping: 'shared' } }, 422, '/spec/policyMapping'],
    [{ spec: { schedule: { lag: 2 } } }, 422, '/spec/schedule/lag'],
    [{ spec: { algorithm: { options: { learningRat: 1 } } } }, 422, '/spec/algorithm/options/learningRat'],
    [{ iteration: 11 }, 404, undefined],
    [{ iteration: -1 }, 400, '/iteration'],
  ])('refuses %j', async (body, status, pointer) => {
    const { api, parent } = await forkable();
    const answer = await ask(api, 'POST', `/v1/jobs/${parent.id}/fork`, body);
    expect(answer.statusCode).toBe(status);
    expect((answer.json() as Problem).pointers?.[0]?.pointer).toBe(pointer);
    expect(await api.broker.jobs.list()).toHaveLength(1);
  });

  describe('marks the folder of the new job', () => {
    /** A server that dies when the job should be there, and the folder that it has filled then. */
    const interrupted = async () => {
      const { api, parent, checkpointFolder } = await forkable();
      const fork = (body: object = {}) =>
        ask(api, 'POST', `/v1/jobs/${parent.id}/fork`, body, { 'idempotency-key': 'f' });
      const { submit } = api.broker.jobs;
      api.broker.jobs.submit = async () => Promise.reject(new Error('killed'));
      const folder = () => {
        const [name = ''] = readdirSync(checkpointFolder).filter((other) => other !== parent.id);
        return join(checkpointFolder, name);
      };
      return { api, fork, folder, mend: () => Object.assign(api.broker.jobs, { submit }) };
    };

    it('before it is filled', async () => {
      const { fork, folder } = await interrupted();
      expect((await fork({ iteration: 11 })).statusCode).toBe(404);
      expect(await readPrepared(folder())).not.toBeNull();
    });

    it('when it is filled, from when it counts, until the job is there', async () => {
      const { fork, folder, mend } = await interrupted();
      expect((await fork()).statusCode).toBe(500);
      const prepared = await readPrepared(folder());
      const [saved] = await createFileCheckpointStore(folder()).list();
      expect(saved?.iteration).toBe(20);
      const filled = Math.max(
        ...readdirSync(folder())
          .filter((name) => name !== 'prepared')
          .map((name) => statSync(join(folder(), name)).mtimeMs),
      );
      expect(prepared?.at).toBeGreaterThanOrEqual(filled);
      mend();
      const { id } = (await fork()).json() as Job;
      expect(folder().endsWith(id)).toBe(true);
      expect(await readPrepared(folder())).toBeNull();
    });

    it('and makes no job where the checkpoint is gone again from it', async () => {
      const { api, fork, folder, mend } = await interrupted();
      await fork();
      // Of which one is kept, the newest: the copy goes as it comes.
      const later = { iteration: 99, facts: {}, tensors: [] };
      await createFileCheckpointStore(folder()).save(later, 1);
      mend();
      const answer = await fork();
      expect([answer.statusCode, answer.json().code]).toEqual([503, 'API_DEADLINE_EXCEEDED']);
      expect(await api.broker.jobs.list()).toHaveLength(1);
    });
  });

  it('makes one job of a repeated request', async () => {
    const { api, parent } = await forkable();
    const fork = () => ask(api, 'POST', `/v1/jobs/${parent.id}/fork`, {}, { 'idempotency-key': 'f' });
    const [one, two] = [await fork(), await fork()];
    expect([one.statusCode, two.statusCode]).toEqual([201, 200]);
    expect(two.json().id).toBe(one.json().id);
  });
});
