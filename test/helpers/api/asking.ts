/** Requests to and about served policies, of a server that runs in this process. */
import type { JobSpecInput } from '../../../src/jobs/index.js';
import { type TestApi, testApi } from './server.js';
import { trainJob } from './trained.js';

type Json = Readonly<Record<string, never>>;

/** Asks with these headers. */
export function asking({ app }: TestApi, headers: Readonly<Record<string, string>> = {}) {
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

/** Rows as bytes, and masks behind them. */
export const bytesOf = (rows: readonly (readonly number[])[], masks: readonly (readonly number[])[] = []): Buffer =>
  Buffer.concat([Buffer.from(Float32Array.from(rows.flat()).buffer), Buffer.from(masks.flat())]);
export const floatsOf = (bytes: Buffer): number[] => [...new Float32Array(new Uint8Array(bytes).buffer)];
export const octets = { 'content-type': 'application/octet-stream' };

/** A server with a job that has been trained. */
export async function setUp(input?: JobSpecInput) {
  const api = await testApi();
  const { team } = await trainJob(api, input);
  return { ...api, ...asking(api), team };
}

/** What a name may stand for. */
export const median = { job: 'job', checkpoint: 'newest', policy: 'agent-1' };
