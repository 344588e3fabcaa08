import type { Checkpoint, CheckpointStore } from '../../src/checkpoints/index.js';
import { loadCatalogs } from '../catalogs.js';
import { cliError } from '../errors.js';
import { evaluationTable, profileTables } from '../evaluation-tables.js';
import { EXIT, type Host } from '../host.js';
import { findRunFolder, readJobFile } from '../run-folder.js';
import { styleFor } from '../style.js';

export interface EvaluateFlags {
  readonly episodes: number;
  readonly checkpoint?: number;
  readonly seed?: number;
  readonly envModule: readonly string[];
  readonly json?: boolean;
}

/** marlin evaluate: plays episodes by the modes of a saved checkpoint's policies, and samples them along the environment's
 *  profiles. */
export async function evaluate(host: Host, run: string, flags: EvaluateFlags): Promise<number> {
  if (flags.episodes < 1)
    throw cliError('CLI_USAGE', '--episodes must be at least 1', { data: { episodes: flags.episodes } });
  const folder = findRunFolder(run, 'runs');
  const { job, spec: stored } = await readJobFile(folder);
  const catalogs = await loadCatalogs(host, flags.envModule);
  const { resolveJobSpec } = await import('../../src/jobs/index.js');
  const { evaluateCheckpoint } = await import('../../src/training/index.js');
  const { createFileCheckpointStore } = await import('../../src/checkpoints/index.js');
  const spec = resolveJobSpec(stored, catalogs);
  const checkpoint = await loadCheckpoint(
    createFileCheckpointStore(folder.checkpointFolder),
    flags.checkpoint,
    folder.path,
  );
  const { agents, episodes, profiles } = await evaluateCheckpoint(spec, checkpoint, {
    episodes: flags.episodes,
    environmentModules: catalogs.environmentModules,
    ...(flags.seed === undefined ? {} : { seed: flags.seed }),
  });

  if (flags.json) {
    host.stdout.write(`${JSON.stringify({ job, iteration: checkpoint.iteration, episodes, agents, profiles })}\n`);
    return EXIT.success;
  }
  const style = styleFor(host, host.stdout);
  host.stdout.write(`${style.bold(job)}, iteration ${checkpoint.iteration}: ${episodes} episodes\n\n`);
  host.stdout.write(evaluationTable(agents));
  for (const { title, table } of profileTables(profiles ?? [])) host.stdout.write(`\n${style.bold(title)}\n${table}`);
  return EXIT.success;
}

async function loadCheckpoint(
  store: CheckpointStore,
  iteration: number | undefined,
  path: string,
): Promise<Checkpoint> {
  if (iteration !== undefined) return store.load(iteration);
  const newest = await store.newest();
  if (newest === null) throw cliError('RUN_EMPTY', `the run in ${path} has no checkpoint`, { data: { path } });
  return newest.checkpoint;
}
