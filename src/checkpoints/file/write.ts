import { dirname, join } from 'node:path';
import type { MarlinError } from '../../base/index.js';
import { checkpointError } from '../errors.js';
import type { CheckpointEntry } from '../port.js';
import { errnoOf, type FileSystem } from './file-system.js';
import { checkpointName, temporaryName } from './names.js';

/** Directories cannot be synced on some systems and network file systems; there the rename is as durable as it gets. */
const SYNC_NOT_SUPPORTED: ReadonlySet<string> = new Set(['EINVAL', 'ENOTSUP', 'ENOSYS', 'EISDIR', 'EPERM']);

/** Writes a checkpoint so that its name exists only when its bytes are on the disk: temporary name, sync, rename, sync of the
 *  directory. Killed anywhere on the way, it leaves the directory as it was, but for a temporary file.
 *  Throws CHECKPOINT_WRITE_FAILED, after removing the temporary file. */
export async function writeCheckpointFile(
  fs: FileSystem,
  directory: string,
  iteration: number,
  bytes: Uint8Array,
  unique: string,
): Promise<CheckpointEntry> {
  const path = join(directory, checkpointName(iteration));
  const temporary = join(directory, temporaryName(iteration, unique));
  let step = `creating the directory ${directory}`;
  try {
    const created = await fs.mkdir(directory);
    if (created !== undefined) await syncCreatedDirectories(fs, directory, created);
    step = `writing ${temporary}`;
    await writeFile(fs, temporary, bytes);
    step = `renaming ${temporary} to ${path}`;
    await fs.rename(temporary, path);
    step = `making the rename of ${path} durable`;
    await syncDirectory(fs, directory);
    step = `looking at ${path}`;
    const { mtimeMs } = await fs.stat(path);
    return { iteration, bytes: bytes.byteLength, savedAt: Math.floor(mtimeMs) };
  } catch (error) {
    // It may hold the very space that the next try needs. Best effort: the next save removes what is left.
    await fs.unlink(temporary).catch(() => undefined);
    const needed = { directory, path, step, bytes: bytes.byteLength };
    throw checkpointWriteFailed(`The checkpoint of iteration ${iteration}`, error, needed, { iteration });
  }
}

export interface FailedWrite {
  readonly directory: string;
  readonly path: string;
  /** Of what was to be written. */
  readonly bytes: number;
  /** What failed, as in "writing /a/file". */
  readonly step: string;
}

/** CHECKPOINT_WRITE_FAILED of what could not be saved beside a job's checkpoints, `error` being what the system said. */
export function checkpointWriteFailed(
  what: string,
  error: unknown,
  { directory, path, bytes, step }: FailedWrite,
  data: Readonly<Record<string, unknown>> = {},
): MarlinError {
  const errno = errnoOf(error) ?? 'unknown error';
  return checkpointError(
    'CHECKPOINT_WRITE_FAILED',
    `${what} could not be saved: ${errno} while ${step}. It needs ${bytes} bytes. ${remedyOf(errno, directory, bytes)} What was saved earlier is as it was.`,
    { data: { path, errno, ...data, bytesNeeded: bytes }, cause: error },
  );
}

async function writeFile(fs: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  const file = await fs.open(path, 'wx');
  try {
    for (let done = 0; done < bytes.byteLength; ) {
      const { bytesWritten } = await file.write(bytes, done, Math.min(bytes.byteLength - done, 2 ** 30), done);
      if (bytesWritten === 0) throw new Error('The system accepted no bytes.');
      done += bytesWritten;
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A new directory is an entry of the one above it, and durable only when that one is synced. */
async function syncCreatedDirectories(fs: FileSystem, directory: string, topmost: string): Promise<void> {
  for (let path = directory; path.length >= topmost.length; path = dirname(path)) {
    await syncDirectory(fs, dirname(path));
    if (path === dirname(path)) return;
  }
}

async function syncDirectory(fs: FileSystem, path: string): Promise<void> {
  try {
    const directory = await fs.open(path, 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  } catch (error) {
    if (!SYNC_NOT_SUPPORTED.has(errnoOf(error) ?? '')) throw error;
  }
}

function remedyOf(errno: string, directory: string, bytes: number): string {
  if (errno === 'ENOSPC' || errno === 'EDQUOT') {
    return `Free at least ${bytes} bytes on the disk of ${directory}, keep fewer checkpoints, or save them elsewhere.`;
  }
  if (errno === 'EACCES' || errno === 'EPERM' || errno === 'EROFS') {
    return `Let this user write to ${directory}, or save checkpoints elsewhere.`;
  }
  if (errno === 'EIO') return `Check the disk of ${directory}, or save checkpoints elsewhere.`;
  return `Check that ${directory} is a directory that this user can write to.`;
}
