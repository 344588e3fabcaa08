import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from './file-system.js';

/** What may lie in a job's folder beside its checkpoints: the record that a learner keeps of a job it has begun, and the mark of a
 *  folder that is filled before its job is there. A folder with a record is needed for as long as the job is, even where the
 *  broker does not know it: it is what the job is made of again. */
const RECORD = 'job.json';
const MARK = 'prepared';

export const recordPath = (folder: string): string => join(folder, RECORD);

/** Says that the folder is being filled for a job that is not there yet; said again, it counts from then, as another mark. */
export async function markPrepared(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, MARK), randomUUID());
}

/** Its job is there. */
export const unmarkPrepared = (folder: string): Promise<void> => unlink(join(folder, MARK)).catch(ifAbsent);

export interface Prepared {
  /** When it was marked, in milliseconds since the epoch. */
  readonly at: number;
  readonly mark: string;
}

/** Whether the folder is being filled for a job to come; null where it is not, or where its job has begun since. */
export async function readPrepared(folder: string): Promise<Prepared | null> {
  const path = join(folder, MARK);
  const found = await statOf(path);
  if (found === null || (await exists(recordPath(folder)))) return null;
  const mark = await readFile(path, 'utf8').catch(ifAbsent);
  return mark === undefined ? null : { at: found.mtimeMs, mark };
}

/** Removes a job's folder, the record first: whoever finds the folder without it knows that the job was deleted, and not lost. */
export async function removeJobFolder(folder: string): Promise<void> {
  await unlink(recordPath(folder)).catch(ifAbsent);
  // Whoever still writes into it may put something there between its last file and itself.
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
}

/** Whether the folder is what is left of a deleted job: something was saved after the record was removed. */
export async function isLeftover(folder: string): Promise<boolean> {
  if ((await statOf(folder)) === null || (await exists(recordPath(folder)))) return false;
  return (await readPrepared(folder)) === null;
}

const exists = async (path: string): Promise<boolean> => (await statOf(path)) !== null;

const statOf = (path: string) =>
  stat(path).catch((error: unknown) => {
    ifAbsent(error);
    return null;
  });

function ifAbsent(error: unknown): undefined {
  const errno = errnoOf(error);
  if (errno !== 'ENOENT' && errno !== 'ENOTDIR') throw error;
}
