import { decodeMessage, encodeMessage } from './codec.js';
import { marlin } from './generated/messages.js';
import type { MessageKind } from './message.js';
import { integer, text } from './scalars.js';

/** What an actor or learner process says of itself. */
export interface ActorHeartbeat {
  readonly actorId: string;
  readonly host: string;
  readonly pid: number;
  /** Tasks, or jobs, that it works on at once. */
  readonly slots: number;
  readonly tasksDone: number;
  readonly agentSteps: number;
  /** When it started, milliseconds since the Unix epoch. */
  readonly since: number;
  /** Ids of the jobs that a learner has; absent where it has none, and of actors. */
  readonly jobIds?: readonly string[];
  /** Parts of other learners' jobs that a learner takes at once; absent where it takes none, or is of a release that knows of none. */
  readonly partSlots?: number;
}

/** A list of ids is one text, with spaces between. */
type Written = Omit<ActorHeartbeat, 'jobIds' | 'partSlots'> & { readonly jobIds: string; readonly partSlots: number };

const MAX_UINT32 = 2 ** 32 - 1;
/** Of 64 jobs, each with a space. */
const MAX_JOB_IDS_BYTES = 64 * 65;
const JOB_IDS = /^([a-z0-9_-]{1,64}( [a-z0-9_-]{1,64})*)?$/;

const ACTOR_HEARTBEAT: MessageKind<Written> = {
  name: 'ActorHeartbeat',
  generated: marlin.v1.ActorHeartbeat,
  scalars: {
    actorId: text(3, 'actor_id', 128, /^[a-zA-Z0-9._:-]+$/),
    host: text(4, 'host', 255),
    pid: integer(5, 'pid', 0, MAX_UINT32),
    slots: integer(6, 'slots', 0, MAX_UINT32),
    tasksDone: integer(7, 'tasks_done'),
    agentSteps: integer(8, 'agent_steps'),
    since: integer(9, 'since_ms'),
    jobIds: text(10, 'job_ids', MAX_JOB_IDS_BYTES, JOB_IDS, 0),
    partSlots: integer(11, 'part_slots', 0, MAX_UINT32),
  },
  tensors: null,
  maxBytes: 8192,
};

/** Throws WIRE_INVALID. */
export const encodeHeartbeat = ({ jobIds = [], partSlots = 0, ...heartbeat }: ActorHeartbeat): Uint8Array =>
  encodeMessage(ACTOR_HEARTBEAT, { ...heartbeat, jobIds: jobIds.join(' '), partSlots });

/** Throws WIRE_CORRUPT, WIRE_TOO_LARGE, WIRE_VERSION_UNKNOWN. */
export function decodeHeartbeat(wire: Uint8Array): ActorHeartbeat {
  const { jobIds, partSlots, ...heartbeat } = decodeMessage(ACTOR_HEARTBEAT, wire).values;
  return {
    ...heartbeat,
    ...(jobIds === '' ? {} : { jobIds: jobIds.split(' ') }),
    ...(partSlots === 0 ? {} : { partSlots }),
  };
}
