/** The numeric port: every kernel, its shapes and its canonical arithmetic. `docs/numerics.md` fixes each to the last bit.
 *
 *  Letters: B rows of a batch, I inputs and O outputs of a dense layer, T time, n elements. Matrices are row-major;
 *  weights are [I, O]; trajectories are time-major [T, B]. */

import type { RandomStream, StreamPosition } from '../base/index.js';

export type { StreamPosition };

declare const kernelMemory: unique symbol;

/** float32 array inside the memory of one `Kernels`: only its `f32` makes one, only `view` makes a part of one. */
export type F32 = Float32Array & { readonly [kernelMemory]: true };
/** int32 array inside the memory of one `Kernels`. */
export type I32 = Int32Array & { readonly [kernelMemory]: true };

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

/** Where a choice among several lies in rows that may have more of them, one behind the other. */
export interface ChoiceRows {
  /** The first of its logits in a row, how many it has, and how many the row has. */
  readonly first: number;
  readonly count: number;
  readonly rowLength: number;
  /** Which of the decisions of a row it is, and how many there are: noise and actions have a number for each. */
  readonly decision: number;
  readonly decisions: number;
}

/** How the rows of a bounded Gaussian of `size` elements, A, lie. */
export interface BoundedRows {
  readonly size: number;
  /** Whether deviations are the rows' own, from outputs [means A, x A]: log σ is f32[B, A] then; else outputs are the means, and log σ is
   *  f32[A]. */
  readonly byNetwork: boolean;
  /** Whether bounds are the rows' own: f32[B, 4, A] then, else f32[4, A]. Low, high, lowest, highest, as `Kernels.squash` has them; where
   *  there is no bound it is ∓Infinity; an element whose low is its lowest has but that action, and nothing to decide. */
  readonly observed: boolean;
}

/** log σ = middle + half·tanh(start + x·scale); each number is rounded to float32 once. */
export interface StdCurve {
  readonly middle: number;
  readonly half: number;
  readonly start: number;
  readonly scale: number;
}

/** Whose composite actions they are. */
export interface CompositeRows {
  readonly side: 'seller' | 'buyer';
  /** Whether reservations are the rows' own: f32[B] then, else f32[1]. */
  readonly observed: boolean;
}

/** Kernels and the memory they work on. One instance belongs to one thread. Arrays given to a kernel must come from its
 *  own `f32`/`i32` and, except where said, must not overlap. Lengths are the caller's duty: arrays are longer or equal to
 *  what the shapes need, which the constructors of networks and updates check once, not each call. */
export interface Kernels {
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

