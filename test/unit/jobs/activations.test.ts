import { describe, expect, it } from 'vitest';
import { rowNumbers } from '../../../src/jobs/activations.js';
import { createPlainKernels } from '../../../src/kernels/index.js';
import { createNetwork, type NetworkSpec } from '../../../src/networks/index.js';
import { faultsOf, median } from './catalogs.js';

const wide = new Array(16).fill(65_536).flatMap((width) => [1, width]);
const network = (hidden: readonly number[], more: object = {}) => ({
  policies: { '*': { network: { hidden, ...more } } },
});
const cues = (hidden: readonly number[], horizon: number, options: object = {}, network: object = {}) => ({
  env: { id: 'cue-recall-v1' },
  policies: { '*': { network: { hidden, recurrent: { size: 16 }, ...network } } },
  algorithm: { options },
  rollout: { shards: 1, envsPerShard: 4, horizon },
});
const cart = (batchSize: number, hidden: readonly number[], more: object = {}) => ({
  env: { id: 'cartpole-v1' },
  algorithm: { id: 'dqn', options: { batchSize } },
  policies: { '*': { network: { hidden } } },
  ...more,
});
const LSTM = {
  kind: 'layers',
  layers: [
    { type: 'dense', units: 1024 },
    { type: 'lstm', units: 16 },
  ],
};

describe('the memory of updates', () => {
  it.each([
    [
      'layers that are wide together, though they have few weights',
      median(network(wide.slice(0, 30))),
      '/policies/*/network/hidden',
      /^\S+ has layers with which the 256 rows of an update of "agent-0" take 2\.\d\d GiB .* but at most 2\.00 GiB are allowed; make the networks narrower$/,
    ],
    [
      'minibatches of a replay',
      cart(65_536, [16_384]),
      '/algorithm/options/batchSize',
      /is 65536, with which the 65536 rows .* 8\.\d\d GiB .*; make it smaller/,
    ],
    [
      'a sequence as long as the horizon',
      cues([256, 256], 100_000),
      '/algorithm/options/sequenceLength',
      /is not set: the 100000 steps of the horizon are one, with which the 400000 rows/,
    ],
    [
      'a sequence too long',
      cues([256, 256], 100_000, { sequenceLength: 90_000 }),
      '/algorithm/options/sequenceLength',
      /is 90000, with which the 360000 rows/,
    ],
    [
      'a memory in TensorFlow.js, whose steps are recorded together',
      {
        env: { id: 'cue-recall-v1' },
        policies: { '*': { network: LSTM, valueNetwork: { kind: 'mlp', hidden: [] } } },
        rollout: { shards: 1, envsPerShard: 4, horizon: 150_000 },
      },
      '/algorithm/options/sequenceLength',
      /the 600000 rows/,
    ],
    [
      'many policies together',
      median({ env: { id: 'median-v1', options: { agents: 40 } }, ...network(wide.slice(0, 2)) }),
      '/policies/*/network/hidden',
      /take 0\.\d\d GiB .*, and \d+\.\d\d GiB are needed with the others/,
    ],
  ])('refuses %s', (_, spec, pointer, message) => {
    expect(faultsOf(spec)).toEqual([expect.objectContaining({ pointer, message: expect.stringMatching(message) })]);
  });

  it.each([
    ['fewer layers', median({ ...network(wide.slice(0, 4)) })],
    [
      'fewer rows than a block',
      median({ ...network(wide.slice(0, 30)), rollout: { shards: 1, envsPerShard: 1, horizon: 16 } }),
    ],
    ['a smaller minibatch', cart(1024, [16_384])],
    ['shorter sequences', cues([256, 256], 100_000, { sequenceLength: 1000 })],
    ['the blocks of TensorFlow.js, which are bounded', cart(65_536, [16_384], { engine: 'tensorflow' })],
    ['who learns nothing', median({ ...network(wide.slice(0, 30)), algorithm: { id: 'fixed' } })],
  ])('takes %s', (_, spec) => {
    expect(faultsOf(spec)).toEqual([]);
  });
});

it.each<[string, Partial<NetworkSpec>]>([
  ['dense layers', { hidden: [64, 32, 48] }],
  ['one layer', { hidden: [128] }],
  ['a memory', { hidden: [64], recurrent: { kind: 'gru', size: 32 } }],
])('what is counted of %s is what a network takes', (_, more) => {
  const spec: NetworkSpec = { kind: 'mlp', hidden: [], activation: 'tanh', initialization: 'zeros', ...more };
  const kernels = createPlainKernels();
  const sizes = { inputSize: 6, outputSize: 3, outputGain: 1 };
  const taken = (maxRows: number): number => {
    const before = kernels.allocatedBytes;
    createNetwork(kernels, spec, { ...sizes, maxRows });
    return kernels.allocatedBytes - before;
  };
  // The inputs are held by who calls.
  const perRow = (taken(1100) - taken(100)) / 1000 / 4 + 6;
  expect(rowNumbers(spec, 6, 3, false) / perRow).toBeGreaterThan(0.9);
  expect(rowNumbers(spec, 6, 3, false) / perRow).toBeLessThanOrEqual(1);
});
