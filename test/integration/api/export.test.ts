import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createFileCheckpointStore } from '../../../src/checkpoints/index.js';
import { importPolicies, loadPolicy, openPolicyFile } from '../../../src/export/index.js';
import { runTraining } from '../../../src/training/index.js';
import { testApi } from '../../helpers/api/server.js';
import { submitJob } from '../../helpers/api/watched.js';
import { readZip } from '../../helpers/export/zip.js';
import { resolve, smallJob } from '../../helpers/training.js';

async function setUp() {
  const api = await testApi();
  const jobId = await submitJob(api.broker);
  const checkpoints = createFileCheckpointStore(join(api.context.options.checkpointFolder, jobId));
  const spec = resolve({ ...smallJob, stop: { iterations: 2 } });
  const result = await runTraining(jobId, spec, { actors: 0, learners: 0, checkpoints });
  const get = (query: string, headers: Record<string, string> = {}) =>
    api.app.inject({ url: `/v1/jobs/${jobId}/checkpoints/${query}`, headers });
  return { ...api, jobId, result, get };
}

it('gives one policy as the file itself, and several as an archive with their cards', async () => {
  const { get, result } = await setUp();
  const one = await get('2/export?policy=agent-1');
  expect(one.statusCode).toBe(200);
  expect(one.headers['content-type']).toBe('application/octet-stream');
  expect(one.headers['content-disposition']).toBe('attachment; filename="job-2-agent-1.safetensors"');
  const policy = await loadPolicy(one.rawPayload);
  expect(policy.card.policy.policyId).toBe('agent-1');
  expect(policy.card.parameters).toBe(result.weights['agent-1']!.length);
  expect(policy.card.lineage).toMatchObject({ job: 'job', iteration: 2, environment: { id: 'median-v1' } });

  const all = await get('2/export?format=onnx');
  expect(all.headers['content-type']).toBe('application/zip');
  expect(all.headers['content-disposition']).toBe('attachment; filename="job-2-onnx.zip"');
  const names = [...readZip(all.rawPayload).keys()];
  expect(names).toEqual(['agent-0', 'agent-1', 'agent-2'].flatMap((id) => [`${id}.onnx`, `${id}.json`, `${id}.md`]));

  const tensorflow = readZip((await get('2/export?format=tfjs&policy=agent-0')).rawPayload);
  expect([...tensorflow.keys()]).toEqual(['agent-0/model.json', 'agent-0/weights.bin', 'agent-0.json', 'agent-0.md']);
});

it.each([
  ['2/export?policy=agent-9', 404, 'POLICY_UNKNOWN', /there are agent-0, agent-1, agent-2/],
  ['7/export', 404, 'CHECKPOINT_UNKNOWN', /iteration 7/],
  ['2/export?format=pickle', 400, 'API_REQUEST_INVALID', /format/],
  ['2/export?form=onnx', 400, 'API_REQUEST_INVALID', /form/],
])('says what is wrong with %s, and not where the file lies', async (query, status, code, text) => {
  const { get, context } = await setUp();
  const answer = await get(query);
  expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
  expect(answer.body).toMatch(text);
  expect(answer.body).not.toContain(context.options.checkpointFolder);
});

it('gives others nothing', async () => {
  const api = await testApi({ keysRequired: true });
  await submitJob(api.broker);
  const stranger = await api.authorize('stranger', 'read');
  const answer = await api.app.inject({ url: '/v1/jobs/job/checkpoints/2/export', headers: stranger });
  expect([answer.statusCode, answer.json().code]).toEqual([404, 'API_JOB_UNKNOWN']);
});

it('launches jobs that begin with imported weights, where they were imported', async () => {
  const { app, context, get } = await setUp();
  const bytes = (await get('2/export?policy=agent-1')).rawPayload;
  const { job } = importPolicies(openPolicyFile(bytes, 'the export'));
  const policies = { 'agent-0': { initial: { job, iteration: 0, policy: 'agent-1' } } };
  const launch = () =>
    app.inject({ method: 'POST', url: '/v1/jobs', payload: { spec: { env: { id: 'median-v1' }, policies } } });
  const before = await launch();
  expect([before.statusCode, before.json().code]).toEqual([422, 'JOB_SPEC_INVALID']);
  mkdirSync(join(context.options.checkpointFolder, job));
  expect((await launch()).statusCode).toBe(201);
});
