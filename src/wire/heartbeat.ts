import { decodeMessage, encodeMessage } from './codec.js';
import { marlin } from './generated/messages.js';
import type { MessageKind } from './message.js';
import { integer, text } from './scalars.js';

/** What an actor process says of itself. */
export interface ActorHeartbeat {
  readonly actorId: string;
  readonly host: string;
  readonly pid: number;
  /** Tasks that it works on at once. */
  readonly slots: number;
  readonly tasksDone: number;
  readonly agentSteps: number;
  /** When it started, milliseconds since the Unix epoch. */
  readonly since: number;
}

const MAX_UINT32 = 2 ** 32 - 1;

const ACTOR_HEARTBEAT: MessageKind<ActorHeartbeat> = {
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
  },
  tensors: null,
  maxBytes: 1024,
};

/** Throws WIRE_INVALID. */
export const encodeHeartbeat = (heartbeat: ActorHeartbeat): Uint8Array => encodeMessage(ACTOR_HEARTBEAT, heartbeat);

/** Throws WIRE_CORRUPT, WIRE_TOO_LARGE, WIRE_VERSION_UNKNOWN. */
export const decodeHeartbeat = (wire: Uint8Array): ActorHeartbeat => decodeMessage(ACTOR_HEARTBEAT, wire).values;
