import { expF32, logF32 } from '../../base/math/index.js';
import type { ChoiceRows } from '../laws.js';

const { fround } = Math;

/** What follows from the logits of one row: the greatest m, w_c = exp(x_c − m) (1 where x_c is m), and Σ w_c from +0, c ascending. */
class Weights {
  maximum = 0;
  sum = 0;
  logSum = 0;
  readonly own: Float32Array;

  constructor(count: number) {
    this.own = new Float32Array(count);
  }

  load(logits: Float32Array, at: number): void {
    const { own } = this;
    let maximum = -Infinity;
    for (let c = 0; c < own.length; c++) if (logits[at + c] > maximum) maximum = logits[at + c];
    let sum = 0;
    for (let c = 0; c < own.length; c++) {
      const x = logits[at + c];
      own[c] = x === maximum ? 1 : expF32(fround(x - maximum));
      sum = fround(sum + own[c]);
    }
    this.maximum = maximum;
    this.sum = sum;
    this.logSum = logF32(sum);
  }

  logProb(logit: number): number {
    return fround(fround(logit - this.maximum) - this.logSum);
  }

  /** log Σ w − (Σ_c w_c·(x_c − m)) / Σ w, where a weight of 0 has no part. */
  entropy(logits: Float32Array, at: number): number {
    let mean = 0;
    for (let c = 0; c < this.own.length; c++) {
      const w = this.own[c];
      mean = fround(mean + (w === 0 ? 0 : fround(w * fround(logits[at + c] - this.maximum))));
    }
    return fround(this.logSum - fround(mean / this.sum));
  }
}

/** See `Kernels.categoricalSample`. */
export function categoricalSample(
  logits: Float32Array,
  noise: Float32Array,
  actions: Float32Array,
  logProbs: Float32Array,
  B: number,
  rows: ChoiceRows,
): void {
  const weights = new Weights(rows.count);
  for (let b = 0; b < B; b++) {
    const at = b * rows.rowLength + rows.first;
    const k = b * rows.decisions + rows.decision;
    weights.load(logits, at);
    const choice = draw(weights, logits, at, fround(noise[k] * weights.sum));
    actions[k] = choice;
    put(logProbs, b, weights.logProb(logits[at + choice]), rows);
  }
}

/** The first choice with which the running sum of weights passes the threshold; where none does (NaN), the last that is no −∞. */
function draw({ own }: Weights, logits: Float32Array, at: number, threshold: number): number {
  let running = 0;
  let last = 0;
  for (let c = 0; c < own.length; c++) {
    running = fround(running + own[c]);
    if (running > threshold) return c;
    if (logits[at + c] !== -Infinity) last = c;
  }
  return last;
}

/** See `Kernels.categoricalEvaluate`. */
export function categoricalEvaluate(
  logits: Float32Array,
  actions: Float32Array | null,
  logProbs: Float32Array | null,
  entropies: Float32Array | null,
  B: number,
  rows: ChoiceRows,
): void {
  const weights = new Weights(rows.count);
  for (let b = 0; b < B; b++) {
    const at = b * rows.rowLength + rows.first;
    weights.load(logits, at);
    if (actions !== null && logProbs !== null) {
      const action = actions[b * rows.decisions + rows.decision];
      const known = Number.isInteger(action) && action >= 0 && action < rows.count;
      put(logProbs, b, weights.logProb(known ? logits[at + action] : -Infinity), rows);
    }
    if (entropies !== null) put(entropies, b, weights.entropy(logits, at), rows);
  }
}

/** See `Kernels.categoricalBackward`. */
export function categoricalBackward(
  logits: Float32Array,
  actions: Float32Array,
  dLogProbs: Float32Array,
  dEntropies: Float32Array,
  dLogits: Float32Array,
  B: number,
  rows: ChoiceRows,
): void {
  const weights = new Weights(rows.count);
  for (let b = 0; b < B; b++) {
    const at = b * rows.rowLength + rows.first;
    weights.load(logits, at);
    const entropy = weights.entropy(logits, at);
    const action = actions[b * rows.decisions + rows.decision];
    for (let c = 0; c < rows.count; c++) {
      const x = logits[at + c];
      const p = fround(weights.own[c] / weights.sum);
      const own = fround(dLogProbs[b] * fround((c === action ? 1 : 0) - p));
      const spread = p === 0 ? 0 : fround(p * fround(weights.logProb(x) + entropy));
      dLogits[at + c] = x === -Infinity ? 0 : fround(own - fround(dEntropies[b] * spread));
    }
  }
}

/** What the decisions of a row have adds up, in their order. */
function put(sums: Float32Array, b: number, own: number, { decision }: ChoiceRows): void {
  sums[b] = decision === 0 ? own : fround(sums[b] + own);
}
