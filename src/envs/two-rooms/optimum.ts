import type { TwoRoomsOptions } from './options.js';
import { isWall, type Plan, shortestWay } from './plan.js';

export interface TwoRoomsOptimum {
  /** An agent's expected return by shortest ways, undiscounted. No policy has more. */
  readonly return: number;
  /** Mean length of the shortest way, in moves. */
  readonly moves: number;
}

/** Exact, over every wall, door, start and goal. Columns and rows are alike, so one direction of the wall stands for both.
 *  Where the way is longer than an episode, an agent comes as near as it can. */
export function twoRoomsOptimum({ size, stepCost, shaping, steps }: Omit<TwoRoomsOptions, 'agents'>): TwoRoomsOptimum {
  let games = 0;
  let moves = 0;
  let returns = 0;
  for (let wall = 1; wall < size - 1; wall++) {
    for (let door = 0; door < size; door++) {
      const cells = freeCells({ wall, door }, size);
      for (const [along, across] of cells) {
        for (const [goalAlong, goalAcross] of cells) {
          const way = shortestWay({ wall, door }, along, across, goalAlong, goalAcross);
          if (way === 0) continue;
          games++;
          moves += way;
          returns += (way <= steps ? 1 : 0) + (shaping - stepCost) * Math.min(way, steps);
        }
      }
    }
  }
  return { return: returns / games, moves: moves / games };
}

function freeCells(plan: Plan, size: number): [along: number, across: number][] {
  const cells: [number, number][] = [];
  for (let along = 0; along < size; along++) {
    for (let across = 0; across < size; across++) if (!isWall(plan, along, across)) cells.push([along, across]);
  }
  return cells;
}
