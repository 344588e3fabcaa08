import { randomUUID } from 'node:crypto';
import { readdir, rm, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** No job id begins so. */
const FOLDER = '.policies';
const SUFFIX = '.safetensors';
/** Whoever is about to serve a policy has written its file so long ago at most. */
const ABOUT_TO_BE_MS = 900_000;

/** Folder of the files of all policies that are served, in that of the checkpoints, which all processes share. */
export const policiesFolder = (checkpointFolder: string): string => join(checkpointFolder, FOLDER);

/** A name is letters, digits, ".", "_" and "-" and begins with none of the last three, so this is a folder inside. */
const folderOf = (checkpointFolder: string, name: string): string => join(checkpointFolder, FOLDER, name);

export const mintFileName = (): string => `${randomUUID()}${SUFFIX}`;

export const policyPath = (checkpointFolder: string, name: string, file: string): string =>
  join(folderOf(checkpointFolder, name), file);

export const removeFile = (checkpointFolder: string, name: string, file: string): Promise<void> =>
  unlink(policyPath(checkpointFolder, name, file)).catch(() => {});

export const removePolicyFolder = (checkpointFolder: string, name: string): Promise<void> =>
  rm(folderOf(checkpointFolder, name), { recursive: true, force: true, maxRetries: 3 });

/** Removes the name's files that nobody needs: not those kept, nor any that somebody may be about to serve. */
export async function removeOldFiles(
  checkpointFolder: string,
  name: string,
  kept: readonly (string | null)[],
  now: number,
): Promise<void> {
  for (const file of await readdir(folderOf(checkpointFolder, name))) {
    if (kept.includes(file)) continue;
    const { mtimeMs } = await stat(policyPath(checkpointFolder, name, file));
    if (now - mtimeMs > ABOUT_TO_BE_MS) await removeFile(checkpointFolder, name, file);
  }
}
