import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import { createPlainKernels, createWasmKernels, type F32, type Kernels } from '../../../src/kernels/index.js';
import { createNetwork, createTrunk, type Network, type NetworkSpec } from '../../../src/networks/index.js';
import { bits, normals } from './fixtures.js';

const [I, O, S, T, N] = [3, 2, 4, 5, 3];
const ROWS = T * N;
const SPEC: NetworkSpec = {
  kind: 'mlp',
  hidden: [6],
  activation: 'tanh',
  initialization: 'orthogonal',
  recurrent: { kind: 'gru', size: S },
};
/** An episode begins with the first step of sequence 1, with steps 2 and 3 of sequence 0, and with the last of sequence 2. */
const STARTS = new Uint8Array(ROWS);
for (const row of [1, 2 * N, 3 * N, 4 * N + 2]) STARTS[row] = 1;

const create = (kernels: Kernels, over: Partial<NetworkSpec> = {}, maxRows = ROWS): Network =>
  createNetwork(kernels, { ...SPEC, ...over }, { inputSize: I, outputSize: O, maxRows, outputGain: 1 });

type Parts = Readonly<Record<string, { readonly values: Float64Array; readonly shape: readonly number[] }>>;

const partsOf = (network: Network, parameters: ArrayLike<number>): Parts =>
  Object.fromEntries(
    network.parameterLayout.map(({ name, shape, offset }) => {
      const count = shape.reduce((product, extent) => product * extent, 1);
      return [name, { values: Float64Array.from({ length: count }, (_, k) => parameters[offset + k]!), shape }];
    }),
  );

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** x·W + b in float64. */
function dense(x: readonly number[], { values, shape }: Parts[string], bias: Parts[string]): number[] {
  const width = shape[1]!;
  return Array.from(bias.values, (b, o) => x.reduce((sum, value, i) => sum + value * values[i * width + o]!, b));
}

/** The outputs and states that the equations of the unit give, sequence by sequence, in float64. */
function reference(
  network: Network,
  parameters: ArrayLike<number>,
  input: ArrayLike<number>,
  state: ArrayLike<number>,
) {
  const parts = partsOf(network, parameters);
  const outputs: number[] = new Array(ROWS * O);
  const states: number[] = new Array(ROWS * S);
  for (let n = 0; n < N; n++) {
    let h = Array.from({ length: S }, (_, j) => state[n * S + j]!);
    for (let t = 0; t < T; t++) {
      const row = t * N + n;
      if (STARTS[row] === 1) h = h.map(() => 0);
      let x = Array.from({ length: I }, (_, i) => input[row * I + i]!);
      if (parts['layers.0.weights'] !== undefined) {
        x = dense(x, parts['layers.0.weights'], parts['layers.0.bias']!).map(Math.tanh);
      }
      const ofInput = dense(x, parts['gru.inputWeights']!, parts['gru.inputBias']!);
      const ofState = dense(h, parts['gru.stateWeights']!, parts['gru.stateBias']!);
      h = h.map((before, j) => {
        const reset = sigmoid(ofInput[j]! + ofState[j]!);
        const update = sigmoid(ofInput[S + j]! + ofState[S + j]!);
        const candidate = Math.tanh(ofInput[2 * S + j]! + reset * ofState[2 * S + j]!);
        return (1 - update) * candidate + update * before;
      });
      const output = dense(h, parts['output.weights']!, parts['output.bias']!);
      for (let j = 0; j < S; j++) states[row * S + j] = h[j]!;
      for (let o = 0; o < O; o++) outputs[row * O + o] = output[o]!;
    }
  }
  return { outputs, states };
}

function begin(kernels: Kernels, over: Partial<NetworkSpec> = {}) {
  const network = create(kernels, over);
  return {
    network,
    parameters: normals(kernels, network.parameterCount, 1),
    input: normals(kernels, ROWS * I, 2),
    state: normals(kernels, N * S, 3),
  };
}

function expectNear(found: ArrayLike<number>, expected: readonly number[], tolerance: number): void {
  expected.forEach((value, k) => {
    expect(Math.abs(found[k]! - value), `element ${k}`).toBeLessThan(tolerance * (1 + Math.abs(value)));
  });
}

