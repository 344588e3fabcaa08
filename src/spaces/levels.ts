import { elementSize, type HierarchicalSpace, maskSize, type SimpleSpace, type Space } from './space.js';

/** A level of a hierarchical space, and where its numbers are. */
export interface PlacedLevel {
  readonly name: string;
  readonly space: SimpleSpace;
  /** Its place among the numbers of an action. */
  readonly offset: number;
  readonly size: number;
  /** Its place in an action mask. */
  readonly maskOffset: number;
  readonly maskSize: number;
  /** Null: always active. Otherwise the position of the level that decides, the place of the deciding number in the action, and
   *  the values that make this level active. */
  readonly condition: { readonly level: number; readonly offset: number; readonly is: readonly number[] } | null;
  readonly reward: string | null;
}

/** The levels of a well-formed hierarchical space, in the order in which they are decided. */
export function placeLevels(space: HierarchicalSpace): readonly PlacedLevel[] {
  const placed: PlacedLevel[] = [];
  let offset = 0;
  let maskOffset = 0;
  for (const { name, space: own, when, reward } of space.levels) {
    const decider = when === undefined ? -1 : placed.findIndex((level) => level.name === when.level);
    placed.push({
      name,
      space: own,
      offset,
      size: elementSize(own),
      maskOffset,
      maskSize: maskSize(own),
      condition:
        when === undefined
          ? null
          : { level: decider, offset: placed[decider]!.offset + (when.element ?? 0), is: when.is },
      reward: reward ?? null,
    });
    offset += elementSize(own);
    maskOffset += maskSize(own);
  }
  return placed;
}

/** Numbers of decisions in one action: the levels of a hierarchical space, 1 for any other. */
export const levelCount = (space: Space): number => (space.kind === 'hierarchical' ? space.levels.length : 1);

/** Writes which levels of the action at actions[offset…] are active, 1 or 0, to active[at…]: u8[L]. */
export function activeLevels(
  levels: readonly PlacedLevel[],
  actions: ArrayLike<number>,
  offset: number,
  active: Uint8Array,
  at: number,
): void {
  for (let l = 0; l < levels.length; l++) {
    const { condition } = levels[l]!;
    active[at + l] =
      condition === null ||
      (active[at + condition.level] !== 0 && isOneOf(condition.is, actions[offset + condition.offset]!))
        ? 1
        : 0;
  }
}

function isOneOf(values: readonly number[], value: number): boolean {
  for (let j = 0; j < values.length; j++) {
    if (values[j] === value) return true;
  }
  return false;
}

/** The numbers of an action by level, for people: null where the level is inactive. */
export function describeAction(
  space: HierarchicalSpace,
  action: ArrayLike<number>,
): Record<string, number | readonly number[] | null> {
  const levels = placeLevels(space);
  const active = new Uint8Array(levels.length);
  activeLevels(levels, action, 0, active, 0);
  return Object.fromEntries(
    levels.map(({ name, offset, size }, l) => {
      const numbers = Array.from({ length: size }, (_, j) => action[offset + j]!);
      return [name, active[l] === 0 ? null : size === 1 ? numbers[0]! : numbers];
    }),
  );
}
