import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { TrainingEvent } from '../src/training/index.js';
import { writeFailed, writeWhole } from './run-folder.js';

export interface MetricsLogModules {
  readonly writeSync: (file: number, bytes: Uint8Array, at: number) => number;
}

/** metrics.jsonl: one line per training event. A failure to write is kept, not thrown, because events come in the middle of an
 *  iteration: `failure` is looked at, training is stopped with a checkpoint, and the error is told then. */
export class MetricsLog {
  /** RUN_WRITE_FAILED, once a line could not be written; later lines are dropped. */
  failure: Error | undefined;
  private readonly path: string;
  private file: number | undefined;

  private readonly modules: MetricsLogModules;

  constructor(path: string, modules: MetricsLogModules = { writeSync }) {
    this.path = path;
    this.modules = modules;
  }

  /** Opens the file for the lines of a process that starts after `iteration`: earlier lines stay, later ones and torn ones go. */
  open(iteration: number): void {
    try {
      const kept = existsSync(this.path) ? readEvents(this.path).filter((event) => belongs(event, iteration)) : [];
      writeWhole(this.path, kept.map((event) => `${JSON.stringify(event)}\n`).join(''));
      this.file = openSync(this.path, 'a');
    } catch (error) {
      this.failure ??= writeFailed(this.path, error);
    }
  }

  write(event: TrainingEvent): void {
    if (this.file === undefined || this.failure !== undefined) return;
    try {
      const bytes = Buffer.from(`${JSON.stringify(event)}\n`);
      for (let at = 0; at < bytes.length; ) at += this.modules.writeSync(this.file, bytes, at);
    } catch (error) {
      this.failure = writeFailed(this.path, error);
    }
  }

  close(): void {
    if (this.file === undefined) return;
    try {
      fsyncSync(this.file);
    } catch (error) {
      this.failure ??= writeFailed(this.path, error);
    }
    closeSync(this.file);
    this.file = undefined;
  }
}

/** A run that goes on is not finished, and starts anew where nothing was done before. */
const belongs = (event: TrainingEvent, iteration: number): boolean =>
  event.iteration <= iteration && event.type !== 'finished' && iteration > 0;

/** The events of a metrics file; a line that a killed process left unfinished is skipped. */
export function readEvents(path: string): TrainingEvent[] {
  const events: TrainingEvent[] = [];
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line === '') continue;
    try {
      events.push(JSON.parse(line) as TrainingEvent);
    } catch {
      // Torn by a kill: the iteration it was of is trained and written again.
    }
  }
  return events;
}
