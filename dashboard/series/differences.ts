/** A place at which not all specs have the same. */
export interface Difference {
  /** Names with dots between, as a person would say it: `algorithm.options.learningRate`. */
  readonly path: string;
  /** Of each spec, in their order; undefined where it has nothing there. */
  readonly values: readonly unknown[];
}

/** Where specs differ: the deepest places at which they do, in order of appearance. Lists are compared as a whole. */
export function differences(specs: readonly unknown[]): Difference[] {
  const found: Difference[] = [];
  compare(specs, '', found);
  return found;
}

function compare(values: readonly unknown[], path: string, found: Difference[]): void {
  const texts = values.map((value) => canonical(value));
  if (texts.every((text) => text === texts[0])) return;
  const objects = values.filter(isObject);
  const others = values.filter((value) => !isObject(value) && value !== undefined);
  // What only some have is shown field by field as well, but not where something else stands in its place.
  if (objects.length === 0 || others.length > 0) {
    found.push({ path, values });
    return;
  }
  for (const key of new Set(objects.flatMap((object) => Object.keys(object)))) {
    const inside = values.map((value) => (isObject(value) ? value[key] : undefined));
    compare(inside, path === '' ? key : `${path}.${key}`, found);
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Text that is the same for the same value, whatever the order of fields. */
function canonical(value: unknown): string | undefined {
  return JSON.stringify(value, (_, part: unknown) =>
    isObject(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );
}
