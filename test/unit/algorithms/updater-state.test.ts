import { describe, expect, test } from 'vitest';
import { explainedVariance } from '../../../src/algorithms/shared/value-metrics.js';
import { RandomStream } from '../../../src/base/index.js';
import { createPlainKernels, createWasmKernels, type F32 } from '../../../src/kernels/index.js';
import { batchOf, begin, contextOf, createUpdater, FIRST_TURN, type Setting, stateOf } from './learning.js';
import { separate, shared } from './order.js';

const jobs: readonly (readonly [string, string, object, Setting])[] = [
  ['ppo with adam', 'ppo', { epochs: 2 }, {}],
  ['ppo with sgd and momentum', 'ppo', { optimizer: { kind: 'sgd', momentum: 0.9 }, shuffle: 'instances' }, {}],
  ['ppo with a value clip and weight decay', 'ppo', { valueClip: 0.1, optimizer: { weightDecay: 0.01 } }, {}],
  ['reinforce', 'reinforce', {}, {}],
  ['ppo on normalized inputs', 'ppo', { epochs: 2 }, { normalizeInput: true }],
  ['ppo with V-trace', 'ppo', { epochs: 2, advantages: 'vtrace', vtrace: { cBar: 0.9 } }, {}],
  ['ppo with V-trace, in levels', 'ppo', { epochs: 2, advantages: 'vtrace' }, { ...separate, masked: true }],
  ['ppo with normalized rewards', 'ppo', { epochs: 2, normalizeRewards: true }, {}],
  ['impala in levels with normalized rewards', 'impala', { normalizeRewards: true }, separate],
  ['a2c', 'a2c', { minibatches: 3 }, {}],
  ['a2c on normalized inputs', 'a2c', {}, { normalizeInput: true }],
  ['impala', 'impala', { minibatches: 2, lambda: 0.9 }, {}],
  ['impala in levels', 'impala', {}, separate],
  ['mappo', 'mappo', { epochs: 2 }, {}],
  ['mappo on the global state', 'mappo', { epochs: 2, criticInput: 'globalState' }, {}],
  ['ppo in levels, each with its own network', 'ppo', { epochs: 2 }, { ...separate, masked: true }],
  ['ppo in levels of one network, paid together', 'ppo', { epochs: 2, credit: 'shared' }, shared],
  ['reinforce in levels', 'reinforce', {}, separate],
  ['reinforce in levels, without baseline', 'reinforce', { baseline: false }, { ...shared, masked: true }],
  ['reinforce without baseline', 'reinforce', { baseline: false }, {}],
  ['the notebook', 'notebook', {}, { distribution: { kind: 'deterministic' } }],
  ['the notebook as written', 'notebook', { asWritten: true }, { distribution: { kind: 'deterministic' } }],
];

describe.each(jobs)('%s', (_, algorithm, options, setting) => {
  const ends = (n: number) => (n % 9 === 4 ? 't' : n % 13 === 5 ? 'c' : '') as 't' | 'c' | '';

  test('state and counters are all that the next update depends on', async () => {
    const { context, updater: first } = await begin(createWasmKernels(), algorithm, options, setting);
    const { context: elsewhere, updater: second } = await begin(createPlainKernels(), algorithm, options, setting);
    const update = (updater: typeof first, in_: typeof context, seed: number, acted: ArrayLike<number>) =>
      updater.update(batchOf(in_, acted, { seed, ends }), new RandomStream(seed, 'update'), FIRST_TURN);

    const acted = [...first.state[0].data];
    update(first, context, 1, acted);
    // The other one has a past of its own, on another batch; then it takes over the first one's state.
    update(second, elsewhere, 99, acted);
    update(second, elsewhere, 98, acted);
    second.state.forEach(({ data }, i) => data.set(first.state[i].data));
    second.counters = { ...first.counters };

    for (const seed of [2, 3]) {
      const metrics = update(first, context, seed, acted);
      expect(update(second, elsewhere, seed, acted)).toEqual(metrics);
      expect(stateOf(second)).toEqual(stateOf(first));
    }
    expect(second.counters).toEqual(first.counters);
    expect(stateOf(first).parameters).not.toEqual(acted);
  });

  test('the same seed gives the same first weights, another seed others', async () => {
    const { updater } = await begin(createPlainKernels(), algorithm, options, setting);
    const first = stateOf(updater).parameters;
    updater.state[0].data.fill(0);
    updater.initialize(new RandomStream(3, 'initialize'));
    expect(stateOf(updater).parameters).toEqual(first);
    updater.initialize(new RandomStream(4, 'initialize'));
    expect(stateOf(updater).parameters).not.toEqual(first);
  });
});

