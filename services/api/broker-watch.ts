import type { Clock } from '../../src/base/index.js';
import type { Broker } from '../../src/broker/index.js';
import { READY, type Readiness } from '../process/index.js';

const LOOK_MS = 2000;
/** Without an answer for so long, the broker counts as away. */
const AWAY_MS = 5000;

/** Whether the broker answers what requests ask it: looked at now and then, as there may be no requests. */
export class BrokerWatch {
  readonly #broker: Pick<Broker, 'credentials'>;
  readonly #clock: Clock;
  #timer: NodeJS.Timeout | undefined;
  #answeredMs: number;
  #problem = '';
  #looking = false;

  constructor({ broker, clock }: { readonly broker: Pick<Broker, 'credentials'>; readonly clock: Clock }) {
    this.#broker = broker;
    this.#clock = clock;
    this.#answeredMs = clock.monotonic();
  }

  start(): void {
    this.#answeredMs = this.#clock.monotonic();
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Since the last answer. */
  get silentMs(): number {
    return this.#clock.monotonic() - this.#answeredMs;
  }

  readiness(): Readiness {
    const { silentMs } = this;
    if (silentMs <= AWAY_MS) return READY;
    const why = this.#problem === '' ? '' : `: ${this.#problem}`;
    return { ready: false, reasons: [`the broker has not answered for ${Math.floor(silentMs / 1000)} s${why}`] };
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      // A read as requests make them: a PING is answered by one that can serve nothing.
      await this.#broker.credentials.get('none');
      this.#answeredMs = this.#clock.monotonic();
      this.#problem = '';
    } catch (error) {
      this.#problem = (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
    } finally {
      this.#looking = false;
    }
  }
}
