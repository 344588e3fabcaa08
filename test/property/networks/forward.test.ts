import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import { createPlainKernels, createWasmKernels, type Kernels } from '../../../src/kernels/index.js';
import { createNetwork, type NetworkSpec } from '../../../src/networks/index.js';
import { attachTensorflow, loadTensorflow, type TensorflowEngine } from '../../../src/networks/tensorflow/index.js';
import { descriptions, LAYER_TYPES } from '../../helpers/networks/descriptions.js';

const [STEPS, SEQUENCES, OUTPUTS] = [3, 2, 3];
const ROWS = STEPS * SEQUENCES;
const STARTS = Uint8Array.from([0, 1, 0, 0, 1, 0]);

let oracle: TensorflowEngine;
beforeAll(async () => {
  oracle = await loadTensorflow('cpu');
});

/** What a network makes of rows that depend on the seed alone; `stepwise` in calls of one step each. */
function computed(kernels: Kernels, spec: NetworkSpec, inputSize: number, seed: number, stepwise: boolean) {
  const network = createNetwork(kernels, spec, { inputSize, outputSize: OUTPUTS, maxRows: ROWS, outputGain: 1 });
  const random = new RandomStream(seed, 'forward');
  const parameters = kernels.f32(network.parameterCount);
  network.initialize(parameters, random);
  for (let k = 0; k < parameters.length; k++) parameters[k] = parameters[k]! + 0.2 * random.normal();
  const input = kernels.f32(ROWS * inputSize);
  for (let k = 0; k < input.length; k++) input[k] = random.normal();
  const state = kernels.f32(SEQUENCES * network.stateSize);
  for (let k = 0; k < state.length; k++) state[k] = random.normal();
  const outputs: number[] = [];
  const states: number[] = [];
  const steps = stepwise ? 1 : STEPS;
  const rows = steps * SEQUENCES;
  for (let first = 0; first < ROWS; first += rows) {
    const part = kernels.view(input, first * inputSize, rows * inputSize);
    const starts = STARTS.subarray(first, first + rows);
    outputs.push(...network.forward(parameters, part, rows, { steps, state, starts }).subarray(0, rows * OUTPUTS));
    states.push(...(network.states?.subarray(0, rows * network.stateSize) ?? []));
  }
  const { parameterLayout } = network;
  network.dispose();
  return { parameterLayout, parameters: [...parameters], outputs, states, state: [...state] };
}

/** The most by which numbers differ, in parts of the largest. */
function difference(a: readonly number[], b: readonly number[]): number {
  expect(a.length).toBe(b.length);
  const largest = b.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!) / largest), 0);
}

describe('described layers on the kernels', () => {
  it.each(LAYER_TYPES)('give what TensorFlow.js gives, state and all: %s', (type) => {
    fc.assert(
      fc.property(descriptions(type), fc.nat(), ({ spec, inputSize }, seed) => {
        const wasm = createWasmKernels();
        const found = computed(wasm, spec, inputSize, seed, false);
        const onTensorflow = createWasmKernels();
        attachTensorflow(onTensorflow, oracle, false);
        const expected = computed(onTensorflow, spec, inputSize, seed, false);
        expect(found.parameterLayout).toEqual(expected.parameterLayout);
        expect(found.parameters).toEqual(expected.parameters);
        for (const what of ['outputs', 'states', 'state'] as const) {
          expect(difference(found[what], expected[what])).toBeLessThan(1e-5);
        }
        // In calls of one step, and on kernels of another kind, to the last bit.
        expect(computed(createPlainKernels(), spec, inputSize, seed, true)).toEqual(found);
      }),
      { numRuns: 12 },
    );
  });
});
