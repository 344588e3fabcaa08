import { expect, test } from 'vitest';
import { MarlinError } from '../../../src/base/index.js';
import {
  fitsMessage,
  hear,
  sayFailure,
  sayStates,
  sayUpdate,
  sayWord,
  statesIn,
  updateIn,
} from '../../../src/training/parts/words.js';
import type { UnitState } from '../../../src/training/update-runner.js';
import { decodePartMessage, encodePartMessage, MAX_MESSAGE_BYTES, type WireTensor } from '../../../src/wire/index.js';
import { smallJob } from '../../helpers/training.js';
import { openInline, planOf } from './planning.js';

const planned = planOf({ ...smallJob, learners: 3 });
const { plan } = planned;
const { layouts, units } = await openInline(planned);
const PART = plan.parts[1]!;
const LAYOUTS = new Map(PART.map((unit) => [unit, layouts[unit]!]));
const STATES = new Map(PART.map((unit) => [unit, units[unit]!]));
const REWARDS = new Map(
  PART.flatMap((unit) => plan.units[unit]!.policies.flatMap((p) => plan.policies[p]!.agents)).map((agent) => [
    agent,
    new Float64Array(plan.layout.shape.rewardHeads).fill(agent + 0.1),
  ]),
);
const [UNIT] = PART as [number];
const RESULTS = new Map(
  [...STATES].map(([unit, state]) => [unit, { state, metrics: { loss: 0.5 }, seconds: { transfer: 1, update: 2 } }]),
);

/** A message as `wire` is, with other facts and tensors. */
function changed(
  wire: Uint8Array,
  facts: (facts: Record<string, unknown>) => Record<string, unknown>,
  tensors: (tensor: WireTensor) => readonly WireTensor[] = (tensor) => [tensor],
): Uint8Array {
  const { word, iteration, facts: said, take } = decodePartMessage(wire);
  const specs = [...STATES.keys()].map((unit) => ({
    name: `unit/${unit}/state`,
    dtype: 'f32' as const,
    shape: [units[unit]!.tensors.byteLength / 4],
  }));
  const found = specs.map((spec): WireTensor => ({ ...spec, bytes: take(spec) }));
  return encodePartMessage({ word, iteration, facts: facts({ ...said }), tensors: found.flatMap(tensors) });
}

