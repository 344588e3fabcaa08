import type { JobEvent } from '../../src/broker/index.js';
import type { TrainingEvent } from '../../src/training/index.js';
import { readTold, TermFilter } from './series/told.js';

/** The events of a job that a report shows: not what was told of iterations that were made again, nor what a learner told after another
 *  had begun. Of evaluations, the recorded game and what goes with it are kept of the first and the last. */
export class ReportEvents {
  readonly #filter = new TermFilter();
  #counting: TrainingEvent[] = [];
  /** Position of the newest evaluation; −1 before there was one, or where it was made void. */
  #newest = -1;

  get counting(): readonly TrainingEvent[] {
    return this.#counting;
  }

  /** Given every event, in order. */
  add(event: Pick<JobEvent, 'payload'>): void {
    const told = readTold(event);
    if (told === null || !this.#filter.counts(told)) return;
    if (told.type === 'failed' || told.type === 'paused' || told.type === 'steered') return;
    if (told.type === 'started') this.#cutTo(told.iteration);
    if (told.type === 'evaluation') {
      this.#dropGame();
      this.#newest = this.#counting.length;
    }
    this.#counting.push(told);
  }

  /** Begun anew, or gone on with from a checkpoint; either way what ended before did not end. */
  #cutTo(iteration: number): void {
    this.#counting = this.#counting.filter(
      (earlier) => earlier.type !== 'finished' && earlier.iteration <= iteration && iteration > 0,
    );
    this.#newest = this.#counting.findLastIndex(({ type }) => type === 'evaluation');
  }

  /** Of the newest evaluation, which another follows, unless it is the first. */
  #dropGame(): void {
    const event = this.#counting[this.#newest];
    if (event?.type !== 'evaluation') return;
    if (this.#counting.findIndex(({ type }) => type === 'evaluation') === this.#newest) return;
    const { profiles: _, ...rest } = event;
    this.#counting[this.#newest] = { ...rest, game: { actions: {}, rewards: {} } };
  }
}
