import { spaceError } from './errors.js';
import { elementSize, highOf, lowOf, type Space } from './space.js';

/** Largest number of elements that one observation or action may have. */
export const MAX_ELEMENT_SIZE = 2 ** 24;

/** Throws SPACE_INVALID, naming `where`, unless the space is well formed. */
export function assertSpace(space: Space, where: string): void {
  const fail = (problem: string): never => {
    throw spaceError('SPACE_INVALID', `${where}: ${problem}`, { data: { where, space } });
  };
  const positive = (value: number, what: string): void => {
    if (!Number.isInteger(value) || value < 1 || value > MAX_ELEMENT_SIZE) {
      fail(`${what} is ${value}, but must be a whole number from 1 to ${MAX_ELEMENT_SIZE}`);
    }
  };
  switch (space.kind) {
    case 'box': {
      if (space.shape.length === 0) fail('the shape of a box is empty; use [1] for a single number');
      space.shape.forEach((extent, axis) => positive(extent, `extent ${axis} of the shape`));
      const size = elementSize(space);
      positive(size, 'the number of elements');
      for (const side of ['low', 'high'] as const) {
        const bound = space[side];
        if (typeof bound === 'object' && bound.length !== size) {
          fail(`${side} has ${bound.length} numbers, but the shape has ${size} elements`);
        }
      }
      for (let j = 0; j < size; j++) {
        if (!(lowOf(space, j) < highOf(space, j))) {
          fail(`element ${j} has low ${lowOf(space, j)}, which is not below high ${highOf(space, j)}`);
        }
      }
      return;
    }
    case 'discrete':
      return positive(space.count, 'count');
    case 'multiDiscrete':
      if (space.counts.length === 0) fail('counts is empty');
      return space.counts.forEach((count, j) => positive(count, `counts[${j}]`));
    case 'binary':
      return positive(space.size, 'size');
    default:
      fail(
        `unknown kind ${JSON.stringify((space as { kind?: unknown }).kind)}; known are box, discrete, multiDiscrete, binary`,
      );
  }
}
