import { spawn, spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const projectFolder = fileURLToPath(new URL('../../../', import.meta.url));

/** What `npm run bench -- --python <program> --repetitions <n>` gives to every bench that starts rivals or repeats. */
export const PYTHON = process.env.BENCH_PYTHON ?? 'python3';
export const REPETITIONS = process.env.BENCH_REPETITIONS ?? '5';

/** Pins a process to cores; part of util-linux. */
export const PIN = 'taskset';
export const canPin = spawnSync(PIN, ['--version']).status === 0;

/** Runs a command on the given cores (anywhere, if it cannot be pinned) and returns the JSON objects among the lines of its
 *  output. Rejects with the end of its error output when it fails. */
export function runPinned(cores, command, parameters) {
  const [program, ...rest] = canPin ? [PIN, '-c', cores.join(','), command, ...parameters] : [command, ...parameters];
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, { cwd: projectFolder, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.on('data', (bytes) => {
      output += bytes;
    });
    child.stderr.on('data', (bytes) => {
      errors = (errors + bytes).slice(-4000);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code !== 0) return reject(new Error(`${command} ${parameters.join(' ')} ended with ${code}:\n${errors}`));
      resolve(
        output
          .split('\n')
          .filter((line) => line.startsWith('{'))
          .map((line) => JSON.parse(line)),
      );
    });
  });
}

/** The version of the first of the libraries (`torch`, `jax, optax`) that a Python has, with numpy; null where one is missing. */
export function libraryVersion(python, libraries) {
  const [first] = libraries.split(',');
  const { status, stdout } = spawnSync(python, ['-c', `import numpy, ${libraries}; print(${first}.__version__)`], {
    encoding: 'utf8',
  });
  return status === 0 ? stdout.trim() : null;
}

/** Busier than this, all cores together, is not quiet. Work of lowered priority (nice) does not count. */
const QUIET_SHARE = 0.1;

/** Waits until the machine is quiet, `seconds` at most. */
export async function waitForQuiet(seconds) {
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end) {
    const before = coreSeconds({ nice: false });
    const start = performance.now();
    await pause(500);
    const share = (1000 * (coreSeconds({ nice: false }) - before)) / ((performance.now() - start) * cpus().length);
    if (share < QUIET_SHARE) return;
  }
}

/** What all cores have worked so far, work of lowered priority left out. */
export const coreSeconds = () => cpus().reduce((sum, { times }) => sum + times.user + times.sys + times.irq, 0) / 1000;
