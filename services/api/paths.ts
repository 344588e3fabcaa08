/** Which methods each path is served for, to tell an unknown path from an unknown method. */
export class Paths {
  readonly #patterns = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>();

  /** `path` as Fastify takes it: `:name` stands for one part, `*` for all that follows. */
  add(path: string, methods: readonly string[]): void {
    let entry = this.#patterns.get(path);
    if (entry === undefined) {
      const parts = path.split(/(:[a-zA-Z]+|\*)/);
      const source = parts.map((part) =>
        part === '*' ? '.*' : part.startsWith(':') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
      );
      entry = { pattern: new RegExp(`^${source.join('')}$`), methods: new Set() };
      this.#patterns.set(path, entry);
    }
    for (const method of methods) entry.methods.add(method);
  }

  /** In alphabetical order; none for a path that is not served. */
  methodsOf(url: string): string[] {
    const path = url.split('?', 1)[0] as string;
    const found = [...this.#patterns.values()].filter(({ pattern }) => pattern.test(path));
    return [...new Set(found.flatMap(({ methods }) => [...methods]))].sort();
  }
}
