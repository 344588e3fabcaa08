import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { DryRun } from '../../../../services/api/schemas/dry-run.js';
import type { Job } from '../../../../services/api/schemas/job.js';
import type { Problem } from '../../../../services/api/schemas/problem.js';
import { createFileCheckpointStore, readPrepared } from '../../../../src/checkpoints/index.js';
import { specDigest } from '../../../../src/jobs/index.js';
import { testApi } from '../../../helpers/api/server.js';
import { temporaryFolder } from '../../../helpers/temporary-folder.js';
import { ask, launch, spec } from './asking.js';

describe('forking a job', () => {
  const forkable = async () => {
    const checkpointFolder = temporaryFolder();
    const api = await testApi({ checkpointFolder });
    const parent = await launch(api, { spec, labels: { team: 'a' } });
    const store = createFileCheckpointStore(join(checkpointFolder, parent.id));
    for (const iteration of [10, 20]) {
      const facts = { job: parent.id, specDigest: specDigest(parent.spec), counters: { envSteps: 5 } };
      const bytes = new Uint8Array([1, 2, 3, iteration]);
      await store.save({ iteration, facts, tensors: [{ name: 't', dtype: 'u8', shape: [4], bytes }] }, 9);
    }
    return { api, parent, checkpointFolder };
  };

  it('makes a job that has the checkpoint as its own, for its own spec', async () => {
    const { api, parent, checkpointFolder } = await forkable();
    const change = { algorithm: { options: { learningRate: 0.001 } }, stop: { iterations: 40 } };
    const answer = await ask(api, 'POST', `/v1/jobs/${parent.id}/fork`, { iteration: 10, spec: change });
    expect(answer.statusCode).toBe(201);
    const child = answer.json() as Job;
    expect(child).toMatchObject({
      forkedFrom: { jobId: parent.id, iteration: 10 },
      labels: { team: 'a' },
      state: 'queued',
    });
    expect(child.spec.algorithm.options.learningRate).toBe(0.001);
    const found = await createFileCheckpointStore(join(checkpointFolder, child.id)).newest();
    expect(found?.checkpoint).toMatchObject({
      iteration: 10,
      facts: { job: child.id, specDigest: specDigest(child.spec), counters: { envSteps: 5 } },
    });
    expect([...found!.checkpoint.tensors[0]!.bytes]).toEqual([1, 2, 3, 10]);
  });

  it('is tried without being made', async () => {
    const { api, parent, checkpointFolder } = await forkable();
    const before = readdirSync(checkpointFolder).sort();
    const tried = (body: object) => ask(api, 'POST', `/v1/jobs/${parent.id}/fork?dryRun=true`, body);
    const answer = await tried({ spec: { stop: { iterations: 40 } } });
    expect(answer.statusCode).toBe(200);
    expect(Value.Errors(DryRun, answer.json())).toEqual([]);
    expect(answer.json()).toMatchObject({
      spec: { stop: { iterations: 40 }, env: { id: 'median-v1' } },
      forkedFrom: { jobId: parent.id, iteration: 20 },
      plan: { iterations: 40 },
    });
    expect((await tried({ iteration: 10 })).json().forkedFrom.iteration).toBe(10);
    expect((await tried({ iteration: 11 })).statusCode).toBe(404);
    expect((await tried({ spec: { rollout: { shards: 3 } } })).statusCode).toBe(422);
    expect((await ask(api, 'GET', '/v1/jobs')).json().jobs).toHaveLength(1);
    expect(readdirSync(checkpointFolder).sort()).toEqual(before);
  });

  it('takes the newest checkpoint unless told', async () => {
    const { api, parent } = await forkable();
    const child = (await ask(api, 'POST', `/v1/jobs/${parent.id}/fork`, {})).json() as Job;
    expect(child.forkedFrom?.iteration).toBe(20);
  });

  it.each([
    [{ spec: { rollout: { shards: 3 } } }, 422, '/spec/rollout/shards'],
    [{ spec: { policyMapping: 'shared' } }, 422, '/spec/policyMapping'],
    [{ spec: { schedule: { lag: 2 } } }, 422, '/spec/schedule/lag'],
    [{ spec: { algorithm: { options: { learningRat: 1 } } } }, 422, '/spec/algorithm/options/learningRat'],
    [{ iteration: 11 }, 404, undefined],
    [{ iteration: -1 }, 400, '/iteration'],
  ])('refuses %j', async (body, status, pointer) => {
    const { api, parent } = await forkable();
    const answer = await ask(api, 'POST', `/v1/jobs/${parent.id}/fork`, body);
    expect(answer.statusCode).toBe(status);
    expect((answer.json() as Problem).pointers?.[0]?.pointer).toBe(pointer);
    expect(await api.broker.jobs.list()).toHaveLength(1);
  });

  describe('marks the folder of the new job', () => {
    /** A server that dies when the job should be there, and the folder that it has filled then. */
    const interrupted = async () => {
      const { api, parent, checkpointFolder } = await forkable();
      const fork = (body: object = {}) =>
        ask(api, 'POST', `/v1/jobs/${parent.id}/fork`, body, { 'idempotency-key': 'f' });
      const { submit } = api.broker.jobs;
      api.broker.jobs.submit = async () => Promise.reject(new Error('killed'));
      const folder = () => {
        const [name = ''] = readdirSync(checkpointFolder).filter((other) => other !== parent.id);
        return join(checkpointFolder, name);
      };
      return { api, fork, folder, mend: () => Object.assign(api.broker.jobs, { submit }) };
    };

    it('before it is filled', async () => {
      const { fork, folder } = await interrupted();
      expect((await fork({ iteration: 11 })).statusCode).toBe(404);
      expect(await readPrepared(folder())).not.toBeNull();
    });

    it('when it is filled, from when it counts, until the job is there', async () => {
      const { fork, folder, mend } = await interrupted();
      expect((await fork()).statusCode).toBe(500);
      const prepared = await readPrepared(folder());
      const [saved] = await createFileCheckpointStore(folder()).list();
      expect(saved?.iteration).toBe(20);
      const filled = Math.max(
        ...readdirSync(folder())
          .filter((name) => name !== 'prepared')
          .map((name) => statSync(join(folder(), name)).mtimeMs),
      );
      expect(prepared?.at).toBeGreaterThanOrEqual(filled);
      mend();
      const { id } = (await fork()).json() as Job;
      expect(folder().endsWith(id)).toBe(true);
      expect(await readPrepared(folder())).toBeNull();
    });

    it('and makes no job where the checkpoint is gone again from it', async () => {
      const { api, fork, folder, mend } = await interrupted();
      await fork();
      // Of which one is kept, the newest: the copy goes as it comes.
      const later = { iteration: 99, facts: {}, tensors: [] };
      await createFileCheckpointStore(folder()).save(later, 1);
      mend();
      const answer = await fork();
      expect([answer.statusCode, answer.json().code]).toEqual([503, 'API_DEADLINE_EXCEEDED']);
      expect(await api.broker.jobs.list()).toHaveLength(1);
    });
  });

  it('makes one job of a repeated request', async () => {
    const { api, parent } = await forkable();
    const fork = () => ask(api, 'POST', `/v1/jobs/${parent.id}/fork`, {}, { 'idempotency-key': 'f' });
    const [one, two] = [await fork(), await fork()];
    expect([one.statusCode, two.statusCode]).toEqual([201, 200]);
    expect(two.json().id).toBe(one.json().id);
  });
});
