import protobuf from 'protobufjs/minimal.js';
import { assertSealed, seal, UNSEALED, WIRE_VERSION } from './envelope.js';
import { corrupt, invalid, tooLarge } from './errors.js';
import type { marlin } from './generated/messages.js';
import { entriesOf, MAX_MESSAGE_BYTES, type MessageKind, type MessageLimits, propertyOf } from './message.js';
import { Problem } from './scalars.js';
import {
  delimited,
  elementCount,
  encodedTensorBytes,
  ReceivedTensors,
  type WireTensor,
  writeTensor,
} from './tensor.js';
import { assertWellFormed } from './walk.js';

/** The writer makes room for the longest form of what it writes next: it must find some after the last byte, or it would move
 *  everything into a larger buffer. */
const SPARE_BYTES = 512;

/** A message with its scalars and tensors, each of which is copied once: into `target` if that has 512 bytes more than the
 *  message needs, else into new memory. Tensors without elements are left out. Throws WIRE_INVALID, WIRE_TOO_LARGE. */
export function encodeMessage<T>(
  kind: MessageKind<T>,
  values: T,
  tensors: readonly WireTensor[] = [],
  target?: ArrayBuffer,
): Uint8Array {
  const fields: Record<string, unknown> = { version: WIRE_VERSION, checksum: UNSEALED };
  for (const [key, scalar] of entriesOf(kind.scalars)) {
    const value = scalar.read(values[key]);
    if (value instanceof Problem) throw invalid(kind.name, scalar.name, value.text);
    fields[propertyOf(scalar)] = value;
  }
  const head = kind.generated.encode(fields).finish(true);
  const sent = tensors.filter(({ shape }) => elementCount(shape) > 0);
  const total = sent.reduce((sum, tensor) => sum + delimited(encodedTensorBytes(tensor)), head.byteLength);
  const limit = Math.min(kind.maxBytes, MAX_MESSAGE_BYTES);
  if (total > limit) throw tooLarge(kind.name, total, limit);
  const writer = protobuf.Writer.create();
  const room = total + SPARE_BYTES;
  writer.buf = target !== undefined && target.byteLength >= room ? Buffer.from(target) : Buffer.allocUnsafeSlow(room);
  writer.raw(head);
  for (const tensor of sent) writeTensor(writer, kind.tensors ?? 0, tensor);
  const bytes = writer.finish(true);
  seal(kind.name, bytes);
  return bytes;
}

export interface DecodedMessage<T> {
  readonly values: T;
  /** Views of the bytes decoded. */
  readonly tensors: ReceivedTensors;
}

/** The scalars and tensors of a message. Nothing is allocated in proportion to what the message claims, only to what was
 *  received. Throws WIRE_TOO_LARGE, WIRE_CORRUPT, WIRE_VERSION_UNKNOWN. */
export function decodeMessage<T>(
  kind: MessageKind<T>,
  bytes: Uint8Array,
  limits: MessageLimits = { maxBytes: kind.maxBytes, maxTensors: 0 },
): DecodedMessage<T> {
  assertSealed(kind.name, bytes, Math.min(kind.maxBytes, limits.maxBytes));
  assertWellFormed(kind, bytes, limits.maxTensors);
  const fields = decodeFields(kind, bytes);
  const values: Partial<T> = {};
  for (const [key, scalar] of entriesOf(kind.scalars)) {
    const value = scalar.read(fields[propertyOf(scalar)]);
    if (value instanceof Problem) throw corrupt(kind.name, scalar.name, value.text);
    values[key] = value;
  }
  const received = (fields.tensors ?? []) as readonly marlin.v1.Tensor.$Properties[];
  return { values: values as T, tensors: new ReceivedTensors(kind.name, received) };
}

function decodeFields<T>(kind: MessageKind<T>, bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    return kind.generated.decode(protobuf.Reader.create(bytes)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw corrupt(kind.name, 'message', 'cannot be decoded', error);
  }
}
