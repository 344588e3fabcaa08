import { Value } from 'typebox/value';
import { describe, expect, test } from 'vitest';
import type { Updater } from '../../../src/algorithms/index.js';
import { PpoOptions } from '../../../src/algorithms/ppo/options.js';
import { ActorCritic } from '../../../src/algorithms/shared/actor-critic.js';
import { MinibatchOrder } from '../../../src/algorithms/shared/minibatch-order.js';
import { scheduled } from '../../../src/algorithms/shared/schedule.js';
import { RandomStream } from '../../../src/base/index.js';
import type { PolicyBatch } from '../../../src/experience/index.js';
import { createPlainKernels, createWasmKernels, type Kernels } from '../../../src/kernels/index.js';
import { batchOf, begin, type Ends, FIRST_TURN, ONE_CHANNEL, type Setting, stateOf } from './learning.js';
import { estimate, SlowLinear, standardized } from './slow-linear.js';

const shape = { segments: 2, horizon: 7, instances: 4 };
const F = 2;
const setting: Setting = { hidden: [], observationSize: F, shape, distribution: { initialLogStd: -0.3 } };
const ends: Ends = (n) => (n % 11 === 3 ? 't' : n % 7 === 2 ? 'c' : '');
const RATE = 0.05;
/** Steps as long as the gradient. */
const bare = { learningRate: RATE, maxGradientNorm: 1e9, optimizer: { kind: 'sgd' } };
const random = () => new RandomStream(7, 'update');

/** An updater, and a batch that a policy acted in that was a little different, so that ratios are not 1. */
async function beginOff(kernels: Kernels, algorithm: string, options: object, off = 1) {
  const { updater, batch } = await begin(kernels, algorithm, { ...bare, ...options }, setting, { ends });
  batch.behaviorLogProbs.forEach((logProb, n) => {
    batch.behaviorLogProbs[n] = logProb + off * 0.5 * Math.sin(3 * n);
  });
  const [start] = [[...updater.state[0].data]];
  const C = batch.critic?.size ?? F;
  return { updater, batch, start, slow: new SlowLinear(start, F, C), everyone: [...batch.rewards.keys()] };
}

function expectParameters(updater: Updater, start: readonly number[], slow: SlowLinear): void {
  const moved = slow.theta.map((value, j) => value - start[j]!);
  const scale = Math.max(...moved.map(Math.abs));
  expect(scale).toBeGreaterThan(1e-3);
  moved.forEach((expected, j) => {
    expect(Math.abs(updater.state[0].data[j]! - start[j]! - expected), `parameter ${j}`).toBeLessThan(
      2e-5 + scale * 1e-4,
    );
  });
}

const engines = [
  ['plain', createPlainKernels],
  ['wasm', createWasmKernels],
] as const;

describe.each(engines)('one pass over a batch on %s kernels, as a slow formula has it', (_, create) => {
  const gamma = 0.9;
  const cases: readonly (readonly [string, string, object])[] = [
    ['a2c', 'a2c', { lambda: 0.8, entropyCoefficient: 0.02 }],
    ['a2c without normalization', 'a2c', { lambda: 1, normalizeAdvantages: false, valueCoefficient: 2 }],
    ['a2c in minibatches', 'a2c', { lambda: 0.8, minibatches: 5 }],
    ['impala', 'impala', { entropyCoefficient: 0.02 }],
    [
      'impala with bounds of its own',
      'impala',
      { lambda: 0.7, vtrace: { rhoBar: 1.2, cBar: 0.8, pgRhoBar: 1.5 }, normalizeAdvantages: false },
    ],
    ['impala in minibatches', 'impala', { minibatches: 3, lambda: 0.9 }],
    ['reinforce', 'reinforce', { baseline: true, ratioClip: 1.3 }],
  ];

  test.each(cases)('%s', async (_name, algorithm, options) => {
    const kernels = create();
    const { updater, batch, start, slow, everyone } = await beginOff(kernels, algorithm, { gamma, ...options });
    const told = {
      lambda: 1,
      normalizeAdvantages: true,
      valueCoefficient: 0.5,
      entropyCoefficient: 0,
      minibatches: 1,
      ratioClip: null as number | null,
      ...options,
    };
    const clips = algorithm === 'impala' ? { rhoBar: 1, cBar: 1, pgRhoBar: 1, ...Object(options).vtrace } : null;
    const { advantages, valueTargets } = estimate(slow, batch, gamma, told.lambda, clips);
    // Ratios weigh what normalization leaves, as they are when a minibatch comes to its turn.
    const bound = clips?.pgRhoBar ?? told.ratioClip;
    const own = advantages.map((advantage, n) =>
      clips === null ? advantage : advantage / Math.min(clips.pgRhoBar, slow.ratio(batch, n)),
    );
    const weights = told.normalizeAdvantages ? standardized(own) : own;
    const metrics = updater.update(batch, random(), FIRST_TURN);

    const order = told.minibatches === 1 ? null : new MinibatchOrder(kernels, shape, told.minibatches, 'samples');
    order?.shuffle(random());
    let policyLoss = 0;
    for (let m = 0; m < told.minibatches; m++) {
      const samples = order === null ? everyone : [...order.indices.subarray(order.start(m), order.start(m + 1))];
      for (const n of samples) {
        const weight = weights[n]! * (bound === null ? 1 : Math.min(bound, slow.ratio(batch, n)));
        const { logProb } = slow.judge(batch, n);
        policyLoss -= weight * logProb;
        const error = slow.value(batch.observations, n) - valueTargets[n]!;
        slow.add(batch, n, {
          dLogProb: -weight / samples.length,
          dEntropy: -told.entropyCoefficient / samples.length,
          dValue: (told.valueCoefficient * error) / samples.length,
        });
      }
      slow.step(RATE);
    }
    expectParameters(updater, start, slow);
    expect(metrics.policyLoss).toBeCloseTo(policyLoss / batch.samples, 3);
    expect(updater.counters.optimizerSteps).toBe(told.minibatches);
  });
});

