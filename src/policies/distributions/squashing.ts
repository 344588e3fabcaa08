import { expF64, log1pF64, tanhF64 } from '../../base/math/index.js';
import { BOTH, type Bounds, HIGH, LOW, NONE } from './bounds.js';

/** The way from a real number u into the bounds of an element:
 *
 *    both bounds   a = low + s (tanh u + 1),  s = (high − low)/2     da/du = s (1 − y²),  y = tanh u
 *    low only      a = low + softplus u                             da/du = 1 − e^(−d),  d = a − low
 *    high only     a = high − softplus u                            da/du = e^(−d) − 1,  d = high − a
 *    none          a = u */
export class Squashing {
  /** Of the element differentiated last: da/du. */
  slope = 1;
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

  /** Leaves `slope` at u: that of the formulas, also where `squash` would hold the action at an edge. There the
   *  way back into the bounds is still told. */
  differentiate(u: number, at: number): void {
    const { kinds, low, high } = this.bounds;
    const kind = kinds[at]!;
    if (kind === BOTH) {
      const y = tanhF64(u);
      this.slope = (high[at]! / 2 - low[at]! / 2) * (1 - y) * (1 + y);
    } else if (kind === NONE) {
      this.slope = 1;
    } else {
      // softplus' = σ(u).
      const small = expF64(-Math.abs(u));
      const sigmoid = u > 0 ? 1 / (1 + small) : small / (1 + small);
      this.slope = kind === LOW ? sigmoid : -sigmoid;
    }
  }
}

function softplus(u: number): number {
  return (u > 0 ? u : 0) + log1pF64(expF64(-Math.abs(u)));
}
