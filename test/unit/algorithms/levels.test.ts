import { describe, expect, test } from 'vitest';
import type { UpdateMetrics, Updater, UpdaterContext } from '../../../src/algorithms/index.js';
import { RandomStream } from '../../../src/base/index.js';
import type { PolicyBatch } from '../../../src/experience/index.js';
import { createPlainKernels, createWasmKernels } from '../../../src/kernels/index.js';
import { binary, hierarchical } from '../../../src/spaces/index.js';
import { begin, createUpdater, FIRST_TURN, place, type Setting } from './learning.js';
import { groupsOf, L, LEVELS, partOf, separate, shared } from './order.js';

const random = () => new RandomStream(7, 'update');
const ALGORITHMS = ['ppo', 'reinforce'] as const;
const oneStep = { ppo: { epochs: 1, minibatches: 1 }, reinforce: {} };
const unclipped = { maxGradientNorm: 1e9 };
const sgd = { optimizer: { kind: 'sgd' } };
/** Returns that are the sample's own reward, so that no sample says anything of another. */
const myopic = { gamma: 0 };

interface Updated {
  readonly updater: Updater;
  readonly context: UpdaterContext;
  readonly batch: PolicyBatch;
  readonly metrics: UpdateMetrics;
  /** What the update added to each level's parameters. */
  readonly moved: Record<string, number[]>;
}

/** One update of the first weights by a batch that they acted in, as `change` has left it. */
async function update(
  algorithm: string,
  options: object,
  change: (batch: PolicyBatch) => PolicyBatch = (batch) => batch,
  setting: Setting = separate,
): Promise<Updated> {
  const begun = await begin(createWasmKernels(), algorithm, options, setting);
  const { context, updater } = begun;
  const batch = change(begun.batch);
  const groups = groupsOf(context);
  const of = (name: string): number[] => partOf(updater, groups[name]);
  const before = Object.fromEntries(Object.keys(groups).map((name) => [name, of(name)]));
  const metrics = updater.update(batch, random(), FIRST_TURN);
  const moved = Object.entries(before).map(([name, start]) => [name, of(name).map((value, j) => value - start[j])]);
  return { updater, context, batch, metrics, moved: Object.fromEntries(moved) };
}

const normOf = (values: readonly number[]): number => Math.hypot(...values);
const decidedIn = (batch: PolicyBatch, l: number): number[] =>
  Array.from({ length: batch.samples }, (_, n) => n).filter((n) => batch.levelActive[n * L + l] === 1);

/** The value network's output layer, by channel: weights of its 3 hidden units, bias. */
function valueOutputs({ updater, context }: Updated): number[][] {
  const { data } = updater.state[0];
  const C = L;
  const H = context.spec.network.hidden[0];
  const layer = [...data.subarray(data.length - (H + 1) * C)];
  return Array.from({ length: C }, (_, c) => layer.filter((_value, j) => j % C === c));
}

