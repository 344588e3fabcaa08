import { expect, it } from 'vitest';
import type { Broker, JobRecord } from '../../../src/broker/index.js';
import { testApi } from '../../helpers/api/server.js';

const spec = { env: { id: 'median-v1' } };

/** Has the jobs of a broker answer nothing from now on; `submitted` counts what is written all the same. */
function hang({ jobs }: Broker) {
  const state = { submitted: 0, resume: () => {} };
  const resumed = new Promise<void>((resolve) => {
    state.resume = resolve;
  });
  const get = jobs.get.bind(jobs);
  const submit = jobs.submit.bind(jobs);
  Object.assign(jobs, {
    get: async (jobId: string) => {
      await resumed;
      return get(jobId);
    },
    submit: (record: JobRecord) => {
      state.submitted++;
      return submit(record);
    },
  });
  return state;
}

it('answers 503 in time to requests with a body whose work does not end, and does nothing of it later', async () => {
  const { app: patient, broker } = await testApi({ deadlineMs: 60_000 });
  const { app } = await testApi({ deadlineMs: 150 }, { broker });
  const { id, revision } = (await patient.inject({ method: 'POST', url: '/v1/jobs', payload: { spec } })).json();
  const state = hang(broker);
  const ask = async (method: 'POST' | 'PATCH', url: string, payload: object, headers = {}) => {
    const { statusCode, json } = await app.inject({ method, url, payload, headers });
    return [statusCode, json().code];
  };
  const late = [503, 'API_DEADLINE_EXCEEDED'];
  expect(
    await Promise.all([
      ask('POST', '/v1/jobs', { spec }, { 'idempotency-key': 'k' }),
      ask('PATCH', `/v1/jobs/${id}`, { name: 'other' }, { 'if-match': `"${revision}"` }),
      ask('POST', `/v1/jobs/${id}/fork?dryRun=true`, {}),
    ]),
  ).toEqual([late, late, late]);
  state.resume();
  // What hung goes on, and must not launch what nobody waits for any more.
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(state.submitted).toBe(0);
  expect((await broker.jobs.list()).length).toBe(1);
});
