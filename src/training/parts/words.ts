import { deserializeError, type MarlinError, type SerializedError } from '../../base/index.js';
import {
  decodePartMessage,
  encodePartMessage,
  MAX_MESSAGE_BYTES,
  type ReceivedPartMessage,
  type WireTensor,
} from '../../wire/index.js';
import { trainingError } from '../errors.js';
import type { JobPlan } from '../plan.js';
import type { UnitLayout, UnitState, UpdateResult } from '../update-runner.js';

/** unit → what it is, of the units of a part. */
export type UnitStates = ReadonlyMap<number, UnitState>;

/** What a holder tells of an iteration that it made. */
export interface PartUpdate {
  /** unit → what its update tells; `acting` are the acting parameters of its policies, in the layout's order. */
  readonly units: ReadonlyMap<number, Pick<UpdateResult, 'metrics' | 'seconds'> & { readonly acting: Uint8Array[] }>;
  /** agent → f64[H]. */
  readonly rewards: ReadonlyMap<number, Float64Array>;
  /** The units after the iteration, where the holder lets go of them. */
  readonly states: UnitStates | null;
}

type Layouts = ReadonlyMap<number, UnitLayout>;
type Counters = Readonly<Record<string, number>>;

const stateLength = ({ tensors }: UnitLayout): number =>
  tensors.reduce((sum, { shape }) => sum + shape.reduce((product, extent) => product * extent, 1), 0);
/** Of a message, for all but the numbers of states and policies: facts, names, rewards. */
const REST_BYTES = 32 * 2 ** 20;

/** Whether all that is ever said of units finds room in a message: their states, beside what they act by. */
export function fitsMessage(layouts: Layouts): boolean {
  const numbers = [...layouts.values()].reduce(
    (sum, layout) => sum + stateLength(layout) + layout.acting.reduce((own, { count }) => own + count, 0),
    0,
  );
  return 4 * numbers + REST_BYTES <= MAX_MESSAGE_BYTES;
}

const stateName = (unit: number): string => `unit/${unit}/state`;

function stateTensors(states: UnitStates): WireTensor[] {
  return [...states].map(([unit, { tensors }]) => ({
    name: stateName(unit),
    dtype: 'f32',
    shape: [tensors.byteLength / 4],
    bytes: tensors,
  }));
}

const countersOf = (states: UnitStates): Record<string, Counters> =>
  Object.fromEntries([...states].map(([unit, { counters }]) => [unit, counters]));

/** The states of the units before an iteration, of whoever says `word`. */
export function sayStates(word: 'begin' | 'told' | 'left', iteration: number, states: UnitStates): Uint8Array {
  return encodePartMessage({ word, iteration, facts: { counters: countersOf(states) }, tensors: stateTensors(states) });
}

export const sayWord = (word: 'ready' | 'update' | 'tell', iteration: number): Uint8Array =>
  encodePartMessage({ word, iteration, facts: {}, tensors: [] });

export const sayFailure = (iteration: number, error: SerializedError): Uint8Array =>
  encodePartMessage({ word: 'failed', iteration, facts: { error }, tensors: [] });

export function sayUpdate(
  iteration: number,
  results: ReadonlyMap<number, UpdateResult>,
  layouts: Layouts,
  rewards: ReadonlyMap<number, Float64Array>,
  leaves: boolean,
): Uint8Array {
  const states = new Map([...results].map(([unit, { state }]) => [unit, state]));
  const acting = [...results].flatMap(([unit, { state }]) =>
    layouts.get(unit)!.acting.map(
      ({ policy, offset, count }): WireTensor => ({
        name: `policy/${policy}/acting`,
        dtype: 'f32',
        shape: [count],
        bytes: state.tensors.subarray(4 * offset, 4 * (offset + count)),
      }),
    ),
  );
  const told = [...rewards].map(
    ([agent, sums]): WireTensor => ({
      name: `agent/${agent}/rewards`,
      dtype: 'f64',
      shape: [sums.length],
      bytes: new Uint8Array(sums.buffer, sums.byteOffset, sums.byteLength),
    }),
  );
  const units = Object.fromEntries([...results].map(([unit, { metrics, seconds }]) => [unit, { metrics, seconds }]));
  return encodePartMessage({
    word: 'updated',
    iteration,
    facts: { units, ...(leaves ? { counters: countersOf(states) } : {}) },
    tensors: [...acting, ...told, ...(leaves ? stateTensors(states) : [])],
  });
}

