import type { JobEvent } from '../../../src/broker/index.js';
import type { Told } from './told.js';

/** What may happen to a job. The first four somebody asked for; the others learners tell. `stopped`: a learner has let go. */
export const TURN_KINDS = [
  'launched',
  'paused',
  'resumed',
  'cancelled',
  'learnerBegan',
  'learnerLost',
  'checkpoint',
  'waiting',
  'stopped',
  'succeeded',
  'failed',
] as const;
export type TurnKind = (typeof TURN_KINDS)[number];

/** One thing that happened to a job, and why. */
export interface Turn {
  /** Its place in the history, which it keeps: the sequence of the event that told it, and its number among those of the event. */
  readonly id: string;
  /** Sequence of the event that told it. */
  readonly sequence: number;
  /** When it happened. */
  readonly at: number;
  readonly kind: TurnKind;
  /** Iterations done by then. */
  readonly iteration: number | null;
  readonly cause: string;
  /** Error code, where one is the cause. */
  readonly code: string | null;
  /** Who asked for it. */
  readonly by: string | null;
}

const KIND_OF_STATE: Readonly<Record<string, TurnKind>> = {
  paused: 'paused',
  queued: 'resumed',
  cancelled: 'cancelled',
};

/** Why a job waits, by error code. */
const WAITING = {
  BROKER_OUT_OF_MEMORY: 'the broker has no room for trajectories',
  CHECKPOINT_WRITE_FAILED: 'its checkpoint could not be saved, as its learner’s log says',
} as const;

/** Finds the turns in a job's events, in order, of which those that are void were left out. */
export class TurnFold {
  readonly turns: Turn[] = [];
  /** Iterations done. */
  #iteration = 0;
  /** Whether a learner has begun and not told an end. */
  #atWork = false;
  #begun = false;

  add(event: JobEvent, told: Told): void {
    const { sequence, at } = event;
    let number = 0;
    const turn = (kind: TurnKind, cause: string, more: Partial<Turn> = {}): void => {
      const id = `${sequence}.${number++}`;
      this.turns.push({ id, sequence, at, kind, iteration: this.#iteration, cause, code: null, by: null, ...more });
    };
    switch (told.type) {
      case 'steered': {
        const { from, to, by, askedAt } = told;
        turn(KIND_OF_STATE[to] ?? 'resumed', `asked for while it was ${from}`, { at: askedAt, by });
        return;
      }
      case 'started': {
        const { iteration } = told;
        const again = this.#iteration - iteration;
        if (this.#atWork)
          turn('learnerLost', `another learner goes on${again > 0 ? `; ${count(again)} made again` : ''}`);
        this.#iteration = iteration;
        const from = iteration === 0 ? 'from the beginning' : `from the checkpoint of iteration ${iteration}`;
        turn('learnerBegan', this.#begun ? `goes on ${from}` : `begins ${from}`);
        this.#atWork = true;
        this.#begun = true;
        return;
      }
      case 'iteration':
        this.#iteration = told.iteration;
        return;
      case 'checkpoint':
        turn('checkpoint', `${told.bytes} bytes were saved`, { iteration: told.iteration });
        return;
      case 'waiting':
        turn('waiting', WAITING[told.reason], { code: told.reason, iteration: told.iteration });
        return;
      case 'paused':
        this.#atWork = false;
        this.#iteration = told.iteration;
        turn('stopped', 'its learner has let go of it, because it is paused');
        return;
      case 'finished':
        this.#atWork = false;
        this.#iteration = told.iteration;
        if (told.state === 'succeeded') turn('succeeded', `the condition on ${told.reason} is met`);
        else turn('stopped', 'its learner has let go of it, because it is cancelled');
        return;
      case 'failed':
        this.#atWork = false;
        turn('failed', told.message, { code: told.code });
        return;
    }
  }
}

const count = (iterations: number): string => (iterations === 1 ? '1 iteration is' : `${iterations} iterations are`);
