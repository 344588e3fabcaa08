import { isUtf8 } from 'node:buffer';
import protobuf, { type Reader } from 'protobufjs/minimal.js';
import { MarlinError } from '../base/index.js';
import { corrupt } from './errors.js';
import { entriesOf, type MessageKind } from './message.js';
import { MAX_NAME_BYTES, MAX_RANK } from './tensor.js';

/** What a field may look like on the wire. */
interface FieldRule {
  readonly name: string;
  /** 0: varint, 2: length and bytes, 5: 4 bytes. */
  readonly wireType: 0 | 2 | 5;
  readonly maxCount: number;
  /** Of its bytes, where the wire type is 2. */
  readonly maxBytes: number;
  readonly text?: boolean;
  /** Fields of a sub-message. */
  readonly inside?: FieldRules;
}
/** By field number. */
type FieldRules = ReadonlyMap<number, FieldRule>;

/** Fields that are not known are a newer version's, and skipped; a message of nothing else is an attack on the time it takes. */
const MAX_UNKNOWN_FIELDS = 64;

const single = (name: string, wireType: 0 | 2 | 5, maxBytes = 0, text = false): FieldRule => ({
  name,
  wireType,
  maxCount: 1,
  maxBytes,
  text,
});

const TENSOR: FieldRules = new Map([
  [1, single('name', 2, MAX_NAME_BYTES, true)],
  [2, single('dtype', 0)],
  [3, single('shape', 2, 5 * MAX_RANK)],
  [4, single('data', 2, Infinity)],
]);

/** Looks over the fields of a message, and of its tensors, without making an object of any: wire types, lengths, counts and
 *  UTF-8. What passes can be decoded, in objects that were counted. Throws WIRE_CORRUPT. */
export function assertWellFormed<T>(kind: MessageKind<T>, bytes: Uint8Array, maxTensors: number): void {
  const rules = new Map<number, FieldRule>([
    [1, single('version', 0)],
    [2, single('checksum', 5)],
  ]);
  for (const [, { number, name, wireType, maxBytes }] of entriesOf(kind.scalars)) {
    rules.set(number, single(name, wireType, maxBytes, wireType === 2));
  }
  if (kind.tensors !== null) {
    rules.set(kind.tensors, { name: 'tensors', wireType: 2, maxCount: maxTensors, maxBytes: Infinity, inside: TENSOR });
  }
  new Walk(kind.name, protobuf.Reader.create(bytes)).message(rules, bytes.byteLength, '');
}

class Walk {
  private readonly name: string;
  private readonly reader: Reader;

  constructor(name: string, reader: Reader) {
    this.name = name;
    this.reader = reader;
  }

  message(rules: FieldRules, end: number, path: string): void {
    const { reader } = this;
    const counts = new Map<number, number>();
    let unknown = 0;
    const here = path === '' ? 'message' : path;
    const prefix = path === '' ? '' : `${path}.`;
    let field = here;
    try {
      while (reader.pos < end) {
        field = here;
        const tag = reader.tag();
        const number = tag >>> 3;
        const rule = rules.get(number);
        if (rule === undefined) {
          field = `${prefix}field ${number}`;
          if (++unknown > MAX_UNKNOWN_FIELDS)
            throw this.corrupt(field, `is one of more than ${MAX_UNKNOWN_FIELDS} unknown`);
          this.skip(tag & 7, end, field);
          continue;
        }
        const count = counts.get(number) ?? 0;
        field = `${prefix}${rule.name}${rule.maxCount === 1 ? '' : `[${count}]`}`;
        if (count >= rule.maxCount) throw this.corrupt(field, `is one too many: ${rule.maxCount} may be there`);
        counts.set(number, count + 1);
        if ((tag & 7) !== rule.wireType) {
          throw this.corrupt(field, `has wire type ${tag & 7}, not ${rule.wireType}`);
        }
        if (rule.wireType === 2) this.delimited(rule, end, field);
        else this.skip(rule.wireType, end, field);
      }
    } catch (error) {
      // The reader's own errors tell offsets only.
      throw error instanceof MarlinError ? error : this.corrupt(field, 'is cut short', error);
    }
  }

  private delimited(rule: FieldRule, end: number, field: string): void {
    const { reader } = this;
    const length = this.length(end, field);
    if (length > rule.maxBytes)
      throw this.corrupt(field, `has ${length} bytes, more than the ${rule.maxBytes} allowed`);
    const stop = reader.pos + length;
    if (rule.inside !== undefined) this.message(rule.inside, stop, field);
    if (rule.text === true && !isUtf8(reader.buf.subarray(reader.pos, stop))) throw this.corrupt(field, 'is not UTF-8');
    reader.pos = stop;
  }

  private skip(wireType: number, end: number, field: string): void {
    const { reader } = this;
    if (wireType === 0) reader.skip();
    else if (wireType === 1) reader.skip(8);
    else if (wireType === 5) reader.skip(4);
    else if (wireType === 2) reader.skip(this.length(end, field));
    // Groups, which nest and which no field of ours ever was, and the two numbers that mean nothing.
    else throw this.corrupt(field, `has wire type ${wireType}`);
    if (reader.pos > end) throw this.corrupt(field, 'reaches beyond the end of its message');
  }

  private length(end: number, field: string): number {
    const length = this.reader.size();
    const left = end - this.reader.pos;
    if (length <= left) return length;
    throw this.corrupt(field, `claims ${length} bytes where ${Math.max(left, 0)} are left`);
  }

  private corrupt(field: string, problem: string, cause?: unknown): MarlinError {
    return corrupt(this.name, field, problem, cause);
  }
}
