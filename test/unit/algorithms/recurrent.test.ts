import { Value } from 'typebox/value';
import { describe, expect, test } from 'vitest';
import { PpoOptions } from '../../../src/algorithms/ppo/options.js';
import { ActorCritic } from '../../../src/algorithms/shared/actor-critic.js';
import { creditChannels } from '../../../src/algorithms/shared/credit.js';
import { MinibatchOrder } from '../../../src/algorithms/shared/minibatch-order.js';
import { ReturnEstimates } from '../../../src/algorithms/shared/returns.js';
import type { SampleBlock } from '../../../src/algorithms/shared/sample-block.js';
import { RandomStream } from '../../../src/base/index.js';
import type { PolicyBatch } from '../../../src/experience/index.js';
import { createPlainKernels, createWasmKernels, type F32, type I32 } from '../../../src/kernels/index.js';
import { box, discrete, hierarchical, type Space } from '../../../src/spaces/index.js';
import { batchOf, contextOf, createUpdater, type Ends, FIRST_TURN, ONE_CHANNEL, type Setting } from './learning.js';

const MEMORY = 4;
const SHAPE = { segments: 2, horizon: 7, instances: 3 };
const [S, T, B] = [SHAPE.segments, SHAPE.horizon, SHAPE.instances];
/** In the middle, in the first step, and in the last of segments. */
const ENDS: Ends = (n) => (n % 11 === 4 ? 't' : n % 13 === 0 || n === 41 ? 'c' : '');

const LEVELS = hierarchical([
  { name: 'enter', space: discrete(2) },
  { name: 'price', space: box(1, { low: 0, high: 1 }), when: { level: 'enter', is: [1] } },
]);
const SPACES: [string, Setting][] = [
  ['masked categorical', { actionSpace: discrete(4), masked: true }],
  ['several levels', { actionSpace: LEVELS }],
];

function begin(
  setting: Setting,
  sequenceLength: number | undefined,
  { ends = ENDS, kernels = createWasmKernels() } = {},
) {
  const context = contextOf(kernels, 'ppo', {}, { memory: MEMORY, shape: SHAPE, ...setting });
  const optimizer = Value.Parse(PpoOptions, context.options);
  const several = context.actionSpace.kind === 'hierarchical';
  const channels = several ? creditChannels(context.actionSpace, ['reward'], 'shared') : ONE_CHANNEL.channels;
  const actorCritic = new ActorCritic(context, {
    critic: true,
    optimizer,
    ...ONE_CHANNEL,
    channels,
    ...(sequenceLength === undefined ? {} : { sequenceLength }),
  });
  actorCritic.initialize(new RandomStream(5, 'initialize'));
  const batch = batchOf(context, actorCritic.parameters, { ends });
  return { kernels, context, actorCritic, batch };
}

/** Weights of the losses' parts, sample by sample. */
const weights = (n: number): readonly [number, number, number] => [Math.sin(n + 1), Math.cos(3 * n), Math.sin(5 * n)];
const objectiveOf =
  (onValues: boolean) =>
  (block: SampleBlock): void => {
    for (let b = 0; b < block.rows; b++) {
      const [ofLogProb, ofEntropy, ofValue] = weights(block.samples[b]);
      block.dLogProbs[b] = onValues ? 0 : ofLogProb;
      block.dEntropies[b] = onValues ? 0 : ofEntropy;
      block.dValues[b] = onValues ? ofValue : 0;
    }
  };

/** All trajectories, as minibatches have them. */
function trajectories(kernels: Parameters<typeof batchOf>[0]['kernels']): I32 {
  const order = new MinibatchOrder(kernels, SHAPE, 1, 'instances');
  order.shuffle(new RandomStream(3, 'order'));
  return order.indices;
}

function gradientOf(actorCritic: ActorCritic, batch: PolicyBatch, order: I32 | null): number[] {
  actorCritic.clearGradients();
  actorCritic.accumulate(batch, order, 0, batch.samples, objectiveOf(false));
  actorCritic.accumulate(batch, order, 0, batch.samples, objectiveOf(true));
  return [...actorCritic.gradients];
}

function expectNear(found: readonly number[], expected: readonly number[], tolerance: number): void {
  const scale = Math.max(...expected.map(Math.abs));
  expect(scale).toBeGreaterThan(0.1);
  found.forEach((value, j) => {
    expect(Math.abs(value - expected[j]) / scale, `parameter ${j}: ${value}, not ${expected[j]}`).toBeLessThan(
      tolerance,
    );
  });
}

