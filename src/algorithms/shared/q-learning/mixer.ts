import type { RandomStream } from '../../../base/index.js';
import type { F32 } from '../../../kernels/index.js';

/** The value of a team out of its agents' values, which must not fall where one of them rises: then each agent's greatest value makes
 *  the team's greatest.
 *  Letters: B rows, N agents, C numbers of the state. states f32[B, C], values f32[B, N], totals f32[B]. */
export interface Mixer {
  readonly parameterCount: number;
  initialize(parameters: F32, random: RandomStream): void;
  /** Writes totals. Keeps what `backward` needs. */
  mix(parameters: F32, states: F32, values: F32, totals: F32, B: number): void;
  /** After `mix` of the same rows: writes dValues, and adds to gradients, the gradient of Σ_b dTotals[b]·totals[b]. */
  backward(parameters: F32, states: F32, values: F32, dTotals: F32, dValues: F32, gradients: F32, B: number): void;
  dispose(): void;
}

/** total = Σ_i value_i. Source: Sunehag et al. 2018, eq. 3. */
export function createSumMixer(agents: number): Mixer {
  return {
    parameterCount: 0,
    initialize() {},
    mix(_parameters, _states, values, totals, B) {
      for (let b = 0, k = 0; b < B; b++) {
        let sum = 0;
        for (let i = 0; i < agents; i++, k++) sum += values[k]!;
        totals[b] = sum;
      }
    },
    backward(_parameters, _states, _values, dTotals, dValues, _gradients, B) {
      for (let b = 0, k = 0; b < B; b++) {
        for (let i = 0; i < agents; i++, k++) dValues[k] = dTotals[b]!;
      }
    },
    dispose() {},
  };
}
