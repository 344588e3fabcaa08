import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { MarlinError, version } from '../../src/base/index.js';
import type { Checkpoint, CheckpointStore } from '../../src/checkpoints/index.js';
import type { CardEvaluation, ExportFormat, NamedFile } from '../../src/export/index.js';
import type { TrainingEvent } from '../../src/training/index.js';
import { type ApiFlags, openClient, withApi } from '../api-client.js';
import { cliError } from '../errors.js';
import { EXIT, type Host } from '../host.js';
import { readEvents } from '../metrics-log.js';
import { findRunFolder, readJobFile, writeFailed, writeWhole } from '../run-folder.js';

export interface ExportFlags extends ApiFlags {
  readonly format: ExportFormat;
  readonly policy?: string;
  readonly checkpoint?: number;
  readonly out?: string;
  readonly job?: string;
}

/** marlin export: writes the policies of a saved checkpoint, of a run or of a job at an API, with their cards. */
export async function exportRun(host: Host, run: string | undefined, flags: ExportFlags): Promise<number> {
  if ((run === undefined) === (flags.job === undefined)) {
    throw cliError('CLI_USAGE', 'name the folder of a run, or a job with --job, and not both');
  }
  const exported = run === undefined ? await fromJob(host, flags.job!, flags) : await fromRun(run, flags);
  const paths = await writeFiles(exported.folder, exported.files);
  if (flags.json) {
    const { job, iteration } = exported;
    host.stdout.write(`${JSON.stringify({ job, iteration, format: flags.format, files: paths })}\n`);
  } else host.stdout.write(paths.map((path) => `${path}\n`).join(''));
  return EXIT.success;
}

interface Exported {
  readonly job: string;
  readonly iteration: number;
  readonly folder: string;
  readonly files: readonly NamedFile[];
}

async function fromRun(run: string, flags: ExportFlags): Promise<Exported> {
  const folder = findRunFolder(run, 'runs');
  const { job, spec } = await readJobFile(folder);
  const { createFileCheckpointStore } = await import('../../src/checkpoints/index.js');
  const { exportPolicies } = await import('../../src/export/index.js');
  const store = createFileCheckpointStore(folder.checkpointFolder);
  const checkpoint = await loadCheckpoint(store, flags.checkpoint, folder.path);
  const { iteration } = checkpoint;
  const policies = exportPolicies(checkpoint, flags.format, flags.policy, {
    marlin: version(),
    environmentOptions: spec.env.options,
    evaluation: evaluationOf(folder.metricsFile, iteration),
  });
  const out = flags.out === undefined ? join(folder.path, 'export') : resolve(flags.out);
  return { job, iteration, folder: out, files: policies.flatMap(({ model, card }) => [...model, ...card]) };
}

async function fromJob(host: Host, job: string, flags: ExportFlags): Promise<Exported> {
  const client = await openClient(host, flags);
  return await withApi(async () => {
    const iteration = flags.checkpoint ?? (await client.listCheckpoints(job)).at(-1)?.iteration;
    if (iteration === undefined) throw cliError('RUN_EMPTY', `job ${job} has no checkpoint yet`, { data: { job } });
    const { name, bytes } = await client.exportPolicies(job, iteration, flags.format, flags.policy);
    return { job, iteration, folder: resolve(flags.out ?? '.'), files: [{ path: name, bytes }] };
  });
}

async function loadCheckpoint(
  store: CheckpointStore,
  iteration: number | undefined,
  path: string,
): Promise<Checkpoint> {
  const known = (await store.list()).map((entry) => entry.iteration);
  if (known.length === 0) throw cliError('RUN_EMPTY', `the run in ${path} has no checkpoint`, { data: { path } });
  if (iteration === undefined) return (await store.newest())!.checkpoint;
  if (known.includes(iteration)) return await store.load(iteration);
  const there = `the run in ${path} has checkpoints of iterations ${known.join(', ')}`;
  throw new MarlinError('CHECKPOINT_UNKNOWN', `there is none of iteration ${iteration}: ${there}`, false, {
    data: { iteration, known },
  });
}

/** What the policies reached when they were last evaluated, at the checkpoint or before it. */
function evaluationOf(metricsFile: string, iteration: number): CardEvaluation | null {
  let events: TrainingEvent[];
  try {
    events = readEvents(metricsFile);
  } catch {
    // A run whose metrics were removed has its weights all the same.
    return null;
  }
  const found = events.findLast((event) => event.type === 'evaluation' && event.iteration <= iteration);
  if (found?.type !== 'evaluation') return null;
  const returns = Object.entries(found.agents).map(([agent, evaluation]) => [agent, evaluation.return] as const);
  return { iteration: found.iteration, episodes: found.episodes, returns: Object.fromEntries(returns) };
}

/** Throws RUN_WRITE_FAILED. */
async function writeFiles(folder: string, files: readonly NamedFile[]): Promise<string[]> {
  const paths: string[] = [];
  for (const { path, bytes } of files) {
    const full = join(folder, path);
    try {
      await mkdir(dirname(full), { recursive: true });
    } catch (error) {
      throw writeFailed(dirname(full), error);
    }
    writeWhole(full, bytes);
    paths.push(full);
  }
  return paths;
}