test.each(['ppo', 'reinforce'])(
  '%s: a value network that is not set has the shape of the policy’s',
  async (algorithm) => {
    const plain = contextOf(createPlainKernels(), algorithm, {});
    const network = { ...plain.spec.network, activation: 'relu' as const, hiddenGain: 5, outputGain: 3, outputBias: 2 };
    const { outputGain: _gain, outputBias: _bias, ...valueNetwork } = network;
    const start = async (spec: typeof plain.spec) => {
      const updater = await createUpdater({ ...plain, spec }, algorithm);
      updater.initialize(new RandomStream(3, 'initialize'));
      return stateOf(updater).parameters;
    };
    const unset = await start({ ...plain.spec, network });
    expect(unset).toEqual(await start({ ...plain.spec, network, valueNetwork }));
    expect(unset).not.toEqual(
      await start({ ...plain.spec, network, valueNetwork: { ...valueNetwork, hiddenGain: 1 } }),
    );
  },
);

describe('state tensors', () => {
  // Policy of 2 → 3 → 1 with a log standard deviation, value network of 2 → 3 → 1.
  const [acting, all] = [6 + 3 + 3 + 1 + 1, 14 + 13];

  test.each([
    ['ppo', {}, ['parameters', 'adamMean', 'adamVariance'], all],
    ['ppo', { optimizer: { kind: 'sgd' } }, ['parameters', 'sgdVelocity'], all],
    ['reinforce', { baseline: false }, ['parameters', 'adamMean', 'adamVariance'], acting],
  ] as const)('%s %o: %o', async (algorithm, options, names, count) => {
    const { updater } = await begin(createPlainKernels(), algorithm, options);
    expect(updater.state.map(({ name }) => name)).toEqual(names);
    for (const { shape, data } of updater.state) {
      expect(shape).toEqual([count]);
      expect(data).toHaveLength(count);
    }
    expect(updater.acting[0].count).toBe(acting);
  });

  test('the notebook, which never clears its gradients, keeps them too', async () => {
    const { context } = await begin(createPlainKernels(), 'notebook', {}, { distribution: { kind: 'deterministic' } });
    const updater = await createUpdater(context, 'notebook');
    expect(updater.state.map(({ name }) => name)).toEqual(['parameters', 'adamMean', 'adamVariance', 'gradients']);
    expect(updater.acting[0].count).toBe(updater.state[0].data.length);
  });
});

test.each([
  ['values that are the targets', [1, 2, 3], [1, 2, 3], 1],
  ['values that are off by a constant', [11, 12, 13], [1, 2, 3], 1],
  ['a constant value', [5, 5, 5], [1, 2, 3], 0],
  ['values that make it worse', [3, 2, 1], [1, 2, 3], -3],
  ['half the spread', [1, 2, 3], [2, 4, 6], 0.75],
  ['targets that do not vary', [1, 2, 3], [4, 4, 4], 0],
  ['one sample', [1], [2], 0],
] as const)('explained variance of %s', (_, values, targets, expected) => {
  const count = values.length;
  // Longer arrays: what lies beyond the count is not looked at.
  const kernels = createPlainKernels();
  const array = (list: readonly number[]): F32 => {
    const placed = kernels.f32(list.length + 1);
    placed.set([...list, 1e6]);
    return placed;
  };
  const returns = { values: array(values), valueTargets: array(targets), nextValues: array(values) };
  expect(explainedVariance(kernels, returns, count)).toBeCloseTo(expected, 6);
});
