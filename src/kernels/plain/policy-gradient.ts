import { expF32 } from '../../base/math/index.js';
import type { WeightedTerms } from '../port.js';
import { joinStripes, STRIPES } from './stripes.js';

const { fround } = Math;

/** See `Kernels.weightedObjective`. */
export function weightedObjective(
  logProbs: Float32Array,
  behaviorLogProbs: Float32Array,
  values: Float32Array,
  samples: Int32Array,
  advantages: Float32Array,
  valueTargets: Float32Array,
  weights: Float32Array | null,
  dLogProbs: Float32Array,
  dValues: Float32Array,
  sums: Float32Array,
  B: number,
  terms: WeightedTerms,
): void {
  const [mean, scale] = [fround(terms.advantageMean), fround(terms.advantageScale)];
  const [lossScale, valueScale] = [fround(terms.lossScale), fround(terms.valueScale)];
  const bound = terms.ratioBound === null ? null : fround(terms.ratioBound);
  const [policy, value] = [new Float32Array(STRIPES), new Float32Array(STRIPES)];
  for (let b = 0; b < B; b++) {
    const n = samples[b];
    const s = b % STRIPES;
    const idle = weights !== null && weights[n] === 0;
    const advantage = idle ? 0 : fround(fround(advantages[n] - mean) * scale);
    let free = -advantage;
    if (bound !== null) {
      const ratio = expF32(fround(logProbs[b] - behaviorLogProbs[b]));
      free = fround(free * (bound < ratio ? bound : ratio));
    }
    dLogProbs[b] = fround(free * lossScale);
    policy[s] = fround(policy[s] + fround(free * logProbs[b]));
    const error = fround(values[b] - valueTargets[n]);
    dValues[b] = fround(error * valueScale);
    value[s] = fround(value[s] + fround(0.5 * fround(error * error)));
  }
  sums[0] = joinStripes(policy);
  sums[1] = joinStripes(value);
}
