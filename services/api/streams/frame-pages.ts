import type { Events } from '../../../src/broker/index.js';
import { type Frame, frameOf } from './frame.js';

/** Events of a page. */
const PAGE = 32;
/** Pages kept: many who read the same history at once read it once. */
const KEPT = 8;

/** A job's history in pages that are shared by all who read it at the time. */
export class FramePages {
  readonly #events: Pick<Events, 'read'>;
  readonly #jobId: string;
  /** Whole pages, in order of use. */
  readonly #kept = new Map<number, readonly Frame[]>();
  readonly #reading = new Map<number, Promise<readonly Frame[]>>();

  constructor(events: Pick<Events, 'read'>, jobId: string) {
    this.#events = events;
    this.#jobId = jobId;
  }

  /** Some of the frames after a sequence, from the first that there is; none at the end of the history. Rejects with what the
   *  broker rejects with. */
  async after(sequence: number): Promise<readonly Frame[]> {
    const page = Math.floor(sequence / PAGE);
    let frames = this.#kept.get(page);
    if (frames === undefined) {
      let reading = this.#reading.get(page);
      if (reading === undefined) {
        reading = this.#read(page).finally(() => {
          if (this.#reading.get(page) === reading) this.#reading.delete(page);
        });
        this.#reading.set(page, reading);
      }
      frames = await reading;
    }
    const first = frames.findIndex((frame) => frame.sequence > sequence);
    return first < 0 ? [] : frames.slice(first);
  }

  /** What is being read may be older than what the caller knows. */
  readAnew(): void {
    this.#reading.clear();
  }

  async #read(page: number): Promise<readonly Frame[]> {
    const events = await this.#events.read(this.#jobId, page * PAGE, PAGE);
    const frames = events.map(frameOf);
    // More may be added to one that is not full.
    if (frames.length === PAGE) {
      this.#kept.set(page, frames);
      const [oldest] = this.#kept.keys();
      if (oldest !== undefined && this.#kept.size > KEPT) this.#kept.delete(oldest);
    }
    return frames;
  }
}
