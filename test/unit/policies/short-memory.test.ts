import { describe, test } from 'vitest';
import { createNetwork, createTrunk, type NetworkSpec } from '../../../src/networks/index.js';
import { createPolicy, createValueNetwork } from '../../../src/policies/index.js';
import { elementSize } from '../../../src/spaces/index.js';
import { layersCases, policyCases } from '../../helpers/export/policies.js';
import { expectAllOrNothing } from '../../helpers/short-memory.js';

const maxRows = 20;

describe.each([...policyCases, ...layersCases])('$name', ({ card: { policy } }) => {
  const { observationSpace, actionSpace: space, masked, spec } = policy;
  const observationSize = elementSize(observationSpace);

  test('a policy that does not fit leaves memory as it was', () => {
    expectAllOrNothing((kernels) => createPolicy(kernels, { observationSize, space, masked, spec, maxRows }));
  });
});

const network: NetworkSpec = { kind: 'mlp', hidden: [5, 7], activation: 'tanh', initialization: 'zeros' };

test.each<[string, NetworkSpec]>([
  ['dense', network],
  ['recurrent', { ...network, recurrent: { kind: 'gru', size: 6 } }],
  ['with normalized inputs', { ...network, normalizeInput: true }],
])('a network that does not fit leaves memory as it was: %s', (_name, spec) => {
  expectAllOrNothing((kernels) =>
    createNetwork(kernels, spec, { inputSize: 3, outputSize: 2, maxRows, outputGain: 1 }),
  );
  expectAllOrNothing((kernels) => createTrunk(kernels, spec, { inputSize: 3, maxRows }));
  expectAllOrNothing((kernels) => createValueNetwork(kernels, { inputSize: 3, outputs: 2, spec, maxRows }));
});