describe.each(ALGORITHMS)('%s, decoupled', (algorithm) => {
  test('the rewards of a level’s head move that level only, and its own value', async () => {
    const options = { ...oneStep[algorithm], ...unclipped };
    const plain = await update(algorithm, options);
    for (const [l, level] of LEVELS.entries()) {
      const other = await update(algorithm, options, (batch) => {
        for (let n = 0; n < batch.samples; n += 3) batch.rewards[l * batch.samples + n] += 5;
        return batch;
      });
      for (const [c, name] of LEVELS.entries()) {
        const [mine, theirs] = [other.moved[name], plain.moved[name]];
        if (name === level) expect(mine, name).not.toEqual(theirs);
        else expect(mine, `${name} by the rewards of ${level}`).toEqual(theirs);
        const [values, before] = [valueOutputs(other)[c], valueOutputs(plain)[c]];
        if (name === level) expect(values).not.toEqual(before);
        else expect(values).toEqual(before);
      }
    }
  });

  test('nor do many steps, clipped, bring it to another level', async () => {
    const options = algorithm === 'ppo' ? { epochs: 3, minibatches: 4, learningRate: 0.01 } : {};
    const plain = await update(algorithm, options);
    const other = await update(algorithm, options, (batch) => {
      batch.rewards.fill(3, batch.samples, batch.samples + 20);
      return batch;
    });
    expect(other.moved.kind).not.toEqual(plain.moved.kind);
    expect(other.moved.enter).toEqual(plain.moved.enter);
    expect(other.moved.size).toEqual(plain.moved.size);
  });

  test.each([
    ['shared networks', shared, 'decoupled'],
    ['shared credit', separate, 'shared'],
  ] as const)('with %s it does', async (_, setting, credit) => {
    const options = { ...oneStep[algorithm], credit };
    const plain = await update(algorithm, options, undefined, setting);
    const other = await update(
      algorithm,
      options,
      (batch) => {
        batch.rewards.fill(3, 0, 20);
        return batch;
      },
      setting,
    );
    for (const name of Object.keys(plain.moved)) expect(other.moved[name], name).not.toEqual(plain.moved[name]);
  });

  test('each channel is paid by the level’s reward head', async () => {
    const of = async (credit: string) => (await update(algorithm, { credit })).updater.rewardChannels;
    // Heads are gain, entry and style.
    expect(await of('decoupled')).toEqual([[1], [2], [0]]);
    expect(await of('shared')).toEqual([[0, 1, 2]]);
    const actionSpace = hierarchical([
      { name: 'a', space: binary(), reward: 'gain' },
      { name: 'b', space: binary() },
    ]);
    const own = await update(algorithm, {}, undefined, { ...separate, actionSpace });
    expect(own.updater.rewardChannels).toEqual([[0], [0, 1, 2]]);
  });

  test('where a level was not decided, nothing that was seen or paid reaches its policy', async () => {
    const options = { ...oneStep[algorithm], ...unclipped, ...myopic, entropyCoefficient: 0.1, valueCoefficient: 0 };
    const plain = await update(algorithm, options);
    for (const [l, level] of LEVELS.entries()) {
      const decided = new Set(decidedIn(plain.batch, l));
      const other = await update(algorithm, options, (batch) => {
        for (let n = 0; n < batch.samples; n++) {
          if (decided.has(n)) continue;
          batch.observations.set([50, -50], 2 * n);
          batch.rewards[l * batch.samples + n] = 1e3;
        }
        return batch;
      });
      if (l > 0) expect(decided.size).toBeLessThan(plain.batch.samples);
      expect(decided.size).toBeGreaterThan(10);
      expect(other.moved[level], level).toEqual(plain.moved[level]);
      if (l > 0) expect(other.moved.enter).not.toEqual(plain.moved.enter);
    }
  });

  test('and the gradient is that of the decided samples alone', async () => {
    for (const [l, level] of LEVELS.entries()) {
      const shape = { segments: 1, horizon: 1, instances: 80 };
      const options = {
        ...oneStep[algorithm],
        ...unclipped,
        ...myopic,
        ...sgd,
        entropyCoefficient: 0.1,
        learningRate: 1,
      };
      const whole = await update(algorithm, options, undefined, { ...separate, shape });
      const decided = decidedIn(whole.batch, l);
      const rest = { ...shape, instances: decided.length };
      const alone = await begin(createWasmKernels(), algorithm, options, { ...separate, shape: rest });
      const { kernels } = alone.context;
      const rows = (values: ArrayLike<number>, width: number, from = 0) =>
        decided.flatMap((n) => Array.from({ length: width }, (_, j) => values[from + n * width + j]));
      const { batch } = whole;
      const group = groupsOf(alone.context)[level];
      const before = partOf(alone.updater, group);
      alone.updater.update(
        {
          ...alone.batch,
          observations: place(kernels, rows(batch.observations, 2)),
          actions: place(kernels, rows(batch.actions, 3)),
          behaviorLogProbs: place(kernels, rows(batch.behaviorLogProbs, L)),
          levelActive: Uint8Array.from(rows(batch.levelActive, L)),
          rewards: place(
            kernels,
            LEVELS.flatMap((_, c) => rows(batch.rewards, 1, c * batch.samples)),
          ),
        },
        random(),
        FIRST_TURN,
      );
      // Both are means, over all samples and over the decided ones.
      const share = decided.length / batch.samples;
      partOf(alone.updater, group).forEach((value, j) => {
        expect(whole.moved[level][j], `${level}, parameter ${j}`).toBeCloseTo((value - before[j]) * share, 6);
      });
      expect(normOf(whole.moved[level])).toBeGreaterThan(1e-3);
    }
  });

  const perLevel: readonly (readonly [string, number])[] = [
    ['gamma', 0.5],
    ['entropyCoefficient', 0.7],
    ['learningRate', 0.05],
    ...(algorithm === 'ppo' ? ([['lambda', 0.1]] as const) : []),
  ];
  test.each(perLevel)('%s of a level is that of the whole for this level, and for no other', async (option, value) => {
    const options = algorithm === 'ppo' ? { epochs: 2, minibatches: 2 } : {};
    const plain = await update(algorithm, options);
    const all = await update(algorithm, { ...options, [option]: value });
    for (const level of LEVELS) {
      const one = await update(algorithm, { ...options, levels: { [level]: { [option]: value } } });
      for (const name of LEVELS) {
        expect(one.moved[name], `${name}, set for ${level}`).toEqual((name === level ? all : plain).moved[name]);
      }
      expect(all.moved[level]).not.toEqual(plain.moved[level]);
    }
  });

  test('the value network keeps the step size of the whole', async () => {
    const criticOf = ({ updater }: Updated): number[] => [...updater.state[0].data.subarray(updater.acting[0].count)];
    const plain = await update(algorithm, oneStep[algorithm]);
    const levels = Object.fromEntries(LEVELS.map((name) => [name, { learningRate: 0.05 }]));
    expect(criticOf(await update(algorithm, { ...oneStep[algorithm], levels }))).toEqual(criticOf(plain));
    expect(criticOf(await update(algorithm, { ...oneStep[algorithm], learningRate: 0.05 }))).not.toEqual(
      criticOf(plain),
    );
  });

  test('one level alone has its own step size too', async () => {
    const actionSpace = hierarchical([{ name: 'only', space: binary() }]);
    const setting = { ...separate, actionSpace };
    const one = await update(algorithm, { levels: { only: { learningRate: 0.05 } } }, undefined, setting);
    const all = await update(algorithm, { learningRate: 0.05 }, undefined, setting);
    expect(one.moved.only).toEqual(all.moved.only);
  });

  test('gradients are clipped level by level, and the value’s by itself', async () => {
    const options = { ...oneStep[algorithm], optimizer: { kind: 'sgd', momentum: 0.5 }, learningRate: 1 };
    const free = await update(algorithm, { ...options, ...unclipped });
    const values = { offset: free.updater.acting[0].count, count: free.updater.state[0].data.length };
    const groups = { ...groupsOf(free.context), values: { ...values, count: values.count - values.offset } };
    const velocities = (updated: Updated) =>
      Object.values(groups).map((group) => normOf(partOf(updated.updater, group, 'sgdVelocity')));
    const norms = velocities(free);
    expect(free.metrics.gradientNorm).toBeCloseTo(normOf(norms), 5);
    const sorted = norms.toSorted((a, b) => a - b);
    const bound = (sorted[1] + sorted[2]) / 2;
    const clipped = await update(algorithm, { ...options, maxGradientNorm: bound });
    velocities(clipped).forEach((norm, g) => expect(norm).toBeCloseTo(Math.min(norms[g], bound), 5));
    expect(clipped.metrics.gradientNorm).toBeCloseTo(free.metrics.gradientNorm, 5);
    // Of one network all gradients are clipped together.
    const together = await update(algorithm, { ...options, maxGradientNorm: bound }, undefined, shared);
    expect(normOf([...together.updater.state[1].data])).toBeCloseTo(Math.min(together.metrics.gradientNorm, bound), 5);
  });

  test('Adam moves every level by its own moments', async () => {
    const [rate, epsilon] = [0.01, 1e-5];
    const levels = { kind: { learningRate: 3 * rate } };
    const { updater, context, moved } = await update(algorithm, { ...oneStep[algorithm], learningRate: rate, levels });
    for (const [name, group] of Object.entries(groupsOf(context))) {
      const means = partOf(updater, group, 'adamMean');
      const variances = partOf(updater, group, 'adamVariance');
      expect(normOf(means)).toBeLessThanOrEqual(0.1 * 0.5 + 1e-6);
      moved[name].forEach((by, j) => {
        const step = means[j] / 0.1 / (Math.sqrt(variances[j] / 0.001) + epsilon);
        expect(by, `${name}, ${j}`).toBeCloseTo(-(name === 'kind' ? 3 : 1) * rate * step, 5);
      });
    }
  });

  test('advantages are normalized over the decided samples', async () => {
    const options = { ...oneStep[algorithm], ...unclipped, ...myopic, ...sgd, learningRate: 1 };
    // A critic of zeros: advantages are the rewards. Normalized, those of a level may be of any size and begin anywhere.
    const withRewards = (of: (reward: number, decided: boolean) => number) =>
      updateFrom(algorithm, options, (batch) => {
        for (const l of LEVELS.keys()) {
          const decided = new Set(decidedIn(batch, l));
          for (let n = 0; n < batch.samples; n++) {
            const at = l * batch.samples + n;
            batch.rewards[at] = of(batch.rewards[at], decided.has(n));
          }
        }
        return batch;
      });
    const plain = await withRewards((reward) => reward);
    const scaled = await withRewards((reward, decided) => (decided ? 10 * reward + 4 : -99));
    for (const name of LEVELS) {
      scaled[name].forEach((by, j) => expect(by).toBeCloseTo(plain[name][j], 4));
      expect(normOf(plain[name])).toBeGreaterThan(0.01);
    }
  });
});

