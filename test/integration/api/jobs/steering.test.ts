import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { Job } from '../../../../services/api/schemas/job.js';
import { specDigest } from '../../../../src/jobs/index.js';
import { encodeHeartbeat } from '../../../../src/wire/index.js';
import { testApi } from '../../../helpers/api/server.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';
import { ask, launch, setState, spec } from './asking.js';

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
