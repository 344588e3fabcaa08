import type { HierarchicalSpace, SimpleSpace, Space } from '../../src/spaces/index.js';
import { formatNumber } from '../format.js';

/** Numbers that an action of a simple space takes. */
function sizeOf(space: SimpleSpace): number {
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

export interface LevelAction {
  readonly name: string;
  readonly space: SimpleSpace;
  /** null: the level was not decided. */
  readonly numbers: readonly number[] | null;
}

/** The numbers of a hierarchical action by level, in the order in which they are decided. */
export function levelsOf(space: HierarchicalSpace, action: readonly number[]): LevelAction[] {
  const placed = new Map<string, { readonly offset: number; readonly active: boolean }>();
  let offset = 0;
  return space.levels.map(({ name, space: own, when }) => {
    const size = sizeOf(own);
    const decider = when === undefined ? undefined : placed.get(when.level);
    const active =
      when === undefined ||
      (decider?.active === true && when.is.includes(action[decider.offset + (when.element ?? 0)] ?? Number.NaN));
    const numbers = active ? action.slice(offset, offset + size) : null;
    placed.set(name, { offset, active });
    offset += size;
    return { name, space: own, numbers };
  });
}

/** An action as a person would say it. */
export function describeAction(space: Space, action: readonly number[]): string {
  if (action.length === 0) return '–';
  if (space.kind === 'composite') {
    const [value = 0] = action;
    if (value === 0) return 'passes';
    return `${space.side === 'buyer' ? 'bids' : 'asks'} ${formatNumber(value)}`;
  }
  if (space.kind !== 'hierarchical') return describeSimple(space, action);
  return levelsOf(space, action)
    .flatMap(({ name, space: own, numbers }) => (numbers === null ? [] : `${name} ${describeSimple(own, numbers)}`))
    .join(' → ');
}

function describeSimple(space: SimpleSpace, numbers: readonly number[]): string {
  switch (space.kind) {
    case 'discrete':
      return `choice ${numbers[0]} of 0–${space.count - 1}`;
    case 'multiDiscrete':
      return `choices ${numbers.join(', ')}`;
    case 'binary':
      return numbers.map((number) => (number === 1 ? 'yes' : 'no')).join(', ');
    case 'box':
      return numbers.map(formatNumber).join(', ');
  }
}

/** Names of the numbers of an action, for the lines of a chart. */
export function elementNames(space: Space): string[] {
  const many = (name: string, size: number): string[] =>
    size === 1 ? [name] : Array.from({ length: size }, (_, j) => `${name}[${j}]`);
  if (space.kind === 'composite') return ['price'];
  if (space.kind === 'hierarchical') return space.levels.flatMap(({ name, space: own }) => many(name, sizeOf(own)));
  return many('action', sizeOf(space));
}
