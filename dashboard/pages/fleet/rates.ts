/** How fast counters grow, from what they were each time they were read. */
export class Rates {
  readonly #windowMs: number;
  readonly #read = new Map<string, { readonly atMs: number; readonly count: number }[]>();

  /** Over at most the last `windowMs` milliseconds. */
  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** What the counters are now. Those that are not named anymore are forgotten, and so is what one was before it began anew. */
  note(atMs: number, counts: Readonly<Record<string, number>>): void {
    for (const id of this.#read.keys()) if (!Object.hasOwn(counts, id)) this.#read.delete(id);
    for (const [id, count] of Object.entries(counts)) {
      const before = this.#read.get(id) ?? [];
      const grown = (before.at(-1)?.count ?? 0) <= count ? before : [];
      this.#read.set(id, [...grown.filter((each) => atMs - each.atMs <= this.#windowMs), { atMs, count }]);
    }
  }

  /** Per second; null before it was read twice. */
  perSecond(id: string): number | null {
    const read = this.#read.get(id) ?? [];
    const [first] = read;
    const last = read.at(-1);
    if (first === undefined || last === undefined || last.atMs <= first.atMs) return null;
    return ((last.count - first.count) * 1000) / (last.atMs - first.atMs);
  }
}
