import { spaceError } from './errors.js';
import {
  type Bound,
  type BoxSpace,
  boundOf,
  elementSize,
  type HierarchicalSpace,
  highOf,
  type Level,
  lowOf,
  type Space,
} from './space.js';

/** Largest number of elements that one observation or action may have. */
export const MAX_ELEMENT_SIZE = 2 ** 24;
/** Levels appear in job specs and metric names. */
const LEVEL_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_-]{0,63}$/;
const SIMPLE = ['box', 'discrete', 'multiDiscrete', 'binary'];

/** Throws SPACE_INVALID, naming `where` and the level, unless the space is well formed. An action space comes with the space of the
 *  observations that its bounds may refer to; any other has no observed bounds. */
export function assertSpace(space: Space, where: string, observations?: BoxSpace): void {
  new SpaceCheck(space, where, observations).run(space, where);
}

class SpaceCheck {
  private readonly whole: Space;
  private readonly where: string;
  private readonly observations: BoxSpace | undefined;

  constructor(whole: Space, where: string, observations: BoxSpace | undefined) {
    this.whole = whole;
    this.where = where;
    this.observations = observations;
  }

  run(space: Space, where: string): void {
    switch (space.kind) {
      case 'box':
        return this.box(space, where);
      case 'discrete':
        return this.size(where, space.count, 'count');
      case 'multiDiscrete':
        if (space.counts.length === 0) this.fail(where, 'counts is empty');
        for (const [j, count] of space.counts.entries()) this.size(where, count, `counts[${j}]`);
        return;
      case 'binary':
        return this.size(where, space.size, 'size');
      case 'hierarchical':
        return this.hierarchical(space, where);
      case 'composite':
        if (space.side !== 'seller' && space.side !== 'buyer') {
          this.fail(where, `side is ${JSON.stringify(space.side)}, but must be "seller" or "buyer"`);
        }
        return this.bound(where, 'the reservation', space.reservation);
      default: {
        const kind = JSON.stringify((space as { kind?: unknown }).kind);
        this.fail(where, `unknown kind ${kind}; known are ${SIMPLE.join(', ')}, hierarchical, composite`);
      }
    }
  }

  private box(space: BoxSpace, where: string): void {
    if (space.shape.length === 0) this.fail(where, 'the shape of a box is empty; use [1] for a single number');
    for (const [axis, extent] of space.shape.entries()) this.size(where, extent, `extent ${axis} of the shape`);
    const size = elementSize(space);
    this.size(where, size, 'the number of elements');
    for (const side of ['low', 'high'] as const) {
      const bounds: unknown = space[side];
      if (Array.isArray(bounds)) {
        if (bounds.length === size) continue;
        this.fail(where, `${side} has ${bounds.length} bounds, but the shape has ${size} elements`);
      }
      // Of another object the bounds would be looked for inside it, and none found.
      const isBound = bounds !== null && (typeof bounds !== 'object' || 'observation' in bounds);
      if (!isBound) this.bound(where, side, bounds as Bound);
    }
    for (let j = 0; j < size; j++) {
      const low = boundOf(space, 'low', j);
      const high = boundOf(space, 'high', j);
      if (low !== undefined) this.bound(where, `low of element ${j}`, low);
      if (high !== undefined) this.bound(where, `high of element ${j}`, high);
      this.order(where, j, low, high);
    }
  }

  private bound(where: string, what: string, bound: Bound): void {
    if (typeof bound === 'number') {
      if (Number.isNaN(bound)) this.fail(where, `${what} is NaN`);
      return;
    }
    if (typeof bound !== 'object' || bound === null || !('observation' in bound)) {
      this.fail(where, `${what} is ${JSON.stringify(bound)}, but must be a number or { observation: <element> }`);
    }
    if (this.observations === undefined) {
      this.fail(where, `${what} is read off the observation, which only an action can be; give a number`);
    }
    const count = elementSize(this.observations);
    const j = bound.observation;
    if (Number.isInteger(j) && j >= 0 && j < count) return;
    this.fail(where, `${what} is element ${j} of the observation, which has elements 0 to ${count - 1}`);
  }

