import type { Environment } from '../../../src/envs/index.js';
import { box, discrete } from '../../../src/spaces/index.js';

/** Two agents that count steps; instance b terminates after 2 + b steps, or is truncated when agent `odd` says so. */
export function countingEnvironment(overrides: Partial<Environment> = {}): Environment {
  return {
    agents: [
      { id: 'even', observationSpace: box(2), actionSpace: box(1) },
      { id: 'odd', observationSpace: box(1), actionSpace: discrete(3), masked: true },
    ],
    state: { flag: { dtype: 'u8' }, count: { dtype: 'i32' }, grid: { dtype: 'f64', shape: [2, 3] } },
    rewardHeads: ['score', 'cost'],
    episodeMetrics: ['length'],
    globalState: box(1),
    reset(batch, instances, count) {
      for (let k = 0; k < count; k++) {
        const b = instances[k];
        batch.state.count[b] = 0;
        write(batch, b, -1);
      }
    },
    step(batch) {
      for (let b = 0; b < batch.instances; b++) {
        const count = ++batch.state.count[b];
        write(batch, b, count);
        for (const reward of batch.reward) reward.set([count, -count], b * 2);
        if (count === 2 + b) batch.terminated[b] = 1;
        else if (batch.action[1][b] === 2) batch.truncated[b] = 1;
        for (const metric of batch.episodeMetric) metric[b] = count;
      }
    },
    ...overrides,
  };
}

function write(batch: Parameters<Environment['step']>[0], b: number, value: number): void {
  batch.observation[0].set([value, b], b * 2);
  batch.observation[1][b] = value;
  batch.actionMask[1].set([1, 0, 1], b * 3);
  batch.globalState[b] = value;
}