const thrown = (call: () => unknown): MarlinError => {
  try {
    call();
  } catch (error) {
    if (error instanceof MarlinError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

test('what is said of states is heard, in memory of its own', () => {
  const heard = statesIn(hear(sayStates('told', 7, STATES), ['told'], 7), LAYOUTS);
  expect([...heard.keys()]).toEqual(PART);
  for (const [unit, { tensors, counters }] of heard) {
    expect(Buffer.compare(tensors, units[unit]!.tensors)).toBe(0);
    expect(tensors.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(counters).toEqual(units[unit]!.counters);
  }
});

test.each([true, false])('what is said of an update is heard, with states if it is the last: %s', (leaves) => {
  const update = updateIn(hear(sayUpdate(3, RESULTS, LAYOUTS, REWARDS, leaves), ['updated'], 3), plan, LAYOUTS);
  expect(update.rewards).toEqual(REWARDS);
  expect(update.units.get(UNIT)).toMatchObject({ metrics: { loss: 0.5 }, seconds: { transfer: 1, update: 2 } });
  expect(update.states === null ? null : [...update.states.keys()]).toEqual(leaves ? PART : null);
});

test.each([
  ['another word', sayWord('tell', 3), 'updated of iteration 3', 'tell of iteration 3'],
  ['another iteration', sayStates('told', 4, STATES), 'updated of iteration 3', 'told of iteration 4'],
])('%s than was asked for is refused', (_, message, wanted, found) => {
  expect(thrown(() => hear(message, ['updated'], 3))).toMatchObject({
    code: 'TRAINING_MESSAGE_MISPLACED',
    data: { wanted, found },
  });
});

const told = sayStates('told', 3, STATES);
const shorter = (tensor: WireTensor): readonly WireTensor[] => [
  { ...tensor, shape: [tensor.shape[0]! - 1], bytes: tensor.bytes.subarray(4) },
];
const counters = (value: unknown) => (): Record<string, unknown> => ({ counters: value });

test.each([
  ['a state that is too short', (facts: Record<string, unknown>) => facts, shorter, 'WIRE_CORRUPT'],
  ['a state that is missing', (facts: Record<string, unknown>) => facts, () => [], 'WIRE_CORRUPT'],
  ['no counters', () => ({}), undefined, 'TRAINING_MESSAGE_MISPLACED'],
  ['counters that are null', counters(null), undefined, 'TRAINING_MESSAGE_MISPLACED'],
  ['counters of another unit', counters({ 77: {} }), undefined, 'TRAINING_MESSAGE_MISPLACED'],
  ['a list for counters', counters({ [UNIT]: [] }), undefined, 'TRAINING_MESSAGE_MISPLACED'],
  ['a counter that is a text', counters({ [UNIT]: { steps: '1' } }), undefined, 'TRAINING_MESSAGE_MISPLACED'],
])('states with %s are refused', (_, facts, tensors, code) => {
  expect(thrown(() => statesIn(hear(changed(told, facts, tensors), ['told']), LAYOUTS)).code).toBe(code);
});

const made = (facts: object): Uint8Array =>
  encodePartMessage({ word: 'updated', iteration: 3, facts: facts as Record<string, unknown>, tensors: [] });

test.each([
  ['no units', {}],
  ['a text for units', { units: 'all' }],
  ['a unit that is null', { units: { [UNIT]: null } }],
  ['no metrics', { units: { [UNIT]: { seconds: {} } } }],
  ['a metric that was no number', { units: { [UNIT]: { seconds: {}, metrics: { loss: Number.NaN } } } }],
])('an update with %s is refused', (_, facts) => {
  const refused = thrown(() => updateIn(hear(made(facts), ['updated']), plan, LAYOUTS));
  expect(refused.code).toBe('TRAINING_MESSAGE_MISPLACED');
});

test('an update without parameters is refused', () => {
  const facts = { units: Object.fromEntries(PART.map((unit) => [unit, { seconds: {}, metrics: {} }])) };
  expect(thrown(() => updateIn(hear(made(facts), ['updated']), plan, LAYOUTS)).code).toBe('WIRE_CORRUPT');
});

test('what has failed is thrown as it was', () => {
  const failure = { code: 'TRAINING_DIVERGED', message: 'a loss is NaN', retryable: true, data: { unit: 3 } };
  expect(thrown(() => hear(sayFailure(0, failure), ['updated'], 3))).toMatchObject(failure);
});

test.each([
  ['nothing', {}],
  ['null', { error: null }],
  ['an error without a code', { error: { message: 'it failed' } }],
])('a failure that is told by %s is refused', (_, facts) => {
  const message = encodePartMessage({ word: 'failed', iteration: 0, facts, tensors: [] });
  expect(thrown(() => hear(message, ['updated'])).code).toBe('TRAINING_MESSAGE_MISPLACED');
});

test('of a failure only what an error has is taken', () => {
  const error = { code: 'X', message: 'y', retryable: 'yes', data: 'z', stack: 1 };
  const message = encodePartMessage({ word: 'failed', iteration: 0, facts: { error }, tensors: [] });
  expect(thrown(() => hear(message, ['updated']))).toMatchObject({
    code: 'X',
    message: 'y',
    retryable: false,
    data: {},
  });
});

test('states are none of the sender’s memory', () => {
  const state: UnitState = { ...units[UNIT]!, tensors: units[UNIT]!.tensors.slice() };
  const heard = statesIn(hear(sayStates('told', 1, new Map([...STATES, [UNIT, state]])), ['told']), LAYOUTS);
  const before = heard.get(UNIT)!.tensors.slice();
  state.tensors.fill(1);
  expect(Buffer.compare(heard.get(UNIT)!.tensors, before)).toBe(0);
});

test('units fit a message as long as their states and what they act by do, with some room for the rest', () => {
  const layout = (numbers: number, acting: number) =>
    new Map([
      [
        0,
        {
          unitId: 'u',
          tensors: [{ name: 'parameters', shape: [numbers / 2, 2] }],
          acting: [{ policy: 0, offset: 0, count: acting }],
          replay: null,
        },
      ],
    ]);
  const most = (MAX_MESSAGE_BYTES - 32 * 2 ** 20) / 4;
  expect(fitsMessage(layout(most - 1000, 1000))).toBe(true);
  expect(fitsMessage(layout(most - 1000, 1002))).toBe(false);
  expect(fitsMessage(layout(most + 2, 0))).toBe(false);
});