describe.each(engines)('PPO on %s kernels, one step, as a slow formula has it', (_, create) => {
  const CLIP = 0.25;
  const one = { epochs: 1, minibatches: 1, clip: CLIP, gamma: 0.9, lambda: 0.8 };

  test.each([
    ['generalized advantages', 'ppo', {}],
    ['V-trace', 'ppo', { advantages: 'vtrace' }],
    [
      'V-trace with bounds of its own, not normalized',
      'ppo',
      { advantages: 'vtrace', normalizeAdvantages: false, vtrace: { rhoBar: 1.2, cBar: 0.8 } },
    ],
    ['a critic of all observations', 'mappo', {}],
    ['a critic of the global state, with V-trace', 'mappo', { criticInput: 'globalState', advantages: 'vtrace' }],
  ])('%s', async (_name, algorithm, options: object) => {
    const { updater, batch, start, slow, everyone } = await beginOff(create(), algorithm, { ...one, ...options });
    const { vtrace, advantages: kind, normalizeAdvantages = true } = options as Record<string, unknown>;
    // Unbounded: the ratio of the policy gradient is the objective's own.
    const clips = { rhoBar: 1, cBar: 1, ...Object(vtrace), pgRhoBar: Infinity };
    const found = estimate(slow, batch, one.gamma, one.lambda, kind === 'vtrace' ? clips : null);
    const { valueTargets } = found;
    const own = kind === 'vtrace' ? found.advantages.map((a, n) => a / slow.ratio(batch, n)) : found.advantages;
    const advantages = normalizeAdvantages ? standardized(own) : own;
    const metrics = updater.update(batch, random(), FIRST_TURN);
    const seen = (batch.critic ?? batch).observations;
    let clipped = 0;
    let valueLoss = 0;
    for (const n of everyone) {
      const ratio = slow.ratio(batch, n);
      const advantage = advantages[n]!;
      const held = (advantage > 0 && ratio > 1 + CLIP) || (advantage < 0 && ratio < 1 - CLIP);
      if (Math.abs(ratio - 1) > CLIP) clipped++;
      const error = slow.value(seen, n) - valueTargets[n]!;
      valueLoss += 0.5 * error * error;
      slow.add(batch, n, {
        dLogProb: held ? 0 : (-advantage * ratio) / batch.samples,
        dEntropy: 0,
        dValue: (0.5 * error) / batch.samples,
      });
    }
    slow.step(RATE);
    expect(clipped).toBeGreaterThan(5);
    expectParameters(updater, start, slow);
    expect(metrics.clipFraction).toBeCloseTo(clipped / batch.samples, 6);
    expect(metrics.valueLoss).toBeCloseTo(valueLoss / batch.samples, 3);
  });
});

test.each(['globalState', 'observations'])(
  'what mappo’s policy learns to do does not look at %s',
  async (criticInput) => {
    const change = async (what: (batch: PolicyBatch) => void) => {
      const { updater, batch } = await beginOff(createPlainKernels(), 'mappo', { criticInput, epochs: 1, gamma: 0 }, 0);
      // A critic that is 0 everywhere, and does not learn: what it sees counts for nothing.
      updater.state[0].data.fill(0, updater.acting[0].count);
      what(batch);
      updater.update(batch, random(), FIRST_TURN);
      return { acting: [...updater.state[0].data.slice(0, updater.acting[0].count)], all: [...updater.state[0].data] };
    };
    const before = await change(() => {});
    const others = await change(({ critic }) => critic!.observations.fill(3));
    expect(others.acting).toEqual(before.acting);
    expect(others.all).not.toEqual(before.all);
  },
);

