import type { Pairing } from '../../src/training/index.js';
import { loadCatalogs } from '../catalogs.js';
import { cliError } from '../errors.js';
import { EXIT, type Host } from '../host.js';
import { findRunFolder, readJobFile } from '../run-folder.js';
import { styleFor } from '../style.js';
import { renderTable } from '../table.js';

export interface CrossPlayFlags {
  readonly episodes: number;
  readonly side: readonly string[];
  readonly seed: number;
  readonly maxSteps: number;
  readonly modes?: boolean;
  readonly envModule: readonly string[];
  readonly json?: boolean;
}

/** marlin crossplay: lets the policies of runs, or of several checkpoints of a run, play each other, and rates them. */
export async function crossPlay(host: Host, runs: readonly string[], flags: CrossPlayFlags): Promise<number> {
  if (flags.episodes < 1)
    throw cliError('CLI_USAGE', '--episodes must be at least 1', { data: { episodes: flags.episodes } });
  const training = await import('../../src/training/index.js');
  const catalogs = await loadCatalogs(host, flags.envModule);
  const contestants = await Promise.all(runs.map((run) => loadContestant(run, catalogs)));
  const pairings = training.crossPlay(
    contestants.map(({ contestant }) => contestant),
    {
      episodes: flags.episodes,
      seed: flags.seed,
      maxSteps: flags.maxSteps,
      modes: flags.modes ?? false,
      environments: catalogs.ownEnvironments,
      ...(flags.side.length === 0 ? {} : { sides: sidesOf(flags.side) }),
    },
  );
  const results = pairings
    .filter(({ first, second }) => first !== second)
    .map(({ first, second, episodes, wins, draws }) => ({ first, second, games: episodes, points: wins + draws / 2 }));
  const ratings = training.eloRatings(contestants.length, results);
  const names = contestants.map(({ name }) => name);
  if (flags.json) {
    const named = pairings.map(({ first, second, ...pairing }) => ({
      first: names[first],
      second: names[second],
      ...pairing,
    }));
    const rated = names.map((name, i) => ({ name, rating: ratings[i] }));
    host.stdout.write(`${JSON.stringify({ ratings: rated, pairings: named })}\n`);
    return EXIT.success;
  }
  const style = styleFor(host, host.stdout);
  host.stdout.write(`${style.bold('Ratings')} (Elo, mean 1000)\n${ratingTable(names, ratings, pairings)}`);
  host.stdout.write(
    `\n${style.bold('Returns')}, of side 0 (rows) against side 1 (columns)\n${returnTable(names, pairings)}`,
  );
  return EXIT.success;
}

/** A run's folder, with @iteration for another checkpoint than the newest. */
async function loadContestant(argument: string, catalogs: Awaited<ReturnType<typeof loadCatalogs>>) {
  const { resolveJobSpec } = await import('../../src/jobs/index.js');
  const { createFileCheckpointStore } = await import('../../src/checkpoints/index.js');
  const at = /^(.*)@(\d+)$/.exec(argument);
  const folder = findRunFolder(at?.[1] ?? argument, 'runs');
  const { job, spec: stored } = await readJobFile(folder);
  const store = createFileCheckpointStore(folder.checkpointFolder);
  const checkpoint = at === null ? (await store.newest())?.checkpoint : await store.load(Number(at[2]));
  if (checkpoint === undefined) {
    throw cliError('RUN_EMPTY', `the run in ${folder.path} has no checkpoint`, { data: { path: folder.path } });
  }
  const spec = resolveJobSpec(stored, catalogs);
  return { name: `${spec.name}-${job.slice(-4)}@${checkpoint.iteration}`, contestant: { spec, checkpoint } };
}

/** Agent id → side, of flags like `0=agent-0,agent-2`. Throws CLI_USAGE. */
function sidesOf(flags: readonly string[]): Record<string, 0 | 1> {
  const sides: Record<string, 0 | 1> = {};
  for (const flag of flags) {
    const found = /^([01])=(.+)$/.exec(flag);
    if (found === null) throw cliError('CLI_USAGE', `--side ${flag} is not like 0=agent-0,agent-2`, { data: { flag } });
    for (const id of found[2]!.split(',')) sides[id.trim()] = Number(found[1]) as 0 | 1;
  }
  return sides;
}

function ratingTable(names: readonly string[], ratings: readonly number[], pairings: readonly Pairing[]): string {
  const order = names.map((_, i) => i).sort((i, j) => ratings[j]! - ratings[i]!);
  const rows = order.map((i) => {
    let [points, games] = [0, 0];
    for (const { first, second, episodes, wins, draws } of pairings) {
      if (first === second || (first !== i && second !== i)) continue;
      const own = wins + draws / 2;
      points += first === i ? own : episodes - own;
      games += episodes;
    }
    const share = games === 0 ? '–' : `${((100 * points) / games).toFixed(1)} %`;
    return [names[i]!, ratings[i]!.toFixed(0), share];
  });
  return renderTable(
    [{ title: 'policies' }, { title: 'rating', align: 'right' }, { title: 'points', align: 'right' }],
    rows,
  );
}

function returnTable(names: readonly string[], pairings: readonly Pairing[]): string {
  const rows = names.map((name, i) => [
    name,
    ...names.map((_, j) => pairings.find(({ first, second }) => first === i && second === j)!.returns[0].toFixed(3)),
  ]);
  return renderTable([{ title: '' }, ...names.map((title) => ({ title, align: 'right' as const }))], rows, 200);
}
