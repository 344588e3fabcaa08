import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import { sampleActions } from '../../../src/envs/conformance/actions.js';
import { createBatch } from '../../../src/envs/index.js';
import {
  binary,
  box,
  composite,
  contains,
  discrete,
  elementSize,
  hierarchical,
  multiDiscrete,
  observed,
  type Space,
} from '../../../src/spaces/index.js';
import { countingEnvironment } from './counting-environment.js';

const INSTANCES = 4000;
const observationSpace = box(2);

/** Actions of the space, each an array, by instance; instance b observes [observe(b), 1]. */
function sample(actionSpace: Space, observe: (b: number) => number = () => 0, mask?: readonly number[]): number[][] {
  const agent = { id: 'agent', observationSpace, actionSpace, masked: mask !== undefined };
  const batch = createBatch(countingEnvironment({ agents: [agent] }), INSTANCES);
  for (let b = 0; b < INSTANCES; b++) batch.observation[0].set([observe(b), 1], b * 2);
  for (let b = 0; b < INSTANCES && mask !== undefined; b++) batch.actionMask[0].set(mask, b * mask.length);
  // What an earlier action left there must not stay.
  batch.action[0].fill(7);
  sampleActions(batch, new RandomStream(1, 'test'));
  const width = elementSize(actionSpace);
  for (let b = 0; b < INSTANCES; b++) {
    const row = { values: batch.observation[0], offset: b * 2 };
    const inside = contains(actionSpace, batch.action[0], b * width, row);
    expect(inside, `action ${b}: ${batch.action[0].subarray(b * width, (b + 1) * width)}`).toBe(true);
  }
  return Array.from({ length: INSTANCES }, (_, b) => [...batch.action[0].subarray(b * width, (b + 1) * width)]);
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Three levels: whether, which (only then), and how much of which (only of choice 2). */
const levels = hierarchical([
  { name: 'enter', space: binary() },
  { name: 'which', space: discrete(3), when: { level: 'enter', is: [1] } },
  {
    name: 'amount',
    space: box(2, { low: [observed(0), -1], high: [observed(1), 1] }),
    when: { level: 'which', is: [2] },
  },
  { name: 'always', space: multiDiscrete([2, 5]) },
]);

describe('sampleActions', () => {
  it.each<[string, Space]>([
    ['a box', box([2, 2])],
    ['a box between bounds that are no float32', box(1, { low: 0.1, high: 0.7 })],
    ['a box above an observed bound', box(1, { low: observed(0) })],
    ['a box below an observed bound', box(1, { high: observed(0) })],
    ['a box between observed bounds', box(2, { low: observed(0), high: observed(1) })],
    ['choices', multiDiscrete([3, 1, 4])],
    ['levels', levels],
    ['a composite seller', composite('seller', observed(0))],
    ['a composite buyer', composite('buyer', observed(0))],
    ['a composite seller with a reservation that is no float32', composite('seller', 0.7)],
  ])('stays inside %s', (_, space) => {
    const actions = sample(space, (b) => 1 - b / 100);
    expect(new Set(actions.map((action) => action.join())).size).toBeGreaterThan(10);
  });

  it('draws from an observed bound outward, exponentially', () => {
    const seller = sample(box(1, { low: observed(0) }), (b) => b);
    const above = seller.map(([price], b) => price - b);
    expect(mean(above)).toBeCloseTo(1, 1);
    expect(above.filter((excess) => excess > 1).length / INSTANCES).toBeCloseTo(0.37, 1);
    expect(mean(sample(box(1, { high: observed(0) }), (b) => b).map(([price], b) => b - price))).toBeCloseTo(1, 1);
  });

  it('decides levels in order, and writes 0 where one is inactive', () => {
    const actions = sample(levels);
    const share = (holds: (action: number[]) => boolean): number => actions.filter(holds).length / INSTANCES;
    expect(share(([enter]) => enter === 1)).toBeCloseTo(1 / 2, 1);
    expect(share(([enter, which]) => enter === 1 && which === 2)).toBeCloseTo(1 / 6, 1);
    expect(share(([, which, amount]) => which === 2 && amount !== 0)).toBeCloseTo(1 / 6, 1);
    expect(share(([enter, which]) => enter === 0 && which !== 0)).toBe(0);
    expect(share(([, which, amount, second]) => which !== 2 && (amount !== 0 || second !== 0))).toBe(0);
    expect(share((action) => action[5] === 4)).toBeCloseTo(1 / 5, 1);
  });

  it('heeds the mask of each level', () => {
    const actions = sample(levels, () => 0, [0, 1, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0]);
    const seen = (j: number): number[] => [...new Set(actions.map((action) => action[j]))].sort();
    expect([seen(0), seen(1), seen(4), seen(5)]).toEqual([[1], [0, 2], [0], [1, 3]]);
  });

  it('passes half of the time with a composite action, and quotes from the reservation outward', () => {
    const seller = sample(composite('seller', observed(0)), () => 3).map(([price]) => price);
    const buyer = sample(composite('buyer', observed(0)), () => 3).map(([price]) => price);
    for (const prices of [seller, buyer]) {
      expect(prices.filter((price) => price === 0).length / INSTANCES).toBeCloseTo(0.5, 1);
    }
    expect(mean(seller.filter((price) => price !== 0))).toBeCloseTo(4, 1);
    expect(mean(buyer.filter((price) => price !== 0))).toBeCloseTo(2, 1);
  });

  it('leaves the instances before `from` as they are', () => {
    const batch = createBatch(countingEnvironment(), 3);
    batch.actionMask[1].fill(1);
    batch.action[0].fill(9);
    sampleActions(batch, new RandomStream(1, 'test'), 1);
    expect(batch.action[0][0]).toBe(9);
    expect(batch.action[0][2]).not.toBe(9);
  });
});