/** What one update adds to each level's parameters, where values are 0. */
async function updateFrom(
  algorithm: string,
  options: object,
  change: (batch: PolicyBatch) => PolicyBatch,
): Promise<Record<string, number[]>> {
  const { context, updater, batch } = await begin(createWasmKernels(), algorithm, options, separate);
  updater.state[0].data.fill(0, updater.acting[0].count);
  const groups = Object.entries(groupsOf(context));
  const before = groups.map(([, group]) => partOf(updater, group));
  updater.update(change(batch), random(), FIRST_TURN);
  return Object.fromEntries(
    groups.map(([name, group], g) => [name, partOf(updater, group).map((value, j) => value - before[g][j])]),
  );
}

/** A batch in which nobody entered but in the given samples, who chose the first kind and no size worth telling. */
function enteredOnlyIn(batch: PolicyBatch, entered: readonly number[]): PolicyBatch {
  batch.actions.fill(0);
  batch.levelActive.fill(0);
  for (let n = 0; n < batch.samples; n++) {
    const enters = entered.includes(n);
    if (enters) batch.actions[n * 3] = 1;
    if (!enters) batch.behaviorLogProbs.fill(0, n * L + 1, (n + 1) * L);
    batch.levelActive.set([1, enters ? 1 : 0, enters ? 1 : 0], n * L);
  }
  return batch;
}

