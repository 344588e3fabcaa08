import { type Logger, serializeError } from '../../src/base/index.js';
import type { Broker } from '../../src/broker/index.js';
import type { CheckpointStore } from '../../src/checkpoints/index.js';
import type { JobEvent } from '../../src/training/index.js';

/** Events waiting to be written; beyond this the learner's own progress matters more than telling of it. */
const BACKLOG = 1000;

/** Appends a job's events in order, without making the learner wait for them. Each carries the learner's `term`, which is greater
 *  than that of any learner before: what a learner tells that was thought dead, after another has begun, is known by it. */
export class EventLog {
  private readonly broker: Broker;
  private readonly jobId: string;
  private readonly term: number;
  private readonly logger: Logger;
  private tail: Promise<void> = Promise.resolve();
  private waiting = 0;

  constructor(broker: Broker, jobId: string, term: number, logger: Logger) {
    this.broker = broker;
    this.jobId = jobId;
    this.term = term;
    this.logger = logger;
  }

  append(event: JobEvent): void {
    if (this.waiting >= BACKLOG) {
      this.logger.warn({ jobId: this.jobId, type: event.type }, 'an event was dropped: the broker does not keep up');
      return;
    }
    this.waiting++;
    const payload = JSON.stringify({ ...event, term: this.term });
    this.tail = this.tail
      .then(() => this.broker.events.append(this.jobId, event.type, payload))
      .then(
        () => {},
        (error: unknown) =>
          this.logger.warn({ jobId: this.jobId, error: serializeError(error) }, 'an event could not be written'),
      )
      .finally(() => {
        this.waiting--;
      });
  }

  /** Resolves when all that was appended is written, or given up. */
  async flush(): Promise<void> {
    await this.tail;
  }
}

/** A checkpoint store that saves nothing before the history up to it is written: whoever goes on from a checkpoint finds the
 *  history whole, even where the process that saved it was killed right after. The caller waits for a save to end before it
 *  changes the tensors. */
export const withHistory = (store: CheckpointStore, log: EventLog): CheckpointStore => ({
  save: async (checkpoint, keep) => {
    await log.flush();
    return await store.save(checkpoint, keep);
  },
  list: () => store.list(),
  load: (iteration) => store.load(iteration),
  newest: () => store.newest(),
});
