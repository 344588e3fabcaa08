/** A decision and a price in one number: outputs [B, 2] of a logit and a mean, one log σ; reservations [B], or one where their row is 0. sign is 1
 *  for a seller, −1 for a buyer. Lanes go over rows. */
import { add, column, constant, loadRows, multiply, storeColumn, storeRows, subtract } from './lanes';
import { exp4, log4, sigmoid4, softplus4 } from './math';
import { density4, ENTROPY_AT_ONE, fall4, HALF_LOG_TWO_PI, mills4, normalOfUniform4 } from './normals';
import { joinStripes, laneMask, STRIPE_BYTES } from './stripes';

const FARTHEST: f32 = 1e18;

// Of the rows loaded last. Where r is 0, `open` has all ones.
let logit = constant(0);
let mean = constant(0);
let r = constant(0);
let c = constant(0);
let open = constant(0);
let density = constant(0);
let below = constant(0);
let above = constant(0);
let logBelow = constant(0);
let inverseMills = constant(0);
let logAct = constant(0);
let logPass = constant(0);
let logZero = constant(0);

@inline
function reservationOf(reservations: usize, b: i32, row: i32, left: i32): v128 {
  return row == 0 ? v128.load32_splat(reservations) : loadRows(reservations + (<usize>b << 2), left);
}

function loadDeals(outputs: usize, reservations: usize, b: i32, row: i32, inverse: v128, sign: v128, left: i32): void {
  const at = outputs + (<usize>b << 3);
  logit = column(at, 8, left);
  mean = column(at + 4, 8, left);
  r = reservationOf(reservations, b, row, left);
  open = f32x4.eq(r, constant(0));
  const distance = multiply(sign, multiply(subtract(r, mean), inverse));
  c = f32x4.pmin(f32x4.pmax(distance, constant(-FARTHEST)), constant(FARTHEST));
  const t = f32x4.abs(c);
  const mills = mills4(t);
  const fall = fall4(t);
  density = density4(fall);
  const tail = multiply(density, mills);
  const rest = subtract(constant(1), tail);
  const negative = f32x4.lt(c, constant(0));
  below = v128.bitselect(tail, rest, negative);
  above = v128.bitselect(rest, tail, negative);
  const nearer = v128.bitselect(mills, rest, negative);
  const logarithm = log4(nearer);
  logBelow = v128.bitselect(add(subtract(fall, constant(HALF_LOG_TWO_PI)), logarithm), logarithm, negative);
  inverseMills = f32x4.div(v128.bitselect(constant(1), density, negative), nearer);
  logAct = f32x4.neg(softplus4(f32x4.neg(logit)));
  logPass = f32x4.neg(softplus4(logit));
  const other = add(logAct, logBelow);
  const most = v128.bitselect(other, logPass, f32x4.lt(logPass, other));
  logZero = add(most, softplus4(f32x4.neg(f32x4.abs(subtract(logPass, other)))));
}

@inline
function isBeyond(action: v128, sign: i32): v128 {
  return sign > 0 ? f32x4.gt(action, r) : f32x4.lt(action, r);
}

/** See `Kernels.compositeSample`. */
export function compositeSample(
  outputs: usize,
  logStd: usize,
  noise: usize,
  reservations: usize,
  actions: usize,
  B: i32,
  row: i32,
  sign: i32,
): void {
  const std = exp4(v128.load32_splat(logStd));
  for (let b = 0; b < B; b += 4) {
    const left = B - b;
    const at = <usize>b << 3;
    r = reservationOf(reservations, b, row, left);
    const shift = multiply(std, normalOfUniform4(column(noise + at + 4, 8, left)));
    const quantity = add(column(outputs + at + 4, 8, left), shift);
    const price = v128.bitselect(quantity, r, isBeyond(quantity, sign));
    const lost = v128.and(f32x4.eq(price, constant(0)), f32x4.ne(r, constant(0)));
    const acts = f32x4.lt(column(noise + at, 8, left), sigmoid4(column(outputs + at, 8, left)));
    const action = v128.bitselect(i32x4.splat(1), add(price, constant(0)), lost);
    storeRows(actions + (<usize>b << 2), v128.and(action, acts), left);
  }
}

