import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect } from 'vitest';
import { RandomStream } from '../../../../src/base/index.js';
import { createWasmKernels, type Kernels } from '../../../../src/kernels/index.js';
import { createNetwork, createTrunk, type NetworkSpec } from '../../../../src/networks/index.js';
import { placeLayers } from '../../../../src/networks/spec.js';
import { attachTensorflow, loadTensorflow, type TensorflowEngine } from '../../../../src/networks/tensorflow/index.js';
import { onEachBackend } from '../../../helpers/tensorflow/backends.js';
import { normals } from '../fixtures.js';

type Layers = NonNullable<NetworkSpec['layers']>;

interface Case {
  readonly name: string;
  /** Of the one input. */
  readonly shape: readonly number[];
  readonly layers: Layers;
  /** The same in layers of TensorFlow.js, weights in the order of the parameters. */
  readonly model: (input: tf.SymbolicTensor) => tf.SymbolicTensor;
  /** Inputs are whole numbers below this. */
  readonly words?: number;
}

const through =
  (...layers: tf.layers.Layer[]) =>
  (input: tf.SymbolicTensor): tf.SymbolicTensor =>
    layers.reduce((current, layer) => layer.apply(current) as tf.SymbolicTensor, input);

const { layers: keras } = tf;
const CASES: readonly Case[] = [
  {
    name: 'dense on the last extent',
    shape: [3, 4],
    layers: [{ type: 'dense', units: 5, activation: 'sigmoid' }],
    model: (input) => through(keras.dense({ units: 5, activation: 'sigmoid' }))(input),
  },
  {
    name: 'conv1d, valid',
    shape: [9, 2],
    layers: [{ type: 'conv1d', filters: 3, kernelSize: 4, activation: 'none' }],
    model: (input) => through(keras.conv1d({ filters: 3, kernelSize: 4 }))(input),
  },
  {
    name: 'conv1d, same, strides',
    shape: [9, 2],
    layers: [{ type: 'conv1d', filters: 3, kernelSize: 4, strides: 2, padding: 'same' }],
    model: (input) =>
      through(keras.conv1d({ filters: 3, kernelSize: 4, strides: 2, padding: 'same', activation: 'tanh' }))(input),
  },
  {
    name: 'conv2d, valid, then pooling and a dense layer',
    shape: [7, 6, 2],
    layers: [
      { type: 'conv2d', filters: 4, kernelSize: 3, activation: 'relu' },
      { type: 'maxPool2d', size: 2 },
      { type: 'flatten' },
      { type: 'dense', units: 3 },
    ],
    model: (input) =>
      through(
        keras.conv2d({ filters: 4, kernelSize: 3, activation: 'relu' }),
        keras.maxPooling2d({ poolSize: 2 }),
        keras.flatten(),
        keras.dense({ units: 3, activation: 'tanh' }),
      )(input),
  },
  {
    name: 'conv2d, same, strides and a filter of two extents',
    shape: [7, 8, 3],
    layers: [{ type: 'conv2d', filters: 2, kernelSize: [2, 3], strides: [2, 3], padding: 'same' }],
    model: (input) =>
      through(keras.conv2d({ filters: 2, kernelSize: [2, 3], strides: [2, 3], padding: 'same', activation: 'tanh' }))(
        input,
      ),
  },
  {
    name: 'pooling over what overlaps, same',
    shape: [5, 5, 2],
    layers: [{ type: 'maxPool2d', size: 3, strides: 2, padding: 'same' }],
    model: (input) => through(keras.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }))(input),
  },
  {
    name: 'layer norm',
    shape: [3, 6],
    layers: [{ type: 'layerNorm', epsilon: 0.001 }],
    model: (input) => through(keras.layerNormalization({ axis: -1, epsilon: 0.001 }))(input),
  },
  {
    name: 'embedding, reshaped',
    shape: [4],
    words: 6,
    layers: [
      { type: 'embedding', count: 6, size: 3 },
      { type: 'reshape', shape: [2, 6] },
    ],
    model: (input) =>
      through(keras.embedding({ inputDim: 6, outputDim: 3 }), keras.reshape({ targetShape: [2, 6] }))(input),
  },
  {
    name: 'branches that are added and concatenated',
    shape: [4],
    layers: [
      { type: 'dense', id: 'a', of: 'observation', units: 3 },
      { type: 'dense', id: 'b', of: 'observation', units: 3 },
      { type: 'add', id: 'sum', of: ['a', 'b'] },
      { type: 'concatenate', of: ['sum', 'observation', 'a'] },
    ],
    model: (input) => {
      const [a, b] = [keras.dense({ units: 3, activation: 'tanh' }), keras.dense({ units: 3, activation: 'tanh' })].map(
        (layer) => layer.apply(input) as tf.SymbolicTensor,
      );
      const sum = keras.add().apply([a!, b!]) as tf.SymbolicTensor;
      return keras.concatenate().apply([sum, input, a!]) as tf.SymbolicTensor;
    },
  },
];

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, extent) => size * extent, 1);

