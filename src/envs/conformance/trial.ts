import { RandomStream } from '../../base/index.js';
import { elementSize, maskSize } from '../../spaces/index.js';
import { createBatch } from '../batch.js';
import type { Environment, EnvironmentBatch } from '../port.js';
import { createStepper } from '../stepper.js';
import { sampleActions } from './actions.js';
import type { HostWatch } from './host-watch.js';

/** Bits of a NaN that no arithmetic makes: where they are still there, nothing was written. */
const UNWRITTEN_FLOAT = 0x7fc0beef;
export const UNWRITTEN_BYTE = 255;

const bitsOf = (array: Float32Array): Uint32Array => new Uint32Array(array.buffer, array.byteOffset, array.length);
export const isUnwritten = (array: Float32Array, j: number): boolean => bitsOf(array)[j] === UNWRITTEN_FLOAT;
export const markUnwritten = (array: Float32Array, from = 0, to = array.length): void => {
  bitsOf(array).fill(UNWRITTEN_FLOAT, from, to);
};

/** When the outputs are looked at: after resetting all, after a step and before its ended instances are reset, after both. */
export interface Moment {
  readonly phase: 'reset' | 'final' | 'step';
  readonly step: number;
}

/** The bytes of one array at one moment. */
export interface TraceEntry {
  readonly moment: Moment;
  readonly part: string;
  readonly bytes: Uint8Array;
}

/** A batch under test, driven as training drives it: other arrays at every step, so that a kept reference shows. */
export interface Trial {
  readonly environment: Environment;
  readonly batch: EnvironmentBatch;
  /** The instances that the last step ended. */
  readonly ended: readonly number[];
  /** Whether the environment drew from its stream during the last reset or step. */
  readonly drewRandomness: boolean;
  readonly trace: readonly TraceEntry[];
  resetAll(): void;
  /** Samples actions for step t and takes it. All randomness follows from the seed and t. */
  step(t: number): void;
  /** The stream of step t, noting whether it is used. */
  stream(purpose: string, t: number): RandomStream;
}

export interface TrialSettings {
  readonly id: string;
  readonly instances: number;
  readonly seed: number;
  readonly inspect?: (trial: Trial, moment: Moment) => void;
}

/** The same environment with every call under the watch. */
export function watched(environment: Environment, watch: HostWatch): Environment {
  return {
    agents: environment.agents,
    state: environment.state,
    ...(environment.rewardHeads === undefined ? {} : { rewardHeads: environment.rewardHeads }),
    ...(environment.globalState === undefined ? {} : { globalState: environment.globalState }),
    ...(environment.episodeMetrics === undefined ? {} : { episodeMetrics: environment.episodeMetrics }),
    reset: (batch, instances, count, random) => watch.during(() => environment.reset(batch, instances, count, random)),
    step: (batch, random) => watch.during(() => environment.step(batch, random)),
  };
}

export function createTrial(environment: Environment, { id, instances, seed, inspect }: TrialSettings): Trial {
  const batch = createBatch(environment, instances);
  const trace: TraceEntry[] = [];
  let ended: number[] = [];
  let drewRandomness = false;
  let now = 0;

  const look = (moment: Moment): void => {
    for (const [part, bytes] of parts(batch)) trace.push({ moment, part, bytes: bytes.slice() });
    inspect?.(trial, moment);
  };
  const stepper = createStepper(environment, batch, {
    environmentId: id,
    onEnded(list, count) {
      ended = [...list.subarray(0, count)];
      look({ phase: 'final', step: now });
      for (const b of ended) markRowUnwritten(batch, b);
    },
  });

  const trial: Trial = {
    environment,
    batch,
    get ended() {
      return ended;
    },
    get drewRandomness() {
      return drewRandomness;
    },
    trace,
    resetAll() {
      now = -1;
      renewOutputs(environment, batch);
      stepper.resetAll(trial.stream('conformance-reset', 0));
      look({ phase: 'reset', step: now });
    },
    step(t) {
      now = t;
      ended = [];
      renewActions(batch);
      sampleActions(batch, new RandomStream(seed, 'conformance-action', t));
      renewOutputs(environment, batch);
      stepper.step(trial.stream('conformance-step', t));
      look({ phase: 'step', step: t });
    },
    stream(purpose, t) {
      drewRandomness = false;
      return new Proxy(new RandomStream(seed, purpose, t), {
        get(target, key) {
          drewRandomness = true;
          const value: unknown = Reflect.get(target, key, target);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    },
  };
  return trial;
}

/** Gives the batch other output arrays, marked as not written. */
export function renewOutputs(environment: Environment, batch: EnvironmentBatch): void {
  const { instances, agents } = batch;
  const floats = (perInstance: number): Float32Array => {
    const array = new Float32Array(instances * perInstance);
    markUnwritten(array);
    return array;
  };
  batch.observation = agents.map((agent) => floats(elementSize(agent.observationSpace)));
  batch.reward = agents.map(() => floats(environment.rewardHeads?.length ?? 1));
  batch.actionMask = agents.map((agent) =>
    new Uint8Array(agent.masked ? instances * maskSize(agent.actionSpace) : 0).fill(UNWRITTEN_BYTE),
  );
  batch.globalState = floats(environment.globalState === undefined ? 0 : elementSize(environment.globalState));
  batch.terminated = new Uint8Array(instances);
  batch.truncated = new Uint8Array(instances);
  // The same arrays for good, but nothing may be kept in them.
  for (const metric of batch.episodeMetric) markUnwritten(metric);
}

export function renewActions(batch: EnvironmentBatch): void {
  batch.action = batch.action.map((action) => new Float32Array(action.length));
}

function markRowUnwritten(batch: EnvironmentBatch, b: number): void {
  const mark = (array: Float32Array): void => {
    const width = array.length / batch.instances;
    markUnwritten(array, b * width, (b + 1) * width);
  };
  batch.observation.forEach(mark);
  mark(batch.globalState);
  for (const mask of batch.actionMask) {
    const width = mask.length / batch.instances;
    mask.fill(UNWRITTEN_BYTE, b * width, (b + 1) * width);
  }
}

/** Everything that an environment writes, with the name that a message gives it. */
export function* parts(batch: EnvironmentBatch): Generator<[part: string, bytes: Uint8Array]> {
  const bytes = (array: ArrayBufferView): Uint8Array =>
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  for (const [name, array] of Object.entries(batch.state)) yield [`state.${name}`, bytes(array)];
  for (const [i, { id }] of batch.agents.entries()) {
    yield [`observation of agent "${id}"`, bytes(batch.observation[i])];
    yield [`action mask of agent "${id}"`, batch.actionMask[i]];
    yield [`reward of agent "${id}"`, bytes(batch.reward[i])];
    yield [`episode metric of agent "${id}"`, bytes(batch.episodeMetric[i])];
  }
  yield ['globalState', bytes(batch.globalState)];
  yield ['terminated', batch.terminated];
  yield ['truncated', batch.truncated];
}
