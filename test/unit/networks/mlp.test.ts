import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import { createPlainKernels, createWasmKernels, type F32, type Kernels } from '../../../src/kernels/index.js';
import { createNetwork, type Network, type NetworkSizes, type NetworkSpec } from '../../../src/networks/index.js';
import { bits, filled, normals } from './fixtures.js';

const SPEC: NetworkSpec = { kind: 'mlp', hidden: [5, 7, 3], activation: 'tanh', initialization: 'orthogonal' };
const SIZES: NetworkSizes = { inputSize: 4, outputSize: 2, maxRows: 16, outputGain: 1 };

const create = (kernels: Kernels, spec: Partial<NetworkSpec> = {}, sizes: Partial<NetworkSizes> = {}): Network =>
  createNetwork(kernels, { ...SPEC, ...spec }, { ...SIZES, ...sizes });

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend('cpu');
});

/** The same network in TensorFlow.js, on the parts of a parameter block. */
function inTensorFlow(
  network: Network,
  spec: NetworkSpec,
  parameters: Float32Array,
  input: Float32Array,
  dOutput: Float32Array,
) {
  const rows = input.length / network.inputSize;
  const parts = network.parameterLayout.map(({ shape, offset }) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    return tf.tensor([...parameters.subarray(offset, offset + size)], [...shape]);
  });
  const run = (...tensors: tf.Tensor[]): tf.Tensor => {
    let current: tf.Tensor = tf.tensor2d([...input], [rows, network.inputSize]);
    for (let l = 0; 2 * l < tensors.length; l++) {
      current = tf.add(tf.matMul(current as tf.Tensor2D, tensors[2 * l] as tf.Tensor2D), tensors[2 * l + 1]!);
      if (2 * l + 2 < tensors.length) current = spec.activation === 'tanh' ? tf.tanh(current) : tf.relu(current);
    }
    return current;
  };
  const weights = tf.tensor2d([...dOutput], [rows, network.outputSize]);
  const gradients = tf.grads((...tensors: tf.Tensor[]) => tf.sum(tf.mul(run(...tensors), weights)))(parts);
  return {
    outputs: [...run(...parts).dataSync()],
    gradients: gradients.flatMap((gradient) => [...gradient.dataSync()]),
  };
}

