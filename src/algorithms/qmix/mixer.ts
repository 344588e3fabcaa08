import type { RandomStream } from '../../base/index.js';
import { expF64 } from '../../base/math/index.js';
import type { F32, Kernels } from '../../kernels/index.js';
import { createNetwork, type Network, type NetworkSpec } from '../../networks/index.js';
import type { Mixer } from '../shared/q-learning/mixer.js';

export interface MonotonicMixerSettings {
  readonly agents: number;
  readonly stateSize: number;
  /** Width of the hidden layer, E. */
  readonly embeddingSize: number;
  readonly hidden: readonly number[];
  readonly maxRows: number;
}

/** A network over the agents' values whose weights are functions of the state, and never negative:
 *
 *    h_e   = elu(Σ_i |W_1[i, e]|·value_i + b_1[e])          W_1 [N, E], b_1 [E], W_2 [E] outputs of one hypernetwork at the state
 *    total = Σ_e |W_2[e]|·h_e + V(state)                    V a network with a hidden layer of E
 *
 *  Parameters: hypernetwork, V. Arithmetic of the mixing in float64 on float32 arrays, rounded once on store.
 *  Source: Rashid et al. 2018, section 4.1 and figure 2. */
export function createMonotonicMixer(kernels: Kernels, settings: MonotonicMixerSettings): Mixer {
  return new MonotonicMixer(kernels, settings);
}

class MonotonicMixer implements Mixer {
  readonly parameterCount: number;
  private readonly kernels: Kernels;
  private readonly agents: number;
  private readonly embedding: number;
  private readonly hypernetwork: Network;
  private readonly stateValue: Network;
  /** Of the last `mix`: W_1, b_1 and W_2 of each row, and h and its derivative by what elu is of: f64[maxRows, E]. */
  private weights: F32;
  private readonly hidden: Float64Array;
  private readonly slopes: Float64Array;
  private readonly dWeights: F32;
  private readonly dStateValues: F32;
  private readonly views = new WeakMap<F32, { readonly hypernetwork: F32; readonly stateValue: F32 }>();

  constructor(kernels: Kernels, { agents: N, stateSize, embeddingSize: E, hidden, maxRows }: MonotonicMixerSettings) {
    const spec = (widths: readonly number[]): NetworkSpec => ({
      kind: 'mlp',
      hidden: [...widths],
      activation: 'relu',
      // Of both signs, before they are made positive, and as large as keeps the scale of the state.
      initialization: 'lecunUniform',
    });
    const sizes = { inputSize: stateSize, maxRows };
    this.kernels = kernels;
    this.agents = N;
    this.embedding = E;
    // Sums of E products of two weights each: at 1/√E they begin as large as the values, whatever the width.
    const scale = 1 / Math.sqrt(E);
    const hyper = { ...spec(hidden), outputBias: scale };
    this.hypernetwork = createNetwork(kernels, hyper, { ...sizes, outputSize: N * E + 2 * E, outputGain: scale });
    this.stateValue = createNetwork(kernels, spec([E]), { ...sizes, outputSize: 1, outputGain: 1 });
    this.parameterCount = this.hypernetwork.parameterCount + this.stateValue.parameterCount;
    this.dWeights = kernels.f32(maxRows * this.hypernetwork.outputSize);
    this.weights = this.dWeights;
    this.hidden = new Float64Array(maxRows * E);
    this.slopes = new Float64Array(maxRows * E);
    this.dStateValues = kernels.f32(maxRows);
  }

  initialize(parameters: F32, random: RandomStream): void {
    const own = this.split(parameters);
    this.hypernetwork.initialize(own.hypernetwork, random);
    this.stateValue.initialize(own.stateValue, random);
  }

  mix(parameters: F32, states: F32, values: F32, totals: F32, B: number): void {
    const { agents: N, embedding: E, hidden, slopes } = this;
    const own = this.split(parameters);
    const weights = this.hypernetwork.forward(own.hypernetwork, states, B);
    const stateValues = this.stateValue.forward(own.stateValue, states, B);
    this.weights = weights;
    for (let b = 0; b < B; b++) {
      const first = b * (N * E + 2 * E);
      const bias = first + N * E;
      const second = bias + E;
      let total = stateValues[b]!;
      for (let e = 0; e < E; e++) {
        let sum = weights[bias + e]!;
        for (let i = 0; i < N; i++) sum += Math.abs(weights[first + i * E + e]!) * values[b * N + i]!;
        // elu(x) = x above 0, eˣ − 1 below, where its derivative is elu + 1.
        const above = sum > 0;
        const h = above ? sum : expF64(sum) - 1;
        hidden[b * E + e] = h;
        slopes[b * E + e] = above ? 1 : h + 1;
        total += Math.abs(weights[second + e]!) * h;
      }
      totals[b] = total;
    }
  }

  backward(parameters: F32, states: F32, values: F32, dTotals: F32, dValues: F32, gradients: F32, B: number): void {
    const { agents: N, embedding: E, weights, dWeights, hidden, slopes } = this;
    for (let b = 0; b < B; b++) {
      const first = b * (N * E + 2 * E);
      const bias = first + N * E;
      const second = bias + E;
      const dTotal = dTotals[b]!;
      for (let e = 0; e < E; e++) {
        const weight = weights[second + e]!;
        dWeights[second + e] = dTotal * hidden[b * E + e]! * signOf(weight);
        dWeights[bias + e] = dTotal * Math.abs(weight) * slopes[b * E + e]!;
      }
      for (let i = 0; i < N; i++) {
        const value = values[b * N + i]!;
        let dValue = 0;
        for (let e = 0; e < E; e++) {
          const dSum = dTotal * Math.abs(weights[second + e]!) * slopes[b * E + e]!;
          const weight = weights[first + i * E + e]!;
          dWeights[first + i * E + e] = dSum * value * signOf(weight);
          dValue += dSum * Math.abs(weight);
        }
        dValues[b * N + i] = dValue;
      }
      this.dStateValues[b] = dTotal;
    }
    const own = this.split(parameters);
    const sums = this.split(gradients);
    this.hypernetwork.backward(own.hypernetwork, states, dWeights, sums.hypernetwork, B);
    this.stateValue.backward(own.stateValue, states, this.dStateValues, sums.stateValue, B);
  }

  dispose(): void {
    this.hypernetwork.dispose();
    this.stateValue.dispose();
    this.kernels.free(this.dWeights);
    this.kernels.free(this.dStateValues);
  }

  private split(block: F32): { readonly hypernetwork: F32; readonly stateValue: F32 } {
    const known = this.views.get(block);
    if (known !== undefined) return known;
    const count = this.hypernetwork.parameterCount;
    const views = {
      hypernetwork: this.kernels.view(block, 0, count),
      stateValue: this.kernels.view(block, count, this.stateValue.parameterCount),
    };
    this.views.set(block, views);
    return views;
  }
}

/** Derivative of |x|; 0 at 0. */
const signOf = (x: number): number => (x > 0 ? 1 : x < 0 ? -1 : 0);
