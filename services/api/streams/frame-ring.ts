import type { Frame } from './frame.js';

/** The newest frames of a job: those after `floor`, in order. */
export class FrameRing {
  #frames: Frame[] = [];
  /** Where the first frame lies in `#frames`: cutting off one by one would move all others each time. */
  #start = 0;
  #bytes = 0;
  #floor: number;
  readonly #limits: { readonly events: number; readonly bytes: () => number };

  /** Begins after the event `floor`. Holds at most so many events and bytes, but always the newest event. */
  constructor(floor: number, limits: { readonly events: number; readonly bytes: () => number }) {
    this.#floor = floor;
    this.#limits = limits;
  }

  /** All events after this one that there are, are here. */
  get floor(): number {
    return this.#floor;
  }

  get newest(): number {
    return this.#frames.at(-1)?.sequence ?? this.#floor;
  }

  push(frame: Frame): void {
    this.#frames.push(frame);
    this.#bytes += frame.bytes.length;
    const limit = this.#limits.bytes();
    while (this.#count > 1 && (this.#count > this.#limits.events || this.#bytes > limit)) {
      const old = this.#frames[this.#start++]!;
      this.#bytes -= old.bytes.length;
      this.#floor = old.sequence;
    }
    if (this.#start > this.#limits.events) {
      this.#frames = this.#frames.slice(this.#start);
      this.#start = 0;
    }
  }

  /** The first frame after a sequence that is not below `floor`; undefined where there is none yet. */
  after(sequence: number): Frame | undefined {
    let low = this.#start;
    let high = this.#frames.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#frames[middle]!.sequence > sequence) high = middle;
      else low = middle + 1;
    }
    return this.#frames[low];
  }

  get #count(): number {
    return this.#frames.length - this.#start;
  }
}
