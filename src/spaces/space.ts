/** What an agent may observe or do, as plain data: it travels in job specs and over the wire as JSON. */
export type Space = SimpleSpace | HierarchicalSpace | CompositeSpace;

/** Spaces that need no sequence: what one level of a hierarchical action may be. */
export type SimpleSpace = BoxSpace | DiscreteSpace | MultiDiscreteSpace | BinarySpace;

/** A bound that every agent reads off its own observation, such as its reservation price: element `observation` of it.
 *  For action spaces only. */
export interface ObservedBound {
  readonly observation: number;
}
export type Bound = number | ObservedBound;

/** Real vectors of a shape, bounded elementwise. A bound is one for all elements or one per element; absent is unbounded. */
export interface BoxSpace {
  readonly kind: 'box';
  readonly shape: readonly number[];
  readonly low?: Bound | readonly Bound[];
  readonly high?: Bound | readonly Bound[];
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

/** Decisions in sequence: each level is decided knowing the observation and the levels before it. The numbers of an action are
 *  those of its levels, one after the other; an inactive level's are 0. */
export interface HierarchicalSpace {
  readonly kind: 'hierarchical';
  readonly levels: readonly Level[];
}

export interface Level {
  /** Unique in the space; names the level in job specs, metrics and errors. */
  readonly name: string;
  readonly space: SimpleSpace;
  /** The level is decided only where this holds; absent is always. */
  readonly when?: LevelCondition;
  /** The reward head that this level is paid by; absent is all heads added up. */
  readonly reward?: string;
}

/** Holds where the earlier level is active itself and its element (the first unless told) is one of the values. */
export interface LevelCondition {
  readonly level: string;
  readonly element?: number;
  readonly is: readonly number[];
}

/** One number that is a decision and a quantity at once: 0 passes; otherwise it is a price on the right side of the reservation r,
 *  r + relu(q − r) for a seller and r − relu(r − q) for a buyer, whatever the quantity q. */
export interface CompositeSpace {
  readonly kind: 'composite';
  readonly side: 'seller' | 'buyer';
  readonly reservation: Bound;
}

export const box = (shape: number | readonly number[], bounds: Pick<BoxSpace, 'low' | 'high'> = {}): BoxSpace => ({
  kind: 'box',
  shape: typeof shape === 'number' ? [shape] : shape,
  ...bounds,
});
export const discrete = (count: number): DiscreteSpace => ({ kind: 'discrete', count });
export const multiDiscrete = (counts: readonly number[]): MultiDiscreteSpace => ({ kind: 'multiDiscrete', counts });
export const binary = (size = 1): BinarySpace => ({ kind: 'binary', size });
export const hierarchical = (levels: readonly Level[]): HierarchicalSpace => ({ kind: 'hierarchical', levels });
export const composite = (side: CompositeSpace['side'], reservation: Bound): CompositeSpace => ({
  kind: 'composite',
  side,
  reservation,
});
/** The bound that is element j of the observation. */
export const observed = (j: number): ObservedBound => ({ observation: j });

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
    case 'hierarchical':
      return space.levels.reduce((sum, level) => sum + elementSize(level.space), 0);
    case 'composite':
      return 1;
  }
}

/** Numbers that one action mask takes: one per choice (1 = legal); 0 for a space that has nothing to mask. */
export function maskSize(space: Space): number {
  switch (space.kind) {
    case 'box':
    case 'composite':
      return 0;
    case 'discrete':
      return space.count;
    case 'multiDiscrete':
      return space.counts.reduce((sum, count) => sum + count, 0);
    case 'binary':
      return space.size * 2;
    case 'hierarchical':
      return space.levels.reduce((sum, level) => sum + maskSize(level.space), 0);
  }
}

/** The declared bound of element j of a box; undefined where it has none. */
export function boundOf(space: BoxSpace, side: 'low' | 'high', j: number): Bound | undefined {
  const bound = space[side];
  return typeof bound === 'object' && !('observation' in bound) ? bound[j] : bound;
}

/** Bounds of element j of a box, ±Infinity where it has none. Bounds that are observed are read at observation[offset…];
 *  without an observation they are ±Infinity too. */
export const lowOf = (space: BoxSpace, j: number, observation?: ArrayLike<number>, offset = 0): number =>
  readBound(boundOf(space, 'low', j), -Infinity, observation, offset);
export const highOf = (space: BoxSpace, j: number, observation?: ArrayLike<number>, offset = 0): number =>
  readBound(boundOf(space, 'high', j), Infinity, observation, offset);

/** The number that a bound is at observation[offset…]; `absent` where there is no bound, or no observation to read it from. */
export function readBound(
  bound: Bound | undefined,
  absent: number,
  observation: ArrayLike<number> | undefined,
  offset: number,
): number {
  if (typeof bound === 'number') return bound;
  return bound === undefined || observation === undefined ? absent : observation[offset + bound.observation]!;
}
