import { RandomStream } from '../../../src/base/index.js';
import { createBatch, type Environment, type EnvironmentBatch } from '../../../src/envs/index.js';
import type { Act } from './episodes.js';

/** Row, column, level. */
export type Triple = readonly [row: number, column: number, level: number];

/** One instance in which agents and foods are where they are told to be, before the first step. Foods come by rows, then columns. */
export function layOut(
  environment: Environment,
  agents: readonly (readonly number[])[],
  foods: readonly (readonly number[])[],
): EnvironmentBatch {
  const batch = createBatch(environment, 1);
  const { row, column, level, foodRow, foodColumn, foodLevel, spawned } = batch.state;
  environment.reset(batch, Int32Array.of(0), 1, new RandomStream(1, 'test'));
  agents.forEach((triple, i) => ([row[i], column[i], level[i]] = triple));
  foodLevel.fill(0);
  foods.forEach((triple, f) => ([foodRow[f], foodColumn[f], foodLevel[f]] = triple));
  spawned[0] = foods.reduce((sum, [, , food]) => sum + food, 0);
  // A step in which nobody does anything shows where they are.
  batch.state.step[0] = -1;
  environment.step(batch, undefined as never);
  return batch;
}

const DIRECTIONS = [
  [-1, 0],
  [1, 0],
  [0, -1],
  [0, 1],
] as const;
const LOAD = 5;

/** Everybody goes for one food, the one that is together the nearest, to different cells beside it, on shortest ways around food
 *  and whoever has arrived, and loads it as soon as the levels of those who have arrived suffice. Knows everything. */
export const goTogether = (size: number): Act => {
  const distance = new Int32Array(size * size);
  const blocked = new Uint8Array(size * size);
  const queue = new Int32Array(size * size);

  /** Distances to a cell around what is blocked; −1 where there is no way. */
  const measure = (goal: number): void => {
    distance.fill(-1);
    distance[goal] = 0;
    queue[0] = goal;
    for (let head = 0, tail = 1; head < tail; head++) {
      for (const [rows, columns] of DIRECTIONS) {
        const next = neighbor(queue[head], rows, columns, size);
        if (next < 0 || blocked[next] === 1 || distance[next] >= 0) continue;
        distance[next] = distance[queue[head]] + 1;
        queue[tail++] = next;
      }
    }
  };

  return (batch) => {
    const n = batch.agents.length;
    const { row, column, level, foodRow, foodColumn, foodLevel } = batch.state;
    const foods = foodLevel.length / batch.instances;
    for (let b = 0; b < batch.instances; b++) {
      const agents = Array.from({ length: n }, (_, i) => ({
        i,
        at: row[b * n + i] * size + column[b * n + i],
        level: level[b * n + i],
      }));
      const left = Array.from({ length: foods }, (_, k) => b * foods + k).filter((f) => foodLevel[f] > 0);
      const cellOf = (f: number): number => foodRow[f] * size + foodColumn[f];
      const far = (f: number): number => agents.reduce((sum, { at }) => sum + steps(at, cellOf(f), size), 0);
      for (const { i } of agents) batch.action[i][b] = 0;
      if (left.length === 0) continue;
      const food = left.reduce((best, f) => (far(f) < far(best) ? f : best));
      const there = agents.filter(({ at }) => steps(at, cellOf(food), size) === 1);
      if (there.reduce((sum, agent) => sum + agent.level, 0) >= foodLevel[food]) {
        for (const { i } of there) batch.action[i][b] = LOAD;
        continue;
      }
      blocked.fill(0);
      for (const f of left) blocked[cellOf(f)] = 1;
      for (const { at } of there) blocked[at] = 1;
      const claimed = new Set(agents.map(({ at }) => at));
      for (const { i, at } of agents) {
        if (there.some((agent) => agent.i === i)) continue;
        const goals = DIRECTIONS.map(([rows, columns]) => neighbor(cellOf(food), rows, columns, size)).filter(
          (cell) => cell >= 0 && blocked[cell] === 0,
        );
        const ways = goals.flatMap((goal) => {
          measure(goal);
          if (distance[at] < 0) return [];
          return DIRECTIONS.flatMap(([rows, columns], d) => {
            const next = neighbor(at, rows, columns, size);
            const nearer = next >= 0 && blocked[next] === 0 && distance[next] === distance[at] - 1;
            return nearer && !claimed.has(next) ? [{ length: distance[at], action: 1 + d, next }] : [];
          });
        });
        if (ways.length === 0) continue;
        const way = ways.reduce((best, other) => (other.length < best.length ? other : best));
        claimed.add(way.next);
        batch.action[i][b] = way.action;
      }
    }
  };
};

function neighbor(cell: number, rows: number, columns: number, size: number): number {
  const r = Math.floor(cell / size) + rows;
  const c = (cell % size) + columns;
  return r >= 0 && c >= 0 && r < size && c < size ? r * size + c : -1;
}

const steps = (from: number, to: number, size: number): number =>
  Math.abs(Math.floor(from / size) - Math.floor(to / size)) + Math.abs((from % size) - (to % size));
