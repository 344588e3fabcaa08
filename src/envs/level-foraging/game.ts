import { box, discrete } from '../../spaces/index.js';
import type { Environment, EnvironmentBatch } from '../port.js';
import { createObserve, TRIPLE } from './observe.js';
import type { LevelForagingOptions } from './options.js';
import { createSpawn, LOADERS } from './spawn.js';

/** none, north, south, west, east, load */
const ACTIONS = 6;
const LOAD = 5;
const ROWS = [0, -1, 1, 0, 0, 0] as const;
const COLUMNS = [0, 0, 0, -1, 1, 0] as const;
const METRICS = ['collectedShare', 'allCollected', 'failedLoads'] as const;

/** Level-based foraging: agents walk on a grid and load food beside them, alone or together; a food is loaded where the levels of
 *  those who load it add up to its own at least. Who loads food of level F in a group of levels Λ in all is paid
 *
 *      reward_i = level_i · F / (Λ · all food laid out)
 *
 *  so that an episode pays 1 in all where everything is collected. Source: Albrecht and Ramamoorthy 2013, as in lb-foraging 2.0.0
 *  (Christianos et al. 2020), whose rules are followed unless docs/environments/level-foraging-v1.md says otherwise. */
export function createLevelForaging(options: LevelForagingOptions): Environment {
  const { size, agents: n, foods, maxLevel, penalty, masked, steps } = options;
  const spawn = createSpawn(options);
  const observe = createObserve(options);
  const triples = foods + n;
  const greatest = Math.min(n, LOADERS) * maxLevel;
  const space = box(TRIPLE * triples, {
    low: Array.from({ length: TRIPLE * triples }, (_, j) => (j % TRIPLE === 2 ? 0 : -1)),
    high: Array.from({ length: TRIPLE * triples }, (_, j) => (j % TRIPLE === 2 ? greatest : size - 1)),
  });
  const target = new Int32Array(n);
  /** The food that agent i loads in this step, −1 for none. */
  const loads = new Int32Array(n);

  /** The food of an instance on a cell, or −1. */
  const foodOn = ({ state }: EnvironmentBatch, b: number, r: number, c: number): number => {
    for (let f = b * foods; f < (b + 1) * foods; f++) {
      if (state.foodLevel[f] !== 0 && state.foodRow[f] === r && state.foodColumn[f] === c) return f;
    }
    return -1;
  };

  /** The food beside a cell, or −1; never two, by how food is laid out. */
  const foodBeside = ({ state }: EnvironmentBatch, b: number, r: number, c: number): number => {
    for (let f = b * foods; f < (b + 1) * foods; f++) {
      if (state.foodLevel[f] === 0) continue;
      if (Math.abs(state.foodRow[f] - r) + Math.abs(state.foodColumn[f] - c) === 1) return f;
    }
    return -1;
  };

  const isPossible = (batch: EnvironmentBatch, b: number, i: number, action: number): boolean => {
    const r = batch.state.row[b * n + i] + ROWS[action];
    const c = batch.state.column[b * n + i] + COLUMNS[action];
    if (action === LOAD) return foodBeside(batch, b, r, c) >= 0;
    return action === 0 || (r >= 0 && c >= 0 && r < size && c < size && foodOn(batch, b, r, c) < 0);
  };

  const show = (batch: EnvironmentBatch, b: number): void => {
    for (let i = 0; i < n; i++) {
      observe(batch, b, i, batch.observation[i]);
      if (!masked) continue;
      for (let a = 0; a < ACTIONS; a++) batch.actionMask[i][b * ACTIONS + a] = isPossible(batch, b, i, a) ? 1 : 0;
    }
    observe(batch, b, -1, batch.globalState);
  };

  /** Who does not move claims its own cell; where two or more claim one cell, none of them moves. */
  const move = (batch: EnvironmentBatch, b: number): void => {
    const { row, column } = batch.state;
    for (let i = 0; i < n; i++) {
      const k = b * n + i;
      const wanted = batch.action[i][b];
      const action = isPossible(batch, b, i, wanted) ? wanted : 0;
      target[i] = (row[k] + ROWS[action]) * size + column[k] + COLUMNS[action];
      loads[i] = action === LOAD ? foodBeside(batch, b, row[k], column[k]) : -1;
    }
    for (let i = 0; i < n; i++) {
      let claims = 0;
      for (let j = 0; j < n; j++) if (target[j] === target[i]) claims++;
      if (claims > 1) continue;
      row[b * n + i] = Math.floor(target[i] / size);
      column[b * n + i] = target[i] % size;
    }
  };

  const load = (batch: EnvironmentBatch, b: number): void => {
    const { level, foodLevel, spawned, collected, failed } = batch.state;
    for (let i = 0; i < n; i++) batch.reward[i][b] = 0;
    for (let f = b * foods; f < (b + 1) * foods; f++) {
      let strength = 0;
      for (let i = 0; i < n; i++) if (loads[i] === f) strength += level[b * n + i];
      if (strength === 0) continue;
      const enough = strength >= foodLevel[f];
      for (let i = 0; i < n; i++) {
        if (loads[i] !== f) continue;
        batch.reward[i][b] = enough ? (level[b * n + i] * foodLevel[f]) / (strength * spawned[b]) : 0 - penalty;
        if (!enough) failed[b * n + i]++;
      }
      if (!enough) continue;
      collected[b] += foodLevel[f];
      foodLevel[f] = 0;
    }
  };

  const finish = (batch: EnvironmentBatch, b: number): void => {
    const { step, spawned, collected, failed } = batch.state;
    const done = collected[b] === spawned[b];
    if (++step[b] < steps && !done) return;
    if (done) batch.terminated[b] = 1;
    else batch.truncated[b] = 1;
    for (let i = 0; i < n; i++) {
      const metric = batch.episodeMetric[i];
      const at = b * METRICS.length;
      metric[at] = done ? 1 : collected[b] / spawned[b];
      metric[at + 1] = done ? 1 : 0;
      metric[at + 2] = failed[b * n + i];
    }
  };

  return {
    agents: Array.from({ length: n }, (_, i) => ({
      id: `agent-${i}`,
      observationSpace: space,
      actionSpace: discrete(ACTIONS),
      masked,
    })),
    state: {
      row: { dtype: 'i32', shape: [n] },
      column: { dtype: 'i32', shape: [n] },
      level: { dtype: 'i32', shape: [n] },
      foodRow: { dtype: 'i32', shape: [foods] },
      foodColumn: { dtype: 'i32', shape: [foods] },
      // 0 where the food has been loaded, or was not laid out.
      foodLevel: { dtype: 'i32', shape: [foods] },
      spawned: { dtype: 'i32' },
      collected: { dtype: 'i32' },
      failed: { dtype: 'i32', shape: [n] },
      step: { dtype: 'i32' },
    },
    globalState: space,
    episodeMetrics: METRICS,
    reset(batch, instances, count, random) {
      const { collected, failed, step } = batch.state;
      for (let k = 0; k < count; k++) {
        const b = instances[k];
        spawn(batch, b, random);
        collected[b] = 0;
        step[b] = 0;
        failed.fill(0, b * n, (b + 1) * n);
        show(batch, b);
      }
    },
    step(batch) {
      for (let b = 0; b < batch.instances; b++) {
        move(batch, b);
        load(batch, b);
        finish(batch, b);
        show(batch, b);
      }
    },
  };
}
