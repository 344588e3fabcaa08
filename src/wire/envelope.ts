import { crc32 } from 'node:zlib';
import { corrupt, tooLarge, wireError } from './errors.js';

/** The version of every message that this Marlin writes, and the only one that it reads. It changes when a reader that does
 *  not know the change would be misled; new fields, which older readers skip, do not change it. */
export const WIRE_VERSION = 1;

/** Every message of every version starts with these two fields, so that a newer message and a damaged one can be told apart:
 *
 *      0  0x08  tag of version      1  version, below 128
 *      2  0x15  tag of checksum     3  CRC-32, little-endian, of the message's full name and of all bytes but these four
 *      7  the other fields
 *
 *  With the name in it, a message that is taken for one of another kind fails like a damaged one. */
const VERSION_TAG = 0x08;
const CHECKSUM_TAG = 0x15;
const CHECKSUM_AT = 3;
const PREFIX_BYTES = 7;

/** Stands for the checksum until `seal`; zero would be left out by the generated code. */
export const UNSEALED = 0xffffffff;

/** Writes the checksum into an encoded message. */
export function seal(message: string, bytes: Uint8Array): void {
  const checksum = checksumOf(message, bytes);
  for (let j = 0; j < 4; j++) bytes[CHECKSUM_AT + j] = checksum >>> (8 * j);
}

/** Throws WIRE_TOO_LARGE before it looks at anything, then WIRE_CORRUPT, WIRE_VERSION_UNKNOWN. */
export function assertSealed(message: string, bytes: Uint8Array, maxBytes: number): void {
  if (bytes.byteLength > maxBytes) throw tooLarge(message, bytes.byteLength, maxBytes);
  if (bytes.byteLength < PREFIX_BYTES) {
    throw corrupt(message, 'message', `has ${bytes.byteLength} bytes, fewer than its first two fields`);
  }
  if (bytes[0] !== VERSION_TAG || bytes[1]! >= 0x80) throw corrupt(message, 'version', 'is not where it should be');
  if (bytes[2] !== CHECKSUM_TAG) throw corrupt(message, 'checksum', 'is not where it should be');
  let stored = 0;
  for (let j = 0; j < 4; j++) stored |= bytes[CHECKSUM_AT + j]! << (8 * j);
  if (stored >>> 0 !== checksumOf(message, bytes)) {
    throw corrupt(message, 'checksum', 'does not match: bytes were changed, or this is a message of another kind');
  }
  const version = bytes[1]!;
  if (version === WIRE_VERSION) return;
  throw wireError(
    'WIRE_VERSION_UNKNOWN',
    `${message}: version is ${version}, and this Marlin reads ${WIRE_VERSION}. Run the version of Marlin that sent it, or a newer one.`,
    { data: { message, field: 'version', version } },
  );
}

function checksumOf(message: string, bytes: Uint8Array): number {
  const named = crc32(bytes.subarray(0, CHECKSUM_AT), crc32(`marlin.v1.${message}`));
  return crc32(bytes.subarray(PREFIX_BYTES), named);
}
