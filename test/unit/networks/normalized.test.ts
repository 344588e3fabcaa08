import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import { createPlainKernels, createWasmKernels, type F32, type Kernels } from '../../../src/kernels/index.js';
import { createNetwork, type Network, type NetworkSpec, NORMALIZATION } from '../../../src/networks/index.js';
import { bits, filled, normals } from './fixtures.js';

const SPEC: NetworkSpec = { kind: 'mlp', hidden: [5], activation: 'tanh', initialization: 'xavierUniform' };
const [I, O, ROWS] = [3, 2, 7];
const CLIP = 10;

const create = (kernels: Kernels, normalizeInput: boolean, hidden: number[] = [5]): Network =>
  createNetwork(
    kernels,
    { ...SPEC, hidden, ...(normalizeInput && { normalizeInput }) },
    { inputSize: I, outputSize: O, maxRows: 16, outputGain: 1 },
  );

/** A network with normal weights that takes inputs around 5, −2 and 0 for what they are. */
function begin(kernels: Kernels, hidden?: number[]) {
  const network = create(kernels, true, hidden);
  const parameters = normals(kernels, network.parameterCount, 1);
  const own = network.parameterCount - 2 * I;
  parameters.set([5, -2, 0, 0.5, 2, 1], own);
  return { network, parameters, own };
}

/** Inputs of which the first is cut off above and the fifth below, in other columns. */
function inputsOf(kernels: Kernels): F32 {
  const inputs = normals(kernels, ROWS * I, 2);
  inputs[0] = 100;
  inputs[4 * I + 1] = -50;
  return inputs;
}

/** Σ weights·outputs, by the network itself. */
function loss(network: Network, parameters: F32, inputs: F32, weights: F32): number {
  const outputs = network.forward(parameters, inputs, ROWS);
  let sum = 0;
  for (let j = 0; j < ROWS * O; j++) sum += outputs[j]! * weights[j]!;
  return sum;
}

describe.each([
  ['plain', createPlainKernels],
  ['wasm', createWasmKernels],
] as const)('a network on normalized inputs, on %s kernels', (_, make) => {
  it('is the same network on clip((x − mean)·scale), to the bit', () => {
    const kernels = make();
    const { network, parameters, own } = begin(kernels);
    const inputs = inputsOf(kernels);
    const plain = create(kernels, false);
    const normalized = Float32Array.from(inputs, (x, j) => {
      const [mean, scale] = [parameters[own + (j % I)]!, parameters[own + I + (j % I)]!];
      return Math.min(CLIP, Math.max(-CLIP, Math.fround(Math.fround(x - mean) * scale)));
    });
    expect(normalized[0]).toBe(CLIP);
    expect(normalized[4 * I + 1]).toBe(-CLIP);
    const expected = bits(
      plain.forward(filled(kernels, parameters.slice(0, own)), filled(kernels, normalized), ROWS),
      ROWS * O,
    );
    expect(bits(network.forward(parameters, inputs, ROWS), ROWS * O)).toEqual(expected);
    // Blocks of rows change no bit.
    const apart = Array.from({ length: ROWS }, (_row, b) =>
      bits(network.forward(parameters, kernels.view(inputs, b * I, I), 1), O),
    );
    expect(apart.flat()).toEqual(expected);
  });

  it.each([[[]], [[5]], [[4, 3]]])('has the gradients of finite differences, hidden %j', (hidden) => {
    const kernels = make();
    const { network, parameters, own } = begin(kernels, hidden);
    const inputs = inputsOf(kernels);
    const weights = normals(kernels, ROWS * O, 3);
    const gradients = kernels.f32(network.parameterCount);
    const dInput = kernels.f32(ROWS * I);
    network.forward(parameters, inputs, ROWS);
    network.backward(parameters, inputs, filled(kernels, weights), gradients, ROWS, dInput);
    const h = 1 / 128;
    const difference = (array: F32, j: number): number => {
      const at = array[j]!;
      array[j] = at + h;
      const above = loss(network, parameters, inputs, weights);
      array[j] = at - h;
      const below = loss(network, parameters, inputs, weights);
      array[j] = at;
      return (above - below) / (2 * h);
    };
    const near = (found: number, expected: number) =>
      expect(Math.abs(found - expected)).toBeLessThan(3e-3 * (1 + Math.abs(expected)));
    for (let j = 0; j < own; j++) near(gradients[j]!, difference(parameters, j));
    for (let j = 0; j < ROWS * I; j++) near(dInput[j]!, difference(inputs, j));
    // Beyond the clip nothing moves, and elsewhere something does.
    expect(dInput[0]).toBe(0);
    expect(dInput[4 * I + 1]).toBe(0);
    expect(dInput.filter((value) => value !== 0)).toHaveLength(ROWS * I - 2);
    // The statistics are no weights that learn.
    expect([...gradients.slice(own)]).toEqual(new Array<number>(2 * I).fill(0));
  });
});

it('begins as the network without normalization, for inputs that are not cut off', () => {
  const kernels = createPlainKernels();
  const [plain, network] = [create(kernels, false), create(kernels, true)];
  const parametersOf = (of: Network): F32 => {
    const parameters = kernels.f32(of.parameterCount);
    of.initialize(parameters, new RandomStream(3, 'initialize'));
    return parameters;
  };
  const inputs = normals(kernels, ROWS * I, 2);
  const parameters = parametersOf(network);
  expect([...parameters.slice(-2 * I)]).toEqual([0, 0, 0, 1, 1, 1]);
  expect(bits(network.forward(parameters, inputs, ROWS), ROWS * O)).toEqual(
    bits(plain.forward(parametersOf(plain), inputs, ROWS), ROWS * O),
  );
});

it('names where mean and scale are, behind its weights', () => {
  const kernels = createPlainKernels();
  const { network, own } = begin(kernels);
  expect(own).toBe(create(kernels, false).parameterCount);
  expect(network.parameterLayout.slice(-2)).toEqual([
    { name: NORMALIZATION.mean, shape: [I], offset: own },
    { name: NORMALIZATION.scale, shape: [I], offset: own + I },
  ]);
});

it('gives all its memory back', () => {
  const kernels = createPlainKernels();
  const before = kernels.allocatedBytes;
  create(kernels, true).dispose();
  expect(kernels.allocatedBytes).toBe(before);
});
