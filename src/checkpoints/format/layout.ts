/** File format, version 1. Numbers are little-endian.
 *
 *      0  8 bytes   magic "MARLINCK"
 *      8  u32       format version
 *     12  u32       header length H
 *     16  H bytes   header: JSON { iteration, facts, tensors: [{ name, dtype, shape, offset, byteLength }] }
 *         zeros to the next multiple of 64: the data region starts here, and offsets count from here
 *         tensors, in the order of the header, each at the first multiple of 64 after the one before, zeros between
 *    end  32 bytes  SHA-256 of everything before it
 *
 *  Every later version keeps the magic, the place of the version and the checksum at the end, so that a program can tell a
 *  newer file from a damaged one. */
export const MAGIC = 'MARLINCK';
export const CHECKPOINT_FORMAT_VERSION = 1;
export const PREFIX_BYTES = 16;
export const ALIGNMENT = 64;
export const DIGEST_BYTES = 32;

/** Limits that hold whatever a file says of itself. A header entry takes some 130 bytes, so this is 60,000 tensors. */
export const MAX_HEADER_BYTES = 8 * 2 ** 20;
export const MAX_CHECKPOINT_BYTES = 2 ** 31 - 2 ** 20;
export const MAX_RANK = 8;
export const MAX_NAME_LENGTH = 256;
export const MAX_FACTS_DEPTH = 32;
/** Objects and lists in a header: two per tensor, and those of the facts. */
export const MAX_HEADER_CONTAINERS = 2 ** 18;

export const DTYPE_BYTES = { f32: 4, f64: 8, i32: 4, u8: 1 } as const;
export type CheckpointDtype = keyof typeof DTYPE_BYTES;

/** The first multiple of 64 that is at least `offset`. */
export function align(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}
