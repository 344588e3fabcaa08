import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../../src/base/index.js';
import { createWasmKernels, type F32, type Kernels } from '../../../../src/kernels/index.js';
import {
  createNetwork,
  createTrunk,
  type Network,
  type NetworkSpec,
  networkStateSize,
} from '../../../../src/networks/index.js';
import { attachTensorflow, type TensorflowEngine } from '../../../../src/networks/tensorflow/index.js';
import { onEachBackend } from '../../../helpers/tensorflow/backends.js';
import { filled, normals } from '../fixtures.js';

type Layers = NonNullable<NetworkSpec['layers']>;

const [STEPS, SEQUENCES, INPUTS] = [5, 3, 4];
const ROWS = STEPS * SEQUENCES;
/** Episodes begin within the sequences: in the first step, in the middle, in the last. */
const STARTS = Uint8Array.from([1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1]);

const described = (layers: Layers): NetworkSpec => ({
  kind: 'layers',
  hidden: [],
  activation: 'tanh',
  initialization: 'orthogonal',
  layers,
});
const BOTH = described([
  { type: 'dense', units: 6 },
  { type: 'gru', units: 5 },
  { type: 'lstm', units: 3 },
  { type: 'dense', units: 4 },
]);

const kernelsOn = (engine: TensorflowEngine): Kernels => {
  const kernels = createWasmKernels();
  attachTensorflow(kernels, engine, false);
  return kernels;
};

const trunkOf = (kernels: Kernels, spec: NetworkSpec): Network =>
  createTrunk(kernels, spec, { inputSize: INPUTS, maxRows: ROWS })!;

function computed(kernels: Kernels, network: Network, parameters: F32, starts: Uint8Array | null = STARTS) {
  const state = normals(kernels, SEQUENCES * network.stateSize, 4);
  const input = normals(kernels, ROWS * INPUTS, 2);
  const outputs = [...network.forward(parameters, input, ROWS, { steps: STEPS, state, starts })];
  const states = [...network.states!];
  const gradients = kernels.f32(network.parameterCount);
  const dInput = kernels.f32(ROWS * INPUTS);
  const dOutput = normals(kernels, outputs.length, 3);
  const weights = [...dOutput];
  network.backward(parameters, input, dOutput, gradients, ROWS, dInput);
  return { outputs, states, state: [...state], weights, gradients: [...gradients], dInput: [...dInput] };
}

const furthest = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), a.length === b.length ? 0 : Infinity);

