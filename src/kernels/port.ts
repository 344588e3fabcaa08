/** The numeric port: every kernel, its shapes and its canonical arithmetic. `docs/numerics.md` fixes each to the last bit.
 *
 *  Letters: B rows of a batch, I inputs and O outputs of a dense layer, T time, n elements. Matrices are row-major;
 *  weights are [I, O]; trajectories are time-major [T, B]. */

import type { RandomStream, StreamPosition } from '../base/index.js';
import type { F32, I32 } from './kernel-arrays.js';
import type { LawKernels } from './laws.js';

export type { F32, I32, StreamPosition };

export const ACTIVATIONS = ['none', 'relu', 'tanh'] as const;
export type Activation = (typeof ACTIVATIONS)[number];

/** Elementwise functions with canonical bits; see `docs/numerics.md` for the error bound of each. */
export const ELEMENTWISE = ['exp', 'log', 'sin', 'cos', 'tanh', 'sigmoid', 'softplus'] as const;
export type Elementwise = (typeof ELEMENTWISE)[number];

export interface AdamStep {
  /** Learning rate of this step. */
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** `coupled` adds decay·θ to the gradient (Adam), `decoupled` shrinks θ by learningRate·decay (AdamW). */
  readonly decayMode: 'coupled' | 'decoupled';
  /** Number of this step, from 1: the bias corrections are 1 − βᵗ. */
  readonly step: number;
}

export interface SgdStep {
  readonly learningRate: number;
  /** 0 for plain SGD; otherwise velocity ← momentum·velocity + g and θ ← θ − learningRate·velocity. */
  readonly momentum: number;
  /** Coupled: added to the gradient. */
  readonly weightDecay: number;
}

export interface VtraceClips {
  /** ρ̄ of the value target; Infinity for none. */
  readonly rhoBar: number;
  /** c̄ of the trace; Infinity for none. */
  readonly cBar: number;
  /** ρ̄ of the policy-gradient advantage; Infinity for none; null: the advantage is not weighed by a ratio. */
  readonly pgRhoBar: number | null;
}

/** A dense layer of a chain. Its parameters are parts of one block, its gradients the same parts of another. */
export interface ChainLayer {
  readonly inputs: number;
  readonly outputs: number;
  readonly activation: Activation;
  /** First element of weights [inputs, outputs] in the block, and of the bias. */
  readonly weightsAt: number;
  readonly biasAt: number;
  /** f32[maxRows, outputs]: the next layer's input; forward writes it, backward reads it. */
  readonly output: F32;
}

/** Dense layers whose outputs feed one another, with the bits of one call of `denseForward` and `denseBackward` for each.
 *  B is 1 … maxRows; blocks are as long as the layers say. */
export interface DenseChain {
  /** From input f32[B, inputs of the first layer] to the layers' outputs. */
  forward(parameters: F32, input: F32, B: number): void;
  /** Of the last forward: overwrites dOutput f32[B, outputs of the last layer], adds to gradients, writes dInput unless it is null. */
  backward(parameters: F32, input: F32, dOutput: F32, gradients: F32, B: number, dInput: F32 | null): void;
  /** Gives back what the chain itself took; the layers' outputs are their maker's. */
  dispose(): void;
}

/** The constants of a clipped objective; each is rounded to float32 once. */
export interface ClippedTerms {
  /** Advantages count less this, … */
  readonly advantageMean: number;
  /** … and times this. */
  readonly advantageScale: number;
  /** ε: ratios count between 1 − ε and 1 + ε. */
  readonly clip: number;
  /** How far a value may move from the old one before its loss is the greater of both; Infinity for no bound. */
  readonly valueClip: number;
  /** Weight of a sample's loss, such as 1 / samples, and of its value's. */
  readonly lossScale: number;
  readonly valueScale: number;
}

/** The constants of a weighted objective; each is rounded to float32 once. */
export interface WeightedTerms {
  /** Advantages count less this, … */
  readonly advantageMean: number;
  /** … and times this. */
  readonly advantageScale: number;
  /** Greatest ratio that weighs a sample, at least 0, Infinity for no bound; null: no ratio weighs anything. */
  readonly ratioBound: number | null;
  /** Weight of a sample's loss, such as 1 / samples, and of its value's. */
  readonly lossScale: number;
  readonly valueScale: number;
}

/** Kernels and the memory they work on. One instance belongs to one thread. Arrays given to a kernel must come from its
 *  own `f32`/`i32` and, except where said, must not overlap. Lengths are the caller's duty: arrays are longer or equal to
 *  what the shapes need, which the constructors of networks and updates check once, not each call. */
