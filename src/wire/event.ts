import { decodeMessage, encodeMessage } from './codec.js';
import { marlin } from './generated/messages.js';
import type { MessageKind } from './message.js';
import { integer, text } from './scalars.js';

/** One entry of a job's history: the broker's job event. */
export interface WireEvent {
  /** From 1. */
  readonly sequence: number;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly type: string;
  /** JSON, which is not looked into here. */
  readonly payload: string;
}

/** Bytes of an event's payload at most. */
export const MAX_EVENT_PAYLOAD_BYTES = 2 ** 20;

const JOB_EVENT: MessageKind<WireEvent> = {
  name: 'JobEvent',
  generated: marlin.v1.JobEvent,
  scalars: {
    sequence: integer(3, 'sequence', 1),
    at: integer(4, 'at_ms'),
    type: text(5, 'type', 128),
    payload: text(6, 'payload', MAX_EVENT_PAYLOAD_BYTES, undefined, 0),
  },
  tensors: null,
  maxBytes: MAX_EVENT_PAYLOAD_BYTES + 1024,
};

/** Throws WIRE_INVALID. */
export const encodeEvent = (event: WireEvent): Uint8Array => encodeMessage(JOB_EVENT, event);

/** Throws WIRE_CORRUPT, WIRE_TOO_LARGE, WIRE_VERSION_UNKNOWN. */
export const decodeEvent = (wire: Uint8Array): WireEvent => decodeMessage(JOB_EVENT, wire).values;
