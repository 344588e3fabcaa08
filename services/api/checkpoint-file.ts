import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { MarlinError } from '../../src/base/index.js';
import { type Checkpoint, checkpointName, createFileCheckpointStore } from '../../src/checkpoints/index.js';

/** The checksum with which every checkpoint file ends. */
const DIGEST_BYTES = 32;

/** Bytes of a file, both included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** A checkpoint as it lies in its file. What goes wrong is told without the places of the server's disk. */
export class CheckpointFile {
  readonly bytes: number;
  /** SHA-256 of all before it, as the file itself says. */
  readonly digest: string;
  readonly #file: FileHandle;

  private constructor(file: FileHandle, bytes: number, digest: string) {
    this.#file = file;
    this.bytes = bytes;
    this.digest = digest;
  }

  /** `folder` is that of the job. Rejects with CHECKPOINT_UNKNOWN and CHECKPOINT_READ_FAILED. */
  static open(folder: string, jobId: string, iteration: number): Promise<CheckpointFile> {
    return withoutPaths(jobId, iteration, async () => {
      const file = await open(join(folder, checkpointName(iteration)), 'r');
      try {
        const { size } = await file.stat();
        const end = Buffer.alloc(DIGEST_BYTES);
        const { bytesRead } = await file.read(end, 0, DIGEST_BYTES, Math.max(0, size - DIGEST_BYTES));
        if (bytesRead < DIGEST_BYTES) throw new MarlinError('CHECKPOINT_CORRUPT', 'no checksum', false);
        return new CheckpointFile(file, size, end.toString('hex'));
      } catch (error) {
        await file.close();
        throw error;
      }
    });
  }

  /** The bytes; the file is closed when they were read, or the stream is destroyed. */
  stream(range: ByteRange | null): Readable {
    const { first, last } = range ?? { first: 0, last: this.bytes - 1 };
    return this.#file.createReadStream({ start: first, end: last });
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** All of a checkpoint, after its checksum was checked. Rejects with CHECKPOINT_UNKNOWN, CHECKPOINT_CORRUPT,
 *  CHECKPOINT_VERSION_UNKNOWN and CHECKPOINT_READ_FAILED. */
export function loadCheckpoint(folder: string, jobId: string, iteration: number): Promise<Checkpoint> {
  return withoutPaths(jobId, iteration, () => createFileCheckpointStore(folder).load(iteration));
}

/** All of a job, oldest first. Rejects with CHECKPOINT_READ_FAILED. */
export function listCheckpoints(folder: string, jobId: string) {
  return withoutPaths(jobId, null, () => createFileCheckpointStore(folder).list());
}

const MESSAGES: Readonly<Record<string, string>> = {
  CHECKPOINT_UNKNOWN: 'there is none',
  CHECKPOINT_CORRUPT: 'it is damaged',
  CHECKPOINT_VERSION_UNKNOWN: 'it was written by a newer version',
  CHECKPOINT_READ_FAILED: 'it cannot be read now',
};

/** What reading checkpoints rejects with, told without the places of the server's disk. */
export async function withoutPaths<T>(jobId: string, iteration: number | null, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof MarlinError && !error.code.startsWith('CHECKPOINT_')) throw error;
    const code = codeOf(error);
    const what =
      iteration === null ? `checkpoints of job ${jobId}` : `checkpoint of iteration ${iteration} of job ${jobId}`;
    throw new MarlinError(
      code,
      `${what}: ${MESSAGES[code] ?? 'it cannot be read'}`,
      code === 'CHECKPOINT_READ_FAILED',
      {
        data: { jobId, iteration },
        cause: error,
      },
    );
  }
}

function codeOf(error: unknown): string {
  if (error instanceof MarlinError) return error.code;
  return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'CHECKPOINT_UNKNOWN' : 'CHECKPOINT_READ_FAILED';
}
