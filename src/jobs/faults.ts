import { nearestName } from '../base/index.js';

/** One thing that is wrong with a job spec. */
export interface Fault {
  /** RFC 6901 JSON pointer of the field, '' for the whole document; for a missing field, where it would be. */
  readonly pointer: string;
  /** What is there, as short text. */
  readonly found: string;
  /** What may be there, as short text. */
  readonly allowed: string;
  /** One sentence with all of it, for people. */
  readonly message: string;
  /** The nearest valid name, where one is near. */
  readonly suggestion?: string | undefined;
}

/** More faults than that are not told one by one. */
export const MAX_FAULTS = 100;
const SHOWN_CHARACTERS = 60;
const SHOWN_NAMES = 24;

/** pointer/key with RFC 6901 escapes. */
export const join = (pointer: string, key: string | number): string =>
  `${pointer}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** A value as short text: numbers and strings themselves, lists and objects by their size. */
export function show(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > SHOWN_CHARACTERS ? `${value.slice(0, SHOWN_CHARACTERS)}…` : value);
    case 'number':
    case 'boolean':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'undefined':
      return 'nothing';
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) return `a list of ${value.length}`;
      return `an object with ${counted(Object.keys(value).length, 'field')}`;
    case 'bigint':
      return 'a bigint';
    default:
      return `a ${typeof value}`;
  }
}

export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** "a, b or c", shortened when there are very many. */
export function listNames(names: readonly string[], conjunction = 'or'): string {
  if (names.length > SHOWN_NAMES) return `${names.slice(0, SHOWN_NAMES).join(', ')}, … (${names.length} in all)`;
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} ${conjunction} ${names[names.length - 1]}`;
}

const place = (pointer: string): string => (pointer === '' ? 'The job spec' : pointer);

const SHORTEST_BEGINNING = 3;

/** The candidate that a name most likely means: a misspelt one, or one of which only the beginning was written. */
function suggest(name: string, candidates: readonly string[]): string | undefined {
  const begun =
    name.length < SHORTEST_BEGINNING ? undefined : candidates.find((candidate) => candidate.startsWith(name));
  return nearestName(name, candidates) ?? begun;
}

/** A value that is not what it must be. */
export function wrongValue(
  pointer: string,
  value: unknown,
  allowed: string,
  candidates: readonly string[] = [],
): Fault {
  const suggestion = typeof value === 'string' ? suggest(value, candidates) : undefined;
  const hint = suggestion === undefined ? '' : `; did you mean ${JSON.stringify(suggestion)}?`;
  const message =
    value === undefined
      ? `${place(pointer)} is missing; it must be ${allowed}`
      : `${place(pointer)} is ${show(value)}, but must be ${allowed}${hint}`;
  return { pointer, found: show(value), allowed, message, ...(suggestion === undefined ? {} : { suggestion }) };
}

/** A name that does not belong where it stands; `kind` is what the names are: field, policy, agent. What it may have meant is looked for
 *  when somebody reads it: among thousands of names, for each of thousands, that takes minutes. */
export function unknownName(
  pointer: string,
  name: string,
  value: unknown,
  kind: string,
  candidates: readonly string[],
): Fault {
  const allowed = candidates.length === 0 ? `no ${kind} at all` : listNames(candidates, 'and');
  let searched: { readonly nearest: string | undefined } | undefined;
  return {
    pointer,
    found: show(value),
    allowed,
    get message() {
      const { suggestion } = this;
      const hint = suggestion === undefined ? '; ' : `; did you mean ${JSON.stringify(suggestion)}? `;
      return `${place(pointer)} is no ${kind} here${hint}Known: ${allowed}`;
    },
    get suggestion() {
      searched ??= { nearest: suggest(name, candidates) };
      return searched.nearest;
    },
  };
}

/** A fault that only its sentence explains. */
export const problem = (pointer: string, value: unknown, allowed: string, message: string): Fault => ({
  pointer,
  found: show(value),
  allowed,
  message: `${place(pointer)} ${message}`,
});

/** The first of very many faults, and how many more there are. */
export function firstOf(faults: readonly Fault[]): readonly Fault[] {
  if (faults.length <= MAX_FAULTS) return faults;
  const more = counted(faults.length - MAX_FAULTS, 'more fault');
  return [...faults.slice(0, MAX_FAULTS), problem('', undefined, 'correct', `has ${more}; correct these first`)];
}

/** All faults as lines of text. */
export function formatFaults(faults: readonly Fault[]): string {
  const count = faults.length > MAX_FAULTS ? 'very many faults' : counted(faults.length, 'fault');
  return `The job spec has ${count}:\n${faults.map((fault) => `  ${fault.message}`).join('\n')}`;
}
