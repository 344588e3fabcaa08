import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TransferListItem, Worker } from 'node:worker_threads';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { packageFile } from '../../../src/base/index.js';
import { createMemoryCheckpointStore } from '../../../src/checkpoints/index.js';
import { exportPolicies } from '../../../src/export/index.js';
import { ActThreads } from '../../../src/serving/act-threads.js';
import type { ActRequest } from '../../../src/serving/messages.js';
import { runTraining } from '../../../src/training/index.js';
import { testApi } from '../../helpers/api/server.js';
import { quickJob, trainJob } from '../../helpers/api/trained.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { resolve } from '../../helpers/training.js';

const lost = { code: 'SERVING_THREAD_LOST', retryable: true };

/** A thread that acts, until a request of such an actor ends it. */
const FATAL = `
import ${JSON.stringify(String(packageFile('dist/src/serving/worker.js')))};
import { parentPort } from 'node:worker_threads';
const ends = {
  throws: () => { throw new Error('broken'); },
  exits: () => process.exit(3),
  'runs out of memory': () => { for (const held = []; ; ) held.push(new Array(10_000).fill({})); },
};
parentPort.on('message', (message) => message.calls?.forEach(({ actor }) => ends[actor]?.()));
`;

let file: Uint8Array;

beforeAll(async () => {
  const checkpoints = createMemoryCheckpointStore();
  await runTraining('job', resolve({ ...quickJob, stop: { iterations: 1 } }), { actors: 0, learners: 0, checkpoints });
  const { checkpoint } = (await checkpoints.newest())!;
  file = exportPolicies(checkpoint, 'safetensors', 'agent-0', {})[0]!.model[0]!.bytes;
});

const askedOf = (path: string, row: number, actor: string): ActRequest => ({
  path,
  body: new Uint8Array(Float32Array.of(row).buffer),
  bodyForm: 'bytes',
  answerForm: 'bytes',
  manner: { sample: false, seed: null, agent: null },
  freshSeed: 0,
  actor,
});

it.each(['throws', 'exits', 'runs out of memory'])(
  'loses what a thread had that %s, and goes on with another',
  async (how) => {
    const path = join(temporaryFolder(), 'policy');
    writeFileSync(path, file);
    const entry = join(temporaryFolder({ 'fatal.mjs': FATAL }), 'fatal.mjs');
    const asked = (row: number, actor = ''): ActRequest => askedOf(path, row, actor);
    const made: Worker[] = [];
    const threads = new ActThreads(
      { threads: 1, policyBytes: 2 ** 24, calls: 100, callBytes: 2 ** 20, stuckMs: 60_000 },
      (workerData) => {
        made.push(new Worker(entry, { workerData, resourceLimits: { maxOldGenerationSizeMb: 48 } }));
        return made.at(-1)!;
      },
    );
    onTestFinished(() => threads.close());
    const whole = await threads.act(asked(0.5));
    const { loadedBytes } = threads;

    // The thread has the first and, behind it, the second; the third waits, and is none of its own.
    const [first, second, third] = [asked(0.1, how), asked(0.2), asked(0.5)].map((request) => threads.act(request));
    await expect(first).rejects.toMatchObject(lost);
    await expect(second).rejects.toMatchObject(lost);
    expect((await third)!.bytes).toEqual(whole.bytes);
    expect((await threads.act(asked(0.5))).bytes).toEqual(whole.bytes);

    // Of the dead one nothing is left.
    expect(made.map(({ threadId }) => threadId > 0)).toEqual([false, true]);
    expect([threads.unanswered, threads.loadedBytes]).toEqual([0, loadedBytes]);
    await threads.close();
    expect(made.at(-1)!.threadId).toBe(-1);
  },
);

it('answers 503 where a thread was killed, and acts when the request is repeated', async () => {
  const api = await testApi();
  await trainJob(api);
  const put = {
    method: 'PUT',
    url: '/v1/policies/a',
    payload: { job: 'job', checkpoint: 4, policy: 'agent-0' },
  } as const;
  expect((await api.app.inject(put)).statusCode).toBe(201);
  const made: Worker[] = [];
  const note = (worker: Worker): void => void made.push(worker);
  process.on('worker', note);
  onTestFinished(() => void process.off('worker', note));
  // As much as a body may be, and more than is acted on at once.
  const payload = Buffer.from(new Float32Array(2 ** 18).fill(0.5).buffer);
  const headers = { 'content-type': 'application/octet-stream' };
  const act = () => api.app.inject({ method: 'POST', url: '/v1/policies/a/act', payload, headers });
  const whole = await act();
  expect([whole.statusCode, made.length]).toEqual([200, 1]);
  // Killed as soon as it has been asked.
  const [thread] = made;
  const post = thread!.postMessage.bind(thread);
  let ended: Promise<number> | undefined;
  thread!.postMessage = (message: unknown, transfer?: readonly TransferListItem[]) => {
    post(message, transfer);
    ended ??= thread!.terminate();
  };
  const under = await act();
  expect([under.statusCode, under.headers['retry-after']]).toEqual([503, expect.stringMatching(/^\d+$/)]);
  expect(under.json()).toMatchObject({ code: 'SERVING_THREAD_LOST' });
  await ended;
  const again = await act();
  expect([again.statusCode, again.rawPayload.equals(whole.rawPayload), made.length]).toEqual([200, true, 2]);
});
