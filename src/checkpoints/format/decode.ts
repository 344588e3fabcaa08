import { createHash } from 'node:crypto';
import { checkpointError } from '../errors.js';
import type { Checkpoint, CheckpointTensor } from '../port.js';
import {
  align,
  CHECKPOINT_FORMAT_VERSION,
  type CheckpointDtype,
  DIGEST_BYTES,
  MAGIC,
  MAX_CHECKPOINT_BYTES,
  MAX_HEADER_BYTES,
  PREFIX_BYTES,
} from './layout.js';
import {
  type Fault,
  factsFault,
  headerFault,
  isRecord,
  iterationFault,
  show,
  tensorBytes,
  tensorFault,
} from './validate.js';

/** Where a tensor lies; `offset` counts from the start of the data region. */
interface TensorPlace {
  readonly name: string;
  readonly dtype: CheckpointDtype;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly byteLength: number;
}

export interface CheckpointHeader {
  readonly iteration: number;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly tensors: readonly TensorPlace[];
  /** Start of the data region in the file. */
  readonly dataStart: number;
}

/** Format version and header length from the first 16 bytes of a file of `size` bytes named `source`. Only the magic and the
 *  size are judged when the version is not this program's. Throws CHECKPOINT_CORRUPT. */
export function readPrefix(prefix: Uint8Array, size: number, source: string): { version: number; headerBytes: number } {
  if (size > MAX_CHECKPOINT_BYTES) {
    throw corrupt(source, {
      field: 'size',
      problem: `is ${size} bytes, more than the ${MAX_CHECKPOINT_BYTES} allowed`,
    });
  }
  if (size < PREFIX_BYTES + DIGEST_BYTES || prefix.byteLength < PREFIX_BYTES) {
    throw corrupt(source, { field: 'size', problem: `is ${size} bytes, less than the smallest checkpoint has` });
  }
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  if (new TextDecoder('latin1').decode(prefix.subarray(0, 8)) !== MAGIC) {
    throw corrupt(source, { field: 'magic', problem: `is not "${MAGIC}": this is no checkpoint` });
  }
  const version = view.getUint32(8, true);
  const headerBytes = view.getUint32(12, true);
  const most = Math.min(MAX_HEADER_BYTES, size - PREFIX_BYTES - DIGEST_BYTES);
  if (version === CHECKPOINT_FORMAT_VERSION && headerBytes > most) {
    throw corrupt(source, {
      field: 'header length',
      problem: `is ${headerBytes}, more than the ${most} that the file can hold`,
    });
  }
  return { version, headerBytes };
}

/** Reads and checks a header against the size of its file: nothing that it says needs believing before memory is allocated.
 *  Throws CHECKPOINT_CORRUPT, naming the field. */
export function readHeader(json: Uint8Array, size: number, source: string): CheckpointHeader {
  const header = parseJson(json, source);
  if (!isRecord(header)) throw corrupt(source, { field: 'header', problem: `is ${show(header)}, not an object` });
  const { iteration, facts, tensors } = header;
  const fault = iterationFault(iteration) ?? factsFault(facts);
  if (fault !== null) throw corrupt(source, fault);
  if (!Array.isArray(tensors)) throw corrupt(source, { field: 'tensors', problem: `is ${show(tensors)}, not a list` });

  const names = new Set<string>();
  const dataStart = align(PREFIX_BYTES + json.byteLength);
  let end = 0;
  const places = tensors.map((tensor: unknown, index): TensorPlace => {
    const tensorFaulty = tensorFault(tensor, index, names);
    if (tensorFaulty !== null) throw corrupt(source, tensorFaulty);
    // The checks of tensorFault make these the types.
    const { name, dtype, shape, offset, byteLength } = tensor as TensorPlace;
    // Both follow from what comes before, so tensors can neither overlap nor leave a gap nor reach beyond the file.
    expectNumber(source, `tensors[${index}].byteLength`, byteLength, tensorBytes(dtype, shape));
    expectNumber(source, `tensors[${index}].offset`, offset, align(end));
    end = offset + byteLength;
    return { name, dtype, shape: [...shape], offset, byteLength };
  });
  expectNumber(source, 'size', size, dataStart + end + DIGEST_BYTES);
  return { iteration: iteration as number, facts: facts as CheckpointHeader['facts'], tensors: places, dataStart };
}

/** A checkpoint from a whole file. Its tensors are views of `file`, each at a multiple of 64 bytes from its start.
 *  `source` names the file in errors. Throws CHECKPOINT_CORRUPT (naming the field), CHECKPOINT_VERSION_UNKNOWN. */
export const decodeCheckpoint = (file: Uint8Array, source: string): Checkpoint =>
  decodeWith(file, source, (body) => createHash('sha256').update(body).digest('hex'));

/** The same with a SHA-256 (hexadecimal) of the caller's, where there is no node:crypto. */
export function decodeWith(file: Uint8Array, source: string, sha256: (body: Uint8Array) => string): Checkpoint {
  const { version, headerBytes } = readPrefix(file.subarray(0, PREFIX_BYTES), file.byteLength, source);
  const digestAt = file.byteLength - DIGEST_BYTES;
  if (sha256(file.subarray(0, digestAt)) !== hexadecimal(file.subarray(digestAt))) throw changed(source);
  if (version !== CHECKPOINT_FORMAT_VERSION) throw versionUnknown(version, source);
  const header = readHeader(file.subarray(PREFIX_BYTES, PREFIX_BYTES + headerBytes), file.byteLength, source);
  const tensors = header.tensors.map(({ name, dtype, shape, offset, byteLength }): CheckpointTensor => {
    const start = header.dataStart + offset;
    return { name, dtype, shape, bytes: file.subarray(start, start + byteLength) };
  });
  return { iteration: header.iteration, facts: header.facts, tensors };
}

const hexadecimal = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Throws CHECKPOINT_CORRUPT unless the checksums are equal. */
export function assertDigest(computed: Uint8Array, stored: Uint8Array, source: string): void {
  if (Buffer.compare(computed, stored) !== 0) throw changed(source);
}

const changed = (source: string): Error =>
  corrupt(source, {
    field: 'checksum',
    problem: 'does not match the bytes before it: they changed after they were saved',
  });

export function versionUnknown(version: number, source: string): Error {
  return checkpointError(
    'CHECKPOINT_VERSION_UNKNOWN',
    `${source} has checkpoint format ${version}, and this Marlin reads format ${CHECKPOINT_FORMAT_VERSION}: use the Marlin that wrote it or a newer one.`,
    { data: { source, version } },
  );
}

export function corrupt(source: string, fault: Fault): Error {
  return checkpointError(
    'CHECKPOINT_CORRUPT',
    `${source} is damaged: ${fault.field} ${fault.problem}. Resume from an earlier checkpoint.`,
    { data: { source, field: fault.field } },
  );
}

function expectNumber(source: string, field: string, value: unknown, expected: number): void {
  if (value !== expected) throw corrupt(source, { field, problem: `is ${show(value)} where ${expected} is right` });
}

function parseJson(json: Uint8Array, source: string): unknown {
  const fault = headerFault(json);
  if (fault !== null) throw corrupt(source, fault);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(json));
  } catch {
    throw corrupt(source, { field: 'header', problem: 'is not JSON' });
  }
}