describe('an mlp', () => {
  it.each<[string, Partial<NetworkSpec>]>([
    ['linear', { hidden: [] }],
    ['one hidden layer', { hidden: [6] }],
    ['tanh layers', {}],
    ['relu layers', { activation: 'relu' }],
  ])('has the outputs and gradients of TensorFlow.js: %s', (_, over) => {
    const kernels = createPlainKernels();
    const spec = { ...SPEC, ...over };
    const network = create(kernels, over);
    const parameters = normals(kernels, network.parameterCount, 1);
    const input = normals(kernels, 9 * 4, 2);
    const dOutput = normals(kernels, 9 * 2, 3);
    const gradients = kernels.f32(network.parameterCount);
    const expected = inTensorFlow(network, spec, parameters, input, dOutput);
    const outputs = [...network.forward(parameters, input, 9).subarray(0, 18)];
    network.backward(parameters, input, dOutput, gradients, 9);
    outputs.forEach((value, k) => {
      expect(Math.abs(value - expected.outputs[k]!)).toBeLessThan(1e-4 * (1 + Math.abs(value)));
    });
    gradients.forEach((value, k) => {
      expect(Math.abs(value - expected.gradients[k]!)).toBeLessThan(1e-4 * (1 + Math.abs(value)));
    });
  });

  it('lays its parameters out layer by layer without gaps', () => {
    const network = create(createPlainKernels(), { hidden: [5] });
    expect(network.parameterLayout).toEqual([
      { name: 'layers.0.weights', shape: [4, 5], offset: 0 },
      { name: 'layers.0.bias', shape: [5], offset: 20 },
      { name: 'layers.1.weights', shape: [5, 2], offset: 25 },
      { name: 'layers.1.bias', shape: [2], offset: 35 },
    ]);
    expect(network.parameterCount).toBe(37);
  });

  it('adds up the same gradients when the rows come in several calls, to the bit', () => {
    const kernels = createPlainKernels();
    const network = create(kernels);
    const parameters = normals(kernels, network.parameterCount, 1);
    const input = normals(kernels, 13 * 4, 2);
    const run = (cuts: readonly number[]): number[] => {
      const dOutput = normals(kernels, 13 * 2, 3);
      const gradients = normals(kernels, network.parameterCount, 4);
      const outputs: number[] = [];
      for (let c = 0; c + 1 < cuts.length; c++) {
        const [from, to] = [cuts[c]!, cuts[c + 1]!];
        const rows = kernels.view(input, from * 4, (to - from) * 4);
        outputs.push(...bits(network.forward(parameters, rows, to - from), (to - from) * 2));
        network.backward(parameters, rows, kernels.view(dOutput, from * 2, (to - from) * 2), gradients, to - from);
      }
      return [...bits(gradients), ...outputs];
    };
    expect(run([0, 1, 6, 13])).toEqual(run([0, 13]));
  });

  it('has the same bits on every engine', () => {
    const run = (kernels: Kernels): number[] => {
      const network = create(kernels);
      const parameters = kernels.f32(network.parameterCount);
      network.initialize(parameters, new RandomStream(3, 'initialize'));
      const input = normals(kernels, 11 * 4, 2);
      const gradients = kernels.f32(network.parameterCount);
      const outputs = bits(network.forward(parameters, input, 11), 22);
      network.backward(parameters, input, normals(kernels, 22, 3), gradients, 11);
      return [...outputs, ...bits(parameters), ...bits(gradients)];
    };
    expect(run(createWasmKernels())).toEqual(run(createPlainKernels()));
  });

  it('makes views for a block once, and leaves what lies behind its parameters alone', () => {
    const kernels = createPlainKernels();
    const network = create(kernels);
    const parameters = filled(kernels, new Float32Array(network.parameterCount + 2).fill(7));
    network.initialize(parameters, new RandomStream(3, 'initialize'));
    expect([...parameters.slice(network.parameterCount)]).toEqual([7, 7]);
    const gradients = kernels.f32(network.parameterCount);
    const input = normals(kernels, 8, 1);
    const step = () => {
      network.forward(parameters, input, 2);
      network.backward(parameters, input, kernels.f32(4), gradients, 2);
    };
    step();
    const view = vi.spyOn(kernels, 'view');
    step();
    expect(view).not.toHaveBeenCalled();
  });

  it('gives all its memory back', () => {
    const kernels = createPlainKernels();
    const before = kernels.allocatedBytes;
    create(kernels).dispose();
    expect(kernels.allocatedBytes).toBe(before);
  });

  it.each<[string, Partial<NetworkSpec>, Partial<NetworkSizes>, string]>([
    ['no inputs', {}, { inputSize: 0 }, 'inputSize is 0'],
    ['a fractional number of outputs', {}, { outputSize: 1.5 }, 'outputSize is 1.5'],
    ['no rows', {}, { maxRows: 0 }, 'maxRows is 0'],
    ['an empty hidden layer', { hidden: [3, 0] }, {}, 'hidden[1] is 0'],
  ])('refuses %s', (_, spec, sizes, message) => {
    const make = () => create(createPlainKernels(), spec, sizes);
    expect(make).toThrow(expect.objectContaining({ code: 'NETWORK_SIZE_INVALID' }));
    expect(make).toThrow(message);
  });

  it.each<[string, string, (network: Network, parameters: F32, array: F32) => void]>([
    ['more rows than it has', 'NETWORK_ROWS_INVALID', (network, p, a) => network.forward(p, a, 17)],
    ['0 rows', 'NETWORK_ROWS_INVALID', (network, p, a) => network.forward(p, a, 0)],
    [
      'a backward of other rows than its forward',
      'NETWORK_ROWS_INVALID',
      (network, p, a) => {
        network.forward(p, a, 2);
        network.backward(p, a, a, p, 3);
      },
    ],
    ['a short parameter block', 'NETWORK_PARAMETERS_SHORT', (network, _, a) => network.forward(a, a, 1)],
  ])('refuses %s', (_, code, call) => {
    const kernels = createPlainKernels();
    const network = create(kernels);
    const parameters = kernels.f32(network.parameterCount);
    expect(() => call(network, parameters, kernels.f32(70))).toThrow(expect.objectContaining({ code }));
  });
});
