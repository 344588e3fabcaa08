import { describe, expect, test } from 'vitest';
import {
  type Activation,
  type ChainLayer,
  type ClippedStepOptions,
  createPlainKernels,
  type F32,
  groupedKernels,
  type I32,
  type Kernels,
} from '../../../src/kernels/index.js';
import { difference, numbers, place, type Values, values } from './arrays.js';
import { ENGINES } from './engines.js';

const HALF_LOG_TWO_PI = 0.9189385332046727;

/** Layers of these widths, the parameters one behind the other from `first` on; and where they end. */
function layersOf(kernels: Kernels, widths: readonly number[], maxRows: number, activation: Activation) {
  let at = 0;
  const layers = widths.slice(1).map((outputs, l): ChainLayer => {
    const inputs = widths[l]!;
    const weightsAt = at;
    at += (inputs + 1) * outputs;
    return {
      ...{ inputs, outputs, activation: l + 2 === widths.length ? 'none' : activation },
      ...{ weightsAt, biasAt: weightsAt + inputs * outputs, output: kernels.f32(maxRows * outputs) },
    };
  });
  return { layers, count: at };
}

interface Case {
  readonly name: string;
  readonly I: number;
  readonly A: number;
  readonly hidden: readonly number[];
  readonly kind: Values;
  readonly block: number;
  readonly count: number;
}

const CASES: readonly Case[] = [
  { name: 'linear, one block', I: 1, A: 1, hidden: [], kind: 'plain', block: 64, count: 37 },
  { name: 'linear, some blocks', I: 3, A: 2, hidden: [], kind: 'plain', block: 20, count: 53 },
  { name: 'one sample', I: 2, A: 1, hidden: [4], kind: 'plain', block: 16, count: 1 },
  { name: 'two hidden layers', I: 5, A: 3, hidden: [9, 7], kind: 'plain', block: 150, count: 131 },
  { name: 'denormals', I: 2, A: 1, hidden: [6], kind: 'tiny', block: 32, count: 40 },
  { name: 'infinities and NaN', I: 2, A: 2, hidden: [5, 5, 5], kind: 'wild', block: 32, count: 33 },
];

const SAMPLES = 160;

function setUp(kernels: Kernels, { I, A, hidden, kind, block, count }: Case) {
  const next = numbers(31 * I + 7 * A + count);
  const policy = layersOf(kernels, [I, ...hidden, A], block, 'tanh');
  const critic = layersOf(kernels, [I, ...hidden, 1], block, 'relu');
  const policyCount = policy.count + A;
  const n = policyCount + critic.count;
  const drawn = (length: number): F32 => place(kernels, values(next, length, kind));
  const samples = kernels.i32(count);
  for (let j = 0; j < count; j++) samples[j] = Math.floor(next() * SAMPLES);
  return {
    learner: {
      ...{ policy: policy.layers, critic: critic.layers, maxRows: block, policyCount },
      ...{ parameters: drawn(n), gradients: drawn(n), mean: kernels.f32(n), variance: kernels.f32(n) },
      logStdBounds: [-1.5, 0.75] as const,
    },
    batch: {
      ...{ observations: drawn(SAMPLES * I), actions: drawn(SAMPLES * A), behaviorLogProbs: drawn(SAMPLES) },
      ...{ advantages: drawn(SAMPLES), oldValues: drawn(SAMPLES), valueTargets: drawn(SAMPLES) },
    },
    samples,
  };
}

const options = (step: number): ClippedStepOptions => ({
  ...{ clip: 0.2, valueClip: 0.3, valueCoefficient: 0.5, entropyCoefficient: 0.01, maxGradientNorm: 0.5 },
  normalizeAdvantages: step !== 2,
  adam: {
    ...{ learningRate: 0.05, beta1: 0.9, beta2: 0.999, epsilon: 1e-5, weightDecay: 0.01, decayMode: 'decoupled', step },
  },
});

