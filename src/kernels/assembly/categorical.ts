/** One choice among several by logits, `count` in each of B rows that lie `rowLength` floats apart; lanes go over rows. Noise and actions
 *  lie `decisions` floats apart. What a row has is added to what is there where `adds` says so. scratch: the greatest logit, the sum of the weights and its logarithm, then logit and weight of each choice, all vectors of rows. */
import { column, constant, storeColumn } from './lanes';
import { exp4, log4 } from './math';

const SUM: usize = 16;
const LOG_SUM: usize = 32;
const CHOICES: usize = 48;
const CHOICE_BYTES: usize = 32;

@inline
function put(to: usize, x: v128, adds: bool, left: i32): void {
  storeColumn(to, adds ? f32x4.add(column(to, 4, left), x) : x, 4, left);
}

/** Fills scratch for four rows. */
function loadWeights(logits: usize, step: usize, count: i32, left: i32, scratch: usize): void {
  const first = scratch + CHOICES;
  const end = first + <usize>count * CHOICE_BYTES;
  let greatest = constant(-Infinity);
  for (let at = first; at < end; at += CHOICE_BYTES) {
    const x = column(logits, step, left);
    v128.store(at, x);
    greatest = v128.bitselect(x, greatest, f32x4.gt(x, greatest));
    logits += 4;
  }
  let sum = constant(0);
  for (let at = first; at < end; at += CHOICE_BYTES) {
    const x = v128.load(at);
    const weight = v128.bitselect(constant(1), exp4(f32x4.sub(x, greatest)), f32x4.eq(x, greatest));
    v128.store(at, weight, 16);
    sum = f32x4.add(sum, weight);
  }
  v128.store(scratch, greatest);
  v128.store(scratch, sum, SUM);
  v128.store(scratch, log4(sum), LOG_SUM);
}

@inline
function logProbOf(x: v128, scratch: usize): v128 {
  return f32x4.sub(f32x4.sub(x, v128.load(scratch)), v128.load(scratch, LOG_SUM));
}

function entropy(count: i32, scratch: usize): v128 {
  const first = scratch + CHOICES;
  const end = first + <usize>count * CHOICE_BYTES;
  const greatest = v128.load(scratch);
  let mean = constant(0);
  for (let at = first; at < end; at += CHOICE_BYTES) {
    const weight = v128.load(at, 16);
    const term = f32x4.mul(weight, f32x4.sub(v128.load(at), greatest));
    mean = f32x4.add(mean, v128.and(term, f32x4.ne(weight, constant(0))));
  }
  return f32x4.sub(v128.load(scratch, LOG_SUM), f32x4.div(mean, v128.load(scratch, SUM)));
}

/** See `Kernels.categoricalSample`. */
export function categoricalSample(
  logits: usize,
  noise: usize,
  actions: usize,
  logProbs: usize,
  B: i32,
  count: i32,
  rowLength: i32,
  decisions: i32,
  adds: bool,
  scratch: usize,
): void {
  const step = <usize>rowLength << 2;
  const apart = <usize>decisions << 2;
  for (let b = 0; b < B; b += 4) {
    const left = B - b;
    const k = <usize>b * apart;
    loadWeights(logits + <usize>b * step, step, count, left, scratch);
    const threshold = f32x4.mul(column(noise + k, apart, left), v128.load(scratch, SUM));
    let running = constant(0);
    let passed = constant(0);
    let choice = constant(0);
    let logit = v128.load(scratch, CHOICES);
    for (let c = 0; c < count; c++) {
      const at = scratch + CHOICES + <usize>c * CHOICE_BYTES;
      const x = v128.load(at);
      running = f32x4.add(running, v128.load(at, 16));
      // The choice in hand is the last one seen that is no −∞, until the sum has passed the threshold.
      const passes = f32x4.gt(running, threshold);
      const takes = v128.andnot(v128.or(passes, f32x4.ne(x, constant(-Infinity))), passed);
      choice = v128.bitselect(constant(<f32>c), choice, takes);
      logit = v128.bitselect(x, logit, takes);
      passed = v128.or(passed, passes);
    }
    storeColumn(actions + k, choice, apart, left);
    put(logProbs + (<usize>b << 2), logProbOf(logit, scratch), adds, left);
  }
}

/** See `Kernels.categoricalEvaluate`; what is not wanted is 0. */
export function categoricalEvaluate(
  logits: usize,
  actions: usize,
  logProbs: usize,
  entropies: usize,
  B: i32,
  count: i32,
  rowLength: i32,
  decisions: i32,
  adds: bool,
  scratch: usize,
): void {
  const step = <usize>rowLength << 2;
  const apart = <usize>decisions << 2;
  for (let b = 0; b < B; b += 4) {
    const left = B - b;
    loadWeights(logits + <usize>b * step, step, count, left, scratch);
    const at = <usize>b << 2;
    if (logProbs != 0) {
      const action = column(actions + <usize>b * apart, apart, left);
      let logit = constant(-Infinity);
      for (let c = 0; c < count; c++) {
        const x = v128.load(scratch + CHOICES + <usize>c * CHOICE_BYTES);
        logit = v128.bitselect(x, logit, f32x4.eq(action, constant(<f32>c)));
      }
      put(logProbs + at, logProbOf(logit, scratch), adds, left);
    }
    if (entropies != 0) put(entropies + at, entropy(count, scratch), adds, left);
  }
}

/** See `Kernels.categoricalBackward`. */
export function categoricalBackward(
  logits: usize,
  actions: usize,
  dLogProbs: usize,
  dEntropies: usize,
  dLogits: usize,
  B: i32,
  count: i32,
  rowLength: i32,
  decisions: i32,
  scratch: usize,
): void {
  const step = <usize>rowLength << 2;
  const apart = <usize>decisions << 2;
  for (let b = 0; b < B; b += 4) {
    const left = B - b;
    const row = <usize>b * step;
    loadWeights(logits + row, step, count, left, scratch);
    const spread = entropy(count, scratch);
    const action = column(actions + <usize>b * apart, apart, left);
    const g = column(dLogProbs + (<usize>b << 2), 4, left);
    const h = column(dEntropies + (<usize>b << 2), 4, left);
    for (let c = 0; c < count; c++) {
      const at = scratch + CHOICES + <usize>c * CHOICE_BYTES;
      const x = v128.load(at);
      const p = f32x4.div(v128.load(at, 16), v128.load(scratch, SUM));
      const taken = v128.and(f32x4.eq(action, constant(<f32>c)), constant(1));
      const own = f32x4.mul(g, f32x4.sub(taken, p));
      const away = v128.and(f32x4.mul(p, f32x4.add(logProbOf(x, scratch), spread)), f32x4.ne(p, constant(0)));
      const gradient = f32x4.sub(own, f32x4.mul(h, away));
      storeColumn(dLogits + row + (<usize>c << 2), v128.and(gradient, f32x4.ne(x, constant(-Infinity))), step, left);
    }
  }
}
