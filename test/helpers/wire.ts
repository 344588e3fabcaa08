import { crc32 } from 'node:zlib';
import {
  HEADER,
  HEADER_BYTES,
  levelsOf,
  stateSizeOf,
  TRAJECTORY_MAGIC,
  TRAJECTORY_VERSION,
  type TrajectoryLayout,
  type TrajectoryShape,
  trajectoryLayout,
} from '../../src/experience/index.js';

/** Two agents that differ, masks, reward heads, a global state and episode metrics: no kind of tensor is empty. */
export const fullShape: TrajectoryShape = {
  horizon: 3,
  instances: 2,
  rewardHeads: 2,
  globalStateSize: 3,
  episodeMetrics: 1,
  agents: [
    { observationSize: 2, actionSize: 1, maskSize: 3 },
    { observationSize: 1, actionSize: 2, maskSize: 2 },
  ],
};
export const fullLayout: TrajectoryLayout = trajectoryLayout(fullShape);

export interface BlockOptions {
  readonly shard?: number;
  readonly k?: number;
  readonly policyVersion?: number;
  /** Rows of ended episodes, ascending. */
  readonly rows?: readonly number[];
  /** Byte j of the block, where it belongs to a tensor other than the rows. */
  readonly byte?: (j: number) => number;
  /** Bytes between the tensors; 0 unless given. */
  readonly padding?: number;
}

/** A trajectory batch with any bytes in its tensors, without acting for it. */
export function makeBlock(layout: TrajectoryLayout, options: BlockOptions = {}): Uint8Array {
  const { shard = 0, k = 0, policyVersion = 0, rows = [], byte = (j) => (j * 7 + 3) % 251, padding = 0 } = options;
  const { shape } = layout;
  const { horizon: T, instances: B, rewardHeads: H, globalStateSize: G, agents } = shape;
  const n = rows.length;
  const block = new Uint8Array(layout.totalBytes(n)).fill(padding);
  const header = new Int32Array(block.buffer, 0, HEADER_BYTES / 4).fill(0);
  header[HEADER.magic] = TRAJECTORY_MAGIC;
  header[HEADER.version] = TRAJECTORY_VERSION;
  header[HEADER.horizon] = T;
  header[HEADER.instances] = B;
  header[HEADER.agents] = agents.length;
  header[HEADER.shard] = shard;
  header[HEADER.k] = k;
  header[HEADER.policyVersion] = policyVersion;
  header[HEADER.finals] = n;
  const fill = (offset: number, bytes: number): void => {
    for (let j = offset; j < offset + bytes; j++) block[j] = byte(j);
  };
  fill(layout.episodes, 8 * (2 + agents.length * (1 + shape.episodeMetrics)));
  fill(layout.terminated, T * B);
  fill(layout.truncated, T * B);
  fill(layout.globalState, 4 * (T + 1) * B * G);
  const end = layout.finalOffsets(n);
  agents.forEach((agent, i) => {
    const { observationSize: F, actionSize: A, maskSize: M } = agent;
    const at = layout.agents[i]!;
    fill(at.observation, 4 * (T + 1) * B * F);
    fill(at.action, 4 * T * B * A);
    fill(at.behaviorLogProb, 4 * T * B * levelsOf(agent));
    fill(at.reward, 4 * T * B * H);
    fill(at.actionMask, (T + 1) * B * M);
    fill(at.state, 4 * B * stateSizeOf(agent));
    fill(end.observation[i]!, 4 * n * F);
  });
  new Int32Array(block.buffer, end.rows, n).set(rows);
  fill(end.globalState, 4 * n * G);
  return block;
}

/** Gives changed bytes the checksum that they should have, as docs/wire.md describes it: what a hostile sender does. */
export function reseal(message: string, bytes: Uint8Array): Uint8Array {
  const sealed = Uint8Array.from(bytes);
  const covered = Buffer.concat([Buffer.from(`marlin.v1.${message}`), sealed.subarray(0, 3), sealed.subarray(7)]);
  new DataView(sealed.buffer).setUint32(3, crc32(covered), true);
  return sealed;
}

/** A message of raw fields: version 1, the checksum, then `fields`. */
export function handMade(message: string, ...fields: readonly Uint8Array[]): Uint8Array {
  return reseal(message, Buffer.concat([Uint8Array.of(0x08, 1, 0x15, 0, 0, 0, 0), ...fields]));
}

export function varint(value: number | bigint): Uint8Array {
  const bytes: number[] = [];
  let left = BigInt(value);
  for (; left >= 128n; left >>= 7n) bytes.push(Number(left & 127n) | 128);
  return Uint8Array.of(...bytes, Number(left));
}

/** Field `number` as a varint, or as bytes with their length before them. */
export function field(number: number, value: number | bigint | Uint8Array | string): Uint8Array {
  if (typeof value === 'number' || typeof value === 'bigint') {
    return Buffer.concat([varint(number * 8), varint(value)]);
  }
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.byteLength), bytes]);
}

/** A sub-message Tensor, to be given to `field`. */
export function tensor(name: string, dtype: number, shape: readonly (number | bigint)[], data: Uint8Array): Uint8Array {
  return Buffer.concat([
    field(1, name),
    field(2, dtype),
    field(3, Buffer.concat(shape.map((extent) => varint(extent)))),
    field(4, data),
  ]);
}