/** The step as calls of single kernels; returns policyLoss, valueLoss, kl, clipped, entropy and the norm. */
function stepByStep(kernels: Kernels, set: ReturnType<typeof setUp>, o: ClippedStepOptions): number[] {
  const { learner, batch, samples } = set;
  const { policy, critic, maxRows, parameters, gradients, policyCount } = learner;
  const count = samples.length;
  const A = policy.at(-1)!.outputs;
  const I = policy[0]!.inputs;
  const part = (array: F32, from: number, length = array.length - from): F32 => kernels.view(array, from, length);
  let [mean, scale] = [0, 1];
  if (o.normalizeAdvantages && count > 1) {
    mean = kernels.sumRows(batch.advantages, samples, count) / count;
    const squares = kernels.squaresAround(batch.advantages, samples, count, mean);
    scale = 1 / (Math.sqrt(squares / (count - 1)) + 1e-8);
  }
  gradients.fill(0);
  const logStd = part(parameters, policyCount - A, A);
  const chains = [kernels.denseChain(policy, maxRows), kernels.denseChain(critic, maxRows)] as const;
  const array = (width = 1): F32 => kernels.f32(maxRows * width);
  const sums = [0, 0, 0, 0, 0, 0];
  for (let b = 0; b < count; b += maxRows) {
    const rows = Math.min(maxRows, count - b);
    const taken = samples.subarray(b) as I32;
    const [observations, actions, behavior, logProbs] = [array(I), array(A), array(), array()];
    const [dLogProbs, dEntropies, dValues, dMeans, entropies] = [array(), array(), array(), array(A), array()];
    kernels.gatherRows(batch.observations, taken, observations, rows, I);
    kernels.gatherRows(batch.actions, taken, actions, rows, A);
    kernels.gatherRows(batch.behaviorLogProbs, taken, behavior, rows, 1);
    chains[0].forward(parameters, observations, rows);
    chains[1].forward(part(parameters, policyCount), observations, rows);
    const means = policy.at(-1)!.output;
    kernels.gaussianLogProb(means, logStd, actions, logProbs, rows, A);
    const blockSums = kernels.f32(4);
    kernels.clippedObjective(
      ...([logProbs, behavior, critic.at(-1)!.output, taken, batch.advantages, batch.oldValues] as const),
      ...([batch.valueTargets, null, dLogProbs, dValues, blockSums, rows] as const),
      {
        ...{ advantageMean: mean, advantageScale: scale, clip: o.clip, valueClip: o.valueClip },
        ...{ lossScale: 1 / count, valueScale: o.valueCoefficient / count },
      },
    );
    for (let s = 0; s < 4; s++) sums[s]! += blockSums[s]!;
    kernels.fill(entropies, logStd.reduce((sum, x) => sum + x, 0) + A * (HALF_LOG_TWO_PI + 0.5), rows);
    sums[4]! += kernels.sum(entropies, rows);
    kernels.fill(dEntropies, -o.entropyCoefficient / count, rows);
    kernels.gaussianBackward(
      ...([
        means,
        logStd,
        actions,
        dLogProbs,
        dEntropies,
        dMeans,
        part(gradients, policyCount - A, A),
        rows,
        A,
      ] as const),
    );
    chains[0].backward(parameters, observations, dMeans, gradients, rows, null);
    chains[1].backward(part(parameters, policyCount), observations, dValues, part(gradients, policyCount), rows, null);
  }
  sums[5] = kernels.clipGlobalNorm(gradients, gradients.length, o.maxGradientNorm);
  kernels.adam(parameters, gradients, learner.mean, learner.variance, gradients.length, o.adam);
  const [low, high] = learner.logStdBounds;
  logStd.forEach((value, j) => {
    if (value < low) logStd[j] = low;
    else if (value > high) logStd[j] = high;
  });
  return sums;
}

describe.each(ENGINES)('%s', (_name, create) => {
  test.each(CASES)('steps of the clipped objective have the bits of a call of each kernel: $name', (shape) => {
    const plain = createPlainKernels();
    const kernels = create();
    const [expected, actual] = [setUp(plain, shape), setUp(kernels, shape)];
    const before = kernels.allocatedBytes;
    const steps = groupedKernels(kernels)!.clippedSteps(actual.learner);
    steps.begin(actual.batch);
    let norms = 0;
    for (const step of [1, 2, 3]) {
      const sums = stepByStep(plain, expected, options(step));
      norms += sums[5]!;
      steps.step(actual.samples, shape.count, options(step));
      const { policyLoss, valueLoss, kl, clipped, entropy, gradientNorm } = steps.takeSums();
      expect([policyLoss, valueLoss, kl, clipped, entropy, gradientNorm]).toEqual([...sums.slice(0, 5), norms]);
      for (const name of ['gradients', 'mean', 'variance', 'parameters'] as const) {
        expect(difference(actual.learner[name], expected.learner[name]), `${name} after step ${step}`).toBeNull();
      }
    }
    steps.dispose();
    expect(kernels.allocatedBytes).toBe(before);
  });

  test('actors that act together have the bits of acting alone', () => {
    const plain = createPlainKernels();
    const kernels = create();
    const [T, B, maxRows] = [3, 21, 8];
    const shapes = [
      { I: 1, A: 1, hidden: [] },
      { I: 4, A: 2, hidden: [7, 5] },
      { I: 1, A: 1, hidden: [] },
    ];
    const make = (of: Kernels) =>
      shapes.map(({ I, A, hidden }, i) => {
        const next = numbers(i + 1);
        const { layers, count } = layersOf(of, [I, ...hidden, A], maxRows, 'tanh');
        const drawn = (length: number): F32 => place(of, values(next, length));
        return {
          ...{ layers, maxRows, parameters: drawn(count + A), logStdAt: count },
          ...{
            observations: drawn(T * B * I),
            noise: drawn(T * B * A),
            actions: of.f32(T * B * A),
            logProbs: of.f32(T * B),
          },
        };
      });
    const [expected, actual] = [make(plain), make(kernels)];
    for (const { layers, parameters, logStdAt, observations, noise, actions, logProbs } of expected) {
      const { inputs: I } = layers[0]!;
      const { outputs: A, output } = layers.at(-1)!;
      const chain = plain.denseChain(layers, maxRows);
      for (let row = 0; row < T * B; row++) {
        const of = (array: F32, width: number): F32 => plain.view(array, row * width, width);
        chain.forward(parameters, of(observations, I), 1);
        const logStd = plain.view(parameters, logStdAt, A);
        plain.gaussianSample(output, logStd, of(noise, A), of(actions, A), of(logProbs, 1), 1, A);
      }
    }
    const together = groupedKernels(kernels)!.gaussianActors(actual);
    for (let t = 0; t < T; t++) together.act(t, B);
    for (const [i, { actions, logProbs }] of actual.entries()) {
      expect(difference(actions, expected[i]!.actions)).toBeNull();
      expect(difference(logProbs, expected[i]!.logProbs)).toBeNull();
    }
    together.dispose();
  });
});
