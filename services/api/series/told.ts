import type { JobEvent } from '../../../src/broker/index.js';
import type { TrainingEvent } from '../../../src/training/index.js';

/** What learners tell: their term is greater than that of any learner before. */
export type Told = (TrainingEvent | FailedEvent) & { readonly term?: number };

interface FailedEvent {
  readonly type: 'failed';
  readonly code: string;
  readonly message: string;
}

/** An event as it was told, or null where the text is none. */
export function readTold({ payload }: Pick<JobEvent, 'payload'>): Told | null {
  try {
    const told: unknown = JSON.parse(payload);
    return typeof told === 'object' && told !== null && 'type' in told ? (told as Told) : null;
  } catch {
    return null;
  }
}
