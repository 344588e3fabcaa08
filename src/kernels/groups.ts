import type { AdamStep, ChainLayer, F32, I32, Kernels } from './port.js';

/** A policy that acts: dense layers whose outputs are the means of a diagonal Gaussian with log σ f32[A] among the parameters. Rows of
 *  its arrays are those of T steps of B instances each. */
export interface GaussianActor {
  readonly layers: readonly ChainLayer[];
  /** Rows that the layers take at a time. */
  readonly maxRows: number;
  readonly parameters: F32;
  readonly logStdAt: number;
  /** Of all steps, one behind the other: observations f32[T·B, inputs of the first layer], noise and actions f32[T·B, A], logProbs
   *  f32[T·B]. Where the first step's part is given, the others lie behind it. */
  readonly observations: F32;
  readonly noise: F32;
  readonly actions: F32;
  readonly logProbs: F32;
}

/** Actors that act by one call. */
export interface GaussianActors {
  /** Writes actions and log-probabilities of step t of B instances, with the bits of the layers' `denseForward` and `gaussianSample`. */
  act(t: number, B: number): void;
  dispose(): void;
}

/** A Gaussian policy and its critic of one value, dense layers both, on the same observations and trained by Adam. Parameters,
 *  gradients and moments f32[n]:  policy's layers · log σ [A] · critic's layers. */
export interface ClippedLearner {
  readonly policy: readonly ChainLayer[];
  readonly critic: readonly ChainLayer[];
  readonly maxRows: number;
  readonly parameters: F32;
  readonly gradients: F32;
  readonly mean: F32;
  readonly variance: F32;
  /** The policy's parameters, log σ among them. */
  readonly policyCount: number;
  readonly logStdBounds: readonly [number, number];
}

/** What the steps of an iteration learn from: f32[samples] but observations and actions, f32[samples, inputs] and f32[samples, A]. */
export interface ClippedBatch {
  readonly observations: F32;
  readonly actions: F32;
  readonly behaviorLogProbs: F32;
  readonly advantages: F32;
  readonly oldValues: F32;
  readonly valueTargets: F32;
}

/** What a step does; each number is rounded to float32 once where `Kernels.clippedObjective` does. */
export interface ClippedStepOptions {
  readonly clip: number;
  /** Infinity for no bound. */
  readonly valueClip: number;
  readonly valueCoefficient: number;
  readonly entropyCoefficient: number;
  readonly maxGradientNorm: number;
  /** Whether advantages get mean 0 and standard deviation 1 within the minibatch. */
  readonly normalizeAdvantages: boolean;
  readonly adam: AdamStep;
}

/** Sums over samples of the steps since they were last taken, as `Kernels.clippedObjective` has them for a block, and of entropies; and
 *  of the gradients' norms before clipping, over all steps since `begin`. */
export interface ClippedStepSums {
  readonly policyLoss: number;
  readonly valueLoss: number;
  readonly kl: number;
  readonly clipped: number;
  readonly entropy: number;
  readonly gradientNorm: number;
}

/** Optimizer steps on minibatches by one call each: moments of advantages, gathering, forward, loss, backward, clipping, Adam and the
 *  bounds of log σ, with the bits of a call of each kernel. */
export interface ClippedSteps {
  begin(batch: ClippedBatch): void;
  /** One step on samples[0 … count − 1]. */
  step(samples: I32, count: number, options: ClippedStepOptions): void;
  takeSums(): ClippedStepSums;
  dispose(): void;
}

/** Kernels that do by one call what takes many, or is done for many policies. */
export interface GroupedKernels extends Kernels {
  gaussianActors(actors: readonly GaussianActor[]): GaussianActors;
  clippedSteps(learner: ClippedLearner): ClippedSteps;
}

/** The same kernels where they have groups; null where nothing is faster than a call of each kernel. */
export function groupedKernels(kernels: Kernels): GroupedKernels | null {
  return 'clippedSteps' in kernels ? (kernels as GroupedKernels) : null;
}
