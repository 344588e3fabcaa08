import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { projectFolder } from '../project.js';

const main = join(projectFolder, 'dist/cli/main.js');

/** One object of a process's log. */
export type LogLine = Readonly<Record<string, unknown>>;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One process of a fleet, as `marlin actor` or `marlin learner` starts it; it dies with the test. */
export class Service {
  readonly kind: 'actor' | 'learner' | 'api' | 'serve';
  readonly log: LogLine[] = [];
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  readonly #looks = new Set<() => void>();
  /** What is no log: a crash of Node itself, say. */
  #noise = '';

  constructor(kind: 'actor' | 'learner' | 'api' | 'serve', env: Readonly<Record<string, string>>) {
    this.kind = kind;
    const child = spawn(process.execPath, [main, kind], {
      env: { PATH: process.env.PATH, PROBE_PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await this.ended;
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.log.push(JSON.parse(line) as LogLine);
      for (const look of this.#looks) look();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#noise += text;
    });
    this.ended = new Promise((resolve) => {
      // Not `exit`: the last lines of the log are read after it.
      child.once('close', (code, signal) => {
        resolve({ code, signal });
        for (const look of this.#looks) look();
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The first line of the log that has this message, or the `nth`; rejects when the process ends without it. */
  logged(message: string, nth = 1): Promise<LogLine> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const line = this.log.filter(({ msg }) => msg === message)[nth - 1];
        if (line === undefined && this.alive) return;
        this.#looks.delete(look);
        if (line !== undefined) resolve(line);
        else reject(new Error(`the ${this.kind} ended without having logged "${message}":\n${this.told()}`));
      };
      this.#looks.add(look);
      look();
    });
  }

  /** Asks it to stop; resolves when it has. */
  async stop(): Promise<Ended> {
    this.#child.kill('SIGTERM');
    return await this.ended;
  }

  /** Gives it no chance to do anything any more. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  /** Alive, and doing nothing. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  /** What it said, for the message of a test that failed. */
  told(): string {
    return `${this.log.map((line) => JSON.stringify(line)).join('\n')}\n${this.#noise}`;
  }
}