test('on-policy, with bounds of 1 and λ of 1, V-trace is the n-step return: impala is a2c', async () => {
  const options = { gamma: 0.9, lambda: 1 };
  const steps = await Promise.all(
    ['impala', 'a2c'].map(async (algorithm) => {
      const { updater, batch, start } = await beginOff(createWasmKernels(), algorithm, options, 0);
      updater.update(batch, random(), FIRST_TURN);
      return [...updater.state[0].data].map((value, j) => value - start[j]!);
    }),
  );
  const [impala, a2c] = steps as [number[], number[]];
  const scale = Math.max(...a2c.map(Math.abs));
  expect(scale).toBeGreaterThan(1e-3);
  impala.forEach((step, j) => expect(Math.abs(step - a2c[j]!) / scale).toBeLessThan(1e-4));
  // Off-policy it is not.
  const off = await Promise.all(
    ['impala', 'a2c'].map(async (algorithm) => {
      const { updater, batch } = await beginOff(createWasmKernels(), algorithm, options, 2);
      updater.update(batch, random(), FIRST_TURN);
      return [...updater.state[0].data];
    }),
  );
  expect(Math.max(...off[0]!.map((value, j) => Math.abs(value - off[1]![j]!)))).toBeGreaterThan(1e-3);
});

describe.each(['ppo', 'mappo', 'a2c', 'impala', 'reinforce'])(
  '%s: numbers that change over the iterations',
  (algorithm) => {
    const rate = { kind: 'exponential', from: 0.05, to: 0.001, iterations: 8 } as const;
    const entropy = { kind: 'linear', from: 0.4, to: 0, iterations: 5 } as const;

    async function learned(options: object, iteration: number) {
      const { updater, batch } = await begin(createWasmKernels(), algorithm, options, setting, { ends });
      updater.update(batch, random(), { ...FIRST_TURN, iteration });
      return stateOf(updater);
    }

    test.each([0, 1, 3, 8, 100])('are those of iteration %i', async (iteration) => {
      const expected = {
        learningRate: scheduled(rate, iteration),
        entropyCoefficient: scheduled(entropy, iteration),
      };
      const found = await learned({ learningRate: rate, entropyCoefficient: entropy }, iteration);
      expect(found).toEqual(await learned(expected, 7));
      expect(found).not.toEqual(await learned({ ...expected, learningRate: 0.02 }, 7));
      expect(found).not.toEqual(await learned({ ...expected, entropyCoefficient: 0.2 }, 7));
    });
  },
);

describe.each(['ppo', 'mappo', 'a2c', 'impala', 'reinforce'])('%s on normalized inputs', (algorithm) => {
  const normalizing: Setting = { ...setting, normalizeInput: true };

  test('learns on what it acted on: without lag, ratios are exactly 1, in every iteration', async () => {
    const { context, updater } = await begin(createWasmKernels(), algorithm, {}, normalizing);
    for (let iteration = 0; iteration < 3; iteration++) {
      // As an actor: by the published parameters alone.
      const { offset, count } = updater.acting[0];
      const published = updater.state[0].data.slice(offset, offset + count);
      const batch = batchOf(context, published, { seed: 10 + iteration, ends });
      const learner = new ActorCritic(context, {
        critic: true,
        optimizer: Value.Parse(PpoOptions, Value.Default(PpoOptions, {})),
        ...ONE_CHANNEL,
      });
      learner.parameters.set(updater.state[0].data.subarray(0, count));
      const ratios = context.kernels.f32(batch.samples);
      learner.ratios(batch, [ratios]);
      expect([...ratios]).toEqual(new Array<number>(batch.samples).fill(1));
      updater.update(batch, random(), { ...FIRST_TURN, iteration });
    }
    expect(updater.counters.observedSamples).toBe(3 * 56);
  });

  test('keeps the statistics of all that was observed, from the next version on', async () => {
    const { context, updater, batch } = await begin(createWasmKernels(), algorithm, {}, normalizing, { ends });
    const count = updater.acting[0].count;
    const normalization = () => [...updater.state[0].data.slice(count - 1 - 2 * F, count - 1)];
    expect(normalization()).toEqual([0, 0, 1, 1]);
    const seen: number[][] = [[], []];
    for (const next of [batch, batchOf(context, updater.state[0].data, { seed: 5, ends })]) {
      next.observations.forEach((value, j) => {
        next.observations[j] = j % F === 0 ? 3 * value + 4 : value;
        seen[j % F]!.push(next.observations[j]!);
      });
      updater.update(next, random(), FIRST_TURN);
      seen.forEach((column, i) => {
        const mean = column.reduce((sum, x) => sum + x, 0) / column.length;
        const variance = column.reduce((sum, x) => sum + (x - mean) ** 2, 0) / column.length;
        expect(normalization()[i]).toBeCloseTo(mean, 4);
        expect(normalization()[F + i]).toBeCloseTo(1 / Math.sqrt(variance), 4);
      });
    }
  });

  test('goes on with the statistics of weights that it begins with', async () => {
    const { updater, batch } = await begin(createWasmKernels(), algorithm, {}, normalizing, { ends });
    const count = updater.acting[0].count;
    updater.state[0].data.set([4, 0, 0.5, 1], count - 1 - 2 * F);
    const mean = [...batch.observations].filter((_, j) => j % F === 0).reduce((sum, x) => sum + x, 0) / batch.samples;
    updater.update(batch, random(), FIRST_TURN);
    expect(updater.state[0].data[count - 1 - 2 * F]).toBeCloseTo((4 + mean) / 2, 5);
  });
});
