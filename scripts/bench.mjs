// npm run bench [-- <part of a path> ...] [--python <program>] [--repetitions <n>]: builds, then runs the benchmarks whose path
// contains one of the words (all without a word; soaks only when named), one after another: two at the same time would measure
// each other. Ends with a table of their figures, and bench/results/summary.json with all that they wrote.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { chooseBenchmarks, listBenchmarks, resultPath, summaryTable } from './benchmarks.mjs';
import { ensureBuild, ensureDependencies, projectFolder, runScript, SetupError } from './setup.mjs';

const SUMMARY = 'bench/results/summary.json';

await runScript(() => {
  const { values, positionals: words } = parseArgs({
    allowPositionals: true,
    options: { python: { type: 'string' }, repetitions: { type: 'string' } },
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
  const runs = [];
  for (const path of chosen) {
    console.log(`\n${path}`);
    const file = join(projectFolder, resultPath(path));
    // What an earlier run left is not this one's.
    rmSync(file, { force: true });
    const begun = performance.now();
    const { status } = spawnSync(process.execPath, [path], { cwd: projectFolder, env, stdio: 'inherit' });
    const seconds = (performance.now() - begun) / 1000;
    const report = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
    runs.push({ path, passed: status === 0, seconds, report });
  }
  mkdirSync(dirname(join(projectFolder, SUMMARY)), { recursive: true });
  writeFileSync(join(projectFolder, SUMMARY), `${JSON.stringify({ runs }, null, 2)}\n`);
  console.log(`\n${summaryTable(runs)}\n\n${SUMMARY}`);
  return runs.every(({ passed, report }) => passed && report !== null) ? 0 : 1;
});
