/** Agents and policies of a job, each with its place in the palette: a policy that one agent has to itself is named as it is. */
export class Members {
  readonly #places = new Map<string, number>();

  constructor(ids: Iterable<string>) {
    for (const id of [...new Set(ids)].sort(byName)) this.#places.set(id, this.#places.size);
  }

  get ids(): string[] {
    return [...this.#places.keys()];
  }

  placeOf(id: string): number {
    return this.#places.get(id) ?? this.#places.size;
  }
}

const COLLATOR = new Intl.Collator('en', { numeric: true });

/** agent-2 before agent-10. */
const byName = (a: string, b: string): number => COLLATOR.compare(a, b);

/** Lines that are shown of as many as there may be, before somebody chooses. */
export const SHOWN = 8;
