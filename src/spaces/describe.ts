import { type Bound, boundOf, elementSize, type HierarchicalSpace, type Level, type Space } from './space.js';

type Box = Extract<Space, { kind: 'box' }>;
type Simple = Level['space'];

/** Elements of a box whose bounds are told one by one where they differ. */
const BOUNDS_SHOWN = 4;

/** A space in a line of words; of a hierarchical one, how many levels it has (see `describeLevels`). */
export function describeSpace(space: Space): string {
  switch (space.kind) {
    case 'box':
      return describeBox(space);
    case 'discrete':
      return `one of ${space.count} choices`;
    case 'multiDiscrete':
      return `${space.counts.length} choices of ${space.counts.join(', ')}`;
    case 'binary':
      return `${space.size} yes-or-no decision${space.size === 1 ? '' : 's'}`;
    case 'hierarchical':
      return `in ${space.levels.length} level${space.levels.length === 1 ? '' : 's'}`;
    case 'composite': {
      const side = space.side === 'seller' ? 'at least' : 'at most';
      return `0 to pass, or as a ${space.side} a price of ${side} ${describeBound(space.reservation)}`;
    }
  }
}

/** The levels in the order in which they are decided: what each is, where it is active, and which reward head pays it. */
export function describeLevels({ levels }: HierarchicalSpace): string[] {
  return levels.map(({ name, space, when, reward }, l) => {
    const parts = [`${l + 1}. ${name}: ${describeSpace(space)}`];
    if (when !== undefined) {
      const decider = levels.find((level) => level.name === when.level)!.space;
      const element = elementSize(decider) === 1 ? '' : `[${when.element ?? 0}]`;
      parts.push(`where ${when.level}${element} is ${describeValues(decider, when.is)}`);
    }
    if (reward !== undefined) parts.push(`paid by ${reward}`);
    return parts.join(', ');
  });
}

const describeValues = (space: Simple, values: readonly number[]): string =>
  values.map((value) => (space.kind === 'binary' ? (value === 1 ? 'yes' : 'no') : String(value))).join(' or ');

/** An observed bound is named by the element of the observation that it is. */
const describeBound = (bound: Bound): string =>
  typeof bound === 'number' ? String(bound).replace('-', '−') : `observation[${bound.observation}]`;

function describeBox(space: Box): string {
  const size = elementSize(space);
  const varied = Array.isArray(space.low) || Array.isArray(space.high);
  const ranges = Array.from({ length: varied ? size : 1 }, (_, j) =>
    describeRange(boundOf(space, 'low', j), boundOf(space, 'high', j)),
  );
  const count = `${size} number${size === 1 ? '' : 's'}`;
  const common = ranges[0] ?? '';
  if (ranges.every((range) => range === common)) return `${count}${common === '' ? '' : ` ${common}`}`;
  if (size > BOUNDS_SHOWN) return `${count}, each with bounds of its own`;
  return `${count} (${ranges.map((range) => range || 'any').join('; ')})`;
}

function describeRange(low: Bound | undefined, high: Bound | undefined): string {
  const from = low === undefined || low === -Infinity ? undefined : describeBound(low);
  const to = high === undefined || high === Infinity ? undefined : describeBound(high);
  if (from === undefined) return to === undefined ? '' : `of at most ${to}`;
  return to === undefined ? `of at least ${from}` : `from ${from} to ${to}`;
}
