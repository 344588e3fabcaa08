import type { PolicyBatch } from '../../../src/experience/index.js';
import { reference, type VtraceClips } from '../../../src/kernels/index.js';

/** Linear Gaussian policy and linear value function in float64, on the flat parameters of an updater: weights [F], bias, log σ of the
 *  policy; weights [C], bias of the critic, which sees C numbers. */
export class SlowLinear {
  readonly theta: number[];
  readonly gradient: number[];
  private readonly F: number;
  private readonly C: number;

  constructor(theta: ArrayLike<number>, policyInputs: number, criticInputs: number) {
    this.theta = Array.from(theta);
    this.gradient = this.theta.map(() => 0);
    this.F = policyInputs;
    this.C = criticInputs;
  }

  private dot(at: number, inputs: Float32Array, row: number, width: number): number {
    let sum = this.theta[at + width]!;
    for (let i = 0; i < width; i++) sum += this.theta[at + i]! * inputs[row * width + i]!;
    return sum;
  }

  /** (a − μ)/σ and log π of a sample. */
  judge(batch: PolicyBatch, n: number): { z: number; logProb: number; entropy: number; logStd: number } {
    const logStd = this.theta[this.F + 1]!;
    const z = (batch.actions[n]! - this.dot(0, batch.observations, n, this.F)) / Math.exp(logStd);
    const half = 0.5 * Math.log(2 * Math.PI);
    return { z, logProb: -0.5 * z * z - logStd - half, entropy: logStd + half + 0.5, logStd };
  }

  value(observations: Float32Array, row: number): number {
    return this.dot(this.F + 2, observations, row, this.C);
  }

  ratio(batch: PolicyBatch, n: number): number {
    return Math.exp(this.judge(batch, n).logProb - batch.behaviorLogProbs[n]!);
  }

  /** Adds the gradient of dLogProb·log π + dEntropy·H + dValue·V of one sample. */
  add(
    batch: PolicyBatch,
    n: number,
    { dLogProb, dEntropy, dValue }: { dLogProb: number; dEntropy: number; dValue: number },
  ) {
    const { F, C, gradient } = this;
    const { z, logStd } = this.judge(batch, n);
    const dMean = (dLogProb * z) / Math.exp(logStd);
    for (let i = 0; i < F; i++) gradient[i]! += dMean * batch.observations[n * F + i]!;
    gradient[F]! += dMean;
    gradient[F + 1]! += dLogProb * (z * z - 1) + dEntropy;
    const seen = (batch.critic ?? batch).observations;
    for (let i = 0; i < C; i++) gradient[F + 2 + i]! += dValue * seen[n * C + i]!;
    gradient[F + 2 + C]! += dValue;
  }

  /** Plain gradient descent. */
  step(learningRate: number): void {
    this.gradient.forEach((g, j) => {
      this.theta[j]! -= learningRate * g;
    });
    this.gradient.fill(0);
  }
}

/** Advantages and value targets of every sample, segment by segment. */
export function estimate(
  model: SlowLinear,
  batch: PolicyBatch,
  gamma: number,
  lambda: number,
  clips: VtraceClips | null,
): { advantages: number[]; valueTargets: number[]; values: number[] } {
  const { segments: S, horizon: T, instances: B } = batch.shape;
  const seen = batch.critic ?? batch;
  const advantages: number[] = [];
  const valueTargets: number[] = [];
  const all: number[] = [];
  for (let s = 0; s < S; s++) {
    const matrix = (at: (n: number, t: number, b: number) => number): number[][] =>
      Array.from({ length: T }, (_, t) => Array.from({ length: B }, (_b, b) => at((s * T + t) * B + b, t, b)));
    const values = matrix((n) => model.value(seen.observations, n));
    const finals = [...batch.finalSamples.subarray(0, batch.finalCount)];
    const inputs = {
      rewards: matrix((n) => batch.rewards[n]!),
      discounts: matrix((n) => (batch.terminated[n] ? 0 : gamma)),
      lambdas: matrix((n) => (batch.truncated[n] ? 0 : lambda)),
      values,
      nextValues: matrix((n, t, b) => {
        if (finals.includes(n)) return model.value(seen.finalObservations, finals.indexOf(n));
        return t < T - 1 ? values[t + 1]![b]! : model.value(seen.lastObservations, s * B + b);
      }),
    };
    all.push(...values.flat());
    if (clips === null) {
      const gae = reference.gae(inputs).flat();
      advantages.push(...gae);
      valueTargets.push(...gae.map((a, n) => a + values.flat()[n]!));
    } else {
      const ratios = matrix((n) => model.ratio(batch, n));
      const found = reference.vtrace(ratios, inputs, clips);
      advantages.push(...found.advantages.flat());
      valueTargets.push(...found.valueTargets.flat());
    }
  }
  return { advantages, valueTargets, values: all };
}

/** Mean 0 and sample standard deviation 1. */
export function standardized(values: readonly number[]): number[] {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1));
  return values.map((x) => (x - mean) / (deviation + 1e-8));
}