describe.each(SPACES)('a policy with a memory, %s', (_, setting) => {
  test.each([undefined, 3, 1])('has ratios of exactly 1 right after acting: sequences of %s', (sequenceLength) => {
    const { kernels, actorCritic, batch } = begin(setting, sequenceLength);
    const ratios = kernels.f32(batch.samples).fill(9);
    actorCritic.ratios(batch, [ratios]);
    expect([...ratios]).toEqual(new Array(batch.samples).fill(1));
  });

  test('has the gradient that differences have, over whole trajectories', () => {
    const { kernels, actorCritic, batch } = begin(setting, undefined);
    const order = trajectories(kernels);
    const { parameters, policy } = actorCritic;
    const found = gradientOf(actorCritic, batch, order);
    /** What depends on the policy, or on the value network at what the policy remembers: that does not count as its doing. */
    const loss = (onValues: boolean): number => {
      let sum = 0;
      actorCritic.accumulate(batch, order, 0, batch.samples, (block) => {
        for (let b = 0; b < block.rows; b++) {
          const [ofLogProb, ofEntropy, ofValue] = weights(block.samples[b]);
          sum += onValues ? ofValue * block.values[b] : ofLogProb * block.logProbs[b] + ofEntropy * block.entropies[b];
        }
        for (const array of [block.dLogProbs, block.dEntropies, block.dValues]) array.fill(0);
      });
      return sum;
    };
    const tried = [...parameters.keys()].filter((j) => j % 5 === 0);
    const expected = tried.map((j) => {
      const value = parameters[j];
      const [low, high] = [-2e-3, 2e-3].map((by) => {
        parameters[j] = value + by;
        return { at: parameters[j], loss: loss(j >= policy.parameterCount) };
      });
      parameters[j] = value;
      return (high.loss - low.loss) / (high.at - low.at);
    });
    expectNear(
      tried.map((j) => found[j]),
      expected,
      2e-3,
    );
  });

  test('has the same gradient in whatever order trajectories come', () => {
    const { kernels, actorCritic, batch } = begin(setting, 3);
    expectNear(gradientOf(actorCritic, batch, trajectories(kernels)), gradientOf(actorCritic, batch, null), 1e-5);
  });

  test('no gradient crosses a cut, and what is remembered does', () => {
    // Episodes that end where sequences are cut leave nothing to cross.
    const aligned: Ends = (n) => (Math.floor((n % (T * B)) / B) % 3 === 2 ? 't' : '');
    const [whole, cut] = [undefined, 3].map((length) => begin(setting, length, { ends: aligned }));
    expectNear(gradientOf(cut.actorCritic, cut.batch, null), gradientOf(whole.actorCritic, whole.batch, null), 1e-5);
    const never = [undefined, 3].map((length) => begin(setting, length, { ends: () => '' }));
    const [ofWhole, ofCut] = never.map(({ actorCritic, batch }) => gradientOf(actorCritic, batch, null));
    const apart = ofWhole.map((value, j) => Math.abs(value - ofCut[j]));
    expect(Math.max(...apart)).toBeGreaterThan(1e-3);
  });
});