/** See `Kernels.compositeEvaluate`; what is not wanted is 0. */
export function compositeEvaluate(
  outputs: usize,
  logStd: usize,
  actions: usize,
  reservations: usize,
  logProbs: usize,
  entropies: usize,
  B: i32,
  row: i32,
  sign: i32,
): void {
  const spread = load<f32>(logStd);
  const inverse = exp4(constant(-spread));
  const atMean = constant(-spread - HALF_LOG_TWO_PI);
  const scale = constant(spread + ENTROPY_AT_ONE);
  const half = constant(0.5);
  for (let b = 0; b < B; b += 4) {
    const left = B - b;
    loadDeals(outputs, reservations, b, row, inverse, constant(<f32>sign), left);
    if (actions != 0) {
      const action = loadRows(actions + (<usize>b << 2), left);
      const z = multiply(subtract(action, mean), inverse);
      const priced = add(logAct, subtract(atMean, multiply(half, multiply(z, z))));
      const passed = f32x4.eq(action, constant(0));
      const least = v128.bitselect(logZero, v128.bitselect(logPass, add(logAct, logBelow), passed), open);
      const beyond = v128.andnot(isBeyond(action, sign), passed);
      storeRows(logProbs + (<usize>b << 2), v128.bitselect(priced, least, beyond), left);
    }
    if (entropies != 0) {
      const continuous = add(multiply(above, scale), multiply(multiply(half, c), density));
      const together = subtract(continuous, multiply(above, logAct));
      const apart = subtract(subtract(continuous, multiply(below, logBelow)), logAct);
      const point = v128.bitselect(logZero, logPass, open);
      const acting = multiply(sigmoid4(logit), v128.bitselect(together, apart, open));
      storeRows(entropies + (<usize>b << 2), subtract(acting, multiply(exp4(point), point)), left);
    }
  }
}

/** See `Kernels.compositeBackward`. scratch: 16 floats. */
export function compositeBackward(
  outputs: usize,
  logStd: usize,
  actions: usize,
  reservations: usize,
  dLogProbs: usize,
  dEntropies: usize,
  dOutputs: usize,
  dLogStd: usize,
  B: i32,
  row: i32,
  sign: i32,
  scratch: usize,
): void {
  const spread = load<f32>(logStd);
  const inverse = exp4(constant(-spread));
  const scale = constant(spread + ENTROPY_AT_ONE);
  const half = constant(0.5);
  const one = constant(1);
  const direction = constant(<f32>sign);
  memory.fill(scratch, 0, STRIPE_BYTES);
  for (let b = 0; b < B; b += 4) {
    const left = B - b;
    loadDeals(outputs, reservations, b, row, inverse, direction, left);
    const at = <usize>b << 2;
    const g = loadRows(dLogProbs + at, left);
    const e = loadRows(dEntropies + at, left);
    const action = loadRows(actions + at, left);
    const p = sigmoid4(logit);
    const pass = sigmoid4(f32x4.neg(logit));
    const none = f32x4.eq(action, constant(0));
    const beyond = v128.andnot(isBeyond(action, sign), none);
    const passed = v128.andnot(none, open);
    const z = multiply(subtract(action, mean), inverse);
    const joint = add(logit, logBelow);
    const acted = v128.bitselect(sigmoid4(joint), one, open);
    const shared = subtract(multiply(acted, pass), multiply(sigmoid4(f32x4.neg(joint)), p));
    const decided = v128.bitselect(shared, v128.bitselect(f32x4.neg(p), pass, passed), open);
    const byChoice = v128.bitselect(pass, decided, beyond);
    const byPoint = v128.andnot(multiply(acted, inverseMills), v128.or(beyond, passed));
    const middle = multiply(multiply(half, c), density);
    const level = v128.bitselect(subtract(logZero, logAct), logBelow, open);
    const together = add(multiply(above, add(level, scale)), middle);
    const apart = subtract(subtract(add(multiply(above, scale), middle), multiply(below, level)), logit);
    const byLogit = multiply(multiply(p, pass), v128.bitselect(together, apart, open));
    const rise = add(add(add(level, scale), half), multiply(half, multiply(c, c)));
    const dC = subtract(multiply(g, byPoint), multiply(e, multiply(multiply(p, density), rise)));
    const dMean = v128.and(multiply(g, multiply(z, inverse)), beyond);
    const ofStd = v128.and(multiply(g, subtract(multiply(z, z), one)), beyond);
    const to = dOutputs + (<usize>b << 3);
    storeColumn(to, add(multiply(g, byChoice), multiply(e, byLogit)), 8, left);
    storeColumn(to + 4, subtract(dMean, multiply(multiply(direction, dC), inverse)), 8, left);
    const term = subtract(add(ofStd, multiply(e, multiply(p, above))), multiply(c, dC));
    const part = scratch + (at & (STRIPE_BYTES - 1));
    v128.store(part, add(v128.load(part), left < 4 ? v128.and(term, laneMask(left)) : term));
  }
  store<f32>(dLogStd, load<f32>(dLogStd) + joinStripes(scratch));
}
