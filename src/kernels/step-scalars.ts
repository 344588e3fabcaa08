import type { AdamStep } from './port.js';

/** What an Adam step needs of its options: computed in float64, each rounded to float32 once. */
export interface AdamScalars {
  keepMean: number;
  takeMean: number;
  keepVariance: number;
  takeVariance: number;
  stepSize: number;
  varianceScale: number;
  epsilon: number;
  /** Decay added to the gradient; 0 adds nothing. */
  coupled: number;
  /** Factor of the parameters before the step; 1 changes nothing. */
  shrink: number;
}

export function emptyAdamScalars(): AdamScalars {
  return {
    keepMean: 0,
    takeMean: 0,
    keepVariance: 0,
    takeVariance: 0,
    stepSize: 0,
    varianceScale: 0,
    epsilon: 0,
    coupled: 0,
    shrink: 1,
  };
}

/** base^exponent by squaring, from the lowest bit of the exponent up: a fixed sequence of float64 products. */
export function integerPower(base: number, exponent: number): number {
  let result = 1;
  let square = base;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}

/** Writes into `out`, so that a step allocates nothing. */
export function computeAdamScalars(step: AdamStep, out: AdamScalars): void {
  out.keepMean = Math.fround(step.beta1);
  out.takeMean = Math.fround(1 - step.beta1);
  out.keepVariance = Math.fround(step.beta2);
  out.takeVariance = Math.fround(1 - step.beta2);
  out.stepSize = Math.fround(step.learningRate / (1 - integerPower(step.beta1, step.step)));
  out.varianceScale = Math.fround(1 / Math.sqrt(1 - integerPower(step.beta2, step.step)));
  out.epsilon = Math.fround(step.epsilon);
  out.coupled = step.decayMode === 'coupled' ? Math.fround(step.weightDecay) : 0;
  out.shrink = step.decayMode === 'decoupled' ? Math.fround(1 - step.learningRate * step.weightDecay) : 1;
}

/** Factor that brings a gradient of this norm down to maxNorm, rounded to float32; 1 where nothing is to be done. */
export function clipFactor(norm: number, maxNorm: number): number {
  const factor = maxNorm / (norm + 1e-6);
  return factor < 1 ? Math.fround(factor) : 1;
}
