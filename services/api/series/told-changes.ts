import type { JobEvent } from '../../../src/broker/index.js';
import type { JobChange } from '../../../src/jobs/index.js';
import type { Told } from './told.js';

/** Which of the changes of state that somebody asked for a job's history tells. */
export class ToldChanges {
  readonly #told = new Set<number>();
  /** What the history has begins here; nothing that is older is missing. */
  #since: number | null = null;

  /** Given every event that is read, in order; false for a change that was told before. */
  add({ sequence, at }: Pick<JobEvent, 'sequence' | 'at'>, told: Told): boolean {
    this.#since ??= sequence > 1 ? at : Number.NEGATIVE_INFINITY;
    if (told.type !== 'steered') return true;
    if (this.#told.has(told.askedAt)) return false;
    this.#told.add(told.askedAt);
    return true;
  }

  /** Those that are to be told still, oldest first. */
  missing(changes: readonly JobChange[]): readonly JobChange[] {
    return changes.filter(({ at }) => at >= (this.#since ?? Number.NEGATIVE_INFINITY) && !this.#told.has(at));
  }
}
