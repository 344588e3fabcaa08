import { Type } from 'typebox';
import {
  defineBatchedEnvironment,
  type Environment,
  type EnvironmentBatch,
  type EnvironmentDefinition,
} from '../../../src/envs/index.js';
import { box, discrete } from '../../../src/spaces/index.js';

/** A token on the line 0 … 4 that one agent moves and another bets on: every feature of the port, in few lines. */
const HONEST: Environment = {
  agents: [
    { id: 'mover', observationSpace: box(2, { low: 0, high: 10 }), actionSpace: discrete(2), masked: true },
    { id: 'better', observationSpace: box(1, { low: 0, high: 4 }), actionSpace: box(1, { low: 0, high: 4 }) },
  ],
  state: { place: { dtype: 'i32' }, step: { dtype: 'i32' } },
  rewardHeads: ['score'],
  episodeMetrics: ['length'],
  globalState: box(1, { low: 0, high: 4 }),
  reset(batch, instances, count, random) {
    for (let k = 0; k < count; k++) {
      const b = instances[k];
      batch.state.place[b] = random.integer(5);
      batch.state.step[b] = 0;
      show(batch, b);
    }
  },
  step(batch) {
    for (let b = 0; b < batch.instances; b++) {
      const { place, step } = batch.state;
      place[b] += batch.action[0][b] === 1 ? 1 : -1;
      step[b]++;
      const distance = place[b] - batch.action[1][b];
      batch.reward[0][b] = -1;
      batch.reward[1][b] = -(distance * distance);
      if (step[b] === 10) {
        batch.terminated[b] = 1;
        for (const metric of batch.episodeMetric) metric[b] = step[b];
      }
      show(batch, b);
    }
  },
};

function show(batch: EnvironmentBatch, b: number): void {
  const { place, step } = batch.state;
  batch.observation[0].set([place[b], step[b]], b * 2);
  batch.observation[1][b] = place[b];
  batch.actionMask[0].set([place[b] > 0 ? 1 : 0, place[b] < 4 ? 1 : 0], b * 2);
  batch.globalState[b] = place[b];
}

export type Change = (honest: Environment) => Partial<Environment>;

/** The toy, or a version of it in which something is wrong: `change` is asked anew for every environment that is made. */
export const toy = (change: Change = () => ({})): EnvironmentDefinition =>
  defineBatchedEnvironment({
    id: 'toy-v1',
    description: '',
    options: Type.Object({}),
    create: () => ({ ...HONEST, ...change(HONEST) }),
  });

/** A change that does something after every step. */
export const afterStep =
  (effect: (batch: EnvironmentBatch, random: Parameters<Environment['step']>[1]) => void): Change =>
  (honest) => ({
    step(batch, random) {
      honest.step(batch, random);
      effect(batch, random);
    },
  });

/** A change that does something after every reset of instances. */
export const afterReset =
  (effect: (batch: EnvironmentBatch, instances: Int32Array, count: number) => void): Change =>
  (honest) => ({
    reset(batch, instances, count, random) {
      honest.reset(batch, instances, count, random);
      effect(batch, instances, count);
    },
  });
