import type { EnvironmentBatch } from '../../../src/envs/index.js';
import type { Act } from './episodes.js';

const ROWS = [-1, 1, 0, 0] as const;
const COLUMNS = [0, 0, -1, 1] as const;

/** What agent i is shown in instance b, read off the picture alone. */
export function readPicture(batch: EnvironmentBatch, b: number, i: number) {
  const [size, , channels] = batch.agents[i].observationSpace.shape;
  const pixels = size * size;
  const at = (pixel: number, channel: number): number =>
    batch.observation[i][(b * pixels + pixel) * channels + channel];
  const lit = (channel: number): number[] => Array.from({ length: pixels }, (_, p) => p).filter((p) => at(p, channel));
  return { size, self: lit(0), goal: lit(1), wall: lit(2), others: channels > 3 ? lit(3) : [] };
}

/** Moves from each cell to the goal, by breadth-first search; −1 where there is no way. */
export function distancesTo(goal: number, wall: readonly number[], size: number): Int32Array {
  const distance = new Int32Array(size * size).fill(-1);
  const queue = [goal];
  distance[goal] = 0;
  for (let cell = queue.shift(); cell !== undefined; cell = queue.shift()) {
    for (let action = 0; action < 4; action++) {
      const next = neighbor(cell, action, size);
      if (next < 0 || wall.includes(next) || distance[next] >= 0) continue;
      distance[next] = distance[cell] + 1;
      queue.push(next);
    }
  }
  return distance;
}

function neighbor(cell: number, action: number, size: number): number {
  const r = Math.floor(cell / size) + ROWS[action];
  const c = (cell % size) + COLUMNS[action];
  return r < 0 || c < 0 || r >= size || c >= size ? -1 : r * size + c;
}

/** Walks the shortest way, as far as the picture tells it. */
export const walkShortest: Act = (batch) => {
  for (let b = 0; b < batch.instances; b++) {
    batch.agents.forEach((_, i) => {
      const { size, self, goal, wall } = readPicture(batch, b, i);
      const distance = distancesTo(goal[0], wall, size);
      const nearer = [0, 1, 2, 3].find((action) => {
        const next = neighbor(self[0], action, size);
        return next >= 0 && distance[next] >= 0 && distance[next] < distance[self[0]];
      });
      batch.action[i][b] = nearer ?? 0;
    });
  }
};
