import { expF32, sigmoidF32, softplusF32 } from '../../base/math/index.js';

const { fround } = Math;

/** See `Kernels.binarySample`. */
export function binarySample(
  logits: Float32Array,
  noise: Float32Array,
  actions: Float32Array,
  logProbs: Float32Array,
  B: number,
  A: number,
): void {
  for (let k = 0; k < B * A; k++) actions[k] = noise[k] < sigmoidF32(logits[k]) ? 1 : 0;
  binaryEvaluate(logits, actions, logProbs, null, B, A);
}

/** See `Kernels.binaryEvaluate`. */
export function binaryEvaluate(
  logits: Float32Array,
  actions: Float32Array | null,
  logProbs: Float32Array | null,
  entropies: Float32Array | null,
  B: number,
  A: number,
): void {
  for (let b = 0, k = 0; b < B; b++) {
    let logProb = 0;
    let entropy = 0;
    for (let j = 0; j < A; j++, k++) {
      const x = logits[k];
      if (actions !== null) logProb = fround(logProb - softplusF32(actions[k] === 1 ? -x : x));
      if (entropies === null) continue;
      const size = Math.abs(x);
      const e = expF32(-size);
      // An infinite logit leaves nothing open: 0 times infinity is 0 here.
      const rest = e === 0 ? 0 : fround(fround(size * e) / fround(1 + e));
      entropy = fround(entropy + fround(softplusF32(-size) + rest));
    }
    if (logProbs !== null) logProbs[b] = logProb;
    if (entropies !== null) entropies[b] = entropy;
  }
}

/** See `Kernels.binaryBackward`. */
export function binaryBackward(
  logits: Float32Array,
  actions: Float32Array,
  dLogProbs: Float32Array,
  dEntropies: Float32Array,
  dLogits: Float32Array,
  B: number,
  A: number,
): void {
  for (let b = 0, k = 0; b < B; b++) {
    for (let j = 0; j < A; j++, k++) {
      const x = logits[k];
      const p = sigmoidF32(x);
      const own = fround(dLogProbs[b] * fround(actions[k] - p));
      const spread = fround(x * fround(p * sigmoidF32(-x)));
      dLogits[k] = Math.abs(x) === Infinity ? 0 : fround(own - fround(dEntropies[b] * spread));
    }
  }
}
