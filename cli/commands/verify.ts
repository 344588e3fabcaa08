import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cliError } from '../errors.js';
import { EXIT, type Host } from '../host.js';
import { showDuration } from '../numbers.js';
import { writeFailed, writeWhole } from '../run-folder.js';
import { styleFor } from '../style.js';
import { nameOf, type VerifyCase } from '../verify/case.js';
import { createVerifyProgress } from '../verify/progress.js';
import type { SeedRun } from '../verify/run.js';
import { selectCases } from '../verify/select.js';
import { type CaseSummary, summarize } from '../verify/summary.js';
import { verifyMarkdown, verifyTable } from '../verify/table.js';

const SEEDS = 5;

export interface VerifyFlags {
  readonly algorithm: readonly string[];
  readonly game: readonly string[];
  readonly seeds?: number;
  readonly short?: boolean;
  readonly out?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** marlin verify: trains every algorithm on the games whose answers are known, and says which figures are as they must be. */
export async function verify(host: Host, flags: VerifyFlags, catalog?: readonly VerifyCase[]): Promise<number> {
  const short = flags.short ?? false;
  const seedCount = flags.seeds ?? (short ? 1 : SEEDS);
  if (seedCount < 1) throw cliError('CLI_USAGE', '--seeds must be at least 1', { data: { seeds: seedCount } });
  const all = catalog ?? (await import('../verify/games/index.js')).verifyCases;
  const cases = selectCases(all, { ...flags, short });

  const began = host.clock.monotonic();
  const { summaries, interrupted } = await runCases(host, cases, seedCount, flags.quiet ?? false);
  const seconds = (host.clock.monotonic() - began) / 1000;
  const ok = !interrupted && summaries.every((summary) => summary.ok);
  const report = { ok, interrupted, seconds, cases: summaries };
  if (flags.out !== undefined) await writeResults(flags.out, cases, report);

  if (flags.json) host.stdout.write(`${JSON.stringify(report)}\n`);
  else showResult(host, report);
  if (interrupted) return EXIT.interrupted;
  return ok ? EXIT.success : EXIT.failure;
}

interface Report {
  readonly ok: boolean;
  readonly interrupted: boolean;
  readonly seconds: number;
  readonly cases: readonly CaseSummary[];
}

async function runCases(
  host: Host,
  cases: readonly VerifyCase[],
  seedCount: number,
  quiet: boolean,
): Promise<{ readonly summaries: readonly CaseSummary[]; readonly interrupted: boolean }> {
  const { runSeed } = await import('../verify/run.js');
  const progress = createVerifyProgress(host, cases.length * seedCount, quiet);
  const stop = new AbortController();
  const forget = host.onInterrupt((signal) => {
    progress.close();
    if (stop.signal.aborted) host.exit(EXIT.interrupted);
    progress.note('stopping after this iteration; press again to quit');
    stop.abort(new Error(`stopped by ${signal}`));
  });
  const seconds = (): number => host.clock.monotonic() / 1000;
  const summaries: CaseSummary[] = [];
  try {
    for (const verified of cases) {
      const runs: SeedRun[] = [];
      for (let seed = 1; seed <= seedCount && !stop.signal.aborted; seed++) {
        progress.begin(verified, seed);
        const run = await runSeed(verified, seed, { signal: stop.signal, onEvent: progress.onEvent, seconds });
        progress.end(verified, run);
        runs.push(run);
      }
      if (runs.some((run) => !run.interrupted)) summaries.push(summarize(verified, runs));
      if (stop.signal.aborted) break;
    }
  } finally {
    forget();
    progress.close();
  }
  return { summaries, interrupted: stop.signal.aborted };
}

function showResult(host: Host, { ok, interrupted, seconds, cases }: Report): void {
  const style = styleFor(host, host.stdout);
  host.stdout.write(`${verifyTable(cases, style)}\n`);
  for (const { error, seed, name } of cases.flatMap((one) => one.seeds.map((run) => ({ ...run, name: nameOf(one) })))) {
    if (error !== undefined) host.stdout.write(`${name} seed ${seed}: ${error}\n`);
  }
  const short = cases.filter((one) => !one.ok);
  const time = showDuration(seconds);
  if (interrupted) host.stdout.write(`${style.warning('interrupted')} after ${time}\n`);
  if (short.length > 0) host.stdout.write(`${style.bad('falls short:')} ${short.map(nameOf).join(', ')}\n`);
  if (ok) host.stdout.write(`${style.good('verified')} ${cases.length} cases in ${time}\n`);
}

/** Writes what was measured, and the job spec of every case for `marlin train`. Throws RUN_WRITE_FAILED. */
async function writeResults(folder: string, cases: readonly VerifyCase[], report: Report): Promise<void> {
  const jobs = join(folder, 'jobs');
  try {
    mkdirSync(jobs, { recursive: true });
  } catch (error) {
    throw writeFailed(jobs, error);
  }
  writeWhole(join(folder, 'verification.json'), `${JSON.stringify(report, null, 2)}\n`);
  writeWhole(join(folder, 'verification.md'), verifyMarkdown(report.cases));
  const { jobName } = await import('../verify/run.js');
  for (const verified of cases) {
    const name = jobName(verified);
    writeWhole(join(jobs, `${name}.json`), `${JSON.stringify({ name, ...verified.job }, null, 2)}\n`);
  }
}
