import { expF64, expm1F64, log1pF64, logF64, tanhF64 } from '../../base/math/index.js';
import { BOTH, type Bounds, HIGH, LOW, NONE } from './bounds.js';

/** The way from a real number u into the bounds of an element, and back:
 *
 *    both bounds   a = low + s (tanh u + 1),  s = (high − low)/2     da/du = s (1 − y²),  y = tanh u
 *    low only      a = low + softplus u                             da/du = 1 − e^(−d),  d = a − low
 *    high only     a = high − softplus u                            da/du = e^(−d) − 1,  d = high − a
 *    none          a = u */
export class Squashing {
  /** Of the element unsquashed last: y between two bounds, log |da/du| at a single one. */
  squashed = 0;
  logSlope = 0;
  /** Of the element differentiated last: da/du and d log |da/du| / du. */
  slope = 1;
  dLogSlope = 0;
  private readonly bounds: Bounds;

  constructor(bounds: Bounds) {
    this.bounds = bounds;
  }

  squash(u: number, at: number): number {
    const { kinds, low, high, lowest, highest } = this.bounds;
    const kind = kinds[at]!;
    let action = u;
    if (kind === BOTH) action = low[at]! + (high[at]! / 2 - low[at]! / 2) * (tanhF64(u) + 1);
    else if (kind === LOW) action = low[at]! + softplus(u);
    else if (kind === HIGH) action = high[at]! - softplus(u);
    return action < lowest[at]! ? lowest[at]! : action > highest[at]! ? highest[at]! : action;
  }

  /** u of an action; leaves `squashed` or `logSlope`. */
  unsquash(action: number, at: number): number {
    const { kinds, low, high, lowest, highest } = this.bounds;
    const inside = action < lowest[at]! ? lowest[at]! : action > highest[at]! ? highest[at]! : action;
    const kind = kinds[at]!;
    if (kind === BOTH) {
      const y = (inside - low[at]!) / (high[at]! / 2 - low[at]! / 2) - 1;
      this.squashed = y;
      return 0.5 * logF64((1 + y) / (1 - y));
    }
    if (kind === NONE) return inside;
    const distance = kind === LOW ? inside - low[at]! : high[at]! - inside;
    // The inverse of softplus is log(e^d − 1) = d + log(1 − e^(−d)), and its second part the slope.
    this.logSlope = logF64(-expm1F64(-distance));
    return distance + this.logSlope;
  }

  /** Leaves `slope` and `dLogSlope` at u: those of the formulas, also where `squash` would hold the action at an edge. There the
   *  way back into the bounds is still told. */
  differentiate(u: number, at: number): void {
    const { kinds, low, high } = this.bounds;
    const kind = kinds[at]!;
    if (kind === BOTH) {
      const y = tanhF64(u);
      this.slope = (high[at]! / 2 - low[at]! / 2) * (1 - y) * (1 + y);
      this.dLogSlope = -2 * y;
    } else if (kind === NONE) {
      this.slope = 1;
      this.dLogSlope = 0;
    } else {
      // softplus' = σ(u), and (log σ(u))' = 1 − σ(u).
      const small = expF64(-Math.abs(u));
      const sigmoid = u > 0 ? 1 / (1 + small) : small / (1 + small);
      this.slope = kind === LOW ? sigmoid : -sigmoid;
      this.dLogSlope = 1 - sigmoid;
    }
  }
}

function softplus(u: number): number {
  return (u > 0 ? u : 0) + log1pF64(expF64(-Math.abs(u)));
}
