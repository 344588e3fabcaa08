import type { JobEvent as StoredEvent } from '../../../src/broker/index.js';
import type { JobEvent } from '../../../src/training/index.js';

/** What a job's history tells. Learners add their term, which is greater than that of any learner before. */
export type Told = JobEvent & { readonly term?: number };

/** An event as it was told, or null where the text is none. */
export function readTold({ payload }: Pick<StoredEvent, 'payload'>): Told | null {
  try {
    const told: unknown = JSON.parse(payload);
    return typeof told === 'object' && told !== null && 'type' in told ? (told as Told) : null;
  } catch {
    return null;
  }
}

/** Knows what of a history counts: not what a learner that was thought dead told after another had begun. */
export class TermFilter {
  #term = 0;

  /** Asked for each event, in order. */
  counts(told: Told): boolean {
    // Not a learner's.
    if (told.type === 'steered') return true;
    const { term = 0 } = told;
    if (term < this.#term) return false;
    this.#term = term;
    return true;
  }
}
