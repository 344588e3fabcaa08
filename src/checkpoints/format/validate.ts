import {
  DTYPE_BYTES,
  MAX_FACTS_DEPTH,
  MAX_HEADER_BYTES,
  MAX_HEADER_CONTAINERS,
  MAX_NAME_LENGTH,
  MAX_RANK,
} from './layout.js';

/** What is wrong, and where: the caller knows whether a file is corrupt or an argument invalid. */
export interface Fault {
  readonly field: string;
  readonly problem: string;
}

/** Keys that reach an object's prototype when someone copies them carelessly. */
const RESERVED_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function iterationFault(iteration: unknown): Fault | null {
  if (Number.isSafeInteger(iteration) && (iteration as number) >= 0) return null;
  return { field: 'iteration', problem: `is ${show(iteration)}, not an integer of at least 0` };
}

/** Plain JSON survives unchanged: null, booleans, strings, finite numbers (−0 becomes 0), arrays and plain objects. */
export function factsFault(value: unknown, field = 'facts', depth = 0): Fault | null {
  if (depth === 0 && !isRecord(value)) return { field, problem: `is ${show(value)}, not an object` };
  if (depth > MAX_FACTS_DEPTH) return { field, problem: `is nested deeper than ${MAX_FACTS_DEPTH} levels` };
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return null;
  if (typeof value === 'number') {
    return Number.isFinite(value) ? null : { field, problem: `is ${value}, which JSON cannot hold` };
  }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const fault = factsFault(value[i], `${field}[${i}]`, depth + 1);
      if (fault !== null) return fault;
    }
    return null;
  }
  if (!isRecord(value) || !isPlain(value)) return { field, problem: `is ${show(value)}, which JSON cannot hold` };
  for (const [key, item] of Object.entries(value)) {
    if (RESERVED_NAMES.has(key)) return { field, problem: `has the reserved key ${show(key)}` };
    const fault = factsFault(item, `${field}.${key.slice(0, MAX_NAME_LENGTH)}`, depth + 1);
    if (fault !== null) return fault;
  }
  return null;
}

/** Checks name, dtype and shape; `names` holds the names of the tensors before it, and gets this one's. */
export function tensorFault(tensor: unknown, index: number, names: Set<string>): Fault | null {
  const field = `tensors[${index}]`;
  if (!isRecord(tensor)) return { field, problem: `is ${show(tensor)}, not an object` };
  const { name, dtype, shape } = tensor;
  if (typeof name !== 'string' || name.length === 0 || name.length > MAX_NAME_LENGTH || RESERVED_NAMES.has(name)) {
    return {
      field: `${field}.name`,
      problem: `is ${show(name)}, not an unreserved name of 1 to ${MAX_NAME_LENGTH} characters`,
    };
  }
  if (names.has(name)) return { field: `${field}.name`, problem: `is ${show(name)}, the name of an earlier tensor` };
  names.add(name);
  if (typeof dtype !== 'string' || !Object.hasOwn(DTYPE_BYTES, dtype)) {
    return { field: `${field}.dtype`, problem: `is ${show(dtype)}, not one of ${Object.keys(DTYPE_BYTES).join(', ')}` };
  }
  if (!Array.isArray(shape) || shape.length > MAX_RANK) {
    return { field: `${field}.shape`, problem: `is ${show(shape)}, not a list of at most ${MAX_RANK} sizes` };
  }
  for (const [axis, size] of shape.entries()) {
    if (!Number.isSafeInteger(size) || size < 0) {
      return { field: `${field}.shape[${axis}]`, problem: `is ${show(size)}, not an integer of at least 0` };
    }
  }
  return null;
}

/** Bytes of a tensor of known dtype and shape. May exceed the safe integers, or be infinite; then it equals no byte length. */
export function tensorBytes(dtype: keyof typeof DTYPE_BYTES, shape: readonly number[]): number {
  if (shape.includes(0)) return 0;
  return shape.reduce((product, size) => product * size, DTYPE_BYTES[dtype]);
}

/** Eight megabytes of brackets would be millions of objects, and seconds to parse. Brackets within strings count too: no
 *  honest header comes near the limit. */
export function headerFault(json: Uint8Array): Fault | null {
  if (json.byteLength > MAX_HEADER_BYTES) {
    return { field: 'header', problem: `has ${json.byteLength} bytes, more than the ${MAX_HEADER_BYTES} allowed` };
  }
  let containers = 0;
  for (const byte of json) if (byte === 0x5b || byte === 0x7b) containers++;
  if (containers <= MAX_HEADER_CONTAINERS) return null;
  return { field: 'header', problem: `has more than ${MAX_HEADER_CONTAINERS} objects and lists` };
}

/** A short form of any value for messages; never throws. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined)
    return String(value);
  return Array.isArray(value) ? `a list of ${value.length}` : `a value of type ${typeof value}`;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === null || prototype === Object.prototype) && !('toJSON' in value);
}