  /** An observed bound may be anything that the observation space allows. */
  private order(where: string, j: number, low: Bound | undefined, high: Bound | undefined): void {
    const constants = typeof low !== 'object' && typeof high !== 'object';
    const above = range(low, -Infinity, this.observations);
    const below = range(high, Infinity, this.observations);
    if (constants ? above.high < below.low : above.high <= below.low) return;
    if (constants) {
      this.fail(where, `element ${j} has low ${above.high}, which is not below high ${below.low}`);
    }
    // Bounds that nothing is known of are looked at when they are observed.
    const told = (side: { low: number; high: number }): boolean => side.low !== -Infinity || side.high !== Infinity;
    const unknown = (typeof low === 'object' && !told(above)) || (typeof high === 'object' && !told(below));
    if (unknown && !(above.low > below.high)) return;
    this.fail(
      where,
      `element ${j} has low ${describe(low, above)} and high ${describe(high, below)}, which may cross; ` +
        'narrow the bounds of the observation, or move the constant bound',
    );
  }

  private hierarchical({ levels }: HierarchicalSpace, where: string): void {
    if (levels.length === 0) this.fail(where, 'levels is empty');
    const earlier: Level[] = [];
    for (const [l, level] of levels.entries()) {
      if (typeof level.name !== 'string' || !LEVEL_NAME.test(level.name)) {
        const name = JSON.stringify(level.name);
        this.fail(where, `level ${l} has the name ${name}; use letters, digits, _ and -, at most 64`);
      }
      const here = `${where}, level "${level.name}"`;
      if (earlier.some((other) => other.name === level.name)) this.fail(here, 'the name is used twice');
      if (!SIMPLE.includes(level.space.kind)) {
        this.fail(here, `is of kind ${JSON.stringify(level.space.kind)}, but must be one of ${SIMPLE.join(', ')}`);
      }
      this.run(level.space, here);
      this.condition(level, here, earlier, levels);
      earlier.push(level);
    }
    this.size(where, elementSize(this.whole), 'the number of elements');
  }

  private condition({ when }: Level, where: string, earlier: readonly Level[], all: readonly Level[]): void {
    if (when === undefined) return;
    const decider = earlier.find((level) => level.name === when.level);
    if (decider === undefined) {
      const known = all.some((level) => level.name === when.level);
      const problem = known ? 'is not decided before it' : 'does not exist';
      const names = earlier.length === 0 ? 'no level is' : `${earlier.map(({ name }) => `"${name}"`).join(', ')} are`;
      this.fail(where, `depends on level ${JSON.stringify(when.level)}, which ${problem}; before it ${names}`);
    }
    const { space } = decider;
    if (space.kind === 'box')
      this.fail(where, `depends on level "${decider.name}", a box, which has no values to name`);
    const element = when.element ?? 0;
    const size = elementSize(space);
    if (!Number.isInteger(element) || element < 0 || element >= size) {
      this.fail(where, `depends on element ${element} of level "${decider.name}", which has elements 0 to ${size - 1}`);
    }
    const count = space.kind === 'binary' ? 2 : space.kind === 'discrete' ? space.count : space.counts[element]!;
    if (when.is.length === 0) this.fail(where, `is never active: its values of level "${decider.name}" are empty`);
    for (const value of when.is) {
      if (Number.isInteger(value) && value >= 0 && value < count) continue;
      this.fail(where, `is active where level "${decider.name}" is ${value}, which has values 0 to ${count - 1}`);
    }
  }

  private size(where: string, value: number, what: string): void {
    if (Number.isInteger(value) && value >= 1 && value <= MAX_ELEMENT_SIZE) return;
    this.fail(where, `${what} is ${value}, but must be a whole number from 1 to ${MAX_ELEMENT_SIZE}`);
  }

  private fail(where: string, problem: string): never {
    throw spaceError('SPACE_INVALID', `${where}: ${problem}`, { data: { where: this.where, space: this.whole } });
  }
}

/** What a bound can be. */
function range(bound: Bound | undefined, absent: number, observations: BoxSpace | undefined) {
  if (typeof bound !== 'object') return { low: bound ?? absent, high: bound ?? absent };
  return { low: lowOf(observations!, bound.observation), high: highOf(observations!, bound.observation) };
}

const describe = (bound: Bound | undefined, { low, high }: { low: number; high: number }): string =>
  typeof bound === 'object' ? `element ${bound.observation} of the observation, in [${low}, ${high}],` : `${low}`;
