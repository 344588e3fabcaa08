import { expect, it } from 'vitest';
import { createMemoryCheckpointStore } from '../../../src/checkpoints/index.js';
import { encodePolicyFile, exportPolicies, loadPolicy } from '../../../src/export/index.js';
import { createPlainKernels, createWasmKernels } from '../../../src/kernels/index.js';
import { LoadedPolicies } from '../../../src/serving/loaded-policies.js';
import type { Question } from '../../../src/serving/question.js';
import { runTraining } from '../../../src/training/index.js';
import { quickJob } from '../../helpers/api/trained.js';
import { layersCases, look } from '../../helpers/export/policies.js';
import { resolve } from '../../helpers/training.js';

async function policyFile(): Promise<Uint8Array> {
  const checkpoints = createMemoryCheckpointStore();
  await runTraining('job', resolve({ ...quickJob, stop: { iterations: 1 } }), { actors: 0, learners: 0, checkpoints });
  const { checkpoint } = (await checkpoints.newest())!;
  return exportPolicies(checkpoint, 'safetensors', 'agent-0', {})[0]!.model[0]!.bytes;
}

const question = (rows: number): Question => ({
  single: false,
  rows,
  observations: new Float32Array(rows),
  states: new Float32Array(),
  masks: null,
  sample: false,
  seed: null,
  agent: null,
});

it('holds those used last within its bytes, and gives the rest back', async () => {
  const file = await policyFile();
  const kernels = createPlainKernels();
  const alone = new LoadedPolicies(kernels, 2 ** 30, async () => file);
  await alone.get('a');
  const { bytes } = alone;
  expect(bytes).toBeGreaterThan(0);

  const read: string[] = [];
  const own = createPlainKernels();
  const policies = new LoadedPolicies(own, 2 * bytes + 1, async (path) => {
    read.push(path);
    return file;
  });
  for (const path of ['a', 'b', 'a', 'c', 'a', 'b']) await policies.get(path);
  expect(read).toEqual(['a', 'b', 'c', 'b']);
  expect([policies.count, policies.bytes]).toEqual([2, 2 * bytes]);
  expect(own.allocatedBytes).toBe(2 * bytes);
});

it('lets go of a policy that took more with the rows it was asked', async () => {
  const file = await policyFile();
  const kernels = createPlainKernels();
  const policies = new LoadedPolicies(kernels, 2 ** 20, async () => file);
  const runner = await policies.get('a');
  runner.act(question(1), null);
  policies.trim();
  expect(policies.count).toBe(1);
  runner.act(question(2 ** 18), null);
  policies.trim();
  expect([policies.count, kernels.allocatedBytes]).toEqual([0, 0]);
});

it('refuses one that is too large by itself, and a file that is none', async () => {
  const file = await policyFile();
  const small = new LoadedPolicies(createPlainKernels(), 100, async () => file);
  await expect(small.get('a')).rejects.toMatchObject({ code: 'SERVING_POLICY_TOO_LARGE' });
  expect(small.bytes).toBe(0);
  const damaged = new LoadedPolicies(createPlainKernels(), 2 ** 30, async () => file.slice(0, -1));
  await expect(damaged.get('a')).rejects.toMatchObject({ code: 'SERVING_FILE_UNREADABLE', retryable: true });
  const gone = new LoadedPolicies(createPlainKernels(), 2 ** 30);
  await expect(gone.get('/nonexistent/a')).rejects.toMatchObject({ code: 'SERVING_FILE_UNREADABLE' });
});

it('acts by described layers as marlin/policy does, and gives their arrays back', async () => {
  const made = layersCases[0]!;
  const file = encodePolicyFile(made.card, made.parameters);
  const kernels = createWasmKernels();
  const policies = new LoadedPolicies(kernels, 2 ** 26, async () => file);
  const runner = await policies.get('layers');
  const { observations } = look(made, 3);
  const expected = (await loadPolicy(file)).actBatch(observations, 3);
  expect([...runner.act({ ...question(3), observations }, null)]).toEqual([...expected]);
  runner.dispose();
  expect(kernels.allocatedBytes).toBe(0);
});
