import type { VtraceClips } from '../port.js';
import type { Matrix } from './dense.js';

/** Everything is [T][B]. discounts is 0 where terminated, lambdas 0 where truncated. */
export interface EstimatorInputs {
  readonly rewards: Matrix;
  readonly discounts: Matrix;
  readonly lambdas: Matrix;
  readonly values: Matrix;
  readonly nextValues: Matrix;
}

/** Evaluates `at(t, b)` for every step of every trajectory. */
function each(shape: Matrix, at: (t: number, b: number) => number): number[][] {
  return shape.map((row, t) => row.map((_, b) => at(t, b)));
}

/** Π_{i=from}^{to−1} factor(i); 1 when empty. */
function product(from: number, to: number, factor: (i: number) => number): number {
  let result = 1;
  for (let i = from; i < to; i++) result *= factor(i);
  return result;
}

/** Σ_{i=from}^{to−1} term(i). */
function sum(from: number, to: number, term: (i: number) => number): number {
  let result = 0;
  for (let i = from; i < to; i++) result += term(i);
  return result;
}

/** G_t = Σ_{k≥t} (Π_{i=t}^{k−1} γ_i)·r_k + (Π_{i=t}^{T−1} γ_i)·bootstrap. */
export function discountedReturns(rewards: Matrix, discounts: Matrix, bootstrap: readonly number[]): number[][] {
  const T = rewards.length;
  return each(rewards, (t, b) => {
    const discount = (to: number): number => product(t, to, (i) => discounts[i][b]);
    return sum(t, T, (k) => discount(k) * rewards[k][b]) + discount(T) * bootstrap[b];
  });
}

/** A_t = Σ_{k≥t} (Π_{i=t}^{k−1} γ_i·λ_i)·δ_k, δ_k = r_k + γ_k·V'_k − V_k. Source: Schulman et al. 2016, eq. 16. */
export function gae(inputs: EstimatorInputs): number[][] {
  const { rewards, discounts, lambdas, values, nextValues } = inputs;
  const T = rewards.length;
  return each(rewards, (t, b) =>
    sum(t, T, (k) => {
      const delta = rewards[k][b] + discounts[k][b] * nextValues[k][b] - values[k][b];
      return product(t, k, (i) => discounts[i][b] * lambdas[i][b]) * delta;
    }),
  );
}

/** v_t = V_t + Σ_{k≥t} (Π_{i=t}^{k−1} γ_i·λ_i·c_i)·δ_k, δ_k = min(ρ̄, ρ_k)·(r_k + γ_k·V'_k − V_k), c_i = min(c̄, ρ_i);
 *  advantage_t = min(ρ̄_pg, ρ_t)·(r_t + γ_t·v'_t − V_t), v'_t = V'_t + (v_{t+1} − V_{t+1}), or V'_t where the trace is cut.
 *  Source: Espeholt et al. 2018, eq. 1 and section 4.2. */
export function vtrace(
  ratios: Matrix,
  inputs: EstimatorInputs,
  clips: VtraceClips,
): { readonly valueTargets: number[][]; readonly advantages: number[][] } {
  const { rewards, discounts, lambdas, values, nextValues } = inputs;
  const T = rewards.length;
  const valueTargets = each(rewards, (t, b) => {
    const trace = (i: number): number => discounts[i][b] * lambdas[i][b] * Math.min(clips.cBar, ratios[i][b]);
    const corrections = sum(t, T, (k) => {
      const delta = rewards[k][b] + discounts[k][b] * nextValues[k][b] - values[k][b];
      return product(t, k, trace) * Math.min(clips.rhoBar, ratios[k][b]) * delta;
    });
    return values[t][b] + corrections;
  });
  const advantages = each(rewards, (t, b) => {
    const cut = t === T - 1 || lambdas[t][b] === 0;
    const nextTarget = nextValues[t][b] + (cut ? 0 : valueTargets[t + 1][b] - values[t + 1][b]);
    const weight = clips.pgRhoBar === null ? 1 : Math.min(clips.pgRhoBar, ratios[t][b]);
    return weight * (rewards[t][b] + discounts[t][b] * nextTarget - values[t][b]);
  });
  return { valueTargets, advantages };
}
