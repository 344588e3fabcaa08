import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MarlinError } from '../../../src/base/index.js';
import { createFileCheckpointStore } from '../../../src/checkpoints/index.js';
import type { JobSpecInput } from '../../../src/jobs/index.js';
import { type TestApi, testApi } from '../../helpers/api/server.js';
import * as told from '../../helpers/api/told.js';
import { quickJob, trainJob } from '../../helpers/api/trained.js';

type Json = Readonly<Record<string, never>>;

function asking({ app }: TestApi, headers: Readonly<Record<string, string>> = {}) {
  const ask = async (method: 'GET' | 'PUT' | 'POST' | 'DELETE', url: string, payload?: unknown, more = {}) => {
    const body = payload === undefined ? {} : { payload: payload as object };
    const answer = await app.inject({ method, url: `/v1/policies${url}`, ...body, headers: { ...headers, ...more } });
    return {
      status: answer.statusCode,
      headers: answer.headers,
      bytes: answer.rawPayload,
      body: (answer.headers['content-type']?.toString().includes('json') ? answer.json() : null) as Json,
    };
  };
  return {
    ask,
    serve: (name: string, body: object, more = {}) => ask('PUT', `/${name}`, body, more),
    act: (name: string, body: unknown, more = {}) => ask('POST', `/${name}/act`, body, more),
  };
}

const bytesOf = (rows: readonly (readonly number[])[], masks: readonly (readonly number[])[] = []): Buffer =>
  Buffer.concat([Buffer.from(Float32Array.from(rows.flat()).buffer), Buffer.from(masks.flat())]);
const floatsOf = (bytes: Buffer): number[] => [...new Float32Array(new Uint8Array(bytes).buffer)];
const octets = { 'content-type': 'application/octet-stream' };

async function setUp(input?: JobSpecInput) {
  const api = await testApi();
  const { team } = await trainJob(api, input);
  return { ...api, ...asking(api), team };
}

const median = { job: 'job', checkpoint: 'newest', policy: 'agent-1' };

