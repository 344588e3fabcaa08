import { decodeMessage, encodeMessage } from './codec.js';
import { marlin } from './generated/messages.js';
import type { MessageKind } from './message.js';
import { integer, MAX_INT32, text } from './scalars.js';

/** "Produce batch k of shard `shard` with policy version `version`": the broker's rollout task. */
export interface WireTask {
  readonly jobId: string;
  readonly shard: number;
  readonly k: number;
  readonly version: number;
  readonly epoch: number;
}

const ROLLOUT_TASK: MessageKind<WireTask> = {
  name: 'RolloutTask',
  generated: marlin.v1.RolloutTask,
  scalars: {
    jobId: text(3, 'job_id', 64, /^[a-z0-9_-]+$/),
    shard: integer(4, 'shard', 0, MAX_INT32),
    k: integer(5, 'k'),
    version: integer(6, 'policy_version'),
    epoch: integer(7, 'epoch'),
  },
  tensors: null,
  maxBytes: 1024,
};

/** Throws WIRE_INVALID. */
export const encodeTask = (task: WireTask): Uint8Array => encodeMessage(ROLLOUT_TASK, task);

/** Throws WIRE_CORRUPT, WIRE_TOO_LARGE, WIRE_VERSION_UNKNOWN. */
export const decodeTask = (wire: Uint8Array): WireTask => decodeMessage(ROLLOUT_TASK, wire).values;
