import { Value } from 'typebox/value';
import { expect } from 'vitest';
import type { Job } from '../../../../services/api/schemas/job.js';
import { Problem } from '../../../../services/api/schemas/problem.js';
import type { JobState } from '../../../../src/broker/index.js';
import type { TestApi } from '../../../helpers/api/server.js';

/** A small job. */
export const spec = { env: { id: 'median-v1' }, rollout: { shards: 2, envsPerShard: 4, horizon: 10 } };

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'PUT' | 'OPTIONS';

/** Asks, and holds every answer to the form that all have. */
export async function ask(
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

export const launch = async (api: TestApi, body: object = { spec }, headers: Record<string, string> = {}) =>
  (await ask(api, 'POST', '/v1/jobs', body, headers)).json() as Job;

/** What a learner, or somebody who steers it, would make of a job. */
export async function setState({ broker }: TestApi, jobId: string, state: JobState, failure?: object): Promise<void> {
  const stored = (await broker.jobs.get(jobId))!;
  const told = failure === undefined ? {} : { failure: JSON.stringify(failure) };
  await broker.jobs.compareAndSet(stored.revision, { ...stored.record, state, ...told });
}