  /** Diagonal Gaussian with means f32[B, A] and log σ f32[A]: draws actions[b,j] = mean + σ_j·noise[b,j], all f32[B, A], and writes
   *  their log-probabilities f32[B] with the bits of `gaussianLogProb`. */
  gaussianSample(means: F32, logStd: F32, noise: F32, actions: F32, logProbs: F32, B: number, A: number): void;
  /** logProbs[b] = Σ_j −½ z² − log σ_j − ½ log 2π,  z = (actions[b,j] − means[b,j]) / σ_j. */
  gaussianLogProb(means: F32, logStd: F32, actions: F32, logProbs: F32, B: number, A: number): void;
  /** Gradient of Σ_b dLogProbs[b]·logProb_b + dEntropies[b]·entropy: writes dMeans f32[B, A] = dLogProb·z/σ_j, adds
   *  Σ_b dLogProb·(z² − 1) + dEntropy to dLogStd f32[A], in stripes that begin with each call. */
  gaussianBackward(
    means: F32,
    logStd: F32,
    actions: F32,
    dLogProbs: F32,
    dEntropies: F32,
    dMeans: F32,
    dLogStd: F32,
    B: number,
    A: number,
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

  /** A choice by logits x: p_c = exp(x_c) / Σ_d exp(x_d), for B rows of logits f32[B, rowLength], noise and actions f32[B, decisions] and
   *  logProbs f32[B]. Draws the first choice whose probability, added to those before it, passes the uniform noise, and writes its index
   *  and log-probability; the latter is added to what is there for every decision but the first. A logit of −∞ is never drawn where
   *  another is not −∞; of NaNs the last is drawn. */
  categoricalSample(logits: F32, noise: F32, actions: F32, logProbs: F32, B: number, rows: ChoiceRows): void;
  /** log p of given actions, −∞ where they are no choice, and the entropies −Σ_c p_c log p_c, f32[B] each; added to what is there for
   *  every decision but the first. Without actions and logProbs it is the entropies alone, without entropies the other. */
  categoricalEvaluate(
    logits: F32,
    actions: F32 | null,
    logProbs: F32 | null,
    entropies: F32 | null,
    B: number,
    rows: ChoiceRows,
  ): void;
  /** Gradient of Σ_b dLogProbs[b]·logProb_b + dEntropies[b]·entropy_b: writes the decision's part of dLogits f32[B, rowLength],
   *  dLogProb·(1{c = a} − p_c) − dEntropy·p_c·(log p_c + entropy); 0 where the logit is −∞. */
  categoricalBackward(
    logits: F32,
    actions: F32,
    dLogProbs: F32,
    dEntropies: F32,
    dLogits: F32,
    B: number,
    rows: ChoiceRows,
  ): void;

  /** Squashes u f32[B, A] between two bounds of each element: actions = low + s·(tanh u + 1), s = (high − low)/2, held between the lowest
   *  and the highest action. bounds f32[4, A]: low, high, lowest, highest, with low < lowest ≤ highest < high and high − low finite.
   *  actions may be u. */
  squash(u: F32, bounds: F32, actions: F32, B: number, A: number): void;
  /** The way back: u f32[B, A] of actions, which are held likewise first, and logSlopes f32[B] = Σ_j log |da_j/du_j|,
   *  da/du = (a − low)·(high − a)/s. u may be actions. */
  unsquash(actions: F32, bounds: F32, u: F32, logSlopes: F32, B: number, A: number): void;

  /** Yes-or-no decisions by logits f32[B, A]: actions[b,j] = 1 where noise[b,j] < sigmoid(logit), otherwise 0, all f32[B, A], and writes
   *  their log-probabilities f32[B]. A logit of ±Infinity leaves nothing to decide. */
  binarySample(logits: F32, noise: F32, actions: F32, logProbs: F32, B: number, A: number): void;
  /** Σ_j log p of given actions f32[B, A], and the entropies, f32[B] each. Without actions and logProbs it is the entropies alone, without
   *  entropies the other. */
  binaryEvaluate(
    logits: F32,
    actions: F32 | null,
    logProbs: F32 | null,
    entropies: F32 | null,
    B: number,
    A: number,
  ): void;
  /** Gradient of Σ_b dLogProbs[b]·logProb_b + dEntropies[b]·entropy_b: writes dLogits f32[B, A] = dLogProb·(a − p) − dEntropy·x·p·(1 − p); 0
   *  where the logit is infinite. */
  binaryBackward(logits: F32, actions: F32, dLogProbs: F32, dEntropies: F32, dLogits: F32, B: number, A: number): void;

  /** Takes action masks into logits of choices f32[B, Σ counts]: output is −Infinity where the mask's byte is 0, otherwise the logit, raised
   *  to the least finite number. mask: u8[B, Σ counts], four bytes to an element; counts i32[decisions]. output may be logits. Returns the
   *  number b·decisions + d of the first choice of which nothing is legal, −1 where there is none; what is behind it is not written. */
  maskChoices(logits: F32, mask: I32, counts: I32, output: F32, B: number, decisions: number): number;
  /** Likewise for n yes-or-no decisions, mask u8[n, 2]: Infinity where only 1 is legal, −Infinity where only 0 is. */
  maskBinary(logits: F32, mask: I32, output: F32, n: number): number;

  /** The logarithms of deviations f32[B, A] that a network gives, by a curve, of the second halves of its outputs f32[B, 2A]; and the
   *  slopes d log σ / dx, f32[B, A]. */
  networkStd(outputs: F32, logStd: F32, slopes: F32, B: number, A: number, curve: StdCurve): void;
  /** A Gaussian brought into bounds: u = mean + σ·noise, u = mean without noise; actions f32[B, A] = low + s·(tanh u + 1) between two bounds,
   *  s = (high − low)/2; low + softplus u or high − softplus u beside a single one; u without any; held between lowest and
   *  highest. */
  boundedSample(
    outputs: F32,
    logStd: F32,
    noise: F32 | null,
    bounds: F32,
    actions: F32,
    B: number,
    rows: BoundedRows,
  ): void;
  /** logProbs[b] = Σ_j −½ z² − log σ − ½ log 2π − log |da/du|,  z = (u − mean)/σ of given actions; entropies[b] = Σ_j log σ + ½ log 2π + ½,
   *  those of u. Elements with nothing to decide are left out. Without actions and logProbs it is the entropies alone, without entropies
   *  the other. */
  boundedEvaluate(
    outputs: F32,
    logStd: F32,
    actions: F32 | null,
    bounds: F32,
    logProbs: F32 | null,
    entropies: F32 | null,
    B: number,
    rows: BoundedRows,
  ): void;
  /** Gradient of Σ_b dLogProbs[b]·logProb_b + dEntropies[b]·entropy_b: writes dOutputs as outputs lie; with `slopes` of `networkStd` those of
   *  the deviations too, without (null) adds them to dLogStd f32[A], in stripes that begin with each call. */
  boundedBackward(
    outputs: F32,
    logStd: F32,
    slopes: F32 | null,
    actions: F32,
    bounds: F32,
    dLogProbs: F32,
    dEntropies: F32,
    dOutputs: F32,
    dLogStd: F32,
    B: number,
    rows: BoundedRows,
  ): void;
  /** Gradient through actions that were drawn with this noise, deviations being the network's: writes dOutputs f32[B, 2A] of
   *  Σ_b Σ_j dActions[b,j]·a_b,j + dLogProbs[b]·log p(a_b). Source: Haarnoja et al. 2018, eq. 13. */
  boundedPathwise(
    outputs: F32,
    logStd: F32,
    slopes: F32,
    noise: F32,
    bounds: F32,
    dActions: F32,
    dLogProbs: F32,
    dOutputs: F32,
    B: number,
    rows: BoundedRows,
  ): void;

  /** A decision and a price in one number: outputs f32[B, 2] [logit, mean], log σ f32[1], noise f32[B, 2] of uniforms. 0 where the first is
   *  not below sigmoid(logit); else q = mean + σ·(the second's normal), or the reservation where q is not beyond it; a price of 0 that is
   *  not the reservation becomes the smallest float. */
  compositeSample(
    outputs: F32,
    logStd: F32,
    noise: F32,
    reservations: F32,
    actions: F32,
    B: number,
    rows: CompositeRows,
  ): void;
  /** Log-probabilities and entropies f32[B] of that law, whose density is by length and by the points 0 and r; what is on the wrong
   *  side counts as r. Without actions and logProbs it is the entropies alone, without entropies the other. */
  compositeEvaluate(
    outputs: F32,
    logStd: F32,
    actions: F32 | null,
    reservations: F32,
    logProbs: F32 | null,
    entropies: F32 | null,
    B: number,
    rows: CompositeRows,
  ): void;
  /** Gradient of Σ_b dLogProbs[b]·logProb_b + dEntropies[b]·entropy_b: writes dOutputs f32[B, 2], adds to dLogStd f32[1], in stripes that
   *  begin with each call. */
  compositeBackward(
    outputs: F32,
    logStd: F32,
    actions: F32,
    reservations: F32,
    dLogProbs: F32,
    dEntropies: F32,
    dOutputs: F32,
    dLogStd: F32,
    B: number,
    rows: CompositeRows,
  ): void;
}