describe('a policy that is served', () => {
  it('is shown with what it takes and gives, and acts as the library has it act', async () => {
    const { ask, serve, act, team } = await setUp();
    const made = await serve('prices', median);
    expect([made.status, made.headers.location]).toEqual([201, '/v1/policies/prices']);
    expect(made.body).toMatchObject({
      name: 'prices',
      owner: 'ada',
      job: 'job',
      checkpoint: 4,
      policy: 'agent-1',
      servedBy: 'local',
      observationSize: 1,
      actionSize: 1,
      maskSize: 0,
      agents: ['agent-1'],
      tellsAgents: false,
      observationSpace: { kind: 'box' },
    });
    expect(made.headers.etag).toBe(`"${made.body.revision}"`);
    expect((await ask('GET', '/prices')).body).toEqual(made.body);
    expect((await ask('GET', '')).body).toEqual({ policies: [made.body] });

    const rows = Array.from({ length: 600 }, (_, b) => [Math.fround(Math.sin(b))]);
    const expected = rows.map((row) => [...team.act('agent-1', row)]);
    const actor = { revision: made.body.revision, checkpoint: 4, digest: made.body.digest };
    expect((await act('prices', { observation: rows[1] })).body).toEqual({ action: expected[1], seed: null, ...actor });
    expect((await act('prices', { observations: rows })).body).toEqual({ actions: expected, seed: null, ...actor });
    const raw = await act('prices', bytesOf(rows), octets);
    expect(raw.headers['content-type']).toBe('application/octet-stream');
    expect(floatsOf(raw.bytes)).toEqual(expected.flat());
    expect(raw.headers).toMatchObject({
      'marlin-revision': String(actor.revision),
      'marlin-checkpoint': '4',
      'marlin-digest': actor.digest,
    });
    // Either form asks for either.
    const json = await act('prices', bytesOf(rows), { ...octets, accept: 'application/json' });
    expect(json.body).toMatchObject({ actions: expected });
    const bytes = await act('prices', { observations: rows }, { accept: 'application/octet-stream' });
    expect(floatsOf(bytes.bytes)).toEqual(expected.flat());
  });

  it('draws by a seed: one that is given, or one that is told', async () => {
    const { ask, serve, act } = await setUp();
    await serve('prices', median);
    const rows = Array.from({ length: 300 }, (_, b) => [b / 300]);
    const one = (await act('prices', { observations: rows, sample: true, seed: 7 })).body;
    expect((await act('prices', { observations: rows, sample: true, seed: 7 })).body).toEqual(one);
    expect(one.seed).toBe(7);
    // What is drawn for a row does not depend on the rows after it, nor on the form.
    const { actions } = one as unknown as { readonly actions: number[][] };
    const { action } = (await act('prices', { observation: rows[0], sample: true, seed: 7 })).body;
    expect(action).toEqual(actions[0]);
    const raw = await ask('POST', '/prices/act?sample=true&seed=7', bytesOf(rows), octets);
    expect([floatsOf(raw.bytes), raw.headers['marlin-seed']]).toEqual([actions.flat(), '7']);
    expect(new Set(actions.flat()).size).toBeGreaterThan(290);

    const drawn = (await act('prices', { observations: rows, sample: true })).body;
    expect(drawn.seed).not.toBe((await act('prices', { observations: rows, sample: true })).body.seed);
    expect((await act('prices', { observations: rows, sample: true, seed: drawn.seed })).body).toEqual(drawn);
  });

  it('is masked, and takes each number for what its space says', async () => {
    const { serve, act, team } = await setUp({
      ...quickJob,
      env: { id: 'tic-tac-toe-v1' },
      policies: {},
      policyMapping: { 'agent-0': 'player', 'agent-1': 'player' },
      checkpoint: { every: 4 },
    });
    const made = await serve('noughts', { job: 'job', checkpoint: 4 });
    const { observationSize, maskSize, agents } = made.body as unknown as {
      readonly observationSize: number;
      readonly maskSize: number;
      readonly agents: readonly string[];
    };
    expect([maskSize, agents.length]).toEqual([10, 2]);
    const empty = new Array<number>(observationSize).fill(0);
    for (let only = 0; only < maskSize; only++) {
      const mask = Array.from({ length: maskSize }, (_, choice) =>
        choice === only || choice === (only + 1) % maskSize ? 1 : 0,
      );
      const expected = [...team.act(agents[0]!, empty, { mask })];
      expect((await act('noughts', { observation: empty, mask })).body).toMatchObject({ action: expected });
      const raw = await act('noughts', bytesOf([empty, empty], [mask, mask]), octets);
      expect(floatsOf(raw.bytes)).toEqual([...expected, ...expected]);
    }
    const none = await act('noughts', {
      observations: [empty, empty],
      masks: [new Array(maskSize).fill(1), new Array(maskSize).fill(0)],
    });
    expect(none.body).toMatchObject({
      status: 400,
      code: 'SERVING_REQUEST_INVALID',
      pointers: [{ pointer: '/masks/1' }],
    });
  });

  it.each(['hierarchical-demo-v1', 'enter-offer-v1', 'kuhn-poker-v1'])('acts as the library does in %s', async (id) => {
    const { serve, act, ask, team } = await setUp({ ...quickJob, env: { id }, checkpoint: { every: 4 } });
    const agent = team.agents[0]!;
    await serve('a', { job: 'job', checkpoint: 'newest', policy: agent });
    const { observationSize, observationSpace } = (await ask('GET', '/a')).body as unknown as {
      readonly observationSize: number;
      readonly observationSpace: { readonly low?: number };
    };
    expect(observationSpace).toBeDefined();
    const rows = Array.from({ length: 20 }, (_, b) => Array.from({ length: observationSize }, (_, j) => (b + j) % 2));
    const answer = (await act('a', { observations: rows })).body;
    expect(answer).toMatchObject({ actions: rows.map((row) => [...team.act(agent, row)]) });
  });

  it('acts for the agent that is named, where it tells them apart', async () => {
    const { serve, act, ask, team } = await setUp({
      ...quickJob,
      policyMapping: { 'agent-0': 'shared', 'agent-1': 'shared', 'agent-2': 'shared' },
      policies: { '*': { network: { hidden: [8] }, agentId: true } },
    });
    expect((await serve('shared', { job: 'job', checkpoint: 'newest' })).body).toMatchObject({
      agents: ['agent-0', 'agent-1', 'agent-2'],
      tellsAgents: true,
      observationSize: 1,
    });
    const actions = team.agents.map((agent) => [...team.act(agent, [0.5])]);
    expect(new Set(actions.flat()).size).toBe(3);
    for (const [i, agent] of team.agents.entries()) {
      expect((await act('shared', { observation: [0.5], agent })).body).toMatchObject({ action: actions[i] });
      const raw = await ask('POST', `/shared/act?agent=${agent}`, bytesOf([[0.5]]), octets);
      expect(floatsOf(raw.bytes)).toEqual(actions[i]);
    }
    const nobody = (await act('shared', { observation: [0.5] })).body;
    expect(nobody).toMatchObject({ status: 400, pointers: [{ pointer: '/agent' }] });
  });
});

