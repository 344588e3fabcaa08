import type { RandomStream } from '../../base/index.js';
import type { F32, Kernels } from '../../kernels/index.js';
import { type Initialization, initializeWeights } from '../mlp/index.js';
import type { ParameterPart, Sequences } from '../port.js';

const { fround } = Math;

/** The parameters of a cell, or their gradients, cut into their parts. */
export interface CellViews {
  readonly inputWeights: F32;
  readonly inputBias: F32;
  readonly stateWeights: F32;
  readonly stateBias: F32;
}

/** Gated recurrent unit. Rows are sequences, time-major; S = size, I = inputSize, N sequences:
 *      r_t = σ(x_t·W_r + b_r + h_{t−1}·U_r + c_r)
 *      z_t = σ(x_t·W_z + b_z + h_{t−1}·U_z + c_z)
 *      n_t = tanh(x_t·W_n + b_n + r_t ∘ (h_{t−1}·U_n + c_n))
 *      h_t = (1 − z_t) ∘ n_t + z_t ∘ h_{t−1}
 *  Parameters:  W [I, 3S] · b [3S] · U [S, 3S] · c [3S], the columns of each in the order r, z, n.
 *  Every operation is rounded to float32 by itself, in the order in which it is written here.
 *  Source: Cho et al. 2014, with the reset behind the product (as PyTorch and cuDNN have it). */
export class GruCell {
  readonly parameterCount: number;
  readonly parameterLayout: readonly ParameterPart[];
  /** f32[maxRows, S]: h_t of each row of the last forward. */
  readonly states: F32;
  private readonly kernels: Kernels;
  private readonly inputSize: number;
  private readonly size: number;
  /** Of each row: f32[maxRows, 3S] input's part of the gates; f32[maxRows, 2S] r and z; f32[maxRows, S] n, U_n's product, h_{t−1}. */
  private readonly inputGates: F32;
  private readonly gates: F32;
  private readonly candidates: F32;
  private readonly recalled: F32;
  private readonly previous: F32;
  /** Of one step: the state that goes into the product, and the product; both again for their gradients. */
  private readonly carried: F32;
  private readonly stateGates: F32;
  private readonly dCarried: F32;
  private readonly dStateGates: F32;
  private readonly stepGates: F32;
  private readonly stepCandidates: F32;
  private readonly dInputGates: F32;
  /** f32[N, S]: gradient of the state after the step, from the steps behind it. */
  private readonly dState: F32;
  private readonly arrays: F32[] = [];
  private readonly starts: Uint8Array;
  private hasStarts = false;
  private steps = 1;

  constructor(kernels: Kernels, inputSize: number, size: number, maxRows: number) {
    this.kernels = kernels;
    this.inputSize = inputSize;
    this.size = size;
    const stateAt = (inputSize + 1) * 3 * size;
    const biasAt = stateAt + size * 3 * size;
    this.parameterCount = biasAt + 3 * size;
    this.parameterLayout = [
      { name: 'gru.inputWeights', shape: [inputSize, 3 * size], offset: 0 },
      { name: 'gru.inputBias', shape: [3 * size], offset: inputSize * 3 * size },
      { name: 'gru.stateWeights', shape: [size, 3 * size], offset: stateAt },
      { name: 'gru.stateBias', shape: [3 * size], offset: biasAt },
    ];
    const rows = (width: number): F32 => {
      const array = kernels.f32(maxRows * width);
      this.arrays.push(array);
      return array;
    };
    this.starts = new Uint8Array(maxRows);
    this.states = rows(size);
    this.inputGates = rows(3 * size);
    this.gates = rows(2 * size);
    this.candidates = rows(size);
    this.recalled = rows(size);
    this.previous = rows(size);
    this.carried = rows(size);
    this.stateGates = rows(3 * size);
    this.dCarried = rows(size);
    this.dStateGates = rows(3 * size);
    this.stepGates = rows(2 * size);
    this.stepCandidates = rows(size);
    this.dInputGates = rows(3 * size);
    this.dState = rows(size);
  }

