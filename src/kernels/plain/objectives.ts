import { expF32 } from '../../base/math/index.js';
import type { ClippedTerms } from '../port.js';
import { joinStripes, STRIPES } from './stripes.js';

const { fround } = Math;

/** See `Kernels.clippedObjective`. */
export function clippedObjective(
  logProbs: Float32Array,
  behaviorLogProbs: Float32Array,
  values: Float32Array,
  samples: Int32Array,
  advantages: Float32Array,
  oldValues: Float32Array,
  valueTargets: Float32Array,
  weights: Float32Array | null,
  dLogProbs: Float32Array,
  dValues: Float32Array,
  sums: Float32Array,
  B: number,
  terms: ClippedTerms,
): void {
  const [mean, scale] = [fround(terms.advantageMean), fround(terms.advantageScale)];
  const [low, high] = [fround(1 - terms.clip), fround(1 + terms.clip)];
  const valueClip = fround(terms.valueClip);
  const [lossScale, valueScale] = [fround(terms.lossScale), fround(terms.valueScale)];
  const [policyLoss, valueLoss] = [new Float32Array(STRIPES), new Float32Array(STRIPES)];
  const [divergence, outliers] = [new Float32Array(STRIPES), new Float32Array(STRIPES)];
  for (let b = 0; b < B; b++) {
    const n = samples[b];
    const s = b % STRIPES;
    const logRatio = fround(logProbs[b] - behaviorLogProbs[b]);
    const ratio = expF32(logRatio);
    const idle = weights !== null && weights[n] === 0;
    const advantage = idle ? 0 : fround(fround(advantages[n] - mean) * scale);
    const free = fround(-advantage * ratio);
    const held = fround(-advantage * bounded(ratio, low, high));
    const [below, above] = [ratio < low, high < ratio];
    const outside = (advantage > 0 && above) || (advantage < 0 && below);
    dLogProbs[b] = outside ? 0 : fround(free * lossScale);
    policyLoss[s] = fround(policyLoss[s] + (held < free ? free : held));

    const value = values[b];
    const plain = fround(value - valueTargets[n]);
    const shift = fround(value - oldValues[n]);
    const clipped = fround(fround(oldValues[n] + bounded(shift, -valueClip, valueClip)) - valueTargets[n]);
    const [square, clippedSquare] = [fround(plain * plain), fround(clipped * clipped)];
    const dropped = valueClip < Math.abs(shift) && square < clippedSquare;
    dValues[b] = dropped ? 0 : fround(plain * valueScale);
    valueLoss[s] = fround(valueLoss[s] + fround(0.5 * (dropped ? clippedSquare : square)));

    divergence[s] = fround(divergence[s] + fround(fround(ratio - 1) - logRatio));
    outliers[s] = fround(outliers[s] + (below || above ? 1 : 0));
  }
  sums[0] = joinStripes(policyLoss);
  sums[1] = joinStripes(valueLoss);
  sums[2] = joinStripes(divergence);
  sums[3] = joinStripes(outliers);
}

/** A NaN stays. */
function bounded(x: number, low: number, high: number): number {
  const raised = x < low ? low : x;
  return high < raised ? high : raised;
}
