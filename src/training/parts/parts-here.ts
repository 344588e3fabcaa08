/** Parts that are updated by the learner that has the job: told to whoever reads batches. */
export class PartsHere {
  readonly parts: Set<number>;

  /** All of them, beside the first, at the beginning. */
  constructor(count: number) {
    this.parts = new Set(Array.from({ length: count - 1 }, (_, p) => p + 1));
  }
}
