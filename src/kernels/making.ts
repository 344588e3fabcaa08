import type { F32, I32 } from './port.js';

/** The arrays that are taken while something is made, so that what cannot be finished leaves none behind. */
export class Making {
  readonly #taken: (F32 | I32)[] = [];
  #depth = 0;

  /** Tells of an array that was handed out. */
  note(array: F32 | I32): void {
    if (this.#depth > 0) this.#taken.push(array);
  }

  /** `Kernels.allOrNothing`, by what gives an array back unless that was done already. */
  run<T>(make: () => T, giveBack: (array: F32 | I32) => void): T {
    const first = this.#taken.length;
    this.#depth++;
    try {
      return make();
    } catch (error) {
      for (const array of this.#taken.splice(first)) giveBack(array);
      throw error;
    } finally {
      this.#depth--;
      if (this.#depth === 0) this.#taken.length = 0;
    }
  }
}
