import { RandomStream } from '../../../src/base/index.js';
import {
  createBatch,
  createEnvironment,
  createStepper,
  type Environment,
  type EnvironmentBatch,
  environmentCatalog,
  findEnvironment,
} from '../../../src/envs/index.js';

/** The catalog's environment of this id. */
export const make = (id: string, options: unknown = {}): Environment =>
  createEnvironment(findEnvironment(environmentCatalog, id), options);

/** A batch whose instances have all been reset. */
export function started(environment: Environment, instances: number, seed = 1): EnvironmentBatch {
  const batch = createBatch(environment, instances);
  const list = Int32Array.from({ length: instances }, (_, b) => b);
  environment.reset(batch, list, instances, new RandomStream(seed, 'test'));
  return batch;
}

/** Means over one round in many instances, in which `choose` writes the actions of instance b from what it sees. */
export function meansOfOneRound(
  environment: Environment,
  choose: (batch: EnvironmentBatch, b: number, random: RandomStream) => void,
  instances = 200_000,
) {
  const batch = started(environment, instances);
  const random = new RandomStream(2, 'test');
  for (let b = 0; b < instances; b++) choose(batch, b, random);
  environment.step(batch, random);
  return {
    reward: meansByColumn(batch.reward[0], instances),
    metric: meansByColumn(batch.episodeMetric[0], instances),
  };
}

function meansByColumn(values: Float32Array, rows: number): number[] {
  const width = values.length / rows;
  return Array.from({ length: width }, (_, j) => {
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += values[row * width + j];
    return sum / rows;
  });
}

/** Plays whole episodes of one instance: returns a function that takes each agent's action and gives back what follows. */
export function player(environment: Environment, id: string) {
  const batch = createBatch(environment, 1);
  const metrics: number[][][] = [];
  const random = new RandomStream(1, 'test');
  const stepper = createStepper(environment, batch, {
    environmentId: id,
    onEnded: () => metrics.push(batch.episodeMetric.map((values) => [...values])),
  });
  stepper.resetAll(random);
  /** actions[agent] are played; rewards and observations after it come by agent. */
  const play = (actions: readonly number[]) => {
    actions.forEach((action, i) => (batch.action[i][0] = action));
    stepper.step(random);
    return {
      rewards: batch.reward.map((reward) => reward[0]),
      observations: batch.observation.map((observation) => [...observation]),
      ended: batch.terminated[0] === 1 ? 'terminated' : batch.truncated[0] === 1 ? 'truncated' : '',
    };
  };
  return { batch, play, metrics };
}
