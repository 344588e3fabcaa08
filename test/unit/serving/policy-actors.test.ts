import { EventEmitter } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { beforeAll, expect, it, vi } from 'vitest';
import { createMemoryCheckpointStore } from '../../../src/checkpoints/index.js';
import { encodePolicyFile, exportPolicies } from '../../../src/export/index.js';
import { createWasmKernels } from '../../../src/kernels/index.js';
import { placeLayers } from '../../../src/networks/spec.js';
import { ActHere } from '../../../src/serving/act-here.js';
import { type ActorRequest, PolicyActors } from '../../../src/serving/index.js';
import type { FromThread, ToThread } from '../../../src/serving/messages.js';
import type { Question } from '../../../src/serving/question.js';
import { PolicyRunner } from '../../../src/serving/runner.js';
import { runTraining } from '../../../src/training/index.js';
import { quickJob } from '../../helpers/api/trained.js';
import { layersCases } from '../../helpers/export/policies.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { resolve } from '../../helpers/training.js';

/** A policy of one number that gives one. */
let file: Uint8Array;

beforeAll(async () => {
  const checkpoints = createMemoryCheckpointStore();
  await runTraining('job', resolve({ ...quickJob, stop: { iterations: 1 } }), { actors: 0, learners: 0, checkpoints });
  const { checkpoint } = (await checkpoints.newest())!;
  file = exportPolicies(checkpoint, 'safetensors', 'agent-0', {})[0]!.model[0]!.bytes;
});

const asked = (path: string, rows: readonly number[]): ActorRequest => ({
  path,
  parameters: 42,
  body: new Uint8Array(Float32Array.from(rows).buffer),
  bodyForm: 'bytes',
  answerForm: 'bytes',
  manner: { sample: false, seed: null, agent: null },
  freshSeed: 0,
  actor: '',
});

const floatsOf = (answer: { readonly bytes: Uint8Array } | null): readonly number[] | null =>
  answer === null ? null : [...new Float32Array(new Uint8Array(answer.bytes).buffer)];

function actionsOf(rows: readonly number[]): readonly number[] {
  const question: Question = {
    single: false,
    rows: rows.length,
    observations: Float32Array.from(rows),
    states: new Float32Array(),
    masks: null,
    sample: false,
    seed: null,
    agent: null,
  };
  return [...new PolicyRunner(createWasmKernels(), file).act(question, null)];
}

/** A thread that counts what it is asked, and answers nothing in particular. */
class EchoThread extends EventEmitter {
  asked = 0;
  unref(): void {}
  async terminate(): Promise<number> {
    this.emit('exit', 0);
    return 0;
  }
  postMessage(message: ToThread): void {
    if (message.type !== 'act') return;
    this.asked += message.calls.length;
    const answers = message.calls.map(({ id }) => ({ id, bytes: new Uint8Array(4), rows: 1, seed: null }));
    queueMicrotask(() =>
      this.emit('message', { type: 'acted', answers, loaded: { policies: 0, bytes: 0 } } satisfies FromThread),
    );
  }
}

function setUp() {
  const thread = new EchoThread();
  const actors = new PolicyActors(
    { threads: 1, policyBytes: 2 ** 24, calls: 10, callBytes: 2 ** 20, stuckMs: 60_000 },
    () => thread as unknown as Worker,
  );
  const path = join(temporaryFolder(), 'policy');
  writeFileSync(path, file);
  return { thread, actors, path };
}

it('acts here once a small policy is loaded, and by a thread until then', async () => {
  const { thread, actors, path } = setUp();
  expect(actors.actNow(asked(path, [0.5]))).toBeNull();
  await actors.act(asked(path, [0.5]));
  expect(thread.asked).toBe(1);
  await vi.waitFor(() => expect(actors.actNow(asked(path, [0.5]))).not.toBeNull());
  const rows = [0.5, -1, 0.25];
  expect(floatsOf(actors.actNow(asked(path, rows)))).toEqual(actionsOf(rows));
  expect(actors.loadedBytes).toBeGreaterThan(0);
  expect(() => actors.actNow(asked(path, [Number.NaN]))).toThrow(
    expect.objectContaining({ code: 'SERVING_REQUEST_INVALID' }),
  );
  // Neither long bodies nor large policies.
  expect(actors.actNow(asked(path, new Array(2048).fill(0.5)))).not.toBeNull();
  expect(actors.actNow(asked(path, new Array(2049).fill(0.5)))).toBeNull();
  expect(actors.actNow({ ...asked(path, [0.5]), parameters: 2 ** 17 + 1 })).toBeNull();
  expect(thread.asked).toBe(1);
  await actors.close();
});

it('does here no more than may be for one request', async () => {
  const { rowWork } = new PolicyRunner(createWasmKernels(), file);
  const here = new ActHere(3 * rowWork, 2 ** 20, async () => file);
  await here.load('a');
  expect(floatsOf(here.act(asked('a', [1, 2, 3])))).toEqual(actionsOf([1, 2, 3]));
  expect(here.act(asked('a', [1, 2, 3, 4]))).toBeNull();
  expect(here.act(asked('b', [1]))).toBeNull();
  // A policy of which one row is too much is not kept, and not read again.
  const read = vi.fn(async () => file);
  const weak = new ActHere(rowWork - 1, 2 ** 20, read);
  for (let n = 0; n < 3; n++) await weak.load('a');
  expect([weak.act(asked('a', [1])), weak.loadedBytes, read.mock.calls.length]).toEqual([null, 0, 1]);
});

it('does here what small pictures take, counted from filters, places and numbers made', async () => {
  const { card, parameters } = layersCases[0]!;
  const pictures = encodePolicyFile(card, parameters);
  const runner = new PolicyRunner(createWasmKernels(), pictures);
  const { work, activations, parameterCount } = placeLayers(card.policy.spec.network, 6 * 5 * 2);
  expect(runner.rowWork).toBe(work + 64 * activations + (parameters.length - parameterCount));
  expect(runner.rowWork).toBeGreaterThan(parameters.length);
  const request = asked('a', new Array(60).fill(0.5));
  const here = new ActHere(runner.rowWork, 2 ** 20, async () => pictures);
  await here.load('a');
  expect(floatsOf(here.act(request))).toHaveLength(3);
  const weak = new ActHere(runner.rowWork - 1, 2 ** 20, async () => pictures);
  await weak.load('a');
  expect(weak.act(request)).toBeNull();
});

it('holds no more policies than its bytes, and reads one file once for all who wait for it', async () => {
  const read = vi.fn(async () => file);
  const one = new ActHere(1e6, 2 ** 20, read);
  await Promise.all([one.load('a'), one.load('a')]);
  expect(read).toHaveBeenCalledTimes(1);
  const { loadedBytes } = one;
  const two = new ActHere(1e6, 2 * loadedBytes, read);
  for (const path of ['a', 'b', 'c']) await two.load(path);
  expect(two.loadedBytes).toBeLessThanOrEqual(2 * loadedBytes);
  expect(['a', 'b', 'c'].map((path) => two.act(asked(path, [1])) !== null)).toEqual([false, true, true]);
  // One that does not fit is none for here; one that cannot be read may be there the next time.
  const none = new ActHere(1e6, 1000, read);
  await none.load('a');
  expect([none.act(asked('a', [1])), none.loadedBytes]).toEqual([null, 0]);
  const gone = new ActHere(1e6, 2 ** 20, () => Promise.reject(Object.assign(new Error('gone'), { code: 'ENOENT' })));
  await expect(gone.load('a')).rejects.toMatchObject({ code: 'SERVING_FILE_UNREADABLE' });
});
