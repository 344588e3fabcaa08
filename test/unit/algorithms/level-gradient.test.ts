import { Value } from 'typebox/value';
import { describe, expect, test } from 'vitest';
import { BLOCK_ROWS } from '../../../src/algorithms/block-rows.js';
import type { UpdaterContext } from '../../../src/algorithms/index.js';
import { PpoOptions } from '../../../src/algorithms/ppo/options.js';
import { ActorCritic } from '../../../src/algorithms/shared/actor-critic.js';
import { creditChannels } from '../../../src/algorithms/shared/credit.js';
import type { SampleBlock } from '../../../src/algorithms/shared/sample-block.js';
import { RandomStream } from '../../../src/base/index.js';
import type { PolicyBatch } from '../../../src/experience/index.js';
import { createPlainKernels, createWasmKernels } from '../../../src/kernels/index.js';
import { batchOf, contextOf, createUpdater, FIRST_TURN, type Setting } from './learning.js';
import { L, ORDER, separate, shared } from './order.js';

/** Numbers in one action; choices of its kind. */
const [A, KINDS] = [3, 3];

/** What is known of a sample: π_l(a_l | …) and entropies of its active levels, V_c(o). */
interface Judged {
  readonly logProbs: readonly number[];
  readonly entropies: readonly number[];
  readonly values: readonly number[];
}

/** The networks and laws of ORDER in float64 and host mathematics, from a flat parameter block: trunk (F → H tanh) where networks are
 *  shared; per level a linear head on it, or a network F → H tanh → O; then the value network F → H tanh → C. The size is decided
 *  knowing the kind, one of three; that somebody entered goes without saying. */
class Reference {
  private at = 0;
  private readonly theta: readonly number[];
  private readonly hidden: number;
  private readonly apart: boolean;
  private readonly channels: number;

  constructor({ spec }: UpdaterContext, theta: readonly number[], channels: number) {
    this.theta = theta;
    this.hidden = spec.network.hidden[0];
    this.apart = spec.levelNetworks === 'separate';
    this.channels = channels;
  }

  private take(count: number): readonly number[] {
    this.at += count;
    return this.theta.slice(this.at - count, this.at);
  }

  private layer(input: readonly number[], outputs: number): number[] {
    const weights = this.take(input.length * outputs);
    const bias = this.take(outputs);
    return bias.map((b, o) => input.reduce((sum, x, i) => sum + x * weights[i * outputs + o], b));
  }

  private network(input: readonly number[], outputs: number): number[] {
    return this.layer(this.layer(input, this.hidden).map(Math.tanh), outputs);
  }

  /** Of one sample; levels that are not active have 0. */
  judge(observation: readonly number[], [enter, kind, size]: readonly number[], active: readonly number[]): Judged {
    this.at = 0;
    const features = this.apart ? observation : this.layer(observation, this.hidden).map(Math.tanh);
    const head = (input: readonly number[], outputs: number): number[] =>
      this.apart ? this.network(input, outputs) : this.layer(input, outputs);
    const [x] = head(features, 1);
    const logits = head(features, KINDS);
    const known = Array.from({ length: KINDS }, (_, c) => (active[1] === 1 && kind === c ? 1 : 0));
    const [mean] = head([...features, ...known], 1);
    const [logStd] = this.take(1);

    const p = 1 / (1 + Math.exp(-x));
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    const shares = logits.map((logit) => Math.exp(logit) / total);
    const z = (size - mean) / Math.exp(logStd);
    const logProbs = [
      Math.log(enter === 1 ? p : 1 - p),
      Math.log(shares[kind]),
      -0.5 * z * z - logStd - 0.5 * Math.log(2 * Math.PI),
    ];
    const entropies = [
      -p * Math.log(p) - (1 - p) * Math.log(1 - p),
      -shares.reduce((sum, share) => sum + share * Math.log(share), 0),
      logStd + 0.5 * Math.log(2 * Math.PI * Math.E),
    ];
    const only = (values: readonly number[]): number[] => values.map((value, l) => (active[l] === 1 ? value : 0));
    return { logProbs: only(logProbs), entropies: only(entropies), values: this.network(observation, this.channels) };
  }

