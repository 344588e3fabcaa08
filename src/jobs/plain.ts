import { type Fault, join, MAX_FAULTS, problem, show } from './faults.js';

/** Largest job spec as text. */
export const MAX_SPEC_BYTES = 2 ** 20;
/** Deepest nesting of lists and objects. */
export const MAX_DEPTH = 32;
/** Most values (of any kind) in one spec: what a text of MAX_SPEC_BYTES could hold, and no more. */
const MAX_VALUES = MAX_SPEC_BYTES / 2;

export type PlainResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly faults: Fault[] };

/** The value with what is no JSON data left out, so that the rest can be checked too; undefined where nothing could be read. */
export interface PlainCopy {
  readonly value: unknown;
  readonly faults: readonly Fault[];
}

const whole = (found: string, allowed: string, message: string): { ok: false; value: undefined; faults: Fault[] } => ({
  ok: false,
  value: undefined,
  faults: [{ pointer: '', found, allowed, message: `The job spec ${message}` }],
});

/** Reads JSON text: bounded in size and depth before it is parsed, so that hostile text costs no more than its length. */
export function parseSpecText(text: string): PlainResult {
  if (text.length > MAX_SPEC_BYTES || Buffer.byteLength(text) > MAX_SPEC_BYTES) {
    return whole(
      `${text.length} characters`,
      `at most ${MAX_SPEC_BYTES} bytes`,
      `is longer than ${MAX_SPEC_BYTES} bytes`,
    );
  }
  const depth = textDepth(text);
  if (depth > MAX_DEPTH) {
    return whole(
      `${depth} levels`,
      `at most ${MAX_DEPTH} levels`,
      `is nested ${depth} levels deep, but at most ${MAX_DEPTH} are allowed`,
    );
  }
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return whole('other text', 'JSON', `is not JSON: ${reason}${linePosition(text, reason)}`);
  }
}

/** Deepest nesting of brackets outside strings. */
function textDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) {
      for (i++; i < text.length && text.charCodeAt(i) !== 0x22; i++) if (text.charCodeAt(i) === 0x5c) i++;
    } else if (code === 0x5b || code === 0x7b) {
      if (++depth > deepest) deepest = depth;
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
  return deepest;
}

function linePosition(text: string, reason: string): string {
  const position = /at position (\d+)/.exec(reason);
  if (position === null || reason.includes('line')) return '';
  const before = text.slice(0, Number(position[1])).split('\n');
  return ` (line ${before.length}, column ${(before[before.length - 1] ?? '').length + 1})`;
}

/** A copy of the value as plain JSON data, or the faults that make it none: cycles, functions, NaN, typed arrays, …
 *  Later steps may walk the copy recursively and change it. Never throws, also not for getters and proxies that do. */
export function toPlain(input: unknown): PlainCopy {
  const faults: Fault[] = [];
  const ancestors = new Set<object>();
  let values = 0;

  const refuse = (pointer: string, value: unknown, allowed: string, message: string): undefined => {
    if (faults.length < MAX_FAULTS) faults.push(problem(pointer, value, allowed, message));
    return undefined;
  };

  const copy = (value: unknown, pointer: string, depth: number): unknown => {
    if (++values > MAX_VALUES) return undefined;
    switch (typeof value) {
      case 'string':
        return value.length <= MAX_SPEC_BYTES
          ? value
          : refuse(pointer, value, `at most ${MAX_SPEC_BYTES} characters`, `is a text of ${value.length} characters`);
      case 'boolean':
        return value;
      case 'number':
        return Number.isFinite(value)
          ? value + 0 // JSON has no −0
          : refuse(pointer, value, 'a finite number', `is ${value}, but must be a finite number`);
      case 'object':
        break;
      default:
        return refuse(pointer, value, 'JSON data', `is ${show(value)}, but must be JSON data`);
    }
    if (value === null) return null;
    if (ancestors.has(value)) return refuse(pointer, 'a cycle', 'JSON data', 'contains itself; a job spec is a tree');
    if (depth >= MAX_DEPTH) {
      return refuse(pointer, value, `at most ${MAX_DEPTH} levels`, `is nested deeper than ${MAX_DEPTH} levels`);
    }
    ancestors.add(value);
    const result = Array.isArray(value) ? copyList(value, pointer, depth) : copyObject(value, pointer, depth);
    ancestors.delete(value);
    return result;
  };

  const copyList = (list: readonly unknown[], pointer: string, depth: number): unknown => {
    if (list.length > MAX_VALUES - values) {
      values = MAX_VALUES + 1;
      return undefined;
    }
    return Array.from(list, (item, index) => copy(item, join(pointer, index), depth + 1));
  };

  const copyObject = (object: object, pointer: string, depth: number): unknown => {
    const prototype: unknown = Object.getPrototypeOf(object);
    if (prototype !== null && prototype !== Object.prototype && Object.getPrototypeOf(prototype) !== null) {
      return refuse(pointer, object, 'JSON data', 'is an instance of a class, but must be a plain object or a list');
    }
    const result: Record<string, unknown> = {};
    for (const key of Object.keys(object)) {
      const item: unknown = (object as Readonly<Record<string, unknown>>)[key];
      if (key === '__proto__') refuse(join(pointer, key), item, 'another name', 'is a name that is never allowed');
      else if (item !== undefined) result[key] = copy(item, join(pointer, key), depth + 1);
    }
    return result;
  };

  try {
    const value = copy(input, '', 0);
    if (values > MAX_VALUES)
      return whole(`over ${MAX_VALUES} values`, `at most ${MAX_VALUES} values`, `holds more than ${MAX_VALUES} values`);
    return { value, faults };
  } catch (error) {
    return whole(
      'data that cannot be read',
      'JSON data',
      `cannot be read: ${error instanceof Error ? error.message : 'a getter threw'}`,
    );
  }
}
