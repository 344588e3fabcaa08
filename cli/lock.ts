import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { cliError } from './errors.js';
import { writeFailed } from './run-folder.js';

interface Owner {
  readonly pid: number;
  /** When the process started, in clock ticks since boot; '' where the system does not tell. Tells a process from a later one
   *  that got the same id. */
  readonly startTime: string;
}

/** Takes the run for this process and returns what gives it back. A lock whose process has died is taken over.
 *  Throws RUN_LOCKED, naming the process, or RUN_WRITE_FAILED. */
export function lockRun(path: string): () => void {
  const own = JSON.stringify({ pid: process.pid, startTime: startTimeOf(process.pid) } satisfies Owner);
  // The lock appears whole: it is written under another name and linked, which fails if the name is taken.
  const prepared = `${path}.${process.pid}`;
  try {
    writeFileSync(prepared, own);
    while (!linked(prepared, path)) removeStale(path);
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw writeFailed(path, error);
    throw error;
  } finally {
    rmSync(prepared, { force: true });
  }
  return () => {
    if (read(path) === own) rmSync(path, { force: true });
  };
}

function linked(prepared: string, path: string): boolean {
  try {
    linkSync(prepared, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes the lock of a dead process. Two processes may do so at once: what was renamed away is looked at again, and put back
 *  if it is not the lock that was found stale but one that was taken since. */
function removeStale(path: string): void {
  const text = read(path);
  if (text === undefined) return;
  const owner = ownerOf(text);
  if (owner !== undefined && isAlive(owner)) {
    throw cliError('RUN_LOCKED', `process ${owner.pid} is working on this run (${path})`, {
      data: { path, pid: owner.pid },
    });
  }
  const aside = `${path}.stale-${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (read(aside) !== text) linked(aside, path);
  rmSync(aside, { force: true });
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function ownerOf(text: string): Owner | undefined {
  try {
    const { pid, startTime } = JSON.parse(text) as Partial<Owner>;
    return Number.isSafeInteger(pid) && pid !== undefined && pid > 0
      ? { pid, startTime: String(startTime ?? '') }
      : undefined;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, startTime }: Owner): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, but is another user's.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const now = startTimeOf(pid);
  return startTime === '' || now === '' || now === startTime;
}

/** Field 22 of /proc/<pid>/stat, which is counted after the command's name because that may hold spaces. */
function startTimeOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
