import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileCheckpointStore } from '../../../src/checkpoints/index.js';

const SAVER = fileURLToPath(new URL('./saver.mjs', import.meta.url));
const SEED = 20_240_611;
const KILLS = 10;

describe('a process that saves checkpoints and is killed with SIGKILL', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'marlin-chaos-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  /** Runs a saver until it dies: at its own `operation` (from 1; 0 is never) or after saying `lines` lines.
   *  Returns its last words and the newest iteration that it said was saved. */
  async function runSaver(first: number, operation: number, lines: number): Promise<{ said: string[]; saved: number }> {
    const child = spawn(process.execPath, [SAVER, directory, String(first), String(operation)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    const said: string[] = [];
    let saved = first - 1;
    for await (const line of createInterface({ input: child.stdout })) {
      said.push(line);
      if (line.startsWith('saved ')) saved = Number(line.slice(6));
      if (said.length === lines) child.kill('SIGKILL');
    }
    const [, signal] = (await exited) as [number | null, string | null];
    expect(signal, said.slice(-3).join(', ')).toBe('SIGKILL');
    return { said, saved };
  }

  /** The newest checkpoint is whole, and at least the last one that was reported. Returns its iteration. */
  async function assertWhole(saved: number, circumstance: string): Promise<number> {
    const newest = await createFileCheckpointStore(directory).newest();
    if (saved === 0 && newest === null) return 0;
    expect(newest?.corrupt, circumstance).toEqual([]);
    const iteration = newest?.checkpoint.iteration ?? -1;
    expect(iteration, circumstance).toBeGreaterThanOrEqual(saved);
    expect(newest?.checkpoint.facts, circumstance).toEqual({ twice: iteration * 2 });
    expect(newest?.checkpoint.tensors[0]?.bytes.every((byte) => byte === (iteration & 255))).toBe(true);
    return iteration;
  }

  it('leaves a whole newest checkpoint, at whichever operation of a save it dies', async () => {
    // The third save writes, syncs, renames and prunes: how many operations are before it, and in it?
    const { said } = await runSaver(1, 0, 100);
    const third = said.indexOf('saved 2');
    const operations = (lines: string[]): number => lines.filter((line) => !line.startsWith('saved')).length;
    const before = operations(said.slice(0, third));
    const within = operations(said.slice(third, said.indexOf('saved 3')));
    expect(new Set(said.slice(third, said.indexOf('saved 3')))).toEqual(
      new Set(['saved 2', 'readdir', 'open', 'mkdir', 'write', 'sync', 'close', 'rename', 'stat', 'unlink']),
    );
    const found = new Set<number>();
    for (let operation = before + 1; operation <= before + within; operation++) {
      await rm(directory, { recursive: true });
      await mkdir(directory);
      const { saved } = await runSaver(1, operation, 0);
      expect(saved).toBe(2);
      found.add(await assertWhole(saved, `killed at operation ${operation}`));
    }
    // Killed before the rename it is the former one, after it the new one; both were seen.
    expect([...found].sort()).toEqual([2, 3]);
  });

  it(`leaves a whole newest checkpoint after each of ${KILLS} kills at random moments (seed ${SEED})`, async () => {
    let state = SEED;
    let newest = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      const lines = 1 + ((state >>> 8) % 60);
      const { saved } = await runSaver(newest + 1, 0, lines);
      newest = await assertWhole(saved, `kill ${kill} after ${lines} lines`);
      // Two that are kept, one that is not removed yet, and one dead writer's temporary file.
      expect((await readdir(directory)).length).toBeLessThanOrEqual(4);
    }
    expect(newest).toBeGreaterThan(KILLS);
  });
});
