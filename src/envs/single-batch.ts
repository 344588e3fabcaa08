import type { RandomStream } from '../base/index.js';
import { elementSize, maskSize } from '../spaces/index.js';
import { allocateField, fieldSize } from './batch.js';
import { assertEnvironment } from './definition.js';
import type { Instance } from './instance.js';
import type { Environment, EnvironmentBatch, StateArray } from './port.js';
import { stepFailed } from './stepper.js';

type Act = (instance: Instance, random: RandomStream) => void;

/** Batches functions on one instance. Outputs are prepared before every call, so that nothing leaks from the instance
 *  before: observations and global state NaN (an element that is not written is then refused by name), rewards and metrics
 *  0, masks 1. */
export function batchSingle(
  declared: Omit<Environment, 'reset' | 'step'> & { readonly id: string },
  resetOne: Act,
  stepOne: Act,
): Environment {
  const { id, ...declaration } = declared;
  const unready = { ...declaration, reset: () => {}, step: () => {} };
  // Checked before the scratch arrays are made from it, so that a wrong declaration is reported as one.
  assertEnvironment(id, unready);

  const { agents } = declaration;
  const fields = Object.entries(declaration.state);
  const heads = declaration.rewardHeads?.length ?? 1;
  const metrics = declaration.episodeMetrics?.length ?? 0;
  const state = fields.map(([, field]) => allocateField(field, 1));
  const stateNames = fields.map(([name]) => name);
  const stateSizes = fields.map(([, field]) => fieldSize(field));
  const observation = agents.map((agent) => new Float32Array(elementSize(agent.observationSpace)));
  const action = agents.map((agent) => new Float32Array(elementSize(agent.actionSpace)));
  const actionMask = agents.map((agent) => new Uint8Array(agent.masked ? maskSize(agent.actionSpace) : 0));
  const reward = agents.map(() => new Float32Array(heads));
  const episodeMetric = agents.map(() => new Float32Array(metrics));
  const globalState = new Float32Array(
    declaration.globalState === undefined ? 0 : elementSize(declaration.globalState),
  );
  const byAgent = <Value>(values: readonly Value[]): Readonly<Record<string, Value>> =>
    Object.freeze(Object.fromEntries(agents.map((agent, i) => [agent.id, values[i]])));
  // Sealed: a property that an author adds would be state that is neither saved nor kept apart between instances.
  const instance: Instance = Object.seal({
    state: Object.freeze(Object.fromEntries(stateNames.map((name, k) => [name, state[k]]))),
    observation: byAgent(observation),
    action: byAgent(action),
    reward: byAgent(reward),
    actionMask: byAgent(actionMask),
    globalState,
    episodeMetric: byAgent(episodeMetric),
    terminated: false,
    truncated: false,
  });

  const prepare = (): void => {
    for (let i = 0; i < agents.length; i++) {
      setAll(observation[i], Number.NaN);
      setAll(reward[i], 0);
      setAll(actionMask[i], 1);
      setAll(episodeMetric[i], 0);
    }
    setAll(globalState, Number.NaN);
    instance.terminated = false;
    instance.truncated = false;
  };

  const loadInstance = (batch: EnvironmentBatch, b: number): void => {
    for (let k = 0; k < state.length; k++) copyIn(batch.state[stateNames[k]], b * stateSizes[k], state[k]);
    for (let i = 0; i < agents.length; i++) copyIn(batch.action[i], b * action[i].length, action[i]);
  };

  /** What reset and step both write. */
  const storeInstance = (batch: EnvironmentBatch, b: number): void => {
    for (let k = 0; k < state.length; k++) copyOut(state[k], batch.state[stateNames[k]], b * stateSizes[k]);
    for (let i = 0; i < agents.length; i++) {
      copyOut(observation[i], batch.observation[i], b * observation[i].length);
      copyOut(actionMask[i], batch.actionMask[i], b * actionMask[i].length);
    }
    copyOut(globalState, batch.globalState, b * globalState.length);
  };

  return {
    ...declaration,
    reset(batch, instances, count, random) {
      for (let k = 0; k < count; k++) {
        const b = instances[k];
        prepare();
        for (let field = 0; field < state.length; field++) setAll(state[field], 0);
        try {
          resetOne(instance, random);
        } catch (error) {
          throw stepFailed(id, 'reset', error, b);
        }
        storeInstance(batch, b);
      }
    },
    step(batch, random) {
      for (let b = 0; b < batch.instances; b++) {
        prepare();
        loadInstance(batch, b);
        try {
          stepOne(instance, random);
        } catch (error) {
          throw stepFailed(id, 'step', error, b);
        }
        storeInstance(batch, b);
        for (let i = 0; i < agents.length; i++) {
          copyOut(reward[i], batch.reward[i], b * heads);
          copyOut(episodeMetric[i], batch.episodeMetric[i], b * metrics);
        }
        batch.terminated[b] = instance.terminated ? 1 : 0;
        batch.truncated[b] = instance.truncated ? 1 : 0;
      }
    },
  };
}

// Loops rather than fill and set(subarray()): for arrays this short the calls cost more than the numbers, and a view per call
// would be an allocation per instance and step.
function setAll(array: StateArray, value: number): void {
  for (let j = 0; j < array.length; j++) array[j] = value;
}

function copyIn(from: StateArray, offset: number, to: StateArray): void {
  for (let j = 0; j < to.length; j++) to[j] = from[offset + j];
}

function copyOut(from: StateArray, to: StateArray, offset: number): void {
  for (let j = 0; j < from.length; j++) to[offset + j] = from[j];
}
