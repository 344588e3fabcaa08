import { maskedCrc32c } from './crc32c.js';

const LENGTH_BYTES = 8;
const CRC_BYTES = 4;
/** Before a record's data. */
const HEAD_BYTES = LENGTH_BYTES + CRC_BYTES;
const TWO_32 = 2 ** 32;

/** A record of a TFRecord file, which is what event files are; numbers little-endian:
 *
 *      | length u64 | masked CRC-32C of the length u32 | data | masked CRC-32C of the data u32 | */
export function frameRecord(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEAD_BYTES + data.length + CRC_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length, true);
  view.setUint32(LENGTH_BYTES, maskedCrc32c(bytes, 0, LENGTH_BYTES), true);
  bytes.set(data, HEAD_BYTES);
  view.setUint32(HEAD_BYTES + data.length, maskedCrc32c(data), true);
  return bytes;
}

export interface FramedRecord {
  /** A view on the file's bytes. */
  readonly data: Uint8Array;
  /** Where the record ends in the file. */
  readonly end: number;
}

/** The whole records of a file, up to its end or to the first that is torn or damaged: nothing behind that can be found. */
export function* readRecords(bytes: Uint8Array): Generator<FramedRecord> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + HEAD_BYTES + CRC_BYTES <= bytes.length; ) {
    const length = view.getUint32(at, true) + TWO_32 * view.getUint32(at + 4, true);
    const from = at + HEAD_BYTES;
    if (view.getUint32(at + LENGTH_BYTES, true) !== maskedCrc32c(bytes, at, at + LENGTH_BYTES)) return;
    if (length > bytes.length - from - CRC_BYTES) return;
    if (view.getUint32(from + length, true) !== maskedCrc32c(bytes, from, from + length)) return;
    at = from + length + CRC_BYTES;
    yield { data: bytes.subarray(from, from + length), end: at };
  }
}
