import { expF32, sigmoidF32, softplusF32 } from '../../base/math/index.js';
import type { CompositeRows } from '../laws.js';
import { NormalTails, normalOfUniform } from './normals.js';
import { joinStripes, STRIPES } from './stripes.js';

const { fround } = Math;
const HALF_LOG_TWO_PI = fround(0.9189385332046727);
const ENTROPY_AT_ONE = fround(1.4189385332046727);
const SMALLEST = 1.401298464324817e-45;
/** Reservations count as at most so many standard deviations away, so that squares are finite. */
const FARTHEST = fround(1e18);

/** What all functions take of a row. */
class Row extends NormalTails {
  logit = 0;
  mean = 0;
  r = 0;
  c = 0;
  logAct = 0;
  logPass = 0;
  /** log P(0) where r is 0. */
  logZero = 0;
  private readonly sign: number;
  private readonly observed: boolean;
  private readonly inverse: number;

  constructor({ side, observed }: CompositeRows, inverse: number) {
    super();
    this.sign = side === 'seller' ? 1 : -1;
    this.observed = observed;
    this.inverse = inverse;
  }

  at(outputs: Float32Array, reservations: Float32Array, b: number): void {
    this.logit = outputs[2 * b];
    this.mean = outputs[2 * b + 1];
    this.r = reservations[this.observed ? b : 0];
    const c = fround(this.sign * fround(fround(this.r - this.mean) * this.inverse));
    const raised = c < -FARTHEST ? -FARTHEST : c;
    this.c = FARTHEST < raised ? FARTHEST : raised;
    this.load(this.c);
    this.logAct = -softplusF32(-this.logit);
    this.logPass = -softplusF32(this.logit);
    const other = fround(this.logAct + this.logBelow);
    const most = this.logPass < other ? other : this.logPass;
    this.logZero = fround(most + softplusF32(-Math.abs(fround(this.logPass - other))));
  }

  isBeyond(action: number): boolean {
    return this.sign > 0 ? action > this.r : action < this.r;
  }
}

/** See `Kernels.compositeSample`. */
export function compositeSample(
  outputs: Float32Array,
  logStd: Float32Array,
  noise: Float32Array,
  reservations: Float32Array,
  actions: Float32Array,
  B: number,
  { side, observed }: CompositeRows,
): void {
  const std = expF32(logStd[0]);
  for (let b = 0; b < B; b++) {
    const r = reservations[observed ? b : 0];
    const quantity = fround(outputs[2 * b + 1] + fround(std * normalOfUniform(noise[2 * b + 1])));
    const beyond = side === 'seller' ? quantity > r : quantity < r;
    const price = beyond ? quantity : r;
    const acts = noise[2 * b] < sigmoidF32(outputs[2 * b]);
    // Never −0, and 0 only where that is the reservation: 0 passes.
    actions[b] = acts ? (price === 0 && r !== 0 ? SMALLEST : price + 0) : 0;
  }
}

/** See `Kernels.compositeEvaluate`. */
export function compositeEvaluate(
  outputs: Float32Array,
  logStd: Float32Array,
  actions: Float32Array | null,
  reservations: Float32Array,
  logProbs: Float32Array | null,
  entropies: Float32Array | null,
  B: number,
  rows: CompositeRows,
): void {
  const inverse = expF32(-logStd[0]);
  const atMean = fround(-logStd[0] - HALF_LOG_TWO_PI);
  const scale = fround(logStd[0] + ENTROPY_AT_ONE);
  const row = new Row(rows, inverse);
  for (let b = 0; b < B; b++) {
    row.at(outputs, reservations, b);
    const { logAct, logPass, logZero, logBelow } = row;
    if (actions !== null && logProbs !== null) {
      const z = fround(fround(actions[b] - row.mean) * inverse);
      const priced = fround(logAct + fround(atMean - fround(0.5 * fround(z * z))));
      const least = row.r === 0 ? logZero : actions[b] === 0 ? logPass : fround(logAct + logBelow);
      logProbs[b] = actions[b] !== 0 && row.isBeyond(actions[b]) ? priced : least;
    }
    if (entropies === null) continue;
    const p = sigmoidF32(row.logit);
    const continuous = fround(fround(row.above * scale) + fround(fround(0.5 * row.c) * row.density));
    const together = fround(continuous - fround(row.above * logAct));
    const apart = fround(fround(continuous - fround(row.below * logBelow)) - logAct);
    const [open, point] = row.r === 0 ? [together, logZero] : [apart, logPass];
    entropies[b] = fround(fround(p * open) - fround(expF32(point) * point));
  }
}

/** See `Kernels.compositeBackward`. */
export function compositeBackward(
  outputs: Float32Array,
  logStd: Float32Array,
  actions: Float32Array,
  reservations: Float32Array,
  dLogProbs: Float32Array,
  dEntropies: Float32Array,
  dOutputs: Float32Array,
  dLogStd: Float32Array,
  B: number,
  rows: CompositeRows,
): void {
  const inverse = expF32(-logStd[0]);
  const scale = fround(logStd[0] + ENTROPY_AT_ONE);
  const sign = rows.side === 'seller' ? 1 : -1;
  const row = new Row(rows, inverse);
  const parts = new Float32Array(STRIPES);
  for (let b = 0; b < B; b++) {
    row.at(outputs, reservations, b);
    const { r, c, logit, density, above, below, logBelow } = row;
    const [g, e, action] = [dLogProbs[b], dEntropies[b], actions[b]];
    const p = sigmoidF32(logit);
    const pass = sigmoidF32(-logit);
    const beyond = action !== 0 && row.isBeyond(action);
    const passed = action === 0 && r !== 0;
    const z = fround(fround(action - row.mean) * inverse);
    const joint = fround(logit + logBelow);
    const acted = r === 0 ? sigmoidF32(joint) : 1;
    const shared = fround(fround(acted * pass) - fround(sigmoidF32(-joint) * p));
    const byChoice = beyond ? pass : r === 0 ? shared : passed ? -p : pass;
    const byPoint = beyond || passed ? 0 : fround(acted * row.inverseMills);
    const middle = fround(fround(0.5 * c) * density);
    const level = r === 0 ? fround(row.logZero - row.logAct) : logBelow;
    const together = fround(fround(above * fround(level + scale)) + middle);
    const apart = fround(fround(fround(fround(above * scale) + middle) - fround(below * level)) - logit);
    const byLogit = fround(fround(p * pass) * (r === 0 ? together : apart));
    const rise = fround(fround(fround(level + scale) + 0.5) + fround(0.5 * fround(c * c)));
    const dC = fround(fround(g * byPoint) - fround(e * fround(fround(p * density) * rise)));
    const dMean = beyond ? fround(g * fround(z * inverse)) : 0;
    const ofStd = beyond ? fround(g * fround(fround(z * z) - 1)) : 0;
    dOutputs[2 * b] = fround(fround(g * byChoice) + fround(e * byLogit));
    dOutputs[2 * b + 1] = fround(dMean - fround(fround(sign * dC) * inverse));
    const term = fround(fround(ofStd + fround(e * fround(p * above))) - fround(c * dC));
    parts[b % STRIPES] = fround(parts[b % STRIPES] + term);
  }
  dLogStd[0] = fround(dLogStd[0] + joinStripes(parts));
}
