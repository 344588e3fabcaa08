import type { VtraceClips } from '../port.js';

const { fround } = Math;

/** G_t = r_t + γ_t·G_{t+1}, G_T = bootstrap. */
export function discountedReturns(
  rewards: Float32Array,
  discounts: Float32Array,
  bootstrap: Float32Array,
  returns: Float32Array,
  T: number,
  B: number,
): void {
  for (let t = T - 1; t >= 0; t--) {
    for (let b = 0; b < B; b++) {
      const j = t * B + b;
      const next = t === T - 1 ? bootstrap[b] : returns[j + B];
      returns[j] = fround(rewards[j] + fround(discounts[j] * next));
    }
  }
}

/** A_t = δ_t + (γ_t·λ_t)·A_{t+1}, δ_t = (r_t + γ_t·V'_t) − V_t, A_T = +0. */
export function gae(
  rewards: Float32Array,
  discounts: Float32Array,
  lambdas: Float32Array,
  values: Float32Array,
  nextValues: Float32Array,
  advantages: Float32Array,
  T: number,
  B: number,
): void {
  for (let t = T - 1; t >= 0; t--) {
    for (let b = 0; b < B; b++) {
      const j = t * B + b;
      const next = t === T - 1 ? 0 : advantages[j + B];
      const delta = fround(fround(rewards[j] + fround(discounts[j] * nextValues[j])) - values[j]);
      advantages[j] = fround(delta + fround(fround(discounts[j] * lambdas[j]) * next));
    }
  }
}

/** e_t = min(ρ̄, ρ_t)·((r_t + γ_t·V'_t) − V_t) + ((γ_t·λ_t)·min(c̄, ρ_t))·e_{t+1}, e_T = +0; valueTarget_t = V_t + e_t;
 *  advantage_t = min(ρ̄_pg, ρ_t)·((r_t + γ_t·(V'_t + (λ_t ≠ 0 ? e_{t+1} : +0))) − V_t). */
export function vtrace(
  ratios: Float32Array,
  rewards: Float32Array,
  discounts: Float32Array,
  lambdas: Float32Array,
  values: Float32Array,
  nextValues: Float32Array,
  valueTargets: Float32Array,
  advantages: Float32Array,
  T: number,
  B: number,
  clips: VtraceClips,
): void {
  const rhoBar = fround(clips.rhoBar);
  const cBar = fround(clips.cBar);
  const pgRhoBar = clips.pgRhoBar === null ? null : fround(clips.pgRhoBar);
  for (let b = 0; b < B; b++) {
    let e = 0;
    for (let t = T - 1; t >= 0; t--) {
      const j = t * B + b;
      const ratio = ratios[j];
      const y = discounts[j];
      const carried = lambdas[j] !== 0 ? e : 0;
      const target = fround(rewards[j] + fround(y * fround(nextValues[j] + carried)));
      const advantage = fround(target - values[j]);
      advantages[j] = pgRhoBar === null ? advantage : fround(clip(ratio, pgRhoBar) * advantage);
      const error = fround(fround(rewards[j] + fround(y * nextValues[j])) - values[j]);
      const trace = fround(fround(y * lambdas[j]) * clip(ratio, cBar));
      e = fround(fround(clip(ratio, rhoBar) * error) + fround(trace * e));
      valueTargets[j] = fround(values[j] + e);
    }
  }
}

/** A NaN ratio stays NaN. */
function clip(ratio: number, bar: number): number {
  return bar < ratio ? bar : ratio;
}
