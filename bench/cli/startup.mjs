/** Question: how long from the command to training? Cold processes of `marlin train <spec>`, one after another: milliseconds until
 *  the first evaluation (of the untrained policies) and the first iteration are in the run's metrics.jsonl, and the processor time of
 *  the process until then. Beside it, in turns, a Node process that does nothing, and `marlin --help`: what is left is Marlin's own.
 *
 *    npm run build && node bench/cli/startup.mjs [--repetitions 7] [--spec examples/median.json] [--json <file>] */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { projectFolder } from '../training/parts/processes.mjs';
import { circumstances, toJson, writeResult } from '../training/parts/report.mjs';
import { summary } from '../training/parts/statistics.mjs';

const { values: options } = parseArgs({
  options: {
    repetitions: { type: 'string', default: '7' },
    spec: { type: 'string', default: 'examples/median.json' },
    json: { type: 'string', default: 'bench/results/cli-startup.json' },
  },
});
const MAIN = join(projectFolder, 'dist/cli/main.js');
const LIMIT_MS = 60_000;
const POLL_MS = 2;
/** Of /proc/<pid>/stat: Linux counts processor time in hundredths of a second for programs. */
const TICKS_PER_SECOND = 100;

const found = {};
for (let round = 0; round < Number(options.repetitions); round++) {
  for (const [name, measure] of [
    ['node alone, to its end', () => wholeRun(['-e', '0'])],
    ['marlin --help, to its end', () => wholeRun([MAIN, '--help'])],
    ['marlin train', training],
  ]) {
    for (const [what, value] of Object.entries(await measure())) {
      const key = what === '' ? name : `${name}: ${what}`;
      found[key] ??= [];
      found[key].push(value);
    }
  }
}

console.log(`${options.spec}, ${options.repetitions} cold processes`);
console.log('| | median | least | most |');
console.log('|---|---|---|---|');
const results = Object.fromEntries(Object.entries(found).map(([name, values]) => [name, summary(values)]));
for (const [name, { median, min, max }] of Object.entries(results)) {
  console.log(`| ${name}, ms | ${median.toFixed(0)} | ${min.toFixed(0)} | ${max.toFixed(0)} |`);
}
const figures = Object.entries(results).map(([name, { median: value, min, max }]) => ({
  what: `${name}, ms`,
  ...{ value, min, max },
}));
writeResult(options.json, toJson({ bench: 'cli/startup', ...circumstances(), spec: options.spec, figures, results }));

async function wholeRun(args) {
  const begun = performance.now();
  const child = spawn(process.execPath, args, { cwd: projectFolder, stdio: 'ignore' });
  await once(child, 'exit');
  return { '': performance.now() - begun };
}

/** Starts a run, waits for its first iteration, and ends it. */
async function training() {
  const out = mkdtempSync(join(tmpdir(), 'marlin-bench-'));
  const begun = performance.now();
  const child = spawn(process.execPath, [MAIN, 'train', options.spec, '--out', out], {
    cwd: projectFolder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += text;
  });
  const ended = once(child, 'exit');
  const found = {};
  try {
    while (found['to the first iteration'] === undefined) {
      const elapsed = performance.now() - begun;
      if (elapsed > LIMIT_MS || child.exitCode !== null) throw new Error(`no iteration was seen:\n${errors}`);
      const told = toldBy(out);
      if (told.includes('"type":"evaluation"')) found['to the first evaluation'] ??= elapsed;
      if (told.includes('"type":"iteration"')) {
        found['to the first iteration'] = elapsed;
        found['processor time until then'] = processorMs(child.pid);
      }
      await setTimeout(POLL_MS);
    }
    return found;
  } finally {
    child.kill('SIGKILL');
    await ended;
    rmSync(out, { recursive: true, force: true });
  }
}

/** What the one run in a folder has told so far. */
function toldBy(out) {
  const [run] = readdirSync(out);
  const file = join(out, run ?? '', 'metrics.jsonl');
  return run !== undefined && existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function processorMs(pid) {
  // The second field, in parentheses, may hold spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
}
