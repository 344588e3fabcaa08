import type { RandomStream } from '../../base/index.js';
import type { EnvironmentBatch } from '../port.js';
import type { LevelForagingOptions } from './options.js';

/** A food's level is at most the sum of this many agents' levels, the lowest ones. */
export const LOADERS = 3;

/** Starts an episode of one instance; what is written is only state. Allocates nothing per call. */
export type Spawn = (batch: EnvironmentBatch, b: number, random: RandomStream) => void;

/** Agents stand on different cells, uniform over the grid, with levels uniform on 1 … maxLevel. Then food is laid out one by one,
 *  uniform over the cells that are left for it: inside the outermost ring, no agent on them, no food touching them, corners
 *  included, or two cells away in a straight line. So nobody ever stands beside two foods. Levels of food are uniform on 1 … M,
 *  M being the sum of the three lowest agents' levels; with forceCoop all are M. Foods are kept in the order of rows, then columns. */
export function createSpawn({ size, agents: n, foods, maxLevel, forceCoop }: LevelForagingOptions): Spawn {
  const levels = new Int32Array(n);

  const placeAgents = ({ state }: EnvironmentBatch, b: number, random: RandomStream): void => {
    const { row, column, level } = state;
    for (let i = 0; i < n; i++) {
      do {
        row[b * n + i] = random.integer(size);
        column[b * n + i] = random.integer(size);
      } while (agentAmong(state, b * n, i, row[b * n + i], column[b * n + i]));
      level[b * n + i] = 1 + random.integer(maxLevel);
    }
  };

  const greatestLevel = ({ state }: EnvironmentBatch, b: number): number => {
    for (let i = 0; i < n; i++) levels[i] = state.level[b * n + i];
    levels.sort();
    let sum = 0;
    for (let i = 0; i < Math.min(n, LOADERS); i++) sum += levels[i];
    return sum;
  };

  /** The index-th free cell, or how many there are if there are fewer. */
  const freeCell = ({ state }: EnvironmentBatch, b: number, laid: number, index: number): number => {
    let free = 0;
    for (let r = 1; r < size - 1; r++) {
      for (let c = 1; c < size - 1; c++) {
        if (agentAmong(state, b * n, n, r, c) || foodNear(state, b * foods, laid, r, c)) continue;
        if (free++ === index) return r * size + c;
      }
    }
    return free;
  };

  return (batch, b, random) => {
    placeAgents(batch, b, random);
    const most = greatestLevel(batch, b);
    const { foodRow, foodColumn, foodLevel, spawned } = batch.state;
    foodLevel.fill(0, b * foods, (b + 1) * foods);
    spawned[b] = 0;
    for (let laid = 0; laid < foods; laid++) {
      const free = freeCell(batch, b, laid, -1);
      if (free === 0) return;
      const cell = freeCell(batch, b, laid, random.integer(free));
      const r = Math.floor(cell / size);
      const c = cell % size;
      let f = b * foods + laid;
      for (; f > b * foods && foodRow[f - 1] * size + foodColumn[f - 1] > cell; f--) {
        foodRow[f] = foodRow[f - 1];
        foodColumn[f] = foodColumn[f - 1];
        foodLevel[f] = foodLevel[f - 1];
      }
      foodRow[f] = r;
      foodColumn[f] = c;
      foodLevel[f] = forceCoop ? most : 1 + random.integer(most);
      spawned[b] += foodLevel[f];
    }
  };
}

/** Whether one of the first `count` agents of an instance stands on the cell. */
function agentAmong(state: EnvironmentBatch['state'], from: number, count: number, r: number, c: number): boolean {
  for (let i = from; i < from + count; i++) if (state.row[i] === r && state.column[i] === c) return true;
  return false;
}

/** Whether one of the first `count` foods of an instance is too near to the cell for another. */
function foodNear(state: EnvironmentBatch['state'], from: number, count: number, r: number, c: number): boolean {
  for (let f = from; f < from + count; f++) {
    const rows = Math.abs(state.foodRow[f] - r);
    const columns = Math.abs(state.foodColumn[f] - c);
    if (Math.max(rows, columns) <= 1 || rows + columns === 2) return true;
  }
  return false;
}
