import type { Bound, Space } from '../../../src/spaces/index.js';

/** Spaces as JSON has them: bounds that are infinite are null there. */
type ShownBound = Bound | null | undefined;

/** A space in a line of words; of a hierarchical one, how many levels it has (see `describeLevels`). */
export function describeSpace(space: Space): string {
  switch (space.kind) {
    case 'box':
      return describeBox(space);
    case 'discrete':
      return `one of ${space.count} choices`;
    case 'multiDiscrete':
      return `${space.counts.length} choices, of ${space.counts.join(', ')}`;
    case 'binary':
      return `${space.size} yes-or-no decision${space.size === 1 ? '' : 's'}`;
    case 'hierarchical':
      return `${space.levels.length} level${space.levels.length === 1 ? '' : 's'}`;
    case 'composite':
      return `0 to pass, or a price of ${space.side === 'seller' ? 'at least' : 'at most'} ${boundText(space.reservation)}`;
  }
}

type Hierarchical = Extract<Space, { kind: 'hierarchical' }>;

/** The levels in the order in which they are decided: what each is, where it is active, and which reward head pays it. */
export const describeLevels = ({ levels }: Hierarchical): { readonly name: string; readonly text: string }[] =>
  levels.map(({ name, space, when, reward }) => {
    const parts = [describeSpace(space)];
    if (when !== undefined) {
      const decider = levels.find((level) => level.name === when.level)?.space.kind;
      const values = when.is.map((value) => (decider === 'binary' ? (value === 1 ? 'yes' : 'no') : String(value)));
      const element = when.element === undefined ? '' : `[${when.element}]`;
      parts.push(`where ${when.level}${element} is ${values.join(' or ')}`);
    }
    if (reward !== undefined) parts.push(`paid by ${reward}`);
    return { name, text: parts.join(', ') };
  });

const boundText = (bound: Bound): string =>
  typeof bound === 'number' ? String(bound).replace('-', '−') : `observation[${bound.observation}]`;

function describeBox({ shape, low, high }: Extract<Space, { kind: 'box' }>): string {
  const size = shape.reduce((product, length) => product * length, 1);
  const count = `${size === 1 ? 'a number' : `${size} numbers`}${shape.length > 1 ? ` (${shape.join(' × ')})` : ''}`;
  if (Array.isArray(low) || Array.isArray(high)) return `${count}, each with bounds of its own`;
  const from = textOf(low as ShownBound);
  const to = textOf(high as ShownBound);
  if (from === null && to === null) return count;
  if (from === null) return `${count} of at most ${to}`;
  return to === null ? `${count} of at least ${from}` : `${count} from ${from} to ${to}`;
}

const textOf = (bound: ShownBound): string | null =>
  bound === undefined || bound === null || bound === Infinity || bound === -Infinity ? null : boundText(bound);
