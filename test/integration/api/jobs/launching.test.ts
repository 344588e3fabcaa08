import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { DryRun } from '../../../../services/api/schemas/dry-run.js';
import { Job } from '../../../../services/api/schemas/job.js';
import { Problem } from '../../../../services/api/schemas/problem.js';
import { systemClock } from '../../../../src/base/index.js';
import { testApi } from '../../../helpers/api/server.js';
import { ask, launch, spec } from './asking.js';

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
