/** What an agent may observe or do, as plain data: it travels in job specs and over the wire as JSON. */
export type Space = BoxSpace | DiscreteSpace | MultiDiscreteSpace | BinarySpace;

/** Real vectors of a shape, bounded elementwise. A bound is one number for all elements or one per element; absent is unbounded. */
export interface BoxSpace {
  readonly kind: 'box';
  readonly shape: readonly number[];
  readonly low?: number | readonly number[];
  readonly high?: number | readonly number[];
}

/** One of `count` choices, 0 to count − 1. */
export interface DiscreteSpace {
  readonly kind: 'discrete';
  readonly count: number;
}

/** Several choices at once: element j is 0 to counts[j] − 1. */
export interface MultiDiscreteSpace {
  readonly kind: 'multiDiscrete';
  readonly counts: readonly number[];
}

/** `size` yes-or-no decisions at once, each 0 or 1. */
export interface BinarySpace {
  readonly kind: 'binary';
  readonly size: number;
}

export const box = (shape: number | readonly number[], bounds: Pick<BoxSpace, 'low' | 'high'> = {}): BoxSpace => ({
  kind: 'box',
  shape: typeof shape === 'number' ? [shape] : shape,
  ...bounds,
});
export const discrete = (count: number): DiscreteSpace => ({ kind: 'discrete', count });
export const multiDiscrete = (counts: readonly number[]): MultiDiscreteSpace => ({ kind: 'multiDiscrete', counts });
export const binary = (size = 1): BinarySpace => ({ kind: 'binary', size });

/** Numbers that one element of the space takes in an array of observations or actions. */
export function elementSize(space: Space): number {
  switch (space.kind) {
    case 'box':
      return space.shape.reduce((product, extent) => product * extent, 1);
    case 'discrete':
      return 1;
    case 'multiDiscrete':
      return space.counts.length;
    case 'binary':
      return space.size;
  }
}

/** Numbers that one action mask takes: one per choice (1 = legal); 0 for a space that has nothing to mask. */
export function maskSize(space: Space): number {
  switch (space.kind) {
    case 'box':
      return 0;
    case 'discrete':
      return space.count;
    case 'multiDiscrete':
      return space.counts.reduce((sum, count) => sum + count, 0);
    case 'binary':
      return space.size * 2;
  }
}

/** Bounds of element j of a box; ±Infinity where it has none. */
export const lowOf = (space: BoxSpace, j: number): number =>
  space.low === undefined ? -Infinity : typeof space.low === 'number' ? space.low : space.low[j]!;
export const highOf = (space: BoxSpace, j: number): number =>
  space.high === undefined ? Infinity : typeof space.high === 'number' ? space.high : space.high[j]!;

/** Whether the `elementSize(space)` numbers at values[offset…] are an element of the space. NaN never is, nor is an infinity. */
export function contains(space: Space, values: ArrayLike<number>, offset = 0): boolean {
  const size = elementSize(space);
  if (offset < 0 || offset + size > values.length) return false;
  for (let j = 0; j < size; j++) {
    const value = values[offset + j]!;
    if (!Number.isFinite(value)) return false;
    switch (space.kind) {
      case 'box':
        if (value < lowOf(space, j) || value > highOf(space, j)) return false;
        break;
      case 'discrete':
        if (!isChoice(value, space.count)) return false;
        break;
      case 'multiDiscrete':
        if (!isChoice(value, space.counts[j]!)) return false;
        break;
      case 'binary':
        if (!isChoice(value, 2)) return false;
        break;
    }
  }
  return true;
}

const isChoice = (value: number, count: number): boolean => Number.isInteger(value) && value >= 0 && value < count;
