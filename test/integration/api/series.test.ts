import { expect, it } from 'vitest';
import { testApi } from '../../helpers/api/server.js';
import * as told from '../../helpers/api/told.js';
import { submitJob } from '../../helpers/api/watched.js';

async function setUp() {
  const api = await testApi();
  await submitJob(api.broker, { metadata: JSON.stringify({ owner: 'ann' }) });
  const get = async (path: string) => {
    const response = await api.app.inject({ url: `/v1/jobs/job/${path}` });
    return { status: response.statusCode, body: response.json() };
  };
  return { ...api, get };
}

const iterations = (to: number) => Array.from({ length: to }, (_, i) => told.iteration(i + 1));

it('lists the series that there are, and none of a job that has not begun', async () => {
  const { broker, get } = await setUp();
  expect((await get('metrics')).body).toMatchObject({
    jobId: 'job',
    sequence: 0,
    x: 'iteration',
    available: [],
    series: [],
  });
  await told.tell(broker, 'job', [told.started(), told.evaluation(0), ...iterations(3)]);
  const { body } = await waitFresh(() => get('metrics'));
  expect(body).toMatchObject({ sequence: 5, series: [] });
  expect(body.available).toContainEqual({ name: 'return', per: 'agent', ids: ['seller', 'buyer'] });
  expect(body.available).toContainEqual({ name: 'evaluation.return', per: 'agent', ids: ['buyer', 'seller'] });
});

it('gives series by name and agent, bounded and thinned out', async () => {
  const { broker, get } = await setUp();
  await told.tell(broker, 'job', [told.started(), ...iterations(1000)]);
  const { status, body } = await get(
    'metrics?names=return,policyLoss,none&agents=seller&x=agentSteps&from=2000&points=50',
  );
  expect(status).toBe(200);
  expect(body.available).toBeUndefined();
  expect(body.series.map(({ name, id, of }: { name: string; id: string; of: number }) => [name, id, of])).toEqual([
    ['return', 'seller', 901],
    ['policyLoss', 'right', 901],
  ]);
  const [{ x, y }] = body.series;
  expect(x.length).toBeLessThanOrEqual(50);
  expect([x[0], y[0], x.at(-1), y.at(-1)]).toEqual([2000, -100, 20_000, -1000]);
});

it('tells what happened, in pages', async () => {
  const { broker, get } = await setUp();
  await told.tell(broker, 'job', [told.started(), told.iteration(1), told.checkpoint(1), told.finished(1)]);
  const { body } = await get('timeline?limit=3');
  expect(body.entries.map(({ kind }: { kind: string }) => kind)).toEqual(['launched', 'learnerBegan', 'checkpoint']);
  expect(body.entries[0]).toMatchObject({ at: '1970-01-01T00:00:01.000Z', by: 'ann', cause: 'launched' });
  const rest = await get(`timeline?cursor=${body.nextCursor}`);
  expect(rest.body).toMatchObject({ entries: [{ kind: 'succeeded', iteration: 1, sequence: 4 }], nextCursor: null });
});

it.each([
  ['metrics?points=3', '/query/points'],
  ['metrics?points=1.5', '/query/points'],
  ['metrics?x=time', '/query/x'],
  ['metrics?from=late', '/query/from'],
  ['metrics?names=', '/query/names'],
  ['metrics?name=return', '/query/name'],
  ['timeline?limit=0', '/query/limit'],
  ['timeline?limit=501', '/query/limit'],
  ['timeline?cursor=abc', '/query/cursor'],
])('refuses %s', async (path, pointer) => {
  const { get } = await setUp();
  const { status, body } = await get(path);
  expect(status).toBe(400);
  expect(body).toMatchObject({ code: 'API_REQUEST_INVALID', pointers: [{ pointer }] });
});

it.each(['metrics', 'timeline', 'evaluations/0', 'checkpoints', 'checkpoints/1', 'checkpoints/1/download', 'report'])(
  'shows /%s of a job to its owner and to admins only',
  async (path) => {
    const { app, broker, authorize } = await testApi({ keysRequired: true });
    await submitJob(broker, { metadata: JSON.stringify({ owner: 'ann' }) });
    const ask = async (headers: { readonly authorization?: string }) =>
      (await app.inject({ url: `/v1/jobs/job/${path}`, headers })).json().code;
    expect(await ask({})).toBe('API_KEY_REQUIRED');
    expect(await ask(await authorize('bob', 'launch'))).toBe('API_JOB_UNKNOWN');
    const own = path === 'report' ? null : await ask(await authorize('ann', 'read'));
    expect(['API_KEY_REQUIRED', 'API_SCOPE_MISSING', 'API_JOB_UNKNOWN']).not.toContain(own);
  },
);

/** What was read a moment ago is answered without looking again. */
async function waitFresh<T extends { readonly body: { readonly sequence: number } }>(
  ask: () => Promise<T>,
): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer.body.sequence > 0) return answer;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