  viewsOf(block: F32, offset: number): CellViews {
    const [inputWeights, inputBias, stateWeights, stateBias] = this.parameterLayout.map((part) =>
      this.kernels.view(
        block,
        offset + part.offset,
        part.shape.reduce((count, extent) => count * extent, 1),
      ),
    );
    return {
      inputWeights: inputWeights!,
      inputBias: inputBias!,
      stateWeights: stateWeights!,
      stateBias: stateBias!,
    };
  }

  /** Each gate's matrices start as layers of their own with gain 1; biases start at 0. */
  initialize(
    { inputWeights, inputBias, stateWeights, stateBias }: CellViews,
    law: Initialization,
    random: RandomStream,
  ): void {
    for (const [weights, inputs] of [
      [inputWeights, this.inputSize],
      [stateWeights, this.size],
    ] as const) {
      const gate = new Float32Array(inputs * this.size);
      for (let g = 0; g < 3; g++) {
        initializeWeights(gate, inputs, this.size, law, 1, random);
        for (let i = 0; i < inputs; i++) {
          weights.set(gate.subarray(i * this.size, (i + 1) * this.size), (3 * i + g) * this.size);
        }
      }
    }
    inputBias.fill(0);
    stateBias.fill(0);
  }

  /** Writes `states` of input f32[T·N, I], and the state after the last step into sequences.state. */
  forward(views: CellViews, input: F32, N: number, { steps: T, state, starts }: Sequences): void {
    const { kernels, size: S, states, previous, carried, stateGates } = this;
    const { inputWeights, inputBias, stateWeights, stateBias } = views;
    const step = N * S;
    kernels.denseForward(input, inputWeights, inputBias, this.inputGates, T * N, this.inputSize, 3 * S, 'none');
    for (let t = 0; t < T; t++) {
      const first = t * step;
      if (t === 0) for (let k = 0; k < step; k++) carried[k] = state[k]!;
      else for (let k = 0; k < step; k++) carried[k] = states[first - step + k]!;
      if (starts !== null) forget(carried, starts, t * N, N, S);
      for (let k = 0; k < step; k++) previous[first + k] = carried[k]!;
      kernels.denseForward(carried, stateWeights, stateBias, stateGates, N, S, 3 * S, 'none');
      this.forwardStep(t * N, N);
    }
    const last = (T - 1) * step;
    for (let k = 0; k < step; k++) state[k] = states[last + k]!;
    this.steps = T;
    this.hasStarts = starts !== null;
    if (starts !== null) for (let row = 0; row < T * N; row++) this.starts[row] = starts[row]!;
  }

  /** Adds to the gradients of the parameters, for dStates f32[T·N, S]; writes dInput f32[T·N, I] where it is given. */
  backward(views: CellViews, input: F32, dStates: F32, sums: CellViews, rows: number, dInput: F32 | null): void {
    const { kernels, size: S, steps: T, dState, carried, previous, dCarried, stateGates, dStateGates } = this;
    const N = rows / T;
    const step = N * S;
    dState.fill(0, 0, step);
    for (let t = T - 1; t >= 0; t--) {
      const first = t * step;
      this.backwardStep(t * N, N, dStates);
      for (let k = 0; k < step; k++) carried[k] = previous[first + k]!;
      // Nobody asks for the gradient of the first state.
      const dBefore = t === 0 ? null : dCarried;
      kernels.denseBackward(
        carried,
        views.stateWeights,
        stateGates,
        dStateGates,
        dBefore,
        sums.stateWeights,
        sums.stateBias,
        N,
        S,
        3 * S,
        'none',
      );
      if (t === 0) break;
      for (let k = 0; k < step; k++) dState[k] = dState[k]! + dCarried[k]!;
      if (this.hasStarts) forget(dState, this.starts, t * N, N, S);
    }
    kernels.denseBackward(
      input,
      views.inputWeights,
      this.inputGates,
      this.dInputGates,
      dInput,
      sums.inputWeights,
      sums.inputBias,
      rows,
      this.inputSize,
      3 * S,
      'none',
    );
  }

