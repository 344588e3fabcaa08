import { experienceError } from './errors.js';
import {
  episodeSumCount,
  HEADER,
  HEADER_BYTES,
  levelsOf,
  stateSizeOf,
  TRAJECTORY_MAGIC,
  TRAJECTORY_VERSION,
  type TrajectoryLayout,
} from './layout.js';

/** One agent's part of a trajectory batch; shapes as in `AgentOffsets`. */
export interface AgentTrajectories {
  readonly observation: Float32Array;
  readonly action: Float32Array;
  readonly behaviorLogProb: Float32Array;
  readonly reward: Float32Array;
  readonly actionMask: Uint8Array;
  readonly state: Float32Array;
  /** f32[n, F]: observations at the end of the n ended episodes. */
  readonly finalObservation: Float32Array;
}

/** A trajectory batch as views on its bytes. */
export interface TrajectoryBatch {
  readonly layout: TrajectoryLayout;
  readonly shard: number;
  readonly k: number;
  readonly policyVersion: number;
  readonly episodes: Float64Array;
  /** u8[T, B] */
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
  readonly globalState: Float32Array;
  readonly agents: readonly AgentTrajectories[];
  /** i32[n]: t·B + b of each ended episode, ascending. */
  readonly finalRow: Int32Array;
  readonly finalGlobalState: Float32Array;
}

/** Views of a batch's bytes; copies only where they are not aligned. Where `wanted` names agents, the others' places in `agents` are
 *  left empty: a thousand policies that each learn from their own agent must not make views of a thousand agents each.
 *  Throws TRAJECTORY_CORRUPT. */
export function readTrajectory(
  layout: TrajectoryLayout,
  received: Uint8Array,
  wanted?: readonly number[],
): TrajectoryBatch {
  // Not slice(): that of a Node.js Buffer makes a view, as unaligned as before.
  const bytes = received.byteOffset % 8 === 0 ? received : new Uint8Array(received);
  const { shape } = layout;
  const { horizon: T, instances: B, rewardHeads: H, globalStateSize: G } = shape;
  if (bytes.byteLength < layout.denseBytes) {
    throw corrupt('length', bytes.byteLength, `at least ${layout.denseBytes} bytes`);
  }
  const { buffer, byteOffset } = bytes;
  const header = new Int32Array(buffer, byteOffset, HEADER_BYTES / 4);
  const expect = (field: keyof typeof HEADER, value: number): void => {
    if (header[HEADER[field]] !== value) throw corrupt(field, header[HEADER[field]]!, String(value));
  };
  expect('magic', TRAJECTORY_MAGIC);
  expect('version', TRAJECTORY_VERSION);
  expect('horizon', T);
  expect('instances', B);
  expect('agents', shape.agents.length);
  const n = header[HEADER.finals]!;
  if (n < 0 || n > T * B) throw corrupt('finals', n, `0 to ${T * B}`);
  if (bytes.byteLength !== layout.totalBytes(n)) {
    throw corrupt('length', bytes.byteLength, `${layout.totalBytes(n)} bytes with ${n} finals`);
  }
  const f32 = (offset: number, length: number) => new Float32Array(buffer, byteOffset + offset, length);
  const u8 = (offset: number, length: number) => new Uint8Array(buffer, byteOffset + offset, length);
  const finals = layout.finalOffsets(n);
  const finalRow = new Int32Array(buffer, byteOffset + finals.rows, n);
  for (let e = 0; e < n; e++) {
    const low = e === 0 ? 0 : finalRow[e - 1]! + 1;
    if (finalRow[e]! < low || finalRow[e]! >= T * B)
      throw corrupt(`finalRow[${e}]`, finalRow[e]!, `${low} to ${T * B - 1}`);
  }
  const viewsOf = (i: number): AgentTrajectories => {
    const at = layout.agents[i]!;
    const agent = shape.agents[i]!;
    return {
      observation: f32(at.observation, (T + 1) * B * agent.observationSize),
      action: f32(at.action, T * B * agent.actionSize),
      behaviorLogProb: f32(at.behaviorLogProb, T * B * levelsOf(agent)),
      reward: f32(at.reward, T * B * H),
      actionMask: u8(at.actionMask, (T + 1) * B * agent.maskSize),
      state: f32(at.state, B * stateSizeOf(agent)),
      finalObservation: f32(finals.observation[i]!, n * agent.observationSize),
    };
  };
  const agents = new Array<AgentTrajectories>(shape.agents.length);
  for (const i of wanted ?? shape.agents.keys()) agents[i] = viewsOf(i);
  return {
    layout,
    shard: header[HEADER.shard]!,
    k: header[HEADER.k]!,
    policyVersion: header[HEADER.policyVersion]!,
    episodes: new Float64Array(buffer, byteOffset + layout.episodes, episodeSumCount(shape)),
    terminated: u8(layout.terminated, T * B),
    truncated: u8(layout.truncated, T * B),
    globalState: f32(layout.globalState, (T + 1) * B * G),
    agents,
    finalRow,
    finalGlobalState: f32(finals.globalState, n * G),
  };
}

const corrupt = (field: string, found: number, expected: string) =>
  experienceError('TRAJECTORY_CORRUPT', `trajectory batch: ${field} is ${found}, expected ${expected}`, {
    data: { field, found },
  });