describe('what is asked', () => {
  const at = (...pointers: string[]) => pointers.map((pointer) => ({ pointer }));

  const REFUSED: readonly (readonly [string, unknown, readonly object[]])[] = [
    ['no JSON', '{"observation":[1]', at('')],
    ['no object', '[[1]]', at('')],
    ['null', 'null', at('')],
    ['nothing', {}, at('')],
    ['one and many', { observation: [1], observations: [[1]] }, at('')],
    ['no row', { observations: [] }, at('/observations')],
    ['no rows', { observations: 5 }, at('/observations')],
    ['a row that is none', { observations: [[1], 5] }, at('/observations/1')],
    ['ragged rows', { observations: [[1], [1, 2], [], [1]] }, at('/observations/1', '/observations/2')],
    ['a text', { observations: [[1], ['1']] }, at('/observations/1/0')],
    ['null in a row', { observation: [null] }, at('/observation/0')],
    ['truth', { observation: [true] }, at('/observation/0')],
    ['a row in a row', { observation: [[1]] }, at('/observation/0')],
    ['an infinity', '{"observation":[1e999]}', at('/observation/0')],
    ['more than float32 has', { observation: [-1e39] }, at('/observation/0')],
    ['NaN', '{"observation":[NaN]}', at('')],
    ['a field that is not known', { observation: [1], act: true }, at('/act')],
    ['a prototype', '{"observation":[1],"__proto__":{"sample":true}}', at('/__proto__')],
    ['a mask where there is none', { observation: [1], mask: [1] }, at('/mask')],
    ['masks for one', { observation: [1], masks: [[1]] }, at('/masks')],
    ['a seed without a draw', { observation: [1], seed: 1 }, at('/seed')],
    ['half a seed', { observation: [1], sample: true, seed: 0.5 }, at('/seed')],
    ['no seed', { observation: [1], sample: true, seed: null }, at('/seed')],
    ['no agent', { observation: [1], agent: null }, at('/agent')],
    ['a draw that is no truth', { observation: [1], sample: 1 }, at('/sample')],
    ['another’s agent', { observation: [1], agent: 'agent-0' }, at('/agent')],
    ['an agent that is a list', { observation: [1], agent: ['agent-1'] }, at('/agent')],
  ];

  it('is refused, with the places', async () => {
    const { serve, act } = await setUp();
    await serve('prices', median);
    for (const [what, payload, pointers] of REFUSED) {
      const { body } = await act('prices', payload, { 'content-type': 'application/json' });
      expect(body, what).toMatchObject({ status: 400, code: 'SERVING_REQUEST_INVALID', pointers });
      expect((body.pointers as unknown[]).length, what).toBe(pointers.length);
    }
  });

  it('is refused as bytes that are no rows, or no numbers', async () => {
    const { serve, act, ask } = await setUp();
    await serve('prices', median);
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(3), Buffer.alloc(7)]) {
      expect((await act('prices', bytes, octets)).body).toMatchObject({ status: 400 });
    }
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect((await act('prices', bytesOf([[1], [value]]), octets)).body).toMatchObject({
        code: 'SERVING_REQUEST_INVALID',
        pointers: [{ pointer: '/observations/1/0' }],
      });
    }
    expect((await ask('POST', '/prices/act?seed=1', bytesOf([[1]]), octets)).body).toMatchObject({
      pointers: [{ pointer: '/seed' }],
    });
    expect((await act('prices', 'x', { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await ask('POST', '/prices/act')).body).toMatchObject({ status: 400, code: 'API_REQUEST_INVALID' });
    expect((await act('prices', Buffer.alloc(2 ** 20 + 4), octets)).status).toBe(413);
  });
});

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
    const jobs = await api.app.inject({ url: '/v1/jobs', headers: await api.authorize('ada', 'act') });
    expect(jobs.statusCode).toBe(403);
  });
});

describe('the server', () => {
  it('counts what it is asked, and limits it apart from other requests', async () => {
    const api = await testApi({ ratePerMinute: 100, actsPerMinute: 5 });
    await trainJob(api);
    const { serve, act, ask } = asking(api);
    await serve('a', median);
    const answers = [];
    for (let n = 0; n < 6; n++) answers.push((await act('a', { observations: [[1], [2]] })).status);
    expect(answers).toEqual([200, 200, 200, 200, 200, 429]);
    expect((await ask('GET', '/a')).status).toBe(200);
    const text = api.context.metrics.text();
    expect(text).toContain('marlin_policy_acts_total{policy="a"} 5\n');
    expect(text).toContain('marlin_policy_observations_total{policy="a"} 10\n');
    expect(text).toContain('marlin_policy_act_seconds_count{policy="a"} 5\n');
    expect(Number(/^marlin_policy_loaded_bytes (\d+)$/m.exec(text)![1])).toBeGreaterThan(1000);
  });

  it('answers by what it knows while the broker does not, and 503 where it knows nothing', async () => {
    const api = await testApi();
    await trainJob(api);
    const { serve, act } = asking(api);
    await serve('a', median);
    expect((await act('a', { observation: [1] })).status).toBe(200);
    const { list } = api.broker.servedPolicies;
    api.broker.servedPolicies.list = () => Promise.reject(new MarlinError('BROKER_UNAVAILABLE', 'gone', true));
    for (let n = 0; n < 3; n++) expect((await act('a', { observation: [1] })).status).toBe(200);
    const fresh = asking(await testApi(api.context.options, { broker: api.broker }));
    expect((await fresh.act('a', { observation: [1] })).status).toBe(503);
    api.broker.servedPolicies.list = list;
    expect((await fresh.act('a', { observation: [1] })).status).toBe(200);
  });
});