const specOf = ({ shape, layers }: Pick<Case, 'shape' | 'layers'>): NetworkSpec => ({
  kind: 'layers',
  hidden: [],
  activation: 'tanh',
  initialization: 'orthogonal',
  inputs: { observation: { offset: 0, shape: [...shape] } },
  layers,
});

const kernelsOn = (engine: TensorflowEngine): Kernels => {
  const kernels = createWasmKernels();
  attachTensorflow(kernels, engine, false);
  return kernels;
};

const ROWS = 6;

/** Outputs and gradients of the described layers alone, without an output layer. */
function computed(engine: TensorflowEngine, testCase: Case) {
  const kernels = kernelsOn(engine);
  const inputSize = sizeOf(testCase.shape);
  const network = createTrunk(kernels, specOf(testCase), { inputSize, maxRows: ROWS })!;
  const parameters = normals(kernels, network.parameterCount, 1);
  const input = normals(kernels, ROWS * inputSize, 2);
  const { words } = testCase;
  if (words !== undefined) input.forEach((_, k) => (input[k] = (k * 7) % words));
  const outputs = [...network.forward(parameters, input, ROWS)];
  const gradients = kernels.f32(network.parameterCount);
  const dInput = kernels.f32(ROWS * inputSize);
  network.backward(parameters, input, normals(kernels, outputs.length, 3), gradients, ROWS, dInput);
  const { parameterLayout, outputSize } = network;
  network.dispose();
  const found = { outputs, gradients: [...gradients], dInput: [...dInput] };
  return { ...found, outputSize, parameterLayout, parameters: [...parameters], input: [...input] };
}

/** The most by which numbers differ, in parts of the largest. */
function difference(a: readonly number[], b: readonly number[]): number {
  expect(a.length).toBe(b.length);
  const largest = b.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!) / largest), 0);
}

let oracle: TensorflowEngine;
beforeAll(async () => {
  oracle = await loadTensorflow('cpu');
});

