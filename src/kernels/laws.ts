/** The part of the numeric port that computes action laws: sampling, log-probabilities, entropies and their gradients. Letters and what
 *  holds of arrays as in `port.ts`; A numbers in an action. */
import type { F32, I32 } from './kernel-arrays.js';

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

/** Kernels of action laws. Their arrays must not overlap except where said. */
export interface LawKernels {
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
