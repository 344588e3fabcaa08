import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFileCheckpointStore } from '../../../src/checkpoints/index.js';
import { asking, bytesOf, median, octets, setUp } from '../../helpers/api/asking.js';
import { testApi } from '../../helpers/api/server.js';
import * as told from '../../helpers/api/told.js';
import { quickJob, trainJob } from '../../helpers/api/trained.js';

describe('a name', () => {
  it('is switched by whoever knows what it stands for, and a request may be repeated', async () => {
    const { ask, serve } = await setUp();
    const first = await serve('a', { ...median, checkpoint: 2 });
    const { etag } = first.headers as { readonly etag: string };
    const again = await serve('a', { ...median, checkpoint: 2 }, { 'if-match': '"1"' });
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect((await serve('a', median)).body).toMatchObject({ status: 428, code: 'API_PRECONDITION_REQUIRED' });
    expect((await serve('a', median, { 'if-match': '"1"' })).body).toMatchObject({ code: 'API_PRECONDITION_FAILED' });
    expect((await serve('a', median, { 'if-none-match': '*' })).body).toMatchObject({
      code: 'API_PRECONDITION_FAILED',
    });
    expect((await serve('b', median, { 'if-match': '*' })).body).toMatchObject({ status: 412 });
    const second = await serve('a', median, { 'if-match': etag });
    expect([second.status, second.body.checkpoint]).toEqual([200, 4]);
    expect(second.body.revision).toBeGreaterThan(first.body.revision);
    expect((await serve('a', median, { 'if-match': etag })).body).toEqual(second.body);
    expect((await serve('a', { ...median, checkpoint: 3 }, { 'if-match': '*' })).body).toMatchObject({ checkpoint: 3 });
    expect((await ask('DELETE', '/a', undefined, { 'if-match': etag })).status).toBe(412);
    expect((await ask('DELETE', '/a')).status).toBe(204);
    expect((await ask('DELETE', '/a')).body).toMatchObject({ status: 404, code: 'API_POLICY_UNKNOWN' });
    expect((await ask('POST', '/a/act', { observation: [1] })).body).toMatchObject({ code: 'API_POLICY_UNKNOWN' });
  });

  it('of writers at once has one', async () => {
    const { serve, ask } = await setUp();
    const answers = await Promise.all([1, 2, 4].map((checkpoint) => serve('a', { ...median, checkpoint })));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 412, 412]);
    expect((await ask('GET', '/a')).body).toEqual(answers.find(({ status }) => status === 201)!.body);
  });

  it('stands for one checkpoint in every answer while it is switched', async () => {
    const { serve, act, context } = await setUp();
    const store = createFileCheckpointStore(join(context.options.checkpointFolder, 'job'));
    expect((await store.list()).map(({ iteration }) => iteration)).toEqual([1, 2, 3, 4]);
    // One that is acted on at once, and one that goes to a thread.
    const asked = [1, 700].map((length) => bytesOf(Array.from({ length }, (_, b) => [b / 700])));
    asked[1] = Buffer.concat(new Array(4).fill(asked[1]));
    const expected = new Map<number, readonly Buffer[]>();
    for (const checkpoint of [2, 4]) {
      const name = `only-${checkpoint}`;
      await serve(name, { ...median, checkpoint });
      expected.set(checkpoint, [(await act(name, asked[0], octets)).bytes, (await act(name, asked[1], octets)).bytes]);
    }
    expect(expected.get(2)).not.toEqual(expected.get(4));
    await serve('a', { ...median, checkpoint: 2 });
    const seen = new Set<number>();
    let switching = true;
    const asking = async (which: number): Promise<void> => {
      while (switching) {
        const { status, bytes, headers } = await act('a', asked[which], octets);
        expect(status).toBe(200);
        const checkpoint = Number(headers['marlin-checkpoint']);
        expect(bytes.equals(expected.get(checkpoint)![which]!)).toBe(true);
        seen.add(checkpoint);
      }
    };
    const askers = Promise.all([asking(0), asking(0), asking(1), asking(1)]);
    for (let n = 1; n <= 4; n++) {
      const checkpoint = n % 2 === 0 ? 2 : 4;
      const { body } = await serve('a', { ...median, checkpoint }, { 'if-match': '*' });
      expect((await act('a', { observation: [0] })).body).toMatchObject({ checkpoint, revision: body.revision });
    }
    switching = false;
    await askers;
    expect(seen).toEqual(new Set([2, 4]));
  });

  it('stands for its policy when the checkpoint, and the job, are gone', async () => {
    const { app, ask, serve, act, context } = await setUp();
    await serve('a', { ...median, checkpoint: 2 });
    const before = (await act('a', { observation: [0.5] })).body;
    await rm(join(context.options.checkpointFolder, 'job'), { recursive: true });
    expect((await app.inject({ method: 'DELETE', url: '/v1/jobs/job' })).statusCode).toBe(204);
    expect((await act('a', { observation: [0.5] })).body).toEqual(before);
    expect((await ask('GET', '/a')).body).toMatchObject({ job: 'job', checkpoint: 2 });
    // And a server that is started later knows it.
    const later = asking(await testApi(context.options, { broker: context.broker }));
    expect((await later.act('a', { observation: [0.5] })).body).toEqual(before);
  });

  it('stands for the checkpoint with the best evaluation, if it is asked to', async () => {
    const { broker, serve, team } = await setUp();
    const none = (await serve('a', { ...median, checkpoint: 'best' })).body;
    expect(none).toMatchObject({ status: 422, code: 'API_POLICY_UNFIT', pointers: [{ pointer: '/checkpoint' }] });
    const agents = (mean: number): never =>
      Object.fromEntries(
        team.agents.map((agent) => [agent, { ...told.evaluation(0).agents.buyer, return: mean }]),
      ) as never;
    // Of iteration 5 there is no checkpoint.
    const evaluated = (
      [
        [2, 5],
        [5, 9],
        [4, 1],
      ] as const
    ).map(([k, mean]) => ({ ...told.evaluation(k), agents: agents(mean) }));
    await told.tell(broker, 'job', [told.started(), ...evaluated], 1);
    expect((await serve('a', { ...median, checkpoint: 'best' })).body).toMatchObject({ checkpoint: 2 });
  });

  const NOT_SERVED: readonly (readonly [string, object, number, string])[] = [
    ['a job that is not there', { job: 'other' }, 404, 'API_JOB_UNKNOWN'],
    ['a policy that it has not', { policy: 'agent-9' }, 422, 'API_POLICY_UNFIT'],
    ['one of several policies', { policy: undefined }, 422, 'API_POLICY_UNFIT'],
    ['a checkpoint that it has not', { checkpoint: 5 }, 422, 'API_POLICY_UNFIT'],
    ['no checkpoint', { checkpoint: undefined }, 400, 'API_REQUEST_INVALID'],
    ['a checkpoint by another word', { checkpoint: 'latest' }, 400, 'API_REQUEST_INVALID'],
    ['a field too many', { path: '/etc/passwd' }, 400, 'API_REQUEST_INVALID'],
  ];

  it('is refused to what the job does not have', async () => {
    const { ask, serve } = await setUp();
    for (const [what, part, status, code] of NOT_SERVED) {
      expect((await serve('a', { ...median, ...part })).body, what).toMatchObject({ status, code });
    }
    expect((await ask('GET', '')).body).toEqual({ policies: [] });
  });

  it('is no path', async () => {
    const { serve, act } = await setUp();
    for (const name of ['A', '.a', '..%2fa', 'a%20b', 'a'.repeat(65)]) {
      expect([400, 404]).toContain((await serve(name, median)).status);
      expect([400, 404]).toContain((await act(name, { observation: [1] })).status);
    }
  });

  it('belongs to the owner of the job, and a key may be for acting alone', async () => {
    const api = await testApi({ keysRequired: true, policies: 1 });
    await trainJob(api);
    await trainJob(api, quickJob, { jobId: 'bobs', owner: 'bob' });
    const ada = asking(api, await api.authorize('ada', 'launch'));
    const actor = asking(api, await api.authorize('ada', 'act'));
    const bob = asking(api, await api.authorize('bob', 'launch'));
    const root = asking(api, await api.authorize('root', 'admin'));
    expect((await bob.serve('a', median)).body).toMatchObject({ code: 'API_JOB_UNKNOWN' });
    expect((await ada.serve('a', median)).status).toBe(201);
    expect((await ada.serve('b', median)).body).toMatchObject({ status: 429, code: 'API_POLICIES_EXCEEDED' });
    expect((await actor.act('a', { observation: [1] })).status).toBe(200);
    expect((await actor.ask('GET', '/a')).status).toBe(200);
    expect((await actor.serve('a', median)).status).toBe(403);
    expect((await root.act('a', { observation: [1] })).status).toBe(200);
    expect((await bob.act('a', { observation: [1] })).body).toMatchObject({ status: 404, code: 'API_POLICY_UNKNOWN' });
    expect((await bob.ask('GET', '/a')).status).toBe(404);
    expect((await bob.ask('GET', '')).body).toEqual({ policies: [] });
    expect((await bob.ask('DELETE', '/a')).status).toBe(404);
    expect((await bob.serve('a', { ...median, job: 'bobs' })).body).toMatchObject({
      status: 409,
      code: 'API_POLICY_TAKEN',
    });
    const used = async (owner: string) =>
      (await api.app.inject({ url: '/v1/me', headers: await api.authorize(owner, 'act') })).json().quotas.policies;
    expect([await used('ada'), await used('bob')]).toEqual([
      { used: 1, limit: 1 },
      { used: 0, limit: 1 },
    ]);
    const jobs = await api.app.inject({ url: '/v1/jobs', headers: await api.authorize('ada', 'act') });
    expect(jobs.statusCode).toBe(403);
  });
});