describe.each(ALGORITHMS)('metrics of %s', (algorithm) => {
  test.each([[[]], [[4]], [[4, 17]]])('are finite when a level is decided in the samples %j only', async (entered) => {
    const options = { ...oneStep[algorithm], entropyCoefficient: 0.1 };
    const { metrics, moved, updater } = await update(algorithm, options, (batch) => enteredOnlyIn(batch, entered));
    for (const [name, value] of Object.entries(metrics)) expect(Number.isFinite(value), `${name}: ${value}`).toBe(true);
    expect(metrics['decidedShare.enter']).toBe(1);
    expect(metrics['decidedShare.kind']).toBe(entered.length / 80);
    for (const { data } of updater.state) expect(data.every(Number.isFinite)).toBe(true);
    for (const level of ['kind', 'size']) {
      expect(moved[level].some((by) => by !== 0)).toBe(entered.length > 0);
      if (entered.length > 0) continue;
      expect(metrics[`policyLoss.${level}`]).toBe(0);
      expect(metrics[`entropy.${level}`]).toBe(0);
    }
  });

  test('of a level are means over the samples in which it was decided, of the whole over all', async () => {
    const { metrics, batch } = await update(algorithm, { ...oneStep[algorithm], entropyCoefficient: 0.1 });
    const told = (name: string): number[] => LEVELS.map((level) => metrics[`${name}.${level}`]);
    const shares = told('decidedShare');
    expect(shares).toEqual(LEVELS.map((_, l) => decidedIn(batch, l).length / batch.samples));
    const weighed = (name: string): number => told(name).reduce((sum, value, l) => sum + value * shares[l], 0);
    const sum = (name: string): number => told(name).reduce((total, value) => total + value, 0);
    expect(metrics.entropy).toBeCloseTo(weighed('entropy'), 9);
    expect(metrics.policyLoss).toBeCloseTo(weighed('policyLoss'), 9);
    expect(metrics.valueLoss).toBeCloseTo(sum('valueLoss'), 9);
    expect(metrics.explainedVariance).toBeCloseTo(sum('explainedVariance') / L, 9);
    // A yes or no has at most log 2, three kinds log 3; a Gaussian of deviation exp(−0.4) has ½·log(2πe) − 0.4.
    const [enter, kind, size] = told('entropy');
    expect(enter).toBeGreaterThan(0.1);
    expect(enter).toBeLessThanOrEqual(Math.log(2));
    expect(kind).toBeGreaterThan(0.1);
    expect(kind).toBeLessThanOrEqual(Math.log(3));
    expect(size).toBeCloseTo(0.5 * Math.log(2 * Math.PI * Math.E) - 0.4, 4);
  });

  test('are told for the whole only where levels are paid together', async () => {
    const { metrics } = await update(algorithm, { ...oneStep[algorithm], credit: 'shared' });
    expect(Object.keys(metrics).filter((name) => name.includes('.'))).toEqual([]);
  });
});