  judgeSample(batch: PolicyBatch, n: number): Judged {
    const part = (array: ArrayLike<number>, width: number): number[] =>
      Array.from({ length: width }, (_, j) => array[n * width + j]);
    return this.judge(part(batch.observations, 2), part(batch.actions, A), part(batch.levelActive, L));
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Compares gradients with finite differences of a loss of the parameters. */
function expectGradient(
  gradients: ArrayLike<number>,
  theta: readonly number[],
  loss: (theta: readonly number[]) => number,
  tolerance: number,
): void {
  const h = 1e-5;
  const scale = Math.max(...Array.from(gradients, Math.abs));
  theta.forEach((value, j) => {
    const at = (x: number): number => loss(theta.with(j, x));
    const expected = (at(value + h) - at(value - h)) / (2 * h);
    expect(Math.abs(gradients[j] - expected) / scale, `parameter ${j}: ${gradients[j]}, not ${expected}`).toBeLessThan(
      tolerance,
    );
  });
}

const engines = [
  ['plain', createPlainKernels],
  ['wasm', createWasmKernels],
] as const;
const settings: readonly (readonly [string, 'shared' | 'separate', Setting])[] = [
  ['one network', 'shared', shared],
  ['a network per level', 'separate', separate],
];
const credits = [
  ['decoupled', L],
  ['shared', 1],
] as const;
const cases = settings.flatMap(([name, , setting]) =>
  credits.map(([credit, C]) => [name, credit, C, setting] as const),
);

describe.each(cases)('the gradient of a whole loss, %s, %s credit', (_, credit, C, setting) => {
  /** Every channel with an advantage, a target and an entropy weight of its own. */
  const advantageOf = (n: number, c: number): number => Math.sin(n + 1 + 2 * c);
  const targetOf = (n: number, c: number): number => Math.cos(2 * n - c);
  const weightOf = (c: number): number => 0.3 + 0.1 * c;

  test.each(engines)('on %s kernels: as finite differences of a float64 reference have it', (_name, create) => {
    const kernels = create();
    const shape = { segments: 2, horizon: 20, instances: 9 };
    const context = contextOf(kernels, 'ppo', { credit }, { ...setting, shape });
    const channels = creditChannels(ORDER, context.rewardHeads, credit);
    expect(channels).toHaveLength(C);
    const actorCritic = new ActorCritic(context, {
      blockRows: BLOCK_ROWS,
      critic: true,
      optimizer: Value.Parse(PpoOptions, context.options),
      channels,
      learningRates: {},
    });
    actorCritic.initialize(new RandomStream(5, 'initialize'));
    const { parameters, gradients } = actorCritic;
    expect(actorCritic.critic?.parameterCount).toBe(2 * 3 + 3 + 3 * C + C);
    // The policy that acted is a little different, so that ratios are not 1.
    const batch = batchOf(
      context,
      parameters.map((value, j) => value + 0.05 * Math.sin(j)),
    );
    const objective = (block: SampleBlock): void => {
      const c = block.channel;
      for (let b = 0; b < block.rows; b++) {
        const n = block.samples[b];
        block.dLogProbs[b] = -advantageOf(n, c) * Math.exp(block.logProbs[b] - block.behaviorLogProbs[b]);
        block.dEntropies[b] = -weightOf(c);
        block.dValues[b] = block.values[b] - targetOf(n, c);
      }
    };
    // More samples than a block has, in an order of their own, and not all of them.
    const order = kernels.i32(batch.samples);
    for (let j = 0; j < order.length; j++) order[j] = (j * 7) % batch.samples;
    const [start, count] = [11, BLOCK_ROWS + 40];
    actorCritic.clearGradients();
    actorCritic.accumulate(batch, order, start, count, objective);

    const samples = order.subarray(start, start + count);
    const loss = (theta: readonly number[]): number => {
      const reference = new Reference(context, theta, C);
      let total = 0;
      for (const n of samples) {
        const { logProbs, entropies, values } = reference.judgeSample(batch, n);
        for (const [c, { levels }] of channels.entries()) {
          const of = (array: ArrayLike<number>, first = 0): number => sum(levels.map((l) => array[first + l]));
          const ratio = Math.exp(of(logProbs) - of(batch.behaviorLogProbs, n * L));
          const decided = levels.some((l) => batch.levelActive[n * L + l] === 1);
          if (decided) total -= advantageOf(n, c) * ratio;
          total += 0.5 * (values[c] - targetOf(n, c)) ** 2 - weightOf(c) * of(entropies);
        }
      }
      return total;
    };
    expectGradient(gradients, [...parameters], loss, 2e-6);
  });
});

describe.each(engines)('PPO with shared credit on %s kernels', (_, create) => {
  test.each(settings)(
    'with %s: one minibatch is the paper’s loss of the joint ratio',
    async (_name, _networks, setting) => {
      const kernels = create();
      const [gamma, lambda, clip, entropyCoefficient, valueCoefficient] = [0.9, 0.8, 0.2, 0.05, 0.7];
      const options = {
        ...{ gamma, lambda, clip, entropyCoefficient, valueCoefficient, credit: 'shared' },
        ...{ epochs: 1, minibatches: 1, maxGradientNorm: 1e9, learningRate: 1, optimizer: { kind: 'sgd' } },
      };
      const context = contextOf(kernels, 'ppo', options, setting);
      const updater = await createUpdater(context, 'ppo');
      updater.initialize(new RandomStream(3, 'initialize'));
      const { data } = updater.state[0];
      const theta = [...data];
      const acted = theta.map((value, j) => value + 0.1 * Math.sin(j));
      const ends = (n: number) => (n % 7 === 3 ? 't' : n % 11 === 5 ? 'c' : '') as 't' | 'c' | '';
      const batch = batchOf(context, acted, { ends });
      const metrics = updater.update(batch, new RandomStream(7, 'update'), FIRST_TURN);

      // Advantages by the definition of GAE, with the values that the update began with; then mean 0 and deviation 1.
      const { segments: S, horizon: T, instances: B } = context.batchShape;
      const start = new Reference(context, theta, 1);
      const valueAt = (observations: ArrayLike<number>, row: number): number =>
        start.judge([observations[2 * row], observations[2 * row + 1]], [0, 0, 0], [1, 0, 0]).values[0];
      const values = Array.from({ length: batch.samples }, (_n, n) => valueAt(batch.observations, n));
      const advantages = new Array<number>(batch.samples).fill(0);
      for (let n = batch.samples - 1; n >= 0; n--) {
        const [s, t, b] = [Math.floor(n / (T * B)), Math.floor(n / B) % T, n % B];
        const final = batch.finalSamples.indexOf(n);
        const next =
          final >= 0
            ? valueAt(batch.finalObservations, final)
            : t === T - 1
              ? valueAt(batch.lastObservations, s * B + b)
              : values[n + B];
        const discount = ends(n) === 't' ? 0 : gamma;
        const trace = ends(n) !== '' || t === T - 1 ? 0 : discount * lambda * advantages[n + B];
        advantages[n] = batch.rewards[n] + discount * next - values[n] + trace;
      }
      expect(S * T * B).toBe(batch.samples);
      const targets = advantages.map((advantage, n) => advantage + values[n]);
      const mean = sum(advantages) / batch.samples;
      const deviation = Math.sqrt(sum(advantages.map((a) => (a - mean) ** 2)) / (batch.samples - 1));

      let clipped = 0;
      const loss = (at: readonly number[]): number => {
        const reference = new Reference(context, at, 1);
        let total = 0;
        clipped = 0;
        for (let n = 0; n < batch.samples; n++) {
          const judged = reference.judgeSample(batch, n);
          const behavior = sum([...batch.behaviorLogProbs.subarray(n * L, (n + 1) * L)]);
          const ratio = Math.exp(sum(judged.logProbs) - behavior);
          const bounded = Math.min(Math.max(ratio, 1 - clip), 1 + clip);
          const advantage = (advantages[n] - mean) / deviation;
          total -= Math.min(advantage * ratio, advantage * bounded) + entropyCoefficient * sum(judged.entropies);
          total += valueCoefficient * 0.5 * (judged.values[0] - targets[n]) ** 2;
          clipped += ratio === bounded ? 0 : 1;
        }
        return total / batch.samples;
      };
      const moved = theta.map((value, j) => value - data[j]);
      expectGradient(moved, theta, loss, 3e-6);
      loss(theta);
      expect(metrics.clipFraction).toBe(clipped / batch.samples);
      expect(clipped).toBeGreaterThan(3);
    },
  );
});
