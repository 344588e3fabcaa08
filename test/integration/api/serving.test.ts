import { describe, expect, it } from 'vitest';
import { MarlinError } from '../../../src/base/index.js';
import { asking, bytesOf, floatsOf, median, octets, setUp } from '../../helpers/api/asking.js';
import { testApi } from '../../helpers/api/server.js';
import { quickJob, trainJob } from '../../helpers/api/trained.js';

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
    const json = await act('prices', bytesOf(rows), {
      'content-type': 'Application/Octet-Stream',
      accept: 'Application/JSON',
    });
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
