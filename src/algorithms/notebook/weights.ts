import type { PolicyBatch } from '../../experience/index.js';

/** discounted[n] = γᵏ r_n, k counting steps from the start of the batch or of the episode that began in it. */
export function discountFromStart(batch: PolicyBatch, gamma: number, discounted: Float64Array): void {
  const { segments: S, horizon: T, instances: B } = batch.shape;
  for (let s = 0; s < S; s++) {
    for (let b = 0; b < B; b++) {
      let factor = 1;
      for (let t = 0; t < T; t++) {
        const n = (s * T + t) * B + b;
        discounted[n] = factor * batch.rewards[n]!;
        factor = (batch.terminated[n]! | batch.truncated[n]!) !== 0 ? 1 : factor * gamma;
      }
    }
  }
}

/** weights[n] = Σ of discounted from sample n to the end of its episode or of the batch. */
export function rewardsToGo(batch: PolicyBatch, discounted: Float64Array, weights: Float64Array): void {
  const { segments: S, horizon: T, instances: B } = batch.shape;
  for (let s = 0; s < S; s++) {
    for (let t = T - 1; t >= 0; t--) {
      for (let b = 0; b < B; b++) {
        const n = (s * T + t) * B + b;
        const ended = t === T - 1 || (batch.terminated[n]! | batch.truncated[n]!) !== 0;
        weights[n] = discounted[n]! + (ended ? 0 : weights[n + B]!);
      }
    }
  }
}

/** Replaces each step's weights by their sum over all trajectories, as the notebook does before it multiplies. */
export function sumOverTrajectories(batch: PolicyBatch, weights: Float64Array): void {
  const { segments: S, horizon: T, instances: B } = batch.shape;
  for (let t = 0; t < T; t++) {
    let sum = 0;
    for (let s = 0; s < S; s++) {
      for (let b = 0; b < B; b++) sum += weights[(s * T + t) * B + b]!;
    }
    for (let s = 0; s < S; s++) {
      for (let b = 0; b < B; b++) weights[(s * T + t) * B + b] = sum;
    }
  }
}
