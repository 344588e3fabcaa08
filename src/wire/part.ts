import { decodeMessage, encodeMessage } from './codec.js';
import { corrupt } from './errors.js';
import { marlin } from './generated/messages.js';
import { MAX_MESSAGE_BYTES, type MessageKind } from './message.js';
import { integer, text } from './scalars.js';
import type { TensorSpec, WireTensor } from './tensor.js';

/** What one learner says to another of a part of a job, as `proto/marlin/v1/part.proto` describes it. */
export interface PartMessage {
  readonly word: string;
  readonly iteration: number;
  /** Whatever JSON can hold, by name. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly tensors: readonly WireTensor[];
}

export interface ReceivedPartMessage extends Omit<PartMessage, 'tensors'> {
  /** Its bytes, a view of the message, which must be as `spec` says. Throws WIRE_CORRUPT. */
  take(spec: TensorSpec): Uint8Array;
}

/** A part has at most as many units as a job has policies, and a few tensors of each. */
const MAX_TENSORS = 4 * 65_536;
const MAX_FACTS_BYTES = 2 ** 24;

const PART_MESSAGE: MessageKind<{ word: string; iteration: number; facts: string }> = {
  name: 'PartMessage',
  generated: marlin.v1.PartMessage,
  scalars: {
    word: text(3, 'word', 16, /^[a-z]+$/),
    iteration: integer(4, 'iteration'),
    facts: text(5, 'facts', MAX_FACTS_BYTES),
  },
  tensors: 6,
  maxBytes: MAX_MESSAGE_BYTES,
};

/** Throws WIRE_INVALID, WIRE_TOO_LARGE. */
export const encodePartMessage = ({ word, iteration, facts, tensors }: PartMessage): Uint8Array =>
  encodeMessage(PART_MESSAGE, { word, iteration, facts: JSON.stringify(facts) }, tensors);

/** Throws WIRE_CORRUPT, WIRE_TOO_LARGE, WIRE_VERSION_UNKNOWN. */
export function decodePartMessage(wire: Uint8Array): ReceivedPartMessage {
  const limits = { maxBytes: MAX_MESSAGE_BYTES, maxTensors: MAX_TENSORS };
  const { values, tensors } = decodeMessage(PART_MESSAGE, wire, limits);
  return { ...values, facts: parse(values.facts), take: (spec) => tensors.take(spec) };
}

function parse(facts: string): PartMessage['facts'] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(facts);
  } catch (error) {
    throw corrupt(PART_MESSAGE.name, 'facts', 'is no JSON', error);
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as PartMessage['facts'];
  throw corrupt(PART_MESSAGE.name, 'facts', 'is JSON, but no object');
}
