import { closeSync, existsSync, fsyncSync, openSync, readdirSync, renameSync, writeSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { JobSpec } from '../src/jobs/index.js';
import { cliError } from './errors.js';

/** job.json: what a run is. */
export interface JobFile {
  readonly job: string;
  readonly marlin: string;
  readonly createdAt: string;
  readonly spec: JobSpec;
}

/** Where a run keeps its files. */
export interface RunFolder {
  readonly path: string;
  readonly jobFile: string;
  readonly metricsFile: string;
  readonly resultFile: string;
  readonly reportFile: string;
  readonly lockFile: string;
  readonly checkpointFolder: string;
}

const runFolder = (path: string): RunFolder => ({
  path,
  jobFile: join(path, 'job.json'),
  metricsFile: join(path, 'metrics.jsonl'),
  resultFile: join(path, 'result.json'),
  reportFile: join(path, 'report.html'),
  lockFile: join(path, 'lock'),
  checkpointFolder: join(path, 'checkpoints'),
});

/** The folder of another run beside this one, by its job; one that does not exist where there is none. */
export function siblingFolder({ path }: RunFolder, job: string): RunFolder {
  const parent = dirname(path);
  const name = readdirSync(parent).find((entry) => entry.endsWith(`-${job}`)) ?? job;
  return runFolder(join(parent, name));
}

/** Makes the folder of a new run. Throws RUN_WRITE_FAILED. */
export async function createRunFolder(out: string, name: string, job: string): Promise<RunFolder> {
  const folder = runFolder(resolve(out, `${name}-${job}`));
  try {
    await mkdir(folder.checkpointFolder, { recursive: true });
  } catch (error) {
    throw writeFailed(folder.path, error);
  }
  return folder;
}

/** The folder of an existing run: a path, or a folder name under `out`. Throws RUN_UNKNOWN. */
export function findRunFolder(run: string, out: string): RunFolder {
  for (const path of [resolve(run), resolve(out, run)]) {
    const folder = runFolder(path);
    if (existsSync(folder.jobFile)) return folder;
  }
  throw cliError('RUN_UNKNOWN', `${resolve(run)} is not the folder of a run: it has no job.json`, { data: { run } });
}

/** Throws RUN_UNKNOWN when job.json is not what a run writes. The spec in it is still to be validated. */
export async function readJobFile(folder: RunFolder): Promise<JobFile> {
  try {
    const file = JSON.parse(await readFile(folder.jobFile, 'utf8')) as JobFile;
    if (typeof file.job !== 'string' || typeof file.spec !== 'object') throw new Error('it has no job id or no spec');
    return file;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw cliError('RUN_UNKNOWN', `${folder.jobFile} cannot be used: ${reason}`, {
      data: { file: folder.jobFile },
      cause: error,
    });
  }
}

/** Writes a whole file or leaves the old one: a temporary name, flushed, then renamed. Throws RUN_WRITE_FAILED. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = openSync(temporary, 'w');
    try {
      const bytes = Buffer.from(content);
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    throw writeFailed(path, error);
  }
}

export const writeFailed = (path: string, cause: unknown): Error => {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return cliError('RUN_WRITE_FAILED', `${path} could not be written: ${reason}`, { data: { path }, cause });
};
