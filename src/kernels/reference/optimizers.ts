import type { AdamStep, SgdStep } from '../port.js';

export interface AdamState {
  readonly parameters: number[];
  readonly mean: number[];
  readonly variance: number[];
}

/** Adam as the paper has it: m̂ = m/(1 − β1ᵗ), v̂ = v/(1 − β2ᵗ), θ ← θ − α·m̂/(√v̂ + ε), after weight decay of either mode.
 *  Source: Kingma and Ba 2015, alg. 1; Loshchilov and Hutter 2019, alg. 2. */
export function adam(state: AdamState, gradients: readonly number[], step: AdamStep): AdamState {
  const { learningRate, beta1, beta2, epsilon, weightDecay, decayMode } = step;
  const g = gradients.map((value, j) => (decayMode === 'coupled' ? value + weightDecay * state.parameters[j] : value));
  const mean = state.mean.map((m, j) => beta1 * m + (1 - beta1) * g[j]);
  const variance = state.variance.map((v, j) => beta2 * v + (1 - beta2) * g[j] * g[j]);
  const parameters = state.parameters.map((p, j) => {
    const decayed = decayMode === 'decoupled' ? p - learningRate * weightDecay * p : p;
    const meanHat = mean[j] / (1 - beta1 ** step.step);
    const varianceHat = variance[j] / (1 - beta2 ** step.step);
    return decayed - (learningRate * meanHat) / (Math.sqrt(varianceHat) + epsilon);
  });
  return { parameters, mean, variance };
}

/** velocity ← momentum·velocity + g + decay·θ, θ ← θ − learningRate·velocity. */
export function sgd(
  parameters: readonly number[],
  gradients: readonly number[],
  velocity: readonly number[],
  step: SgdStep,
): { readonly parameters: number[]; readonly velocity: number[] } {
  const moved = velocity.map((v, j) => step.momentum * v + gradients[j] + step.weightDecay * parameters[j]);
  return { parameters: parameters.map((p, j) => p - step.learningRate * moved[j]), velocity: moved };
}

export function norm(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

/** g·min(1, maxNorm/(‖g‖ + 10⁻⁶)). */
export function clipGlobalNorm(gradients: readonly number[], maxNorm: number): number[] {
  const factor = Math.min(1, maxNorm / (norm(gradients) + 1e-6));
  return gradients.map((g) => g * factor);
}
