import { createHash } from 'node:crypto';
import { checkpointError } from '../errors.js';
import { assertDigest, corrupt, decodeCheckpoint, readHeader, readPrefix, versionUnknown } from '../format/decode.js';
import { CHECKPOINT_FORMAT_VERSION, DIGEST_BYTES, PREFIX_BYTES } from '../format/layout.js';
import type { Checkpoint } from '../port.js';
import { errnoOf, type FileSystem, type OpenFile } from './file-system.js';

const CHUNK_BYTES = 2 ** 20;

/** Reads and checks the checkpoint of `iteration` at `path`. The header is held against the file's size before the file's
 *  memory is allocated, and nothing larger than the file is allocated whatever it says.
 *  Throws CHECKPOINT_UNKNOWN, CHECKPOINT_CORRUPT, CHECKPOINT_VERSION_UNKNOWN, CHECKPOINT_READ_FAILED. */
export async function readCheckpointFile(fs: FileSystem, path: string, iteration: number): Promise<Checkpoint> {
  const checkpoint = await readFailures(path, iteration, async () => {
    const { size } = await fs.stat(path);
    const file = await fs.open(path, 'r');
    try {
      return await readOpenFile(file, size, path);
    } finally {
      await file.close();
    }
  });
  if (checkpoint.iteration === iteration) return checkpoint;
  const problem = `is ${checkpoint.iteration}, but the file is named for ${iteration}`;
  throw corrupt(path, { field: 'iteration', problem });
}

/** Turns failed calls to the file system into errors of this room. */
export async function readFailures<T>(path: string, iteration: number | null, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const errno = errnoOf(error);
    // Errors of this room have codes too, but not the system's.
    if (errno === undefined || !('syscall' in (error as object))) throw error;
    if (errno === 'ENOENT' && iteration !== null) {
      throw checkpointError(
        'CHECKPOINT_UNKNOWN',
        `There is no checkpoint of iteration ${iteration}: ${path} does not exist.`,
        {
          data: { path, iteration },
        },
      );
    }
    throw checkpointError('CHECKPOINT_READ_FAILED', `${path} could not be read (${errno}): ${remedyOf(errno)}.`, {
      data: { path, errno },
      cause: error,
    });
  }
}

async function readOpenFile(file: OpenFile, size: number, path: string): Promise<Checkpoint> {
  const prefix = await readBytes(file, 0, Math.min(size, PREFIX_BYTES), path);
  const { version, headerBytes } = readPrefix(prefix, size, path);
  if (version !== CHECKPOINT_FORMAT_VERSION) {
    await assertFileDigest(file, size, path);
    throw versionUnknown(version, path);
  }
  readHeader(await readBytes(file, PREFIX_BYTES, headerBytes, path), size, path);
  return decodeCheckpoint(await readBytes(file, 0, size, path), path);
}

/** Checks the checksum of a file of any format, in bounded memory. */
async function assertFileDigest(file: OpenFile, size: number, path: string): Promise<void> {
  const hash = createHash('sha256');
  const end = size - DIGEST_BYTES;
  for (let position = 0; position < end; position += CHUNK_BYTES) {
    hash.update(await readBytes(file, position, Math.min(CHUNK_BYTES, end - position), path));
  }
  assertDigest(hash.digest(), await readBytes(file, end, DIGEST_BYTES, path), path);
}

async function readBytes(file: OpenFile, position: number, length: number, path: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, Math.min(length - done, 2 ** 30), position + done);
    if (bytesRead === 0)
      throw corrupt(path, { field: 'size', problem: `shrank below ${position + length} bytes during the read` });
    done += bytesRead;
  }
  return bytes;
}

function remedyOf(errno: string): string {
  if (errno === 'EACCES' || errno === 'EPERM') return 'grant this user the right to read it';
  if (errno === 'EIO') return 'check the disk, or resume from an earlier checkpoint';
  return 'check the path and the disk';
}
