import { type Clock, type Logger, serializeError } from '../../src/base/index.js';
import type { Broker } from '../../src/broker/index.js';
import type { WaitingEvent } from '../../src/training/index.js';

/** Without an iteration for so long, it is looked whether the broker has room, and every `LOOK_MS` from then on. */
const STILL_MS = 5000;
const LOOK_MS = 1000;

/** Says when a job stands still because the broker is out of memory. Its learner would not notice by itself: while it waits for
 *  trajectories it stores nothing, so that none of its calls is refused; those of the actors are. */
export class RoomWatch {
  private readonly jobId: string;
  private readonly modules: { readonly broker: Broker; readonly clock: Clock; readonly logger: Logger };
  private readonly tell: (event: WaitingEvent) => void;
  private readonly timer: NodeJS.Timeout;
  private iteration = 0;
  private since: number;
  private looking = false;
  private waiting = false;
  private closed = false;

  constructor(jobId: string, modules: RoomWatch['modules'], tell: (event: WaitingEvent) => void) {
    this.jobId = jobId;
    this.modules = modules;
    this.tell = tell;
    this.since = modules.clock.monotonic();
    this.timer = setInterval(() => void this.look(), LOOK_MS);
  }

  /** Told whenever the job makes some progress. */
  made(iteration: number): void {
    this.iteration = iteration;
    this.since = this.modules.clock.monotonic();
    this.goOn();
  }

  close(): void {
    this.closed = true;
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    const { broker, clock, logger } = this.modules;
    const { since } = this;
    if (this.looking || clock.monotonic() - since < STILL_MS) return;
    this.looking = true;
    try {
      const full = !(await broker.hasRoom());
      if (this.closed || this.since !== since) return;
      if (!full) this.goOn();
      else if (!this.waiting) {
        this.waiting = true;
        const { jobId, iteration } = this;
        logger.warn({ jobId, iteration, code: 'BROKER_OUT_OF_MEMORY' }, 'the job waits: Redis is out of memory');
        this.tell({ type: 'waiting', iteration, reason: 'BROKER_OUT_OF_MEMORY' });
      }
    } catch (error) {
      logger.debug({ jobId: this.jobId, error: serializeError(error) }, 'the broker does not say whether it has room');
    } finally {
      this.looking = false;
    }
  }

  private goOn(): void {
    if (!this.waiting) return;
    this.waiting = false;
    this.modules.logger.info({ jobId: this.jobId }, 'Redis has room again');
  }
}
