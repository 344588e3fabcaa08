import { mkdirSync } from 'node:fs';
import { EventFiles, type EventFilesModules, type SummaryValue } from '../../src/metrics/index.js';
import type { Inspector, TrainingEvent } from '../../src/training/index.js';
import { writeFailed } from '../run-folder.js';
import { iterationHistograms } from './histograms.js';
import { checkpointScalars, evaluationScalars, iterationScalars } from './scalars.js';

export interface TensorBoardLogOptions {
  readonly folder: string;
  /** Iterations from one look at weights and actions to the next; 0 never looks. */
  readonly histogramsEvery: number;
}

export interface TensorBoardLogModules extends EventFilesModules {
  /** Tells a person, once, that something could not be written. */
  readonly note: (text: string) => void;
}

/** What TensorBoard shows of a run: every number of its events, and histograms, over agent steps. Nothing of it ends training. */
export class TensorBoardLog {
  readonly inspector: Inspector;
  readonly #folder: string;
  readonly #files: EventFiles;
  readonly #modules: TensorBoardLogModules;
  /** Iterations that were done when the process began that is heard of; null once its first event was written. */
  #begun: number | null = 0;
  /** The same, for as long as that process is heard of. */
  #start = 0;
  #agentSteps = 0;
  #told = false;

  /** Throws RUN_WRITE_FAILED where there can be no such folder. */
  constructor({ folder, histogramsEvery }: TensorBoardLogOptions, modules: TensorBoardLogModules) {
    this.#folder = folder;
    this.#modules = modules;
    this.#files = new EventFiles({ folder }, modules);
    try {
      mkdirSync(folder, { recursive: true });
    } catch (error) {
      throw writeFailed(folder, error);
    }
    this.inspector = {
      wants: (iteration) => histogramsEvery > 0 && iteration % histogramsEvery === 0,
      look: (view) => this.#write(view.agentSteps, iterationHistograms(view)),
    };
  }

  /** Events that were lost, to a full disk for instance. */
  get lost(): number {
    return this.#files.lost;
  }

  onEvent(event: TrainingEvent): void {
    switch (event.type) {
      case 'started':
        this.#begun = this.#start = event.iteration;
        return;
      case 'iteration':
        this.#reach(event);
        this.#write(event.agentSteps, iterationScalars(event));
        return;
      case 'evaluation':
        this.#reach(event);
        // Who goes on may evaluate what it begins with once more; that was written before it was saved.
        if (event.iteration > this.#start || event.iteration === 0) {
          this.#write(event.agentSteps, evaluationScalars(event));
        }
        return;
      case 'checkpoint':
        if (event.iteration > this.#start) this.#write(this.#agentSteps, checkpointScalars(event.bytes));
        return;
    }
  }

  close(): void {
    this.#files.close();
    const { lost } = this.#files;
    if (lost > 0) this.#modules.note(`${lost} events for TensorBoard are missing in ${this.#folder}`);
  }

  /** The first event after a beginning tells how many agent steps an iteration has, and so where what came before it ends. */
  #reach({ iteration, agentSteps }: { readonly iteration: number; readonly agentSteps: number }): void {
    this.#agentSteps = agentSteps;
    if (this.#begun === null) return;
    const begun = this.#begun;
    this.#begun = null;
    this.#files.close();
    try {
      this.#files.keepUntil(begun === 0 ? -1 : begun * (agentSteps / iteration));
    } catch (error) {
      this.#warn(error);
    }
  }

  #write(step: number, values: readonly SummaryValue[]): void {
    this.#files.write({ wallTime: this.#modules.now(), step, values });
    if (this.#files.failure !== undefined) this.#warn(this.#files.failure);
  }

  #warn(error: unknown): void {
    if (this.#told) return;
    this.#told = true;
    const reason = error instanceof Error ? error.message : String(error);
    this.#modules.note(`TensorBoard's files in ${this.#folder} could not be written: ${reason}; training goes on`);
  }
}
