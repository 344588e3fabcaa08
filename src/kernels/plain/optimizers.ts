import type { AdamStep, SgdStep } from '../port.js';
import { type AdamScalars, clipFactor, computeAdamScalars } from '../step-scalars.js';

const { fround } = Math;

/** See `Kernels.adam`. `scalars` is overwritten. */
export function adam(
  parameters: Float32Array,
  gradients: Float32Array,
  mean: Float32Array,
  variance: Float32Array,
  n: number,
  step: AdamStep,
  scalars: AdamScalars,
): void {
  computeAdamScalars(step, scalars);
  const { keepMean, takeMean, keepVariance, takeVariance, stepSize, varianceScale, epsilon, coupled, shrink } = scalars;
  for (let j = 0; j < n; j++) {
    let p = parameters[j];
    let g = gradients[j];
    if (coupled !== 0) g = fround(g + fround(coupled * p));
    if (shrink !== 1) p = fround(p * shrink);
    const m = fround(fround(keepMean * mean[j]) + fround(takeMean * g));
    const v = fround(fround(keepVariance * variance[j]) + fround(fround(takeVariance * g) * g));
    mean[j] = m;
    variance[j] = v;
    const denominator = fround(fround(fround(Math.sqrt(v)) * varianceScale) + epsilon);
    parameters[j] = fround(p - fround(fround(stepSize * m) / denominator));
  }
}

/** See `Kernels.sgd`. */
export function sgd(
  parameters: Float32Array,
  gradients: Float32Array,
  velocity: Float32Array | null,
  n: number,
  step: SgdStep,
): void {
  const learningRate = fround(step.learningRate);
  const momentum = fround(step.momentum);
  const decay = fround(step.weightDecay);
  const moving = step.momentum === 0 ? null : velocity;
  for (let j = 0; j < n; j++) {
    const p = parameters[j];
    let g = gradients[j];
    if (decay !== 0) g = fround(g + fround(decay * p));
    if (moving !== null) {
      g = fround(fround(momentum * moving[j]) + g);
      moving[j] = g;
    }
    parameters[j] = fround(p - fround(learningRate * g));
  }
}

/** Σ values in eight float64 stripes: element j goes to stripe j mod 8, ascending; then
 *  ((s0 + s4) + (s2 + s6)) + ((s1 + s5) + (s3 + s7)). */
export function sum(values: Float32Array, n: number): number {
  return addStripes(n, (j) => values[j]);
}

/** See `Kernels.sumRows`. */
export function sumRows(values: Float32Array, rows: Int32Array, n: number): number {
  return addStripes(n, (j) => values[rows[j]]);
}

/** See `Kernels.squaresAround`. */
export function squaresAround(values: Float32Array, rows: Int32Array | null, n: number, mean: number): number {
  return addStripes(n, (j) => square(values[rows === null ? j : rows[j]] - mean));
}

/** See `Kernels.clipGlobalNorm`. */
export function clipGlobalNorm(gradients: Float32Array, n: number, maxNorm: number): number {
  const norm = Math.sqrt(addStripes(n, (j) => gradients[j] * gradients[j]));
  const factor = clipFactor(norm, maxNorm);
  if (factor !== 1) for (let j = 0; j < n; j++) gradients[j] = fround(gradients[j] * factor);
  return norm;
}

function addStripes(n: number, term: (j: number) => number): number {
  const stripe = (first: number): number => {
    let s = 0;
    for (let j = first; j < n; j += 8) s += term(j);
    return s;
  };
  const even = stripe(0) + stripe(4) + (stripe(2) + stripe(6));
  const odd = stripe(1) + stripe(5) + (stripe(3) + stripe(7));
  return even + odd;
}

function square(x: number): number {
  return x * x;
}
