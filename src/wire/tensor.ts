import type { Writer } from 'protobufjs/minimal.js';
import { corrupt } from './errors.js';
import { marlin } from './generated/messages.js';

export type WireDtype = 'f32' | 'f64' | 'i32' | 'u8';

/** A named array of some shape, of at least one dimension. */
export interface TensorSpec {
  readonly name: string;
  readonly dtype: WireDtype;
  readonly shape: readonly number[];
}

export interface WireTensor extends TensorSpec {
  /** Little-endian; exactly shape × dtype bytes. */
  readonly bytes: Uint8Array;
}

/** Numbers of the enum DType. */
const DTYPE_CODE = { f32: 1, f64: 2, i32: 3, u8: 4 } as const;
const DTYPE_BYTES = { f32: 4, f64: 8, i32: 4, u8: 1 } as const;
const DTYPES: readonly (WireDtype | undefined)[] = [undefined, 'f32', 'f64', 'i32', 'u8'];
export const MAX_NAME_BYTES = 128;
export const MAX_RANK = 8;

export function elementCount(shape: readonly number[]): number {
  // A 0 beside sizes whose product is too large for a double would give NaN.
  return shape.includes(0) ? 0 : shape.reduce((product, extent) => product * extent, 1);
}

export const tensorBytes = ({ dtype, shape }: TensorSpec): number => DTYPE_BYTES[dtype] * elementCount(shape);

/** Bytes of a tensor with at least one element as a sub-message, without tag and length. */
export function encodedTensorBytes({ name, shape, bytes }: WireTensor): number {
  const extents = shape.reduce((sum, extent) => sum + varintBytes(extent), 0);
  return delimited(Buffer.byteLength(name)) + 2 + delimited(extents) + delimited(bytes.byteLength);
}

/** Bytes of tag, length and sub-message, for the tags below 16 that these messages have. */
export const delimited = (length: number): number => 1 + varintBytes(length) + length;

function varintBytes(value: number): number {
  let count = 1;
  for (let left = value; left >= 128; left = Math.floor(left / 128)) count++;
  return count;
}

/** Appends the tensor as field `number`. Its length is known beforehand, so its bytes go straight to their place: the
 *  library's own way writes them first and then moves them up to make room for the length. */
export function writeTensor(writer: Writer, number: number, tensor: WireTensor): void {
  writer.uint32((number << 3) | 2).uint32(encodedTensorBytes(tensor));
  const { name, dtype, shape, bytes } = tensor;
  marlin.v1.Tensor.encode({ name, dtype: DTYPE_CODE[dtype], shape: shape as number[], data: bytes }, writer);
}

/** The tensors of one received message, by name. */
export class ReceivedTensors {
  private readonly message: string;
  private readonly byName = new Map<string, marlin.v1.Tensor.$Properties>();

  /** Throws WIRE_CORRUPT for a name that is missing or occurs twice, and where bytes are not shape × dtype. A dtype that is
   *  not known is a newer version's: only who asks for that tensor minds. */
  constructor(message: string, received: readonly marlin.v1.Tensor.$Properties[]) {
    this.message = message;
    received.forEach((tensor, i) => {
      const name = tensor.name ?? '';
      if (name === '') throw corrupt(message, `tensors[${i}].name`, 'is empty');
      if (this.byName.has(name)) throw corrupt(message, `tensors[${i}].name`, `is "${name}", as an earlier one`);
      this.byName.set(name, tensor);
      const shape = tensor.shape ?? [];
      if (shape.length > MAX_RANK) {
        throw corrupt(message, field(name, 'shape'), `has ${shape.length} dimensions, more than ${MAX_RANK}`);
      }
      const dtype = DTYPES[tensor.dtype ?? 0];
      if (dtype === undefined) return;
      const expected = tensorBytes({ name, dtype, shape });
      const found = tensor.data?.byteLength ?? 0;
      if (found === expected) return;
      throw corrupt(message, field(name, 'data'), `has ${found} bytes, not the ${expected} of ${dtype}[${shape}]`);
    });
  }

  /** In the order of the message. */
  get names(): readonly string[] {
    return [...this.byName.keys()];
  }

  /** The bytes of a tensor that must be as `spec` says, as a view of the message. Throws WIRE_CORRUPT. */
  take(spec: TensorSpec): Uint8Array {
    const { name, dtype, shape } = spec;
    const tensor = this.byName.get(name);
    if (tensor === undefined) {
      if (elementCount(shape) === 0) return new Uint8Array(0);
      throw corrupt(this.message, field(name), 'is missing');
    }
    const found = tensor.shape ?? [];
    if (found.length !== shape.length || found.some((extent, axis) => extent !== shape[axis])) {
      throw corrupt(this.message, field(name, 'shape'), `is [${found}], not [${shape}]`);
    }
    return this.bytesOf(name, dtype);
  }

  /** The bytes of a tensor of one dimension, whatever its length. */
  takeVector(name: string, dtype: WireDtype): Uint8Array {
    const shape = this.byName.get(name)?.shape ?? [];
    if (shape.length === 1) return this.bytesOf(name, dtype);
    throw corrupt(this.message, field(name, 'shape'), `has ${shape.length} dimensions, not 1`);
  }

  private bytesOf(name: string, dtype: WireDtype): Uint8Array {
    const tensor = this.byName.get(name);
    const found = DTYPES[tensor?.dtype ?? 0];
    if (found !== dtype) throw corrupt(this.message, field(name, 'dtype'), `is ${found ?? 'not known'}, not ${dtype}`);
    return tensor?.data ?? new Uint8Array(0);
  }
}

const field = (name: string, part?: string): string => `tensors["${name}"]${part === undefined ? '' : `.${part}`}`;