  dispose(): void {
    for (const array of this.arrays) this.kernels.free(array);
  }

  /** Rows first … first + N − 1, of which `carried` and `stateGates` are those of the step. */
  private forwardStep(first: number, N: number): void {
    const { kernels, size: S, inputGates, stateGates, carried, stepGates, stepCandidates } = this;
    const { states, gates, candidates, recalled } = this;
    for (let n = 0; n < N; n++) {
      const to = n * 2 * S;
      const from = n * 3 * S;
      const input = (first + n) * 3 * S;
      for (let j = 0; j < 2 * S; j++) stepGates[to + j] = inputGates[input + j]! + stateGates[from + j]!;
    }
    kernels.elementwise('sigmoid', stepGates, stepGates, N * 2 * S);
    for (let n = 0; n < N; n++) {
      const to = n * S;
      const gate = n * 2 * S;
      const product = n * 3 * S + 2 * S;
      const row = (first + n) * S;
      const input = 3 * row + 2 * S;
      for (let j = 0; j < S; j++) {
        const recall = stateGates[product + j]!;
        recalled[row + j] = recall;
        stepCandidates[to + j] = inputGates[input + j]! + fround(stepGates[gate + j]! * recall);
      }
    }
    kernels.elementwise('tanh', stepCandidates, stepCandidates, N * S);
    for (let n = 0; n < N; n++) {
      const from = n * S;
      const row = (first + n) * S;
      for (let j = 0; j < 2 * S; j++) gates[2 * row + j] = stepGates[2 * from + j]!;
      for (let j = 0; j < S; j++) {
        const update = stepGates[2 * from + S + j]!;
        const candidate = stepCandidates[from + j]!;
        candidates[row + j] = candidate;
        states[row + j] = fround(fround(1 - update) * candidate) + fround(update * carried[from + j]!);
      }
    }
  }

  /** Writes the gradients of the step's gates, and into `dState` what flows past the product to the state before. */
  private backwardStep(first: number, N: number, dStates: F32): void {
    const { size: S, gates, candidates, recalled, previous, dState, dStateGates, dInputGates } = this;
    for (let n = 0; n < N; n++) {
      const own = n * S;
      const row = (first + n) * S;
      const to = 3 * own;
      const input = 3 * row;
      for (let j = 0; j < S; j++) {
        const reset = gates[2 * row + j]!;
        const update = gates[2 * row + S + j]!;
        const candidate = candidates[row + j]!;
        const gradient = fround(dStates[row + j]! + dState[own + j]!);
        const dUpdate = fround(gradient * fround(previous[row + j]! - candidate));
        const dCandidate = fround(fround(gradient * fround(1 - update)) * fround(1 - fround(candidate * candidate)));
        const dReset = fround(dCandidate * recalled[row + j]!);
        const ofReset = fround(dReset * fround(reset * fround(1 - reset)));
        const ofUpdate = fround(dUpdate * fround(update * fround(1 - update)));
        dInputGates[input + j] = ofReset;
        dInputGates[input + S + j] = ofUpdate;
        dInputGates[input + 2 * S + j] = dCandidate;
        dStateGates[to + j] = ofReset;
        dStateGates[to + S + j] = ofUpdate;
        dStateGates[to + 2 * S + j] = dCandidate * reset;
        dState[own + j] = gradient * update;
      }
    }
  }
}

/** Zeros in the rows of f32[N, S] that begin an episode by starts[first … first + N − 1]. */
function forget(state: F32, starts: Uint8Array, first: number, N: number, S: number): void {
  for (let n = 0; n < N; n++) if (starts[first + n] !== 0) state.fill(0, n * S, (n + 1) * S);
}
