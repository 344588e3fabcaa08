import type { RandomStream } from '../../base/index.js';
import type { EnvironmentBatch } from '../port.js';

/** Two rooms: line `wall` of the grid is wall but for cell `door` of it. Lines are columns where `vertical` is 1, else rows;
 *  a cell is `along` the axis that crosses the wall, and `across` it. */
export interface Plan {
  readonly wall: number;
  readonly door: number;
}

export const isWall = ({ wall, door }: Plan, along: number, across: number): boolean =>
  along === wall && across !== door;

/** Moves from one cell to another by the shortest way: through the door where they are in different rooms, and else as far as
 *  they are apart in rows and columns, for rooms have no corners to go round. */
export function shortestWay(
  { wall, door }: Plan,
  along: number,
  across: number,
  goalAlong: number,
  goalAcross: number,
): number {
  const apart = Math.abs(along - goalAlong);
  // Apart along, whether or not the wall is between them, is the same number of moves.
  const crosses = (along - wall) * (goalAlong - wall) < 0;
  return apart + (crosses ? Math.abs(across - door) + Math.abs(goalAcross - door) : Math.abs(across - goalAcross));
}

/** Starts an episode of one instance; what is written is only state. Allocates nothing per call. */
export type Spawn = (batch: EnvironmentBatch, b: number, random: RandomStream) => void;

/** The wall is a column or a row that is not on the edge, its door any cell of it, all equally likely. Every agent stands on a
 *  cell that is no wall and has its goal on another, both uniform. */
export function createSpawn(size: number, agents: number): Spawn {
  const plan = { wall: 0, door: 0 };
  return ({ state }, b, random) => {
    const { vertical, wall, door, row, column, goalRow, goalColumn, shortest } = state;
    vertical[b] = random.integer(2);
    plan.wall = wall[b] = 1 + random.integer(size - 2);
    plan.door = door[b] = random.integer(size);
    const upright = vertical[b] === 1;
    for (let k = b * agents; k < (b + 1) * agents; k++) {
      let along: number;
      let across: number;
      let goalAlong: number;
      let goalAcross: number;
      do {
        along = random.integer(size);
        across = random.integer(size);
      } while (isWall(plan, along, across));
      do {
        goalAlong = random.integer(size);
        goalAcross = random.integer(size);
      } while (isWall(plan, goalAlong, goalAcross) || (goalAlong === along && goalAcross === across));
      row[k] = upright ? across : along;
      column[k] = upright ? along : across;
      goalRow[k] = upright ? goalAcross : goalAlong;
      goalColumn[k] = upright ? goalAlong : goalAcross;
      shortest[k] = shortestWay(plan, along, across, goalAlong, goalAcross);
    }
  };
}
