import type { ClippedTerms, WeightedTerms } from '../port.js';

export interface ObjectiveRow {
  readonly logProb: number;
  readonly behaviorLogProb: number;
  readonly value: number;
  readonly advantage: number;
  readonly oldValue: number;
  readonly valueTarget: number;
}

const clamp = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);

/** Losses of one row, as the papers write them: max(−A·ρ, −A·clip(ρ)) of the normalized advantage, and ½ max((V − y)², (V_clip − y)²).
 *  Source: Schulman et al. 2017, eq. 7. */
export function clippedLosses(row: ObjectiveRow, terms: ClippedTerms): { policy: number; value: number } {
  const ratio = Math.exp(row.logProb - row.behaviorLogProb);
  const advantage = (row.advantage - terms.advantageMean) * terms.advantageScale;
  const bounded = clamp(ratio, 1 - terms.clip, 1 + terms.clip);
  const clipped = row.oldValue + clamp(row.value - row.oldValue, -terms.valueClip, terms.valueClip);
  return {
    policy: Math.max(-advantage * ratio, -advantage * bounded),
    value: 0.5 * Math.max((row.value - row.valueTarget) ** 2, (clipped - row.valueTarget) ** 2),
  };
}

/** log p(a) = Σ_j −½ ((a_j − μ_j)/σ_j)² − log σ_j − ½ log 2π. */
export function gaussianLogProb(mean: readonly number[], logStd: readonly number[], action: readonly number[]): number {
  return mean.reduce((sum, center, j) => {
    const z = (action[j]! - center) / Math.exp(logStd[j]!);
    return sum - 0.5 * z * z - logStd[j]! - 0.5 * Math.log(2 * Math.PI);
  }, 0);
}

/** Losses of one row of a policy gradient: −w·A·log π of the normalized advantage, w = min(bound, π/μ) being a constant, and ½ (V − y)².
 *  Source: Williams 1992; Espeholt et al. 2018, section 4.2. */
export function weightedLosses(
  row: Omit<ObjectiveRow, 'oldValue'>,
  terms: WeightedTerms,
): { policy: number; value: number; weight: number } {
  const { advantageMean, advantageScale, ratioBound } = terms;
  const ratio = Math.exp(row.logProb - row.behaviorLogProb);
  const weight =
    (ratioBound === null ? 1 : Math.min(ratioBound, ratio)) * (row.advantage - advantageMean) * advantageScale;
  return { policy: -weight * row.logProb, value: 0.5 * (row.value - row.valueTarget) ** 2, weight };
}
