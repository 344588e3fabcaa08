import {
  type TrajectoryBatch,
  type TrajectoryLayout,
  type TrajectoryShape,
  TrajectoryWriter,
  trajectoryLayout,
} from '../../../src/experience/index.js';
import { createPlainKernels, type Kernels } from '../../../src/kernels/index.js';
import { numbers } from '../../property/kernels/arrays.js';

/** Two agents that differ, two reward heads, a global state and metrics: every kind of tensor is there. */
export const fullShape: TrajectoryShape = {
  horizon: 3,
  instances: 4,
  rewardHeads: 2,
  globalStateSize: 3,
  episodeMetrics: 1,
  agents: [
    { observationSize: 2, actionSize: 1, maskSize: 3 },
    { observationSize: 5, actionSize: 2, maskSize: 0, stateSize: 3 },
  ],
};

export interface Played {
  readonly shard?: number;
  readonly k?: number;
  readonly policyVersion?: number;
  /** Which instances end in step t; those of odd number are cut off, the others terminate. */
  readonly ended?: (t: number) => readonly number[];
  readonly seed?: number;
}

/** One finished batch, and copies of all that was written on the way to it. */
export interface Kept {
  readonly bytes: Uint8Array;
  readonly agents: readonly {
    readonly observation: number[];
    readonly action: number[];
    readonly behaviorLogProb: number[];
    readonly reward: number[];
    readonly actionMask: number[];
    readonly state: number[];
    readonly finalObservation: number[];
  }[];
  readonly terminated: number[];
  readonly truncated: number[];
  readonly globalState: number[];
  readonly finalRow: number[];
  readonly finalGlobalState: number[];
  readonly episodes: number[];
}

/** Plays a batch of random numbers into the writer, step by step as collecting does: the next observations are first those at
 *  the end of an episode, and are kept, then those of the new one. */
export function play(writer: TrajectoryWriter, played: Played = {}, target?: SharedArrayBuffer): Kept {
  const { shape } = writer.layout;
  const { shard = 2, k = 7, policyVersion = 6, ended = () => [], seed = 1 } = played;
  const next = numbers(seed);
  const fill = (array: Float32Array): void => array.forEach((_, j) => (array[j] = next() - 0.5));
  const flip = (array: Uint8Array): void => array.forEach((_, j) => (array[j] = next() < 0.5 ? 0 : 1));
  const finalRow: number[] = [];
  const finals = shape.agents.map((): number[] => []);
  const finalGlobalState: number[] = [];

  writer.begin(shard, k, policyVersion);
  const see = (t: number): void => {
    for (const agent of writer.rows[t].agents) {
      fill(agent.observation);
      flip(agent.actionMask);
    }
    fill(writer.rows[t].globalState);
  };
  for (const state of writer.states) fill(state);
  see(0);
  for (let t = 0; t < shape.horizon; t++) {
    const row = writer.rows[t];
    for (const { action, behaviorLogProb, reward } of row.agents) {
      for (const array of [action, behaviorLogProb, reward]) fill(array);
    }
    see(t + 1);
    const instances = ended(t);
    row.terminated.fill(0);
    row.truncated.fill(0);
    for (const b of instances) {
      (b % 2 === 0 ? row.terminated : row.truncated)[b] = 1;
      finalRow.push(t * shape.instances + b);
      shape.agents.forEach(({ observationSize: F }, i) => {
        finals[i].push(...writer.rows[t + 1].agents[i].observation.subarray(b * F, (b + 1) * F));
      });
      const G = shape.globalStateSize;
      finalGlobalState.push(...writer.rows[t + 1].globalState.subarray(b * G, (b + 1) * G));
    }
    writer.keepFinals(t, Int32Array.from([...instances, -1]), instances.length);
    if (instances.length > 0) see(t + 1);
  }
  writer.episodes.forEach((_, j) => {
    writer.episodes[j] = next();
  });
  const rows = writer.rows.slice(0, shape.horizon);
  return {
    bytes: writer.finish(target),
    agents: shape.agents.map((_, i) => ({
      observation: writer.rows.flatMap((row) => [...row.agents[i].observation]),
      action: rows.flatMap((row) => [...row.agents[i].action]),
      behaviorLogProb: rows.flatMap((row) => [...row.agents[i].behaviorLogProb]),
      reward: rows.flatMap((row) => [...row.agents[i].reward]),
      actionMask: writer.rows.flatMap((row) => [...row.agents[i].actionMask]),
      state: [...writer.states[i]],
      finalObservation: finals[i],
    })),
    terminated: rows.flatMap((row) => [...row.terminated]),
    truncated: rows.flatMap((row) => [...row.truncated]),
    globalState: writer.rows.flatMap((row) => [...row.globalState]),
    finalRow,
    finalGlobalState,
    episodes: [...writer.episodes],
  };
}

/** What a reader found, in the form of `Kept`. */
export const found = (batch: TrajectoryBatch): Omit<Kept, 'bytes'> => ({
  agents: batch.agents.map((agent) => ({
    observation: [...agent.observation],
    action: [...agent.action],
    behaviorLogProb: [...agent.behaviorLogProb],
    reward: [...agent.reward],
    actionMask: [...agent.actionMask],
    state: [...agent.state],
    finalObservation: [...agent.finalObservation],
  })),
  terminated: [...batch.terminated],
  truncated: [...batch.truncated],
  globalState: [...batch.globalState],
  finalRow: [...batch.finalRow],
  finalGlobalState: [...batch.finalGlobalState],
  episodes: [...batch.episodes],
});

export function writerFor(
  shape: TrajectoryShape,
  kernels: Kernels = createPlainKernels(),
): { readonly writer: TrajectoryWriter; readonly layout: TrajectoryLayout } {
  const layout = trajectoryLayout(shape);
  return { writer: new TrajectoryWriter(kernels, layout), layout };
}