describe('what the value network of a policy with a memory sees', () => {
  const setting: Setting = { actionSpace: discrete(4) };

  /** What is remembered behind every sample, stepped by hand through each segment. */
  function stepped({ actorCritic, batch, kernels }: ReturnType<typeof begin>) {
    const { policy, parameters } = actorCritic;
    const F = batch.shape.observationSize;
    const after: number[][] = [];
    const go = (state: readonly number[], observation: ArrayLike<number>): number[] => {
      const carried = kernels.f32(MEMORY);
      const row = kernels.f32(F);
      carried.set(state);
      row.set(observation);
      policy.remember(kernels.view(parameters, 0, policy.parameterCount), row, 1, {
        steps: 1,
        state: carried,
        starts: null,
      });
      return [...carried];
    };
    const row = (array: F32, n: number, width = F): number[] => [...array.subarray(n * width, (n + 1) * width)];
    for (let n = 0; n < S * T * B; n++) {
      const first = n % (T * B) < B;
      const before = first ? row(batch.states, Math.floor(n / (T * B)) * B + (n % B), MEMORY) : after[n - B];
      const begins = !first && ENDS(n - B) !== '';
      after.push(go(begins ? before.map(() => 0) : before, row(batch.observations, n)));
    }
    return { after, go, row };
  }

  test.each([undefined, 3])('is the observation, and the memory behind it: sequences of %s', (sequenceLength) => {
    const begun = begin(setting, sequenceLength);
    const { actorCritic, batch } = begun;
    const { after, go, row } = stepped(begun);
    const seen = actorCritic.seenIn(batch);
    const width = batch.shape.observationSize + MEMORY;
    for (let n = 0; n < batch.samples; n++) {
      expect(row(seen.observations, n, width), `sample ${n}`).toEqual([...row(batch.observations, n), ...after[n]]);
    }
    for (let j = 0; j < S * B; j++) {
      const n = Math.floor(j / B) * T * B + (T - 1) * B + (j % B);
      const observation = row(batch.lastObservations, j);
      const before = ENDS(n) === '' ? after[n] : after[n].map(() => 0);
      expect(row(seen.lastObservations, j, width), `last ${j}`).toEqual([...observation, ...go(before, observation)]);
    }
    expect(batch.finalCount).toBeGreaterThan(3);
    for (let e = 0; e < batch.finalCount; e++) {
      const observation = row(batch.finalObservations, e);
      const before = after[batch.finalSamples[e]];
      expect(row(seen.finalObservations, e, width), `final ${e}`).toEqual([...observation, ...go(before, observation)]);
    }
  });

  test('is what returns are estimated from', () => {
    const { kernels, actorCritic, batch } = begin(setting, undefined);
    const returns = new ReturnEstimates(kernels, 1, batch.samples, S * B);
    returns.estimateValues(batch, actorCritic);
    const values = kernels.f32(batch.samples);
    let at = 0;
    actorCritic.clearGradients();
    actorCritic.accumulate(batch, null, 0, batch.samples, (block) => {
      for (let b = 0; b < block.rows; b++, at++) values[block.samples[b]] = block.values[b];
    });
    expect(at).toBe(batch.samples);
    expect([...returns.channels[0].values]).toEqual([...values]);
  });
});

describe.each(['ppo', 'a2c', 'impala', 'reinforce', 'mappo'])('%s', (algorithm) => {
  const run = async (engine: 'plain' | 'wasm', options: object, space: Space = discrete(3)): Promise<number[]> => {
    const kernels = engine === 'plain' ? createPlainKernels() : createWasmKernels();
    const context = contextOf(kernels, algorithm, options, {
      actionSpace: space,
      memory: MEMORY,
      shape: SHAPE,
      normalizeInput: true,
    });
    const updater = await createUpdater(context, algorithm);
    updater.initialize(new RandomStream(1, 'initialize'));
    const [{ data }] = updater.state;
    const batch = batchOf(context, data, { ends: ENDS });
    for (let k = 0; k < 2; k++)
      updater.update(batch, new RandomStream(2, 'update', k), { ...FIRST_TURN, iteration: k });
    const result = updater.state.flatMap((tensor) => [...tensor.data]);
    updater.dispose();
    return result;
  };

  test('learns with a memory, to the same bits on every engine', async () => {
    const options = { minibatches: 2, sequenceLength: 3, normalizeRewards: true };
    const found = await run(
      'wasm',
      algorithm === 'reinforce' ? { sequenceLength: 3, normalizeRewards: true } : options,
    );
    expect(found.every(Number.isFinite)).toBe(true);
    const plain = await run(
      'plain',
      algorithm === 'reinforce' ? { sequenceLength: 3, normalizeRewards: true } : options,
    );
    expect(found).toEqual(plain);
  });

  test('gives every array back', async () => {
    const kernels = createPlainKernels();
    const context = contextOf(kernels, algorithm, {}, { actionSpace: discrete(3), memory: MEMORY, shape: SHAPE });
    const updater = await createUpdater(context, algorithm);
    updater.initialize(new RandomStream(1, 'initialize'));
    const batch = batchOf(context, updater.state[0].data, { ends: ENDS });
    const before = kernels.allocatedBytes;
    const other = await createUpdater(context, algorithm);
    other.initialize(new RandomStream(1, 'initialize'));
    other.update(batch, new RandomStream(2, 'update'), FIRST_TURN);
    other.dispose();
    expect(kernels.allocatedBytes).toBe(before);
  });
});
