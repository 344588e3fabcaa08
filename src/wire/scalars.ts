/** What is wrong with a value, as the end of a sentence that begins with its field. */
export class Problem {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A field that holds a number or a text. */
export interface Scalar<V> {
  /** As in the proto file. */
  readonly number: number;
  readonly name: string;
  readonly wireType: 0 | 2;
  /** Of its value on the wire. */
  readonly maxBytes: number;
  /** The value, or what is wrong with it; for values about to be sent as for those received. */
  readonly read: (value: unknown) => V | Problem;
}

/** The largest number of a 32-bit header field. */
export const MAX_INT32 = 2 ** 31 - 1;
const TWO_32 = 2 ** 32;
const VARINT_BYTES = 10;
/** Halves of surrogate pairs that stand alone: they have no UTF-8. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** An integer from `least` to `most`. Above 2⁵³ − 1 nothing is let through: doubles are not exact there. */
export function integer(number: number, name: string, least = 0, most = Number.MAX_SAFE_INTEGER): Scalar<number> {
  const read = (value: unknown): number | Problem => {
    const found = typeof value === 'number' ? value : fromLong(value);
    if (Number.isSafeInteger(found) && found >= least && found <= most) return found === 0 ? 0 : found;
    return new Problem(`is ${found}, not an integer from ${least} to ${most}`);
  };
  return { number, name, wireType: 0, maxBytes: VARINT_BYTES, read };
}

/** A text of `least` characters or more and at most `maxBytes` bytes of UTF-8, that matches the pattern. */
export function text(number: number, name: string, maxBytes: number, pattern?: RegExp, least = 1): Scalar<string> {
  const read = (value: unknown): string | Problem => {
    if (typeof value !== 'string') return new Problem(`is of type ${typeof value}, not a text`);
    // The length first: the other checks take time in proportion.
    if (value.length < least || value.length > maxBytes || Buffer.byteLength(value) > maxBytes) {
      return new Problem(`has ${value.length} characters, not ${least} or more in at most ${maxBytes} bytes`);
    }
    if (LONE_SURROGATE.test(value)) return new Problem('has half of a surrogate pair');
    if (pattern === undefined || pattern.test(value)) return value;
    return new Problem(`is ${JSON.stringify(value.slice(0, 80))}, which does not match ${pattern.source}`);
  };
  return { number, name, wireType: 2, maxBytes, read };
}

/** protobufjs reads 64-bit integers as two halves when the package `long` is there, and it always is. */
function fromLong(value: unknown): number {
  if (typeof value !== 'object' || value === null || !('low' in value) || !('high' in value)) return Number.NaN;
  const { low, high } = value;
  return typeof low === 'number' && typeof high === 'number' ? (high >>> 0) * TWO_32 + (low >>> 0) : Number.NaN;
}
