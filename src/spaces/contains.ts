import { activeLevels, placeLevels } from './levels.js';
import { elementSize, highOf, lowOf, readBound, type SimpleSpace, type Space } from './space.js';

/** Where observed bounds are read: observation[offset…]. Without one they do not bind. */
export interface ObservationRow {
  readonly values: ArrayLike<number>;
  readonly offset: number;
}

/** Whether the `elementSize(space)` numbers at values[offset…] are an element of the space. NaN never is, nor is an infinity. */
export function contains(space: Space, values: ArrayLike<number>, offset = 0, observation?: ObservationRow): boolean {
  const size = elementSize(space);
  if (offset < 0 || offset + size > values.length) return false;
  for (let j = 0; j < size; j++) {
    if (!Number.isFinite(values[offset + j]!)) return false;
  }
  switch (space.kind) {
    case 'hierarchical': {
      const levels = placeLevels(space);
      const active = new Uint8Array(levels.length);
      activeLevels(levels, values, offset, active, 0);
      return levels.every((level, l) =>
        active[l] !== 0
          ? containsSimple(level.space, values, offset + level.offset, observation)
          : isZero(values, offset + level.offset, level.size),
      );
    }
    case 'composite': {
      const value = values[offset]!;
      const seller = space.side === 'seller';
      const absent = seller ? -Infinity : Infinity;
      const reservation = readBound(space.reservation, absent, observation?.values, observation?.offset ?? 0);
      return value === 0 || (seller ? value >= reservation : value <= reservation);
    }
    default:
      return containsSimple(space, values, offset, observation);
  }
}

function containsSimple(
  space: SimpleSpace,
  values: ArrayLike<number>,
  offset: number,
  observation: ObservationRow | undefined,
): boolean {
  const size = elementSize(space);
  for (let j = 0; j < size; j++) {
    const value = values[offset + j]!;
    switch (space.kind) {
      case 'box':
        if (value < lowOf(space, j, observation?.values, observation?.offset)) return false;
        if (value > highOf(space, j, observation?.values, observation?.offset)) return false;
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

function isZero(values: ArrayLike<number>, offset: number, size: number): boolean {
  for (let j = offset; j < offset + size; j++) {
    if (values[j] !== 0) return false;
  }
  return true;
}
