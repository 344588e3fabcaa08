import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { TrainingEvent } from '../../../src/training/index.js';
import { projectFolder, runNode } from '../../helpers/project.js';

const main = join(projectFolder, 'dist/cli/main.js');

/** A job of a few milliseconds per iteration. */
export const SMALL = {
  name: 'small',
  env: { id: 'median-v1', options: { steps: 10 } },
  policies: { '*': { network: { hidden: [] } } },
  rollout: { shards: 2, envsPerShard: 4, horizon: 10 },
  evaluation: { every: 2, episodes: 4 },
  checkpoint: { every: 2 },
  stop: { iterations: 6 },
};

const variables = { ...process.env, NO_COLOR: '', TERM: 'xterm', MARLIN_ENVS: '' };

export const marlin = (folder: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  runNode(main, args, { cwd: folder, env: { ...variables, ...env } });

export function lastLine(text: string): Record<string, unknown> {
  const lines = text.trimEnd().split('\n');
  return JSON.parse(lines[lines.length - 1] ?? '') as Record<string, unknown>;
}

/** The only run in folder/runs. */
export function onlyRun(folder: string): string {
  const [run, ...others] = readdirSync(join(folder, 'runs'));
  if (run === undefined || others.length > 0) throw new Error(`there are ${others.length + 1} runs`);
  return join(folder, 'runs', run);
}

/** metrics.jsonl as it is, whole or torn. */
export const linesOf = (run: string): string[] =>
  readFileSync(join(run, 'metrics.jsonl'), 'utf8').split('\n').filter(Boolean);
export const eventsOf = (run: string): TrainingEvent[] => linesOf(run).map((line) => JSON.parse(line) as TrainingEvent);

/** A process that goes on until it is told otherwise; it dies with the test. */
export interface Running {
  readonly child: ChildProcess;
  /** Resolves when standard error has matched; rejects when the process ends first. */
  saw(pattern: RegExp): Promise<void>;
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;
}

export function start(folder: string, args: readonly string[]): Running {
  const child = spawn(process.execPath, [main, ...args], {
    cwd: folder,
    env: variables,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let stdout = '';
  let stderr = '';
  const waiting = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    for (const look of waiting) look();
  });
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  const saw = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!pattern.test(stderr)) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
      void ended.then(() => reject(new Error(`ended without ${pattern}: ${stderr}`)));
    });
  return { child, saw, ended };
}
