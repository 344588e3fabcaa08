// npm run bench [-- <part of a path> ...] [--python <program>] [--repetitions <n>] [--quick]: builds, then runs the benchmarks whose
// path contains one of the words (all without a word; soaks only when named), one after another: two at the same time would measure
// each other. One that fails is told, and the others run. Ends with a table of their figures, and bench/results/summary.json with all
// that they wrote. Quick runs only show that each benchmark works: they keep no results.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { chooseBenchmarks, listBenchmarks, quickArguments, resultPath, summaryTable } from './benchmarks.mjs';
import { ensureBuild, ensureDependencies, projectFolder, runScript, SetupError } from './setup.mjs';

const SUMMARY = 'bench/results/summary.json';

await runScript(() => {
  const { values, positionals: words } = parseArgs({
    allowPositionals: true,
    options: {
      python: { type: 'string' },
      repetitions: { type: 'string' },
      quick: { type: 'boolean', default: false },
    },
  });
  if (values.repetitions !== undefined && !/^[1-9]\d{0,3}$/.test(values.repetitions)) {
    throw new SetupError(`--repetitions must be a number from 1 to 9999, but is "${values.repetitions}"`);
  }
  const found = listBenchmarks();
  const chosen = chooseBenchmarks(found, words);
  if (chosen.length === 0) {
    throw new SetupError(`No benchmark has "${words.join('" or "')}" in its path. There are:\n${found.join('\n')}`);
  }
  ensureDependencies();
  ensureBuild();
  const env = {
    ...process.env,
    ...(values.python === undefined ? {} : { BENCH_PYTHON: values.python }),
    ...(values.repetitions === undefined ? {} : { BENCH_REPETITIONS: values.repetitions }),
  };
  const quickFolder = values.quick ? mkdtempSync(join(tmpdir(), 'marlin-bench-')) : undefined;
  const runs = [];
  try {
    for (const path of chosen) runs.push(runOne(path, env, quickFolder));
  } finally {
    if (quickFolder !== undefined) rmSync(quickFolder, { recursive: true, force: true });
  }
  console.log(`\n${summaryTable(runs)}`);
  if (quickFolder === undefined) {
    mkdirSync(dirname(join(projectFolder, SUMMARY)), { recursive: true });
    writeFileSync(join(projectFolder, SUMMARY), `${JSON.stringify({ runs }, null, 2)}\n`);
    console.log(`\n${SUMMARY}`);
  }
  const failed = runs.filter(({ passed, report }) => !passed || report === null);
  if (failed.length === 0) return 0;
  console.error(`\n${failed.length} of ${runs.length} failed: ${failed.map(({ path }) => path).join(', ')}`);
  return 1;
});

function runOne(path, env, quickFolder) {
  console.log(`\n${path}`);
  const file = join(quickFolder ?? projectFolder, resultPath(path));
  // What an earlier run left is not this one's.
  rmSync(file, { force: true });
  const begun = performance.now();
  const args = quickFolder === undefined ? [] : quickArguments(path, quickFolder, file);
  const { status } = spawnSync(process.execPath, [path, ...args], { cwd: projectFolder, env, stdio: 'inherit' });
  const seconds = (performance.now() - begun) / 1000;
  return { path, passed: status === 0, seconds, report: readReport(file) };
}

/** What a benchmark wrote; null where that is nothing, or cut short. */
function readReport(file) {
  try {
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
  } catch {
    return null;
  }
}
