import { distanceBetween, type WorldState } from './world.js';

/** Counts how often each mover of one instance touches another: pairs (i, j), i < j, i < firsts and j ≥ second, that are nearer than
 *  `reach`. Overwrites counts: i32[movers]; `from` is the instance's first place. Returns the number of such pairs. */
export function countTouches(
  counts: Int32Array,
  position: WorldState[string],
  from: number,
  reach: number,
  firsts: number,
  second: number,
): number {
  counts.fill(0);
  let all = 0;
  for (let i = 0; i < firsts; i++) {
    for (let j = Math.max(second, i + 1); j < counts.length; j++) {
      if (distanceBetween(position, from + 2 * i, from + 2 * j) >= reach) continue;
      counts[i]++;
      counts[j]++;
      all++;
    }
  }
  return all;
}
