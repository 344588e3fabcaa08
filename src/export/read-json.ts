import { exportError } from './errors.js';

/** Objects and lists in a JSON text: a card of a large hierarchical action has some hundreds. More would take seconds to parse. */
const MAX_CONTAINERS = 2 ** 18;

/** The JSON of a file that may be hostile. `what` names it in errors. Throws POLICY_FILE_INVALID. */
export function parseJson(text: string, what: string): unknown {
  let containers = 0;
  for (let k = 0; k < text.length; k++) {
    const code = text.charCodeAt(k);
    if (code === 0x5b || code === 0x7b) containers++;
  }
  if (containers > MAX_CONTAINERS) throw invalid(what, `has more than ${MAX_CONTAINERS} objects and lists`);
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(what, 'is not JSON');
  }
}

/** Fields of a JSON object that may be hostile, each read once and checked; `what` names the object in errors. */
export class JsonFields {
  readonly what: string;
  private readonly fields: Readonly<Record<string, unknown>>;

  /** Throws POLICY_FILE_INVALID for anything but an object. */
  constructor(value: unknown, what: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(what, 'is no object');
    this.what = what;
    this.fields = value as Readonly<Record<string, unknown>>;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.fields, name) && this.fields[name] !== undefined;
  }

  value(name: string): unknown {
    return this.has(name) ? this.fields[name] : undefined;
  }

  object(name: string): JsonFields {
    return new JsonFields(this.value(name), `${this.what}.${name}`);
  }

  names(): readonly string[] {
    return Object.keys(this.fields);
  }

  text(name: string): string {
    const value = this.value(name);
    return typeof value === 'string' ? value : this.fail(name, 'is no text');
  }

  oneOf<const T extends string>(name: string, known: readonly T[]): T {
    const value = this.value(name);
    const found = known.find((one) => one === value);
    return found ?? this.fail(name, `is ${shown(value)}, and must be one of ${known.join(', ')}`);
  }

  flag(name: string, absent: boolean): boolean {
    const value = this.has(name) ? this.value(name) : absent;
    return typeof value === 'boolean' ? value : this.fail(name, 'is neither true nor false');
  }

  finite(name: string): number {
    const value = this.value(name);
    return Number.isFinite(value) ? (value as number) : this.fail(name, `is ${shown(value)}, and must be finite`);
  }

  /** A whole number of at least `least`. */
  whole(name: string, least = 0): number {
    const value = this.value(name);
    if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
    return this.fail(name, `is ${shown(value)}, and must be a whole number from ${least}`);
  }

  list(name: string): readonly unknown[] {
    const value = this.value(name);
    return Array.isArray(value) ? value : this.fail(name, 'is no list');
  }

  wholes(name: string, least = 0): readonly number[] {
    const value = this.list(name);
    const wrong = value.find((item) => !Number.isSafeInteger(item) || (item as number) < least);
    if (wrong === undefined) return value as readonly number[];
    return this.fail(name, `has ${shown(wrong)}, and must have whole numbers from ${least}`);
  }

  finites(name: string): readonly number[] {
    const value = this.list(name);
    const wrong = value.findIndex((item) => !Number.isFinite(item));
    if (wrong === -1) return value as readonly number[];
    return this.fail(name, `has ${shown(value[wrong])}, and must have finite numbers`);
  }

  fail(name: string, problem: string): never {
    throw invalid(`${this.what}.${name}`, problem);
  }
}

export const invalid = (what: string, problem: string): Error =>
  exportError('POLICY_FILE_INVALID', `${what} ${problem}`, { data: { what } });

/** A short form of any JSON value. */
export const shown = (value: unknown): string => {
  const text = textOf(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
};

/** Lists in lists that can be read may be too deep to be written: the engine then says RangeError. */
function textOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'missing';
  } catch {
    return Array.isArray(value) ? 'a list' : 'an object';
  }
}
