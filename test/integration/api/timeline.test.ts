import { expect, it } from 'vitest';
import { ToldChanges } from '../../../services/api/series/told-changes.js';
import { createMemoryBroker } from '../../../src/broker/index.js';
import { type TestApi, testApi } from '../../helpers/api/server.js';
import * as told from '../../helpers/api/told.js';
import { submitJob } from '../../helpers/api/watched.js';

const steer = (api: TestApi, verb: string) => api.app.inject({ method: 'POST', url: `/v1/jobs/job/${verb}` });
const timeline = async (api: TestApi) =>
  (await api.app.inject('/v1/jobs/job/timeline')).json().entries as { id: string; kind: string }[];
const steered = async ({ broker }: TestApi) =>
  (await broker.events.read('job', 0)).filter(({ type }) => type === 'steered');

it('has a change at once, although it was read a moment before', async () => {
  const api = await testApi();
  await submitJob(api.broker);
  await timeline(api);
  await steer(api, 'pause');
  expect((await timeline(api)).map(({ kind }) => kind)).toEqual(['launched', 'paused']);
});

it('has the changes of a server that died before it told them, once, whoever finds that out', async () => {
  const api = await testApi();
  const other = await testApi({}, { broker: api.broker });
  await submitJob(api.broker);
  const { append } = api.broker.events;
  api.broker.events.append = () => Promise.reject(new Error('killed'));
  expect((await steer(api, 'pause')).statusCode).toBe(202);
  expect((await steer(api, 'resume')).statusCode).toBe(202);
  expect(await steered(api)).toEqual([]);
  api.broker.events.append = append;
  await Promise.all([timeline(api), timeline(other)]);
  const kinds = async (of: TestApi) => (await timeline(of)).map(({ kind }) => kind);
  expect([await kinds(api), await kinds(other)]).toEqual(Array(2).fill(['launched', 'paused', 'resumed']));
  const [one, two] = [await timeline(api), await timeline(other)];
  expect(one).toEqual(two);
  await steer(other, 'cancel');
  expect(await kinds(api)).toEqual(['launched', 'paused', 'resumed', 'cancelled']);
  expect((await timeline(api)).slice(0, 3)).toEqual(one);
});

it('does not tell a change again that the history has dropped', async () => {
  let now = 1000;
  const clock = { now: () => now++, monotonic: () => now++ };
  const broker = createMemoryBroker({ eventLimit: 10 }, { clock });
  const api = await testApi({}, { broker, clock });
  await submitJob(broker);
  await steer(api, 'pause');
  for (let i = 0; i < 40; i++) await told.tell(broker, 'job', [told.iteration(i + 1)]);
  const later = await testApi({}, { broker, clock });
  await timeline(later);
  expect(await steered(later)).toEqual([]);
  await steer(later, 'resume');
  expect(await steered(later)).toHaveLength(1);
});

it('knows which changes are missing', () => {
  const change = (at: number) => ({ at, from: 'running', to: 'paused', by: 'ann' }) as const;
  const from = (sequence: number, at: number) => {
    const changes = new ToldChanges();
    changes.add({ sequence, at }, told.started());
    changes.add({ sequence: sequence + 1, at: 900 }, told.steered(70, 'running', 'paused', 'ann'));
    return changes.missing([change(50), change(70), change(90)]).map(({ at: own }) => own);
  };
  expect(from(1, 60)).toEqual([50, 90]);
  expect(from(7, 60)).toEqual([90]);
});
