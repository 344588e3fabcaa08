import { allowedIn } from './columns.js';
import { assertNoFaults, type RowFault } from './errors.js';
import { type Askable, type Manner, MOST_FAULTS, type Question, type Tell } from './question.js';
import { readStates } from './states.js';

type Fields = Readonly<Record<string, unknown>>;

const KNOWN = ['observation', 'observations', 'state', 'states', 'mask', 'masks', 'sample', 'seed', 'agent'];

/** Reads {observation, state?, mask?} or {observations, states?, masks?}, with {sample?, seed?, agent?}; `manner` is what holds where the body does not say.
 *  Throws SERVING_REQUEST_INVALID, with the first places at fault. */
export function readJsonQuestion(text: string, askable: Askable, manner: Manner): Question {
  const faults: RowFault[] = [];
  const fault = (pointer: string, message: string): void => {
    if (faults.length < MOST_FAULTS) faults.push({ pointer, message });
  };
  const body = parse(text);
  if (body === null) {
    fault('', 'must be a JSON object');
    assertNoFaults(faults);
  }
  const fields = body as Fields;
  for (const name of Object.keys(fields)) {
    if (!KNOWN.includes(name)) fault(`/${escaped(name)}`, 'is not known here');
  }
  const single = Object.hasOwn(fields, 'observation');
  if (single === Object.hasOwn(fields, 'observations')) {
    fault('', 'must have either observation, one row, or observations, a list of rows');
  }
  for (const wrong of single ? ['states', 'masks'] : ['state', 'mask']) {
    if (Object.hasOwn(fields, wrong)) fault(`/${wrong}`, `does not go with observation${single ? '' : 's'}`);
  }
  assertNoFaults(faults);

  const given: unknown = single ? [fields.observation] : fields.observations;
  if (!Array.isArray(given) || given.length === 0) {
    fault('/observations', 'must be a list of at least one row');
    assertNoFaults(faults);
  }
  const list = given as readonly unknown[];
  const observations = readObservations(list, askable, (b) => (single ? '/observation' : `/observations/${b}`), fault);
  const remembered = single ? (fields.state === undefined ? undefined : [fields.state]) : fields.states;
  const states = readStates(
    remembered,
    list.length,
    askable.stateSize,
    (b) => (single ? '/state' : `/states/${b}`),
    fault,
  );
  const asked = single ? (fields.mask === undefined ? undefined : [fields.mask]) : fields.masks;
  const masks = readMasks(asked, list.length, askable.maskSize, (b) => (single ? '/mask' : `/masks/${b}`), fault);
  const own = readManner(fields, manner, askable, fault);
  assertNoFaults(faults);
  return { single, rows: list.length, observations, states, masks, ...own };
}

function readObservations(
  list: readonly unknown[],
  { columns }: Askable,
  place: (row: number) => string,
  fault: Tell,
): Float32Array {
  const { size, low, high } = columns;
  // None is taken for rows that are not there: "[0,0,…]" would ask for many times its length. What is written past the end is dropped.
  const observations = new Float32Array(areRows(list, size) ? list.length * size : 0);
  for (let b = 0; b < list.length; b++) {
    const row = list[b];
    if (!Array.isArray(row) || row.length !== size) {
      fault(place(b), Array.isArray(row) ? `has ${row.length} numbers instead of ${size}` : `must be ${size} numbers`);
      continue;
    }
    const offset = b * size;
    for (let j = 0; j < size; j++) {
      const value: unknown = row[j];
      // As the bounds are, so that a number at a bound is within it.
      const narrowed = typeof value === 'number' ? Math.fround(value) : Number.NaN;
      if (!(narrowed >= low[j]! && narrowed <= high[j]!)) {
        fault(`${place(b)}/${j}`, `is ${shown(value)}, not ${allowedIn(columns, j)}`);
      }
      observations[offset + j] = narrowed;
    }
  }
  return observations;
}

const areRows = (list: readonly unknown[], size: number): boolean =>
  list.every((row) => Array.isArray(row) && row.length === size);

function readMasks(
  given: unknown,
  rows: number,
  size: number,
  place: (row: number) => string,
  fault: Tell,
): Uint8Array | null {
  if (given === undefined) return null;
  if (!Array.isArray(given) || given.length !== rows) {
    fault('/masks', `must be a list of ${rows} masks, one for each row`);
    return null;
  }
  const masks = new Uint8Array(areRows(given, size) ? rows * size : 0);
  for (let b = 0; b < rows; b++) {
    const mask: unknown = given[b];
    if (size === 0) {
      fault(place(b), 'cannot be given: the policy has nothing to mask');
      continue;
    }
    if (!Array.isArray(mask) || mask.length !== size) {
      fault(
        place(b),
        Array.isArray(mask) ? `has ${mask.length} numbers instead of ${size}` : `must be ${size} numbers`,
      );
      continue;
    }
    for (let j = 0; j < size; j++) {
      const value: unknown = mask[j];
      if (value !== 0 && value !== 1) fault(`${place(b)}/${j}`, `is ${shown(value)}, not 0 or 1`);
      else masks[b * size + j] = value;
    }
  }
  return masks;
}

function readManner(fields: Fields, manner: Manner, askable: Askable, fault: Tell): Manner {
  const own = (name: keyof Manner, fits: (value: unknown) => boolean, what: string): unknown => {
    if (!Object.hasOwn(fields, name)) return manner[name];
    if (!fits(fields[name])) fault(`/${name}`, `must be ${what}`);
    return fields[name];
  };
  const isSeed = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
  const read = {
    sample: own('sample', (value) => typeof value === 'boolean', 'true or false'),
    seed: own('seed', isSeed, 'a whole number from 0 to 9007199254740991'),
    agent: own('agent', (value) => typeof value === 'string', 'the id of an agent'),
  } as Manner;
  // What is none of its kind is told of already.
  if (typeof read.sample === 'boolean' && (read.agent === null || typeof read.agent === 'string')) {
    checkManner(read, askable, fault);
  }
  return read;
}

/** Tells what of the manner does not go together, or with the policy. */
export function checkManner({ sample, seed, agent }: Manner, { agentIds, tellsAgents }: Askable, fault: Tell): void {
  if (seed !== null && !sample) fault('/seed', 'is of use only with sample: true');
  const known = agentIds.join(', ');
  if (agent === null) {
    if (tellsAgents) fault('/agent', `is missing: the policy tells its agents apart; they are ${known}`);
  } else if (!agentIds.includes(agent)) {
    fault('/agent', `must be one of ${known}`);
  }
}

function parse(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
  } catch {
    return null;
  }
}

/** A value, in few characters. An object is not asked for its text: it may have a `toString` that is none. */
const shown = (value: unknown): string => {
  if (value === undefined) return 'undefined';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'an object' : JSON.stringify(value).slice(0, 40);
};

const escaped = (name: string): string => name.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1');
