import type { F32 } from '../../kernels/index.js';

/** Sums over samples that the loss leaves for its metrics; divide by `samples` for means. */
export interface PpoSums {
  samples: number;
  /** Samples in which the channel decided anything; counted by the caller. */
  decided: number;
  policyLoss: number;
  valueLoss: number;
  entropy: number;
  /** Σ (ratio − 1) − log ratio: never negative but for rounding, mean estimates KL(behavior ‖ target). Source: Schulman 2020, k3. */
  kl: number;
  /** Ratios beyond 1 ± clip. */
  clipped: number;
}

export const emptyPpoSums = (): PpoSums => ({
  samples: 0,
  decided: 0,
  policyLoss: 0,
  valueLoss: 0,
  entropy: 0,
  kl: 0,
  clipped: 0,
});

/** Clipped surrogate loss of one sample: L = max(−A·ratio, −A·clip(ratio, 1 − ε, 1 + ε)), ratio = exp(log π − log μ).
 *  Source: Schulman et al. 2017, eq. 7. */
export function surrogateLoss(advantage: number, ratio: number, clip: number): number {
  const low = 1 - clip;
  const high = 1 + clip;
  const bounded = ratio < low ? low : ratio > high ? high : ratio;
  const free = -advantage * ratio;
  const held = -advantage * bounded;
  return free > held ? free : held;
}

/** ∂L/∂log π of the surrogate loss. At a tie of both terms the unclipped one counts, as in PyTorch's maximum for a ratio inside
 *  the bounds. */
export function surrogateGradient(advantage: number, ratio: number, clip: number): number {
  const outside = (advantage > 0 && ratio > 1 + clip) || (advantage < 0 && ratio < 1 - clip);
  return outside ? 0 : -advantage * ratio;
}

/** ½·(V − target)², or with `clip` its maximum with the same for V clipped to old ± clip. */
export function valueLoss(value: number, oldValue: number, target: number, clip: number | undefined): number {
  const plain = (value - target) * (value - target);
  if (clip === undefined) return 0.5 * plain;
  const bounded = oldValue + Math.min(Math.max(value - oldValue, -clip), clip);
  return 0.5 * Math.max(plain, (bounded - target) * (bounded - target));
}

/** ∂/∂V of the value loss. */
export function valueGradient(value: number, oldValue: number, target: number, clip: number | undefined): number {
  const plain = value - target;
  if (clip === undefined || Math.abs(value - oldValue) <= clip) return plain;
  const bounded = oldValue + (value > oldValue ? clip : -clip) - target;
  return plain * plain >= bounded * bounded ? plain : 0;
}

/** What the loss of a block needs beside the block itself. */
export interface PpoTerms {
  readonly clip: number;
  readonly valueClip: number | undefined;
  readonly valueCoefficient: number;
  readonly entropyCoefficient: number;
  /** 1 / samples of the minibatch: the loss is a mean. */
  readonly scale: number;
}

/** Loss gradients of `rows` samples: writes dLogProbs, dEntropies and dValues, adds to the sums. All arrays f32[rows];
 *  ratios is exp(log π − log μ) and logRatios its logarithm; advantages are normalized already. */
export function ppoGradient(
  rows: number,
  logRatios: F32 | Float32Array,
  ratios: F32 | Float32Array,
  advantages: Float32Array,
  values: Float32Array,
  oldValues: Float32Array,
  valueTargets: Float32Array,
  entropies: Float32Array,
  terms: PpoTerms,
  dLogProbs: Float32Array,
  dEntropies: Float32Array,
  dValues: Float32Array,
  sums: PpoSums,
): void {
  const { clip, valueClip, scale } = terms;
  const valueScale = terms.valueCoefficient * scale;
  const dEntropy = -terms.entropyCoefficient * scale;
  // In locals: this loop is a third of the time with linear policies, and fields of an object are written back every time.
  let { policyLoss, valueLoss: lossOfValues, entropy, kl, clipped } = sums;
  for (let b = 0; b < rows; b++) {
    const ratio = ratios[b]!;
    const advantage = advantages[b]!;
    const value = values[b]!;
    const oldValue = oldValues[b]!;
    const target = valueTargets[b]!;
    dLogProbs[b] = surrogateGradient(advantage, ratio, clip) * scale;
    dEntropies[b] = dEntropy;
    dValues[b] = valueGradient(value, oldValue, target, valueClip) * valueScale;
    policyLoss += surrogateLoss(advantage, ratio, clip);
    lossOfValues += valueLoss(value, oldValue, target, valueClip);
    entropy += entropies[b]!;
    kl += ratio - 1 - logRatios[b]!;
    clipped += ratio < 1 - clip || ratio > 1 + clip ? 1 : 0;
  }
  sums.policyLoss = policyLoss;
  sums.valueLoss = lossOfValues;
  sums.entropy = entropy;
  sums.kl = kl;
  sums.clipped = clipped;
  sums.samples += rows;
}