const SHAPES: [string, Partial<NetworkSpec>][] = [
  ['behind a hidden layer', {}],
  ['on the inputs', { hidden: [] }],
];

describe('a gated recurrent unit', () => {
  it.each(SHAPES)('has the outputs and states of its equations, %s', (_, over) => {
    const { network, parameters, input, state } = begin(createWasmKernels(), over);
    const expected = reference(network, parameters, input, state);
    const outputs = network.forward(parameters, input, ROWS, { steps: T, state, starts: STARTS });
    expectNear(outputs, expected.outputs, 1e-5);
    expectNear(network.states!, expected.states, 1e-5);
    expect(bits(state, N * S)).toEqual(bits(network.states!.subarray((T - 1) * N * S), N * S));
  });

  it.each(SHAPES)('has the gradient that differences of its equations have, %s', (_, over) => {
    const kernels = createWasmKernels();
    const { network, parameters, input, state } = begin(kernels, over);
    const weights = normals(kernels, ROWS * O, 4);
    const loss = (at: ArrayLike<number>, seen: ArrayLike<number>): number =>
      reference(network, at, seen, before).outputs.reduce((sum, output, k) => sum + output * weights[k]!, 0);
    const before = Float64Array.from(state);
    const differences = (array: F32, at: (moved: Float64Array) => number): number[] =>
      Array.from(array, (_value, k) => {
        const [low, high] = [-1e-5, 1e-5].map((by) => {
          const moved = Float64Array.from(array);
          moved[k]! += by;
          return at(moved);
        });
        return (high! - low!) / 2e-5;
      });
    const ofParameters = differences(parameters, (moved) => loss(moved, input));
    const ofInput = differences(input, (moved) => loss(parameters, moved));
    const gradients = kernels.f32(network.parameterCount);
    const dInput = kernels.f32(ROWS * I);
    network.forward(parameters, input, ROWS, { steps: T, state, starts: STARTS });
    state.fill(7);
    network.backward(parameters, input, normals(kernels, ROWS * O, 4), gradients, ROWS, dInput);
    expectNear(gradients, ofParameters, 1e-4);
    expectNear(dInput, ofInput, 1e-4);
  });

  it('has the same bits on every engine, and step by step as in one call', () => {
    const results = [createPlainKernels(), createWasmKernels()].map((kernels) => {
      const { network, parameters, input, state } = begin(kernels);
      const outputs = network.forward(parameters, input, ROWS, { steps: T, state, starts: STARTS }).slice(0, ROWS * O);
      const states = network.states!.slice(0, ROWS * S);
      const gradients = kernels.f32(network.parameterCount);
      network.backward(parameters, input, normals(kernels, ROWS * O, 4), gradients, ROWS);

      const walked = normals(kernels, N * S, 3);
      const stepOutputs: number[] = [];
      const stepStates: number[] = [];
      for (let t = 0; t < T; t++) {
        const starts = STARTS.subarray(t * N, (t + 1) * N);
        const rows = kernels.view(input, t * N * I, N * I);
        const output = network.forward(parameters, rows, N, { steps: 1, state: walked, starts });
        stepOutputs.push(...bits(output, N * O));
        stepStates.push(...bits(walked, N * S));
      }
      expect(stepOutputs).toEqual(bits(outputs));
      expect(stepStates).toEqual(bits(states));
      return [...bits(outputs), ...bits(states), ...bits(gradients)];
    });
    expect(results[1]).toEqual(results[0]);
  });

  it('forgets at the start of an episode what was before it', () => {
    const { network, parameters, input, state } = begin(createPlainKernels());
    const starts = new Uint8Array(ROWS).fill(1, 0, N);
    const outputs = bits(network.forward(parameters, input, ROWS, { steps: T, state, starts }), ROWS * O);
    state.fill(0);
    expect(bits(network.forward(parameters, input, ROWS, { steps: T, state, starts: null }), ROWS * O)).toEqual(
      outputs,
    );
  });

  it('adds to gradients, and keeps nothing of an earlier call', () => {
    const kernels = createWasmKernels();
    const { network, parameters, input } = begin(kernels);
    const run = (gradients: F32): void => {
      const state = normals(kernels, N * S, 3);
      network.forward(parameters, input, ROWS, { steps: T, state, starts: null });
      network.backward(parameters, input, normals(kernels, ROWS * O, 4), gradients, ROWS);
    };
    const [first, second] = [kernels.f32(network.parameterCount), kernels.f32(network.parameterCount)];
    run(first);
    const state = normals(kernels, N * S, 9);
    network.forward(parameters, input, ROWS, { steps: T, state, starts: STARTS });
    run(second);
    expect(bits(second)).toEqual(bits(first));
    run(second);
    expectNear(
      second,
      Array.from(first, (gradient) => 2 * gradient),
      1e-5,
    );
  });

  it('takes normalized inputs', () => {
    const kernels = createPlainKernels();
    const { network, parameters, input, state } = begin(kernels, { normalizeInput: true });
    const plain = begin(kernels);
    const own = plain.network.parameterCount;
    parameters.fill(0, own, own + I);
    parameters.fill(1, own + I, own + 2 * I);
    const sequences = { steps: T, state, starts: null };
    const outputs = bits(network.forward(parameters, input, ROWS, sequences), ROWS * O);
    expect(network.stateSize).toBe(S);
    expect(bits(network.states!, ROWS * S)).not.toEqual(new Array(ROWS * S).fill(0));
    const expected = plain.network.forward(parameters, input, ROWS, { steps: T, state: plain.state, starts: null });
    expect(outputs).toEqual(bits(expected, ROWS * O));
  });

  it('starts with orthogonal matrices of each gate, and biases of 0', () => {
    const kernels = createPlainKernels();
    const network = create(kernels);
    const parameters = kernels.f32(network.parameterCount).fill(Number.NaN);
    network.initialize(parameters, new RandomStream(1, 'test'));
    const parts = partsOf(network, parameters);
    const { values } = parts['gru.stateWeights']!;
    for (let gate = 0; gate < 3; gate++) {
      for (let a = 0; a < S; a++) {
        for (let b = 0; b < S; b++) {
          let product = 0;
          for (let i = 0; i < S; i++) product += values[i * 3 * S + gate * S + a]! * values[i * 3 * S + gate * S + b]!;
          expect(product).toBeCloseTo(a === b ? 1 : 0, 5);
        }
      }
    }
    expect([...parts['gru.inputBias']!.values, ...parts['gru.stateBias']!.values]).toEqual(new Array(6 * S).fill(0));
    expect(parameters.some(Number.isNaN)).toBe(false);
  });

  it('lays its parameters out without gaps', () => {
    const { parameterLayout, parameterCount } = create(createPlainKernels());
    let end = 0;
    for (const { shape, offset } of parameterLayout) {
      expect(offset).toBe(end);
      end += shape.reduce((count, extent) => count * extent, 1);
    }
    expect(end).toBe(parameterCount);
    expect(parameterLayout.map(({ name }) => name)).toEqual([
      'layers.0.weights',
      'layers.0.bias',
      'gru.inputWeights',
      'gru.inputBias',
      'gru.stateWeights',
      'gru.stateBias',
      'output.weights',
      'output.bias',
    ]);
  });

  it.each([
    ['no sequences', ROWS, undefined, 'NETWORK_SEQUENCES_INVALID'],
    ['rows that are no whole sequences', ROWS - 1, T, 'NETWORK_SEQUENCES_INVALID'],
    ['sequences of no steps', ROWS, 0, 'NETWORK_SEQUENCES_INVALID'],
    ['more rows than it was made for', 2 * ROWS, T, 'NETWORK_ROWS_INVALID'],
  ])('refuses %s', (_, rows, steps, code) => {
    const { network, parameters, input, state } = begin(createPlainKernels());
    const sequences = steps === undefined ? undefined : { steps, state, starts: null };
    expect(() => network.forward(parameters, input, rows, sequences)).toThrow(expect.objectContaining({ code }));
  });

  it('gives its arrays back', () => {
    const kernels = createPlainKernels();
    create(kernels).dispose();
    createTrunk(kernels, SPEC, { inputSize: I, maxRows: 4 })!.dispose();
    expect(kernels.allocatedBytes).toBe(0);
  });
});
