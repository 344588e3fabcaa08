import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname } from 'node:path';

/** What every result file says of where it was measured. `load` is the machine's 1-minute load average when asked: figures
 *  taken while others compute are lower bounds. */
export function circumstances() {
  return {
    commit: commit(),
    node: process.version,
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    load: loadAverage(),
    date: new Date().toISOString(),
  };
}

/** 1-minute load average, or null where the system does not tell. */
export function loadAverage() {
  try {
    return Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[0]);
  } catch {
    return null;
  }
}

/** Writes a file, with the folders that it needs. */
export function writeResult(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

export const toJson = (report) => `${JSON.stringify(report, null, 2)}\n`;

function commit() {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'none';
  }
}
