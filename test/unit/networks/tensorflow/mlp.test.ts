import { describe, expect } from 'vitest';
import { RandomStream } from '../../../../src/base/index.js';
import { createWasmKernels, type Kernels } from '../../../../src/kernels/index.js';
import { createNetwork, type Network, type NetworkSizes, type NetworkSpec } from '../../../../src/networks/index.js';
import { attachTensorflow, type TensorflowEngine } from '../../../../src/networks/tensorflow/index.js';
import { onEachBackend } from '../../../helpers/tensorflow/backends.js';
import { bits, normals } from '../fixtures.js';

const SPEC: NetworkSpec = { kind: 'mlp', hidden: [17, 9], activation: 'tanh', initialization: 'orthogonal' };
const SIZES: NetworkSizes = { inputSize: 5, outputSize: 3, maxRows: 64, outputGain: 1 };

const besideTensorflow = (engine: TensorflowEngine): Kernels => {
  const kernels = createWasmKernels();
  attachTensorflow(kernels, engine, true);
  return kernels;
};

/** What a network makes of the same numbers, whatever computes it. */
function computed(kernels: Kernels, network: Network, rows = 40) {
  const { inputSize: I, outputSize: O, parameterCount: P } = network;
  const parameters = kernels.f32(P);
  network.initialize(parameters, new RandomStream(7, 'test'));
  const input = normals(kernels, rows * I, 2);
  const outputs = [...network.forward(parameters, input, rows).subarray(0, rows * O)];
  const gradients = kernels.f32(P);
  const dInput = kernels.f32(rows * I);
  network.backward(parameters, input, normals(kernels, rows * O, 3), gradients, rows, dInput);
  return { parameters: [...parameters], outputs, gradients: [...gradients], dInput: [...dInput] };
}

const furthest = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), a.length === b.length ? 0 : Infinity);

describe('an mlp on TensorFlow.js', () => {
  const variants: [string, Partial<NetworkSpec>][] = [
    ['linear', { hidden: [] }],
    ['tanh', {}],
    ['relu', { activation: 'relu' }],
    ['normalized', { normalizeInput: true }],
  ];
  for (const [name, over] of variants) {
    onEachBackend(`begins, computes and has the gradients as on the kernels: ${name}`, (engine) => {
      const spec = { ...SPEC, ...over };
      const kernels = createWasmKernels();
      const beside = besideTensorflow(engine);
      const [own, other] = [createNetwork(kernels, spec, SIZES), createNetwork(beside, spec, SIZES)];
      expect(other.parameterLayout).toEqual(own.parameterLayout);
      const [expected, found] = [computed(kernels, own), computed(beside, other)];
      expect(found.parameters).toEqual(expected.parameters);
      expect(furthest(found.outputs, expected.outputs)).toBeLessThan(1e-5);
      expect(furthest(found.gradients, expected.gradients)).toBeLessThan(1e-4);
      expect(furthest(found.dInput, expected.dInput)).toBeLessThan(1e-5);
      other.dispose();
    });
  }

  onEachBackend('keeps no tensor beyond its parameters, and none when it is disposed of', (engine) => {
    const before = engine.tensors;
    const kernels = besideTensorflow(engine);
    const network = createNetwork(kernels, SPEC, SIZES);
    const parameters = normals(kernels, network.parameterCount, 1);
    const gradients = kernels.f32(network.parameterCount);
    const input = normals(kernels, 64 * 5, 2);
    for (let update = 0; update < 4; update++) {
      network.forward(parameters, input, 64);
      network.forward(parameters, input, 30);
      network.backward(parameters, input, normals(kernels, 30 * 3, 3), gradients, 30);
      parameters[update]! += 0.5;
      expect(engine.tensors - before).toBe(network.parameterLayout.length);
    }
    network.forward(parameters, input, 64);
    network.dispose();
    expect(engine.tensors).toBe(before);
  });

  onEachBackend('computes the same bits whether it learns or only acts', (engine) => {
    const kernels = besideTensorflow(engine);
    const [acting, learning] = [createNetwork(kernels, SPEC, SIZES), createNetwork(kernels, SPEC, SIZES)];
    const parameters = normals(kernels, acting.parameterCount, 1);
    const gradients = kernels.f32(acting.parameterCount);
    const input = normals(kernels, 64 * 5, 2);
    learning.forward(parameters, input, 64);
    learning.backward(parameters, input, normals(kernels, 64 * 3, 3), gradients, 64);
    expect(bits(learning.forward(parameters, input, 64))).toEqual(bits(acting.forward(parameters, input, 64)));
    acting.dispose();
    learning.dispose();
  });

  onEachBackend('sees parameters that were changed in place, and in another block', (engine) => {
    const kernels = besideTensorflow(engine);
    const network = createNetwork(kernels, SPEC, SIZES);
    const parameters = normals(kernels, network.parameterCount, 1);
    const input = normals(kernels, 5, 2);
    const first = [...network.forward(parameters, input, 1).subarray(0, 3)];
    parameters[parameters.length - 1]! += 1;
    const second = [...network.forward(parameters, input, 1).subarray(0, 3)];
    expect(second[2]! - first[2]!).toBeCloseTo(1, 5);
    const others = kernels.f32(network.parameterCount);
    expect([...network.forward(others, input, 1).subarray(0, 3)]).toEqual([0, 0, 0]);
    network.dispose();
  });

  onEachBackend('refuses wrong rows, short blocks and impossible sizes', (engine) => {
    const kernels = besideTensorflow(engine);
    const network = createNetwork(kernels, SPEC, SIZES);
    const parameters = normals(kernels, network.parameterCount, 1);
    const input = normals(kernels, 65 * 5, 2);
    const backward = (rows: number) => () => network.backward(parameters, input, kernels.f32(65 * 3), parameters, rows);
    expect(backward(3)).toThrow(/NETWORK|last forward had 0/);
    expect(() => network.forward(parameters, input, 65)).toThrow(/1 to 64/);
    expect(() => network.forward(parameters, input, 0)).toThrow(/1 to 64/);
    network.forward(parameters, input, 5);
    expect(backward(4)).toThrow(/last forward had 5/);
    expect(() => network.forward(kernels.f32(3), input, 5)).toThrow(/3 elements/);
    expect(() => createNetwork(kernels, SPEC, { ...SIZES, maxRows: 0 })).toThrow(/maxRows is 0/);
    network.dispose();
  });
});