export interface Kernels extends LawKernels {
  readonly name: 'plain' | 'wasm' | 'native';
  /** Bytes of kernel memory now taken from the system. Never shrinks. */
  readonly memoryBytes: number;
  /** Bytes handed out by `f32` and `i32` and not yet freed, each array rounded up to 64. */
  readonly allocatedBytes: number;

  /** Zeroed array, 64-byte aligned. Views stay valid while memory grows. Throws KERNEL_MEMORY_EXHAUSTED. */
  f32(length: number): F32;
  i32(length: number): I32;
  /** The part [offset, offset + length) of an array, sharing its memory. */
  view(array: F32, offset: number, length: number): F32;
  /** Gives an array made by `f32` or `i32` back. Throws KERNEL_ARRAY_UNKNOWN for anything else. */
  free(array: F32 | I32): void;
  /** What `make` returns. Where it throws, for want of memory or otherwise, the arrays that it took and still holds are given back
   *  before the error goes on: nobody else could do so. For constructors, also inside one another; what was there before must take
   *  nothing of its own meanwhile. */
  allOrNothing<T>(make: () => T): T;

  /** out[b,o] = activation(bias[o] + Σ_i input[b,i]·weights[i,o]). */
  denseForward(
    input: F32,
    weights: F32,
    bias: F32,
    output: F32,
    B: number,
    I: number,
    O: number,
    activation: Activation,
  ): void;

  /** Backward of `denseForward`. `output` is what forward wrote. `dOutput` is overwritten with the gradient before the
   *  activation, d[b,o]. Adds to dWeights[i,o] += Σ_b input[b,i]·d[b,o] and dBias[o] += Σ_b d[b,o] (so the rows of a
   *  minibatch may come in several calls: same bits); writes dInput[b,i] = Σ_o d[b,o]·weights[i,o] unless it is null. */
  denseBackward(
    input: F32,
    weights: F32,
    output: F32,
    dOutput: F32,
    dInput: F32 | null,
    dWeights: F32,
    dBias: F32,
    B: number,
    I: number,
    O: number,
    activation: Activation,
  ): void;

  /** A chain of at least one layer, for up to maxRows rows. Throws KERNEL_SHAPE_MISMATCH where layers do not join, or an output is
   *  too short. */
  denseChain(layers: readonly ChainLayer[], maxRows: number): DenseChain;

  /** One Adam step over n contiguous parameters. Source: Kingma and Ba 2015, alg. 1; Loshchilov and Hutter 2019. */
  adam(parameters: F32, gradients: F32, mean: F32, variance: F32, n: number, step: AdamStep): void;
  /** One SGD step; `velocity` may be null when momentum is 0. */
  sgd(parameters: F32, gradients: F32, velocity: F32 | null, n: number, step: SgdStep): void;
  /** Euclidean norm of n gradients (float64 stripes, see numerics), before clipping. Scales them in place by
   *  maxNorm / (norm + 1e-6) where that is below 1; maxNorm Infinity only measures. */
  clipGlobalNorm(gradients: F32, n: number, maxNorm: number): number;
  /** The sum of n values in float64 stripes, as `clipGlobalNorm` adds. */
  sum(values: F32, n: number): number;
  /** The same of n values that are named by `rows`, which may repeat. */
  sumRows(values: F32, rows: I32, n: number): number;
  /** Σ_j (values[rows[j]] − mean)² of n rows, or of the first n values where rows is null; float64 stripes. */
  squaresAround(values: F32, rows: I32 | null, n: number, mean: number): number;

  /** output[j] = f(input[j]); output may be input. */
  elementwise(f: Elementwise, input: F32, output: F32, n: number): void;
  /** Uniform on [0, 1): the top 24 bits of each Philox word. Consumes ⌈n/4⌉ blocks. */
  fillUniform(position: StreamPosition, output: F32, n: number): void;
  /** Standard normal by Box–Muller in canonical float32. Consumes ⌈n/4⌉ blocks. */
  fillNormal(position: StreamPosition, output: F32, n: number): void;
  /** Writes a uniform permutation of 0 … n − 1 to output[0 … n − 1]: the bits, and the use of the stream, of
   *  `RandomStream.permutation`. */
  permutation(random: RandomStream, output: I32, n: number): void;
  /** output[j] = value for the first n elements. */
  fill(output: F32, value: number, n: number): void;
  /** output[j] = a[j] + factor·b[j] for the first n elements; output may be a or b. A factor of ±1 leaves one rounding. */
  addScaled(a: F32, b: F32, factor: number, output: F32, n: number): void;
  /** output[t·C + c] = first[c] + t·stride, the rows of T steps that begin with C given ones; first must not be in output. */
  strideRows(first: I32, C: number, T: number, stride: number, output: I32): void;
  /** output[r, ·] = input[rows[r], ·] for R rows of `width` elements. */
  gatherRows(input: F32, rows: I32, output: F32, R: number, width: number): void;
  /** output[rows[r], ·] += input[r, ·] for R rows of `width` elements. */
  addToRows(input: F32, rows: I32, output: F32, R: number, width: number): void;
  /** normals[j] = the standard normal law's quantile of uniforms[j] + 2⁻²⁵, for uniforms of `fillUniform`; normals may be uniforms.
   *  Source: Giles 2012, single precision. */
  normalsOfUniforms(uniforms: F32, normals: F32, n: number): void;

