import { box, discrete } from '../../spaces/index.js';
import type { Environment, EnvironmentBatch } from '../port.js';
import type { TwoRoomsOptions } from './options.js';
import { channelsOf, createPaint, globalChannelsOf } from './picture.js';
import { createSpawn, isWall, shortestWay } from './plan.js';

/** north, south, west, east */
const ACTIONS = 4;
const ROWS = [-1, 1, 0, 0] as const;
const COLUMNS = [0, 0, -1, 1] as const;
const METRICS = ['arrived', 'moves', 'shortest'] as const;

/** Agents walk to goals on a grid that a wall with one door parts in two, and see it as a picture. Until it has arrived, an agent
 *  whose shortest way to the goal had d moves before a step and has d' after it is paid
 *
 *      reward = [d' = 0] − stepCost + shaping · (d − d')
 *
 *  so that the best return is 1 − (stepCost − shaping) · (d at the start). Shaping by a potential leaves the best policy as it is:
 *  Ng, Harada and Russell 1999, with discount 1. */
export function createTwoRooms({ size, agents: n, stepCost, shaping, steps }: TwoRoomsOptions): Environment {
  const spawn = createSpawn(size, n);
  const paint = createPaint(size, n);
  const masked = n > 1;
  const plan = { wall: 0, door: 0 };

  const show = (batch: EnvironmentBatch, b: number): void => {
    paint(batch, b);
    if (!masked) return;
    for (let i = 0; i < n; i++) {
      // Who has arrived waits for the others: one legal choice, which does nothing.
      const legal = batch.state.arrived[b * n + i] === 1 ? 0 : 1;
      batch.actionMask[i][b * ACTIONS] = 1;
      batch.actionMask[i].fill(legal, b * ACTIONS + 1, (b + 1) * ACTIONS);
    }
  };

  const walk = ({ state }: EnvironmentBatch, b: number, k: number, action: number): void => {
    const { vertical, wall, door, row, column } = state;
    const r = row[k] + ROWS[action];
    const c = column[k] + COLUMNS[action];
    if (r < 0 || c < 0 || r >= size || c >= size) return;
    plan.wall = wall[b];
    plan.door = door[b];
    if (vertical[b] === 1 ? isWall(plan, c, r) : isWall(plan, r, c)) return;
    row[k] = r;
    column[k] = c;
  };

  const wayLeft = ({ state }: EnvironmentBatch, b: number, k: number): number => {
    const { vertical, wall, door, row, column, goalRow, goalColumn } = state;
    plan.wall = wall[b];
    plan.door = door[b];
    return vertical[b] === 1
      ? shortestWay(plan, column[k], row[k], goalColumn[k], goalRow[k])
      : shortestWay(plan, row[k], column[k], goalRow[k], goalColumn[k]);
  };

  const move = (batch: EnvironmentBatch, b: number): void => {
    const { arrived, moves } = batch.state;
    for (let i = 0; i < n; i++) {
      const k = b * n + i;
      batch.reward[i][b] = 0;
      if (arrived[k] === 1) continue;
      const before = wayLeft(batch, b, k);
      walk(batch, b, k, batch.action[i][b]);
      const after = wayLeft(batch, b, k);
      moves[k]++;
      if (after === 0) arrived[k] = 1;
      batch.reward[i][b] = arrived[k] - stepCost + shaping * (before - after);
    }
  };

  const finish = (batch: EnvironmentBatch, b: number): void => {
    const { arrived, moves, shortest, step } = batch.state;
    let left = n;
    for (let k = b * n; k < (b + 1) * n; k++) left -= arrived[k];
    if (++step[b] < steps && left > 0) return;
    if (left === 0) batch.terminated[b] = 1;
    else batch.truncated[b] = 1;
    for (let i = 0; i < n; i++) {
      const metric = batch.episodeMetric[i];
      metric[b * METRICS.length] = arrived[b * n + i];
      metric[b * METRICS.length + 1] = moves[b * n + i];
      metric[b * METRICS.length + 2] = shortest[b * n + i];
    }
  };

  const picture = (channels: number) => box([size, size, channels], { low: 0, high: 1 });
  const agent = { observationSpace: picture(channelsOf(n)), actionSpace: discrete(ACTIONS), masked };
  return {
    agents: Array.from({ length: n }, (_, i) => ({ id: `agent-${i}`, ...agent })),
    state: {
      vertical: { dtype: 'u8' },
      wall: { dtype: 'u8' },
      door: { dtype: 'u8' },
      row: { dtype: 'i32', shape: [n] },
      column: { dtype: 'i32', shape: [n] },
      goalRow: { dtype: 'i32', shape: [n] },
      goalColumn: { dtype: 'i32', shape: [n] },
      shortest: { dtype: 'i32', shape: [n] },
      moves: { dtype: 'i32', shape: [n] },
      arrived: { dtype: 'u8', shape: [n] },
      step: { dtype: 'i32' },
    },
    globalState: picture(globalChannelsOf(n)),
    episodeMetrics: METRICS,
    reset(batch, instances, count, random) {
      const { arrived, moves, step } = batch.state;
      for (let k = 0; k < count; k++) {
        const b = instances[k];
        spawn(batch, b, random);
        arrived.fill(0, b * n, (b + 1) * n);
        moves.fill(0, b * n, (b + 1) * n);
        step[b] = 0;
        show(batch, b);
      }
    },
    step(batch) {
      for (let b = 0; b < batch.instances; b++) {
        move(batch, b);
        finish(batch, b);
        show(batch, b);
      }
    },
  };
}