describe('recurrent layers', () => {
  onEachBackend('are, as a GRU, that of the kernels', (engine) => {
    const own = createWasmKernels();
    const spec = { ...described([]), kind: 'mlp' as const, recurrent: { kind: 'gru' as const, size: 5 } };
    const gru = createTrunk(own, spec, { inputSize: INPUTS, maxRows: ROWS })!;
    const kernels = kernelsOn(engine);
    const layers = trunkOf(kernels, described([{ type: 'gru', units: 5 }]));
    expect(layers.parameterLayout.map(({ shape, offset }) => ({ shape, offset }))).toEqual(
      gru.parameterLayout.map(({ shape, offset }) => ({ shape, offset })),
    );
    for (const starts of [STARTS, null]) {
      const expected = computed(own, gru, normals(own, gru.parameterCount, 1), starts);
      const found = computed(kernels, layers, normals(kernels, layers.parameterCount, 1), starts);
      for (const what of ['outputs', 'states', 'state', 'gradients', 'dInput'] as const) {
        expect(furthest(found[what], expected[what])).toBeLessThan(2e-5);
      }
    }
    layers.dispose();
  });

  onEachBackend('are, as an LSTM, that of TensorFlow.js', (engine) => {
    const kernels = kernelsOn(engine);
    const network = trunkOf(kernels, described([{ type: 'lstm', units: 3 }]));
    const parameters = normals(kernels, network.parameterCount, 1);
    const input = normals(kernels, ROWS * INPUTS, 2);
    const state = kernels.f32(SEQUENCES * 6);
    const outputs = network.forward(parameters, input, ROWS, { steps: STEPS, state, starts: null });
    engine.activate();
    const lstm = tf.layers.lstm({ units: 3, returnSequences: true, recurrentActivation: 'sigmoid' });
    const sequences = tf.tensor([...input], [STEPS, SEQUENCES, INPUTS]).transpose([1, 0, 2]);
    lstm.apply(sequences);
    lstm.setWeights(
      network.parameterLayout.map(({ shape, offset }) =>
        tf.tensor([...parameters.subarray(offset, offset + shape.reduce((a, b) => a * b))], [...shape]),
      ),
    );
    const expected = (lstm.apply(sequences) as tf.Tensor).transpose([1, 0, 2]).dataSync();
    expect(furthest([...outputs], [...expected])).toBeLessThan(1e-5);
    network.dispose();
  });

  onEachBackend('have the gradient of finite differences, with episodes that begin on the way', (engine) => {
    const kernels = kernelsOn(engine);
    const network = trunkOf(kernels, BOTH);
    expect(network.stateSize).toBe(5 + 6);
    expect(networkStateSize(BOTH)).toBe(11);
    const parameters = normals(kernels, network.parameterCount, 1);
    for (let p = 0; p < parameters.length; p++) parameters[p]! *= 0.5;
    const { gradients, weights } = computed(kernels, network, parameters);
    const loss = (): number =>
      computed(kernels, network, parameters).outputs.reduce((sum, output, i) => sum + output * weights[i]!, 0);
    for (let p = 0; p < parameters.length; p += 17) {
      const at = parameters[p]!;
      parameters[p] = at + 0.01;
      const above = loss();
      parameters[p] = at - 0.01;
      const below = loss();
      parameters[p] = at;
      expect(Math.abs((above - below) / 0.02 - gradients[p]!)).toBeLessThan(
        5e-3 * Math.max(1, Math.abs(gradients[p]!)),
      );
    }
    network.dispose();
  });

  onEachBackend('give step by step what they give for the whole sequence', (engine) => {
    const kernels = kernelsOn(engine);
    const [whole, stepwise] = [trunkOf(kernels, BOTH), trunkOf(kernels, BOTH)];
    const parameters = normals(kernels, whole.parameterCount, 1);
    const expected = computed(kernels, whole, parameters);
    const input = normals(kernels, ROWS * INPUTS, 2);
    const state = normals(kernels, SEQUENCES * 11, 4);
    const outputs: number[] = [];
    for (let t = 0; t < STEPS; t++) {
      const step = kernels.view(input, t * SEQUENCES * INPUTS, SEQUENCES * INPUTS);
      const starts = STARTS.subarray(t * SEQUENCES, (t + 1) * SEQUENCES);
      const made = stepwise.forward(parameters, step, SEQUENCES, { steps: 1, state, starts });
      outputs.push(...made.subarray(0, SEQUENCES * 4));
    }
    expect(furthest(outputs, expected.outputs)).toBeLessThan(1e-5);
    expect(furthest([...state], expected.state)).toBeLessThan(1e-5);
    whole.dispose();
    stepwise.dispose();
  });

  onEachBackend('begin by the seed: orthogonal gate by gate, and with a memory that keeps', (engine) => {
    const kernels = kernelsOn(engine);
    const network = createNetwork(kernels, described([{ type: 'lstm', units: 3 }]), {
      inputSize: INPUTS,
      outputSize: 2,
      maxRows: ROWS,
      outputGain: 1,
    });
    const parameters = kernels.f32(network.parameterCount);
    network.initialize(parameters, new RandomStream(3, 'test'));
    const bias = network.parameterLayout[2]!.offset;
    expect([...parameters.subarray(bias, bias + 12)]).toEqual([0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
    for (let gate = 0; gate < 4; gate++) {
      const column = Array.from({ length: INPUTS }, (_, i) => parameters[i * 12 + 3 * gate]!);
      expect(Math.hypot(...column)).toBeCloseTo(1, 5);
    }
    network.dispose();
  });

  onEachBackend('keep no tensor beyond their parameters, and refuse rows without sequences', (engine) => {
    const before = engine.tensors;
    const kernels = kernelsOn(engine);
    const network = trunkOf(kernels, BOTH);
    const parameters = normals(kernels, network.parameterCount, 1);
    for (let update = 0; update < 3; update++) {
      computed(kernels, network, parameters);
      expect(engine.tensors - before).toBe(network.parameterLayout.length);
    }
    const input = filled(kernels, new Float32Array(ROWS * INPUTS));
    expect(() => network.forward(parameters, input, ROWS)).toThrow(/no sequences/);
    const state = kernels.f32(ROWS * 11);
    expect(() => network.forward(parameters, input, ROWS, { steps: 4, state, starts: null })).toThrow(/of 4 steps/);
    network.dispose();
    expect(engine.tensors).toBe(before);
  });
});

describe('the size of a memory', () => {
  it('is known without making the network', () => {
    expect(networkStateSize(described([{ type: 'dense', units: 3 }]))).toBe(0);
    expect(networkStateSize(BOTH)).toBe(11);
  });
});
