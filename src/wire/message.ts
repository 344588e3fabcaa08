import type { Reader, Writer } from 'protobufjs/minimal.js';
import type { Scalar } from './scalars.js';

/** What the generated code offers for a message. Methods, so that each message's own types fit. */
export interface GeneratedMessage {
  encode(message: object, writer?: Writer): Writer;
  decode(reader: Reader): object;
}

export type Scalars<T> = { readonly [K in keyof T]: Scalar<T[K]> };

/** A kind of message: its scalar fields, where its tensors are, and the bytes that it may have. */
export interface MessageKind<T> {
  /** Its name in package marlin.v1. */
  readonly name: string;
  readonly generated: GeneratedMessage;
  readonly scalars: Scalars<T>;
  /** Field number of its tensors; null if it has none. */
  readonly tensors: number | null;
  readonly maxBytes: number;
}

/** What a message may hold at most, where its kind does not say. */
export interface MessageLimits {
  readonly maxBytes: number;
  readonly maxTensors: number;
}

/** Redis takes no larger value. */
export const MAX_MESSAGE_BYTES = 512 * 2 ** 20;

/** The generated code's name of a field. */
export function propertyOf(scalar: Scalar<unknown>): string {
  return scalar.name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** What a kind has in each of the places of T. */
export function entriesOf<T>(scalars: Scalars<T>): readonly (readonly [keyof T, Scalar<T[keyof T]>])[] {
  return Object.entries(scalars) as [keyof T, Scalar<T[keyof T]>][];
}