describe('described layers', () => {
  for (const testCase of CASES) {
    onEachBackend(`have the shapes, the outputs and the gradients of TensorFlow.js: ${testCase.name}`, (engine) => {
      const found = computed(engine, testCase);
      oracle.activate();
      const input = tf.input({ shape: [...testCase.shape] });
      const output = testCase.model(input);
      const model = tf.model({ inputs: input, outputs: output });
      const placed = placeLayers(specOf(testCase), sizeOf(testCase.shape));
      expect(placed.layers.at(-1)!.shape).toEqual(output.shape.slice(1));
      expect(placed.parameterCount).toBe(model.countParams());
      expect(model.weights.map(({ shape }) => shape)).toEqual(found.parameterLayout.map(({ shape }) => shape));
      model.setWeights(
        found.parameterLayout.map(({ shape, offset }) =>
          tf.tensor(found.parameters.slice(offset, offset + sizeOf(shape)), [...shape]),
        ),
      );
      const outputs = model.predict(tf.tensor(found.input, [ROWS, ...testCase.shape])) as tf.Tensor;
      expect(difference(found.outputs, [...outputs.dataSync()])).toBeLessThan(1e-5);
      // In plain JavaScript, with the kernels for gradients that other backends lack.
      const expected = computed(oracle, testCase);
      expect(difference(found.gradients, expected.gradients)).toBeLessThan(1e-5);
      expect(difference(found.dInput, expected.dInput)).toBeLessThan(1e-5);
      expect(found.gradients.some((value) => value !== 0) || found.gradients.length === 0).toBe(true);
    });
  }

  onEachBackend('take several inputs out of a row, each in its shape', (engine) => {
    const kernels = kernelsOn(engine);
    const spec: NetworkSpec = {
      ...specOf({ shape: [1], layers: [] }),
      inputs: { picture: { offset: 1, shape: [2, 2, 1] }, self: { offset: 5, shape: [2] } },
      layers: [
        { type: 'flatten', id: 'pixels', of: 'picture' },
        { type: 'concatenate', of: ['self', 'pixels'] },
      ],
    };
    const network = createTrunk(kernels, spec, { inputSize: 7, maxRows: 2 })!;
    const input = kernels.f32(14);
    input.set([9, 1, 2, 3, 4, 5, 6, 9, 10, 20, 30, 40, 50, 60]);
    expect([...network.forward(kernels.f32(0), input, 2)]).toEqual([5, 6, 1, 2, 3, 4, 50, 60, 10, 20, 30, 40]);
    network.dispose();
  });

  onEachBackend('begin by the seed alone, and end in the dense layer of the outputs', (engine) => {
    const kernels = kernelsOn(engine);
    const spec = specOf({ shape: [5, 5, 2], layers: [{ type: 'conv2d', filters: 4, kernelSize: 3 }] });
    const network = createNetwork(
      kernels,
      { ...spec, outputBias: 0.25 },
      {
        inputSize: 50,
        outputSize: 3,
        maxRows: 4,
        outputGain: 0.5,
      },
    );
    expect(network.parameterLayout).toEqual([
      { name: 'layers.0.weights', shape: [3, 3, 2, 4], offset: 0 },
      { name: 'layers.0.bias', shape: [4], offset: 72 },
      { name: 'output.weights', shape: [36, 3], offset: 76 },
      { name: 'output.bias', shape: [3], offset: 184 },
    ]);
    const [first, second] = [kernels.f32(187), kernels.f32(187)];
    network.initialize(first, new RandomStream(5, 'test'));
    network.initialize(second, new RandomStream(5, 'test'));
    expect([...first]).toEqual([...second]);
    const column = (weights: Float32Array, outputs: number, o: number) =>
      Math.hypot(...weights.filter((_, k) => k % outputs === o));
    expect(column(first.subarray(0, 72), 4, 1)).toBeCloseTo(Math.SQRT2, 5);
    expect(column(first.subarray(76, 184), 3, 2)).toBeCloseTo(0.5, 5);
    expect([...first.subarray(72, 76)]).toEqual([0, 0, 0, 0]);
    expect(Math.max(...first.subarray(184).map(Math.abs))).toBeLessThanOrEqual(0.25);
    network.dispose();
  });

  onEachBackend('count words that there are none of as the nearest', (engine) => {
    const kernels = kernelsOn(engine);
    const spec = specOf({ shape: [1], layers: [{ type: 'embedding', count: 3, size: 1 }] });
    const network = createTrunk(kernels, spec, { inputSize: 1, maxRows: 5 })!;
    const table = kernels.f32(3);
    table.set([10, 20, 30]);
    const input = kernels.f32(5);
    input.set([-4, 0.4, 1.2, 2, 1e9]);
    expect([...network.forward(table, input, 5)]).toEqual([10, 10, 20, 30, 30]);
    network.dispose();
  });
});
