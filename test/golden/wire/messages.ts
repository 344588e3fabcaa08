import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTrajectory, type TrajectoryShape, trajectoryLayout } from '../../../src/experience/index.js';
import {
  type ActorHeartbeat,
  createTrajectoryCodec,
  decodeEvent,
  decodeHeartbeat,
  decodePartMessage,
  decodeShardState,
  decodeTask,
  decodeWeights,
  encodeEvent,
  encodeHeartbeat,
  encodePartMessage,
  encodeShardState,
  encodeTask,
  encodeWeights,
  type PolicyWeights,
  type WireEvent,
  type WireTask,
} from '../../../src/wire/index.js';
import { projectFolder } from '../../helpers/project.js';
import { makeBlock } from '../../helpers/wire.js';

/** A message whose bytes are kept: `<file>.bin`, and what they mean in `<file>.json`. */
export interface GoldenMessage {
  readonly file: string;
  readonly message: string;
  /** As the JSON file has it. */
  readonly decode: (wire: Uint8Array) => unknown;
  readonly encode: (value: never) => Uint8Array;
}

export const readGolden = (file: string): Buffer => readFileSync(join(projectFolder, 'test/golden/wire', file));

interface GoldenWeights {
  readonly version: number;
  readonly policies: readonly PolicyWeights[];
  readonly weights: readonly number[];
}

interface GoldenState {
  readonly shard: number;
  readonly k: number;
  readonly state: readonly number[];
}

interface GoldenPart {
  readonly word: string;
  readonly iteration: number;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly state: readonly number[];
  readonly rewards: readonly number[];
}

const PART_STATE = { name: 'unit/2/state', dtype: 'f32', shape: [3] } as const;
const PART_REWARDS = { name: 'agent/1/rewards', dtype: 'f64', shape: [2] } as const;

interface GoldenBatch {
  readonly shape: TrajectoryShape;
  readonly shard: number;
  readonly k: number;
  readonly policyVersion: number;
  readonly finalRow: readonly number[];
}

/** The shape of a batch that is kept; decoding needs it, as in a job. */
const goldenShape = (file: string): TrajectoryShape =>
  (JSON.parse(readGolden(`${file}.json`).toString()) as GoldenBatch).shape;

const plain = (value: unknown): unknown => {
  if (ArrayBuffer.isView(value)) return [...(value as Uint8Array)];
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]));
};

/** Sets every array of `views` to the numbers that `values` has in its place. */
function fill(views: object, values: object): void {
  for (const [key, view] of Object.entries(views)) {
    const numbers = (values as Record<string, unknown>)[key];
    if (ArrayBuffer.isView(view)) (view as Uint8Array).set((numbers as number[] | undefined) ?? []);
    else if (typeof view === 'object' && view !== null && key !== 'layout') fill(view, numbers as object);
  }
}

export function blockOf(batch: GoldenBatch): Uint8Array {
  const layout = trajectoryLayout(batch.shape);
  const { shard, k, policyVersion, finalRow: rows } = batch;
  const block = makeBlock(layout, { shard, k, policyVersion, rows });
  fill(readTrajectory(layout, block), batch);
  return block;
}

const goldenBatch = (file: string): GoldenMessage => ({
  file,
  message: 'TrajectoryBatch',
  decode: (wire) => {
    const layout = trajectoryLayout(goldenShape(file));
    const { layout: _, ...batch } = readTrajectory(layout, createTrajectoryCodec(layout).decode(wire));
    // Agents without a memory have no state to tell.
    const agents = batch.agents.map(({ state, ...agent }) => (state.length === 0 ? agent : { ...agent, state }));
    return { shape: layout.shape, ...(plain({ ...batch, agents }) as object) };
  },
  encode: (value: GoldenBatch) => createTrajectoryCodec(trajectoryLayout(value.shape)).encode(blockOf(value)),
});

export const goldenMessages: readonly GoldenMessage[] = [
  {
    file: 'rollout-task-v1',
    message: 'RolloutTask',
    decode: decodeTask,
    encode: (value: WireTask) => encodeTask(value),
  },
  goldenBatch('trajectory-batch-v1'),
  // Actions in three levels, with a log-probability each; beside an agent of one.
  goldenBatch('trajectory-batch-levels-v1'),
  // An agent whose policy has a memory; beside one without.
  goldenBatch('trajectory-batch-memory-v1'),
  {
    file: 'policy-snapshot-v1',
    message: 'PolicySnapshot',
    decode: (wire) => {
      const { version, policies, weights } = decodeWeights(wire);
      return { version, policies, weights: [...new Float32Array(weights.buffer)] };
    },
    encode: ({ version, policies, weights }: GoldenWeights) =>
      encodeWeights({ version, policies, weights: new Uint8Array(Float32Array.from(weights).buffer) }),
  },
  {
    file: 'environment-state-v1',
    message: 'EnvironmentState',
    decode: (wire) => plain(decodeShardState(wire)),
    encode: ({ shard, k, state }: GoldenState) => encodeShardState({ shard, k, state: Uint8Array.from(state) }),
  },
  {
    file: 'part-message-v1',
    message: 'PartMessage',
    decode: (wire) => {
      const { word, iteration, facts, take } = decodePartMessage(wire);
      // Aligned to nothing.
      const state = [...new Float32Array(Uint8Array.from(take(PART_STATE)).buffer)];
      const rewards = [...new Float64Array(Uint8Array.from(take(PART_REWARDS)).buffer)];
      return { word, iteration, facts, state, rewards };
    },
    encode: ({ state, rewards, ...said }: GoldenPart) =>
      encodePartMessage({
        ...said,
        tensors: [
          { ...PART_STATE, bytes: new Uint8Array(Float32Array.from(state).buffer) },
          { ...PART_REWARDS, bytes: new Uint8Array(Float64Array.from(rewards).buffer) },
        ],
      }),
  },
  {
    file: 'job-event-v1',
    message: 'JobEvent',
    decode: decodeEvent,
    encode: (value: WireEvent) => encodeEvent(value),
  },
  {
    file: 'actor-heartbeat-v1',
    message: 'ActorHeartbeat',
    decode: decodeHeartbeat,
    encode: (value: ActorHeartbeat) => encodeHeartbeat(value),
  },
  // Of a learner that names its jobs.
  {
    file: 'actor-heartbeat-jobs-v1',
    message: 'ActorHeartbeat',
    decode: decodeHeartbeat,
    encode: (value: ActorHeartbeat) => encodeHeartbeat(value),
  },
  // Of a learner that takes parts of other learners' jobs.
  {
    file: 'actor-heartbeat-parts-v1',
    message: 'ActorHeartbeat',
    decode: decodeHeartbeat,
    encode: (value: ActorHeartbeat) => encodeHeartbeat(value),
  },
];
