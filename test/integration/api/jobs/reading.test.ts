import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { Job, JobList } from '../../../../services/api/schemas/job.js';
import type { Problem } from '../../../../services/api/schemas/problem.js';
import { testApi } from '../../../helpers/api/server.js';
import { ask, launch, setState, spec } from './asking.js';

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
