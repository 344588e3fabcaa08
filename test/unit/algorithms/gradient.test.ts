import { Value } from 'typebox/value';
import { describe, expect, test } from 'vitest';
import { BLOCK_ROWS } from '../../../src/algorithms/block-rows.js';
import type { UpdaterContext } from '../../../src/algorithms/index.js';
import { PpoOptions } from '../../../src/algorithms/ppo/options.js';
import { ActorCritic } from '../../../src/algorithms/shared/actor-critic.js';
import type { SampleBlock } from '../../../src/algorithms/shared/sample-block.js';
import { RandomStream } from '../../../src/base/index.js';
import type { PolicyBatch } from '../../../src/experience/index.js';
import { createPlainKernels, createWasmKernels } from '../../../src/kernels/index.js';
import { box, discrete } from '../../../src/spaces/index.js';
import { batchOf, contextOf, ONE_CHANNEL, type Setting } from './learning.js';

/** The same networks and losses in float64 and host mathematics, from a flat parameter block: policy network (F → H tanh → O),
 *  log standard deviation where the law is Gaussian, value network (F → H tanh → 1). */
class Reference {
  private at = 0;
  private readonly theta: readonly number[];

  constructor(theta: readonly number[]) {
    this.theta = theta;
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

  private network(input: readonly number[], hidden: number, outputs: number): number[] {
    return this.layer(this.layer(input, hidden).map(Math.tanh), outputs);
  }

  /** log π(a|o), entropy and V(o) of one sample. */
  evaluate(context: UpdaterContext, observation: readonly number[], action: number, mask: readonly number[]) {
    this.at = 0;
    const hidden = context.spec.network.hidden[0];
    const space = context.actionSpace;
    let logProb: number;
    let entropy: number;
    if (space.kind === 'discrete') {
      const logits = this.network(observation, hidden, space.count);
      const weights = logits.map((x, c) => (mask[c] === 1 ? Math.exp(x) : 0));
      const total = weights.reduce((sum, w) => sum + w, 0);
      logProb = Math.log(weights[action] / total);
      entropy = -weights.reduce((sum, w) => sum + (w > 0 ? (w / total) * Math.log(w / total) : 0), 0);
    } else {
      const [mean] = this.network(observation, hidden, 1);
      const [logStd] = this.take(1);
      const z = (action - mean) / Math.exp(logStd);
      logProb = -0.5 * z * z - logStd - 0.5 * Math.log(2 * Math.PI);
      entropy = logStd + 0.5 * Math.log(2 * Math.PI * Math.E);
    }
    const [value] = this.network(observation, hidden, 1);
    return { logProb, entropy, value };
  }
}

const ENTROPY_WEIGHT = 0.3;
const advantageOf = (n: number): number => Math.sin(n + 1);
const targetOf = (n: number): number => Math.cos(2 * n);

/** Σ over the listed samples of −A·exp(log π − log μ) − w·H + ½(V − target)². */
function lossOf(context: UpdaterContext, theta: readonly number[], batch: PolicyBatch, samples: Int32Array): number {
  const { observationSize: F, maskSize: M } = batch.shape;
  const reference = new Reference(theta);
  let loss = 0;
  for (const n of samples) {
    const { logProb, entropy, value } = reference.evaluate(
      context,
      [...batch.observations.subarray(n * F, (n + 1) * F)],
      batch.actions[n],
      [...batch.actionMasks.subarray(n * M, (n + 1) * M)],
    );
    loss -= advantageOf(n) * Math.exp(logProb - batch.behaviorLogProbs[n]) + ENTROPY_WEIGHT * entropy;
    loss += 0.5 * (value - targetOf(n)) ** 2;
  }
  return loss;
}

const settings: readonly (readonly [string, Setting])[] = [
  ['Gaussian', { actionSpace: box(1), distribution: { initialLogStd: -0.4 } }],
  ['masked categorical', { actionSpace: discrete(4), masked: true }],
];

describe.each(settings)('the gradient of a whole loss, %s policy', (_, setting) => {
  test.each([
    ['plain', createPlainKernels],
    ['wasm', createWasmKernels],
  ] as const)('on %s kernels: as finite differences of a float64 reference have it', (_name, create) => {
    const kernels = create();
    const shape = { segments: 2, horizon: 20, instances: 9 };
    const context = contextOf(kernels, 'ppo', {}, { ...setting, shape });
    const options = Value.Parse(PpoOptions, context.options);
    const actorCritic = new ActorCritic(context, {
      critic: true,
      optimizer: options,
      ...ONE_CHANNEL,
      blockRows: BLOCK_ROWS,
    });
    actorCritic.initialize(new RandomStream(5, 'initialize'));
    const { parameters, gradients } = actorCritic;
    // The policy that acted is a little different, so that ratios are not 1.
    const batch = batchOf(
      context,
      parameters.map((value, j) => value + 0.05 * Math.sin(j)),
    );
    const objective = (block: SampleBlock): void => {
      for (let b = 0; b < block.rows; b++) {
        const n = block.samples[b];
        block.dLogProbs[b] = -advantageOf(n) * Math.exp(block.logProbs[b] - batch.behaviorLogProbs[n]);
        block.dEntropies[b] = -ENTROPY_WEIGHT;
        block.dValues[b] = block.values[b] - targetOf(n);
      }
    };
    // More samples than a block has, in an order of their own, and not all of them.
    const order = kernels.i32(batch.samples);
    for (let j = 0; j < order.length; j++) order[j] = (j * 7) % batch.samples;
    const [start, count] = [11, BLOCK_ROWS + 40];
    actorCritic.clearGradients();
    actorCritic.accumulate(batch, order, start, count, objective);

    const theta = [...parameters];
    const samples = order.subarray(start, start + count);
    const scale = Math.max(...gradients.map(Math.abs));
    const h = 1e-5;
    theta.forEach((value, j) => {
      const at = (x: number): number => lossOf(context, theta.with(j, x), batch, samples);
      const expected = (at(value + h) - at(value - h)) / (2 * h);
      expect(
        Math.abs(gradients[j] - expected) / scale,
        `parameter ${j}: ${gradients[j]}, not ${expected}`,
      ).toBeLessThan(2e-6);
    });
    expect(scale).toBeGreaterThan(1);
  });
});

test('gradients add up over calls until they are cleared', () => {
  const context = contextOf(createWasmKernels(), 'ppo', {});
  const options = Value.Parse(PpoOptions, context.options);
  const actorCritic = new ActorCritic(context, { critic: true, optimizer: options, ...ONE_CHANNEL });
  actorCritic.initialize(new RandomStream(5, 'initialize'));
  const batch = batchOf(context, actorCritic.parameters);
  const order = context.kernels.i32(batch.samples);
  for (let n = 0; n < order.length; n++) order[n] = n;
  const objective = ({ rows, dLogProbs, dEntropies, dValues }: SampleBlock): void => {
    for (const array of [dLogProbs, dEntropies, dValues]) array.fill(0.25, 0, rows);
  };
  actorCritic.accumulate(batch, order, 0, batch.samples, objective);
  const once = [...actorCritic.gradients];
  actorCritic.clearGradients();
  expect(actorCritic.gradients.every((value) => value === 0)).toBe(true);
  // In parts: rows add in the same order, so the bits are the same.
  actorCritic.accumulate(batch, order, 0, 17, objective);
  actorCritic.accumulate(batch, order, 17, batch.samples - 17, objective);
  expect([...actorCritic.gradients]).toEqual(once);
});

test('the value network has the policy network’s shape, but not the scale of its outputs', () => {
  const context = contextOf(createPlainKernels(), 'ppo', {}, { hidden: [5] });
  const withGain = { ...context, spec: { ...context.spec, network: { ...context.spec.network, outputGain: 0 } } };
  const options = Value.Parse(PpoOptions, context.options);
  const actorCritic = new ActorCritic(withGain, { critic: true, optimizer: options, ...ONE_CHANNEL });
  actorCritic.initialize(new RandomStream(5, 'initialize'));
  const { policy, critic, parameters } = actorCritic;
  expect(critic?.parameterCount).toBe(2 * 5 + 5 + 5 + 1);
  expect(parameters).toHaveLength(policy.parameterCount + 21);
  const outputsOf = (offset: number): number[] => [...parameters.subarray(offset + 15, offset + 20)];
  expect(outputsOf(0).every((weight) => weight === 0)).toBe(true);
  expect(outputsOf(policy.parameterCount).every((weight) => weight !== 0)).toBe(true);
});
