import type { F32 } from '../../kernels/index.js';
import { type BoxSpace, boundOf, elementSize, highOf, lowOf } from '../../spaces/index.js';
import { policyError } from '../errors.js';
import {
  highestFloat32AtMost,
  highestFloat32Below,
  LARGEST_FLOAT32,
  lowestFloat32Above,
  lowestFloat32AtLeast,
} from './float32-neighbors.js';

/** How an element is bounded: a forced one has a single action. */
export const FORCED = 0;
export const BOTH = 1;
export const LOW = 2;
export const HIGH = 3;
export const NONE = 4;

/** |tanh u| stays at or below 1 − EDGE and softplus u at or above EDGE, in sampling and in log-probabilities alike. */
export const SQUASHED_EDGE = 1e-6;

export interface BoundsOptions {
  /** Names the agent in errors. */
  readonly where: string;
  /** Numbers in one observation, F. */
  readonly observationSize: number;
  /** Distance that actions keep from a bound, as a part of half the width between two bounds and absolute from a single one; 0 allows the
   *  bounds themselves. */
  readonly edge: number;
}

/** Two bounds that are farther apart than float32 can tell count as at most so far from 0. */
const FARTHEST = 2 ** 126;

/** The bounds of a box at each place: element j of row b is place b·rowStride + j. Constant bounds are the same for all rows
 *  (rowStride 0); observed ones are copied by `observe`, once for all calls on the same rows. */
export class Bounds {
  readonly size: number;
  readonly rowStride: number;
  kinds: Uint8Array;
  /** ∓Infinity where there is none. Where the bounds are actions themselves (edge 0) they are rounded inwards to float32. */
  low: Float64Array;
  high: Float64Array;
  /** Smallest and largest float32 action; equal where it is forced. */
  lowest: Float64Array;
  highest: Float64Array;
  /** Whether constant bounds of an element leave no action: then there is no law of the space. */
  readonly empty: boolean;
  private readonly where: string;
  private readonly observationSize: number;
  private readonly edge: number;
  /** Constant bounds; the elements of the observation that the others are, or −1. */
  private readonly constantLow: Float64Array;
  private readonly constantHigh: Float64Array;
  private readonly observedLow: Int32Array;
  private readonly observedHigh: Int32Array;

  constructor(space: BoxSpace, options: BoundsOptions) {
    const size = elementSize(space);
    this.size = size;
    this.where = options.where;
    this.observationSize = options.observationSize;
    this.edge = options.edge;
    this.constantLow = Float64Array.from({ length: size }, (_, j) => lowOf(space, j));
    this.constantHigh = Float64Array.from({ length: size }, (_, j) => highOf(space, j));
    const elementOf = (side: 'low' | 'high', j: number): number => {
      const bound = boundOf(space, side, j);
      return typeof bound === 'object' ? bound.observation : -1;
    };
    this.observedLow = Int32Array.from({ length: size }, (_, j) => elementOf('low', j));
    this.observedHigh = Int32Array.from({ length: size }, (_, j) => elementOf('high', j));
    this.kinds = new Uint8Array(size);
    this.low = new Float64Array(size);
    this.high = new Float64Array(size);
    this.lowest = new Float64Array(size);
    this.highest = new Float64Array(size);
    let observed = false;
    let empty = false;
    for (let j = 0; j < size; j++) {
      if (this.observedLow[j]! >= 0 || this.observedHigh[j]! >= 0) {
        observed = true;
        continue;
      }
      this.place(j, this.constantLow[j]!, this.constantHigh[j]!);
      if (this.kinds[j] === FORCED) empty = true;
    }
    this.rowStride = observed ? size : 0;
    this.empty = empty;
  }

  /** Whether some bound is read off the observation. */
  get observed(): boolean {
    return this.rowStride > 0;
  }

  /** Copies the bounds of B rows off observation f32[B, F]. Throws POLICY_BOUNDS_CROSSED. */
  observe(observation: F32, B: number): void {
    const { size, observationSize, constantLow, constantHigh, observedLow, observedHigh } = this;
    if (B * size > this.kinds.length) this.grow(B * size);
    for (let b = 0, at = 0; b < B; b++) {
      const row = b * observationSize;
      for (let j = 0; j < size; j++, at++) {
        const low = boundIn(observation, row, observedLow[j]!, constantLow[j]!);
        const high = boundIn(observation, row, observedHigh[j]!, constantHigh[j]!);
        this.assertUncrossed(b, j, low, high);
        this.place(at, low, high);
      }
    }
  }

  /** Writes constant bounds to rows f32[4, A]: low, high, lowest, highest, as `Kernels.boundedSample` takes them. A bound that is no float32
   *  is the next one outwards, so that actions keep a distance from it. */
  writeConstant(rows: F32): void {
    for (let j = 0; j < this.size; j++) this.write(rows, j, this.constantLow[j]!, this.constantHigh[j]!);
  }