/** A message that must be one of these words, of the iteration if one is given. Throws what a holder says has failed, and
 *  TRAINING_MESSAGE_MISPLACED. */
export function hear(message: Uint8Array, words: readonly string[], iteration?: number): ReceivedPartMessage {
  const heard = decodePartMessage(message);
  if (heard.word === 'failed') throw failureOf(heard.facts);
  if (words.includes(heard.word) && (iteration === undefined || heard.iteration === iteration)) return heard;
  const wanted = `${words.join(' or ')}${iteration === undefined ? '' : ` of iteration ${iteration}`}`;
  throw misplaced(wanted, `${heard.word} of iteration ${heard.iteration}`);
}

/** The states that a message has, in shared memory of their own. Throws WIRE_CORRUPT, TRAINING_MESSAGE_MISPLACED. */
export function statesIn(heard: ReceivedPartMessage, layouts: Layouts): UnitStates {
  const counters = recordIn(heard.facts.counters) ?? {};
  return new Map(
    [...layouts].map(([unit, layout]) => {
      const bytes = heard.take({ name: stateName(unit), dtype: 'f32', shape: [stateLength(layout)] });
      const tensors = new Uint8Array(new SharedArrayBuffer(bytes.byteLength));
      tensors.set(bytes);
      return [unit, { tensors, counters: numbersIn(counters[unit], `the counters of unit ${unit}`), replay: null }];
    }),
  );
}

/** What `sayUpdate` said. Throws WIRE_CORRUPT, TRAINING_MESSAGE_MISPLACED. */
export function updateIn(heard: ReceivedPartMessage, plan: JobPlan, layouts: Layouts): PartUpdate {
  const told = recordIn(heard.facts.units) ?? {};
  const units = new Map(
    [...layouts].map(([unit, layout]) => {
      const { metrics, seconds } = recordIn(told[unit]) ?? {};
      const { transfer = 0, update = 0 } = numbersIn(seconds, `the seconds of unit ${unit}`);
      return [
        unit,
        {
          metrics: { ...numbersIn(metrics, `the metrics of unit ${unit}`) },
          seconds: { transfer, update },
          acting: layout.acting.map(({ policy, count }) =>
            heard.take({ name: `policy/${policy}/acting`, dtype: 'f32', shape: [count] }),
          ),
        },
      ];
    }),
  );
  const { rewardHeads } = plan.layout.shape;
  const agents = [...layouts.keys()].flatMap((unit) =>
    plan.units[unit]!.policies.flatMap((p) => plan.policies[p]!.agents),
  );
  const rewards = new Map(
    agents.map((agent) => {
      const sums = new Float64Array(rewardHeads);
      new Uint8Array(sums.buffer).set(
        heard.take({ name: `agent/${agent}/rewards`, dtype: 'f64', shape: [rewardHeads] }),
      );
      return [agent, sums];
    }),
  );
  return { units, rewards, states: heard.facts.counters === undefined ? null : statesIn(heard, layouts) };
}

type Facts = ReceivedPartMessage['facts'];

const recordIn = (found: unknown): Facts | undefined =>
  typeof found === 'object' && found !== null && !Array.isArray(found) ? (found as Facts) : undefined;

function numbersIn(found: unknown, what: string): Counters {
  const numbers = recordIn(found);
  if (numbers !== undefined && Object.values(numbers).every(Number.isFinite)) return numbers as Counters;
  throw misplaced(what, 'something that is no numbers');
}

function failureOf({ error }: Facts): MarlinError {
  const { code, message, retryable, data, stack } = recordIn(error) ?? {};
  if (typeof code !== 'string' || typeof message !== 'string') throw misplaced('an error', 'none');
  return deserializeError({
    code,
    message,
    retryable: retryable === true,
    data: recordIn(data) ?? {},
    ...(typeof stack === 'string' ? { stack } : {}),
  });
}

const misplaced = (wanted: string, found: string): MarlinError =>
  trainingError(
    'TRAINING_MESSAGE_MISPLACED',
    `another learner of the job said for ${wanted} ${found}; let all learners run the same version of Marlin`,
    { data: { wanted, found } },
  );