test('without a baseline metrics tell of no values', async () => {
  const { metrics } = await update('reinforce', { baseline: false });
  expect(Object.keys(metrics).filter((name) => /value|explained/i.test(name))).toEqual([]);
  expect(metrics['policyLoss.size']).not.toBe(0);
});

describe('clipped ratios', () => {
  test('are counted level by level, of those decided', async () => {
    const lag = Math.log(1.5);
    const { metrics } = await update('ppo', oneStep.ppo, (batch) => {
      // Another policy acted, as far as the kind goes.
      for (const n of decidedIn(batch, 1)) batch.behaviorLogProbs[n * L + 1] -= lag;
      return batch;
    });
    const fractions = LEVELS.map((level) => metrics[`clipFraction.${level}`]);
    expect(fractions).toEqual([0, 1, 0]);
    expect(metrics['approximateKl.kind']).toBeCloseTo(0.5 - lag, 5);
    expect(metrics['approximateKl.enter']).toBeCloseTo(0, 9);
    const shares = LEVELS.map((level) => metrics[`decidedShare.${level}`]);
    expect(metrics.clipFraction).toBeCloseTo(shares[1] / (1 + shares[1] + shares[2]), 9);
    expect(metrics.approximateKl).toBeCloseTo(shares[1] * (0.5 - lag), 5);
  });

  test('are those of all levels together where credit is shared', async () => {
    const { metrics } = await update('ppo', { ...oneStep.ppo, credit: 'shared' }, (batch) => {
      // Beyond the bounds each, but not the product.
      for (const n of decidedIn(batch, 2)) {
        batch.behaviorLogProbs[n * L + 1] -= 1;
        batch.behaviorLogProbs[n * L + 2] += 1;
      }
      return batch;
    });
    expect(metrics.clipFraction).toBe(0);
    expect(metrics.approximateKl).toBeCloseTo(0, 6);
  });
});

test.each(ALGORITHMS)('%s gives its memory back', async (algorithm) => {
  for (const create of [createPlainKernels, createWasmKernels]) {
    const kernels = create();
    const { context, batch } = await begin(kernels, algorithm, {}, separate);
    const ends = {
      ...batch,
      finalCount: 3,
      finalSamples: Int32Array.of(1, 5, 9),
      finalObservations: place(kernels, [1, 2, 3, 4, 5, 6]),
    };
    const before = kernels.allocatedBytes;
    const updater = await createUpdater(context, algorithm);
    updater.initialize(new RandomStream(3, 'initialize'));
    updater.update(ends, random(), FIRST_TURN);
    updater.dispose();
    expect(kernels.allocatedBytes).toBe(before);
  }
});