  /** Likewise the bounds of B rows off observation f32[B, F], to rows f32[B, 4, A]. Throws POLICY_BOUNDS_CROSSED. */
  writeObserved(observation: F32, B: number, rows: F32): void {
    const { size, observationSize, constantLow, constantHigh, observedLow, observedHigh } = this;
    for (let b = 0; b < B; b++) {
      const row = b * observationSize;
      for (let j = 0; j < size; j++) {
        const low = boundIn(observation, row, observedLow[j]!, constantLow[j]!);
        const high = boundIn(observation, row, observedHigh[j]!, constantHigh[j]!);
        this.assertUncrossed(b, j, low, high);
        this.write(rows, 4 * size * b + j, low, high);
      }
    }
  }

  /** What is observed must be finite, and the low bound at most the high one. */
  private assertUncrossed(row: number, element: number, low: number, high: number): void {
    const finite =
      (this.observedLow[element]! < 0 || Number.isFinite(low)) &&
      (this.observedHigh[element]! < 0 || Number.isFinite(high));
    if (!finite || !(low <= high)) throw this.crossed(row, element, low, high);
  }

  private write(rows: F32, at: number, low: number, high: number): void {
    const { size, edge } = this;
    const below = low !== -Infinity;
    const above = high !== Infinity;
    let outerLow = below ? highestFloat32AtMost(low) : low;
    let outerHigh = above ? lowestFloat32AtLeast(high) : high;
    if (below && above && Math.fround(outerHigh - outerLow) === Infinity) {
      outerLow = Math.max(outerLow, -FARTHEST);
      outerHigh = Math.min(outerHigh, FARTHEST);
    }
    const margin = below && above ? (outerHigh / 2 - outerLow / 2) * edge : edge;
    let lowest = below ? Math.fround(outerLow + margin) : -LARGEST_FLOAT32;
    let highest = above ? Math.fround(outerHigh - margin) : LARGEST_FLOAT32;
    if (lowest <= outerLow) lowest = lowestFloat32Above(outerLow);
    if (highest >= outerHigh) highest = highestFloat32Below(outerHigh);
    if (!(lowest <= highest && Number.isFinite(lowest) && Number.isFinite(highest))) {
      lowest = below ? lowestFloat32AtLeast(low) : highestFloat32AtMost(high);
      highest = lowest;
      outerLow = lowest;
      outerHigh = lowest;
    }
    rows[at] = outerLow;
    rows[at + size] = outerHigh;
    rows[at + 2 * size] = lowest;
    rows[at + 3 * size] = highest;
  }

  private place(at: number, low: number, high: number): void {
    const { edge } = this;
    const below = low !== -Infinity;
    const above = high !== Infinity;
    const margin = below && above ? (high / 2 - low / 2) * edge : edge;
    let lowest = below ? lowestFloat32AtLeast(low + margin) : -LARGEST_FLOAT32;
    let highest = above ? highestFloat32AtMost(high - margin) : LARGEST_FLOAT32;
    if (edge > 0) {
      if (lowest <= low) lowest = lowestFloat32Above(low);
      if (highest >= high) highest = highestFloat32Below(high);
    }
    const room = edge > 0 ? lowest <= highest : lowest < highestFloat32Below(highest);
    if (room && Number.isFinite(lowest) && Number.isFinite(highest)) {
      this.kinds[at] = below ? (above ? BOTH : LOW) : above ? HIGH : NONE;
    } else {
      lowest = below ? lowestFloat32AtLeast(low) : highestFloat32AtMost(high);
      highest = lowest;
      this.kinds[at] = FORCED;
    }
    this.low[at] = edge > 0 || !below ? low : lowest;
    this.high[at] = edge > 0 || !above ? high : highest;
    this.lowest[at] = lowest;
    this.highest[at] = highest;
  }

  private grow(places: number): void {
    this.kinds = new Uint8Array(places);
    this.low = new Float64Array(places);
    this.high = new Float64Array(places);
    this.lowest = new Float64Array(places);
    this.highest = new Float64Array(places);
  }

  private crossed(row: number, element: number, low: number, high: number): Error {
    const problem = low > high ? 'cross' : 'are not all finite';
    return policyError(
      'POLICY_BOUNDS_CROSSED',
      `The bounds of ${this.where} in row ${row}, element ${element}, are low ${low} and high ${high}, which ${problem}. ` +
        'The environment must observe finite bounds with low at most high.',
      { data: { where: this.where, row, element, low, high } },
    );
  }
}

/** The element of a row's observation, or the constant where it is −1. */
const boundIn = (observation: F32, row: number, element: number, constant: number): number =>
  element < 0 ? constant : observation[row + element]!;