  /** Discounted returns: G_t = r_t + γ_t G_{t+1}, G_T = bootstrap. All f32[T, B] but bootstrap f32[B].
   *  discounts is 0 where terminated. */
  discountedReturns(rewards: F32, discounts: F32, bootstrap: F32, returns: F32, T: number, B: number): void;
  /** Generalized advantage estimation: A_t = δ_t + γ_t λ_t A_{t+1}, δ_t = r_t + γ_t V'_t − V_t, A_T = 0.
   *  rewards, discounts, lambdas, values, nextValues: f32[T, B]; writes advantages: f32[T, B].
   *  discounts is 0 where terminated; lambdas is 0 where truncated (V' is then the final observation's value).
   *  Source: Schulman et al. 2016, eq. 16. */
  gae(
    rewards: F32,
    discounts: F32,
    lambdas: F32,
    values: F32,
    nextValues: F32,
    advantages: F32,
    T: number,
    B: number,
  ): void;
  /** V-trace: v_t − V_t = δ_t + γ_t λ_t min(c̄, ρ_t) (v_{t+1} − V_{t+1}), δ_t = min(ρ̄, ρ_t)(r_t + γ_t V'_t − V_t);
   *  advantage_t = min(ρ̄_pg, ρ_t)(r_t + γ_t v'_t − V_t), with v'_t = V'_t + (v_{t+1} − V_{t+1}) where λ_t ≠ 0, and V'_t
   *  where the trace is cut (λ_t = 0) or t = T − 1: the policy-gradient path and the value path bootstrap from the same
   *  next value. ratios is ρ, not its logarithm. Source: Espeholt et al. 2018, eq. 1 and section 4.2. */
  vtrace(
    ratios: F32,
    rewards: F32,
    discounts: F32,
    lambdas: F32,
    values: F32,
    nextValues: F32,
    valueTargets: F32,
    advantages: F32,
    T: number,
    B: number,
    clips: VtraceClips,
  ): void;

  /** Loss and gradient of the clipped surrogate objective and of clipped value regression for B rows. Row b is sample samples[b] of
   *  advantages, oldValues, valueTargets and weights, f32[samples]; logProbs, behaviorLogProbs and values are f32[B]. A weight of 0
   *  takes the advantage for 0; null is 1 everywhere.
   *  policy: max(−A·ρ, −A·clip(ρ, 1 − ε, 1 + ε)), ρ = exp(logProb − behaviorLogProb), writes dLogProbs f32[B];
   *  value: ½ max((V − y)², (old + clip(V − old, ±valueClip) − y)²), writes dValues f32[B].
   *  Writes to sums f32[4] the sums over rows of both losses, of (ρ − 1) − log ρ, and the number of ratios beyond 1 ± ε.
   *  Source: Schulman et al. 2017, eq. 7; Schulman 2020, k3. */
  clippedObjective(
    logProbs: F32,
    behaviorLogProbs: F32,
    values: F32,
    samples: I32,
    advantages: F32,
    oldValues: F32,
    valueTargets: F32,
    weights: F32 | null,
    dLogProbs: F32,
    dValues: F32,
    sums: F32,
    B: number,
    terms: ClippedTerms,
  ): void;
  /** Loss and gradient of the policy gradient and of value regression for B rows. Row b is sample samples[b] of advantages,
   *  valueTargets and weights, f32[samples]; logProbs, behaviorLogProbs and values are f32[B]. A weight of 0 takes the advantage for 0;
   *  null is 1 everywhere.
   *  policy: −w·A·logProb, w = min(bound, exp(logProb − behaviorLogProb)) and no part of what is differentiated, or 1: writes dLogProbs
   *  f32[B];  value: ½ (V − y)², writes dValues f32[B].  Writes the sums over rows of both losses to sums f32[2].
   *  Source: Williams 1992; Mnih et al. 2016; Espeholt et al. 2018, section 4.2. */
  weightedObjective(
    logProbs: F32,
    behaviorLogProbs: F32,
    values: F32,
    samples: I32,
    advantages: F32,
    valueTargets: F32,
    weights: F32 | null,
    dLogProbs: F32,
    dValues: F32,
    sums: F32,
    B: number,
    terms: WeightedTerms,
  ): void;
}
