import { invalid, JsonFields, parseJson, shown } from '../read-json.js';
import { widened } from './widen.js';

/** Bytes of one element. Tensors of other types may be in a file, but not among those that are read. */
const DTYPE_BYTES: Readonly<Record<string, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  U64: 8,
  I32: 4,
  U32: 4,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};
const MAX_HEADER_BYTES = 8 * 2 ** 20;
const MAX_RANK = 8;
const METADATA = '__metadata__';

interface Place {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Of the data. */
  readonly begin: number;
  readonly end: number;
}

/** A safetensors file, checked whole before anything is made of it. */
export class SafetensorsFile {
  readonly metadata: Readonly<Record<string, string>>;
  private readonly what: string;
  private readonly data: Uint8Array;
  private readonly places: ReadonlyMap<string, Place>;

  /** `what` names the file in errors. Throws POLICY_FILE_INVALID. */
  constructor(file: Uint8Array, what: string) {
    const headerBytes = readLength(file, what);
    const text = readText(file.subarray(8, 8 + headerBytes), what);
    const header = new JsonFields(parseJson(text, `the header of ${what}`), `the header of ${what}`);
    this.what = what;
    this.metadata = header.has(METADATA) ? readMetadata(header.object(METADATA)) : {};
    this.data = file.subarray(8 + headerBytes);
    this.places = readPlaces(header, this.data.length, what);
  }

  get names(): readonly string[] {
    return [...this.places.keys()];
  }

  /** Undefined where there is no such tensor. */
  shapeOf(name: string): readonly number[] | undefined {
    return this.places.get(name)?.shape;
  }

  /** Elements of all tensors. */
  get elements(): number {
    return [...this.places.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  }

  /** Writes the elements of a tensor to target[at…], rounded to float32 where they are more exact.
   *  Throws POLICY_FILE_INVALID for elements that are no floating-point numbers, or not finite. */
  copy(name: string, target: Float32Array, at: number): void {
    const { dtype, shape, begin, end } = this.places.get(name)!;
    const what = `tensor ${shown(name)} of ${this.what}`;
    const bytes = this.data.subarray(begin, end);
    const read = widened(dtype, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    if (read === undefined) throw invalid(what, `is of type ${dtype}, and must be F32, F64, F16 or BF16`);
    const count = sizeOf(shape);
    for (let k = 0; k < count; k++) {
      const value = Math.fround(read(k));
      if (!Number.isFinite(value)) throw invalid(what, `has ${value} at element ${k}, and must be finite in float32`);
      target[at + k] = value;
    }
  }
}

function readLength(file: Uint8Array, what: string): number {
  if (file.length < 10) throw invalid(what, `has ${file.length} bytes, less than the smallest file of tensors`);
  const length = new DataView(file.buffer, file.byteOffset, file.byteLength).getBigUint64(0, true);
  const most = BigInt(Math.min(file.length - 8, MAX_HEADER_BYTES));
  if (length >= 2n && length <= most && file[8] === 0x7b) return Number(length);
  if (file[8] !== 0x7b) throw invalid(what, 'is no safetensors file: no header begins at byte 8');
  throw invalid(
    what,
    `tells a header of ${length} bytes, and can hold one of 2 to ${most}: it was cut off, or damaged`,
  );
}

function readText(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw invalid(`the header of ${what}`, 'is not UTF-8');
  }
}

function readMetadata(fields: JsonFields): Readonly<Record<string, string>> {
  return Object.fromEntries(fields.names().map((name) => [name, fields.text(name)]));
}

/** Tensors lie one after the other and fill the data: they can neither overlap nor leave a gap nor reach beyond it. */
function readPlaces(header: JsonFields, dataBytes: number, what: string): ReadonlyMap<string, Place> {
  const places = header
    .names()
    .filter((name) => name !== METADATA)
    .map((name) => [name, readPlace(header.object(name))] as const)
    .sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let end = 0;
  for (const [name, place] of places) {
    if (place.begin !== end) {
      const problem = `begins at ${place.begin} of the data, where ${end} is right: tensors overlap or leave a gap`;
      throw invalid(`tensor ${shown(name)} of ${what}`, problem);
    }
    end = place.end;
  }
  if (end !== dataBytes) {
    throw invalid(what, `has ${dataBytes} bytes of data, and its tensors take ${end}: it was cut off, or damaged`);
  }
  return new Map(places);
}

function readPlace(fields: JsonFields): Place {
  const dtype = fields.text('dtype');
  const shape = fields.wholes('shape');
  const [begin, end, ...more] = fields.wholes('data_offsets');
  const bytes = Object.hasOwn(DTYPE_BYTES, dtype) ? DTYPE_BYTES[dtype] : undefined;
  if (bytes === undefined) fields.fail('dtype', `is ${shown(dtype)}, which is not known`);
  if (shape.length > MAX_RANK) fields.fail('shape', `has ${shape.length} extents, more than ${MAX_RANK}`);
  if (begin === undefined || end === undefined || more.length > 0) fields.fail('data_offsets', 'must be two numbers');
  // A product beyond the safe integers equals no difference of two of them.
  if (end - begin !== sizeOf(shape) * bytes) {
    fields.fail('data_offsets', `span ${end - begin} bytes, where ${dtype}[${shape.join(', ')}] takes another number`);
  }
  return { dtype, shape, begin, end };
}

const sizeOf = (shape: readonly number[]): number =>
  shape.includes(0) ? 0 : shape.reduce((product, extent) => product * extent, 1);
