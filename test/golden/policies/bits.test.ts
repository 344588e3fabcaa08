import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import { createPlainKernels, type F32 } from '../../../src/kernels/index.js';
import { INITIALIZATIONS } from '../../../src/networks/index.js';
import { createPolicy, type DistributionSpec } from '../../../src/policies/index.js';
import { binary, box, composite, multiDiscrete, observed, type Space } from '../../../src/spaces/index.js';

type Kind = DistributionSpec['kind'];

const words = (array: F32): string[] =>
  Array.from(new Uint32Array(array.slice().buffer), (word) => word.toString(16).padStart(8, '0'));

const SPACES: Readonly<Record<string, Space>> = {
  gaussian: box(2),
  squashedGaussian: box(2, { low: [0, -3], high: [10, -1] }),
  categorical: multiDiscrete([3, 2]),
  bernoulli: binary(2),
};

/** Laws of boxes bounded in part, and by observations; the second element of an observation is at least 2 above the first. */
const BOUNDED_SPACES: Readonly<Record<string, readonly [Kind, Space]>> = {
  squashedInPart: ['squashedGaussian', box(3, { low: [0, -Infinity, -Infinity], high: [Infinity, 2, Infinity] })],
  squashedObserved: ['squashedGaussian', box(2, { low: observed(0), high: [observed(1), Infinity] })],
  truncatedGaussian: ['truncatedGaussian', box(4, { low: [0, -3, 5, -Infinity], high: [Infinity, -1, 5.25, -6] })],
  truncatedObserved: ['truncatedGaussian', box(2, { low: observed(0), high: [observed(1), Infinity] })],
  compositeSeller: ['composite', composite('seller', 0.25)],
  compositeBuyer: ['composite', composite('buyer', observed(1))],
};

/** First parameters, sampled actions, their log-probabilities, and gradients, each float32 as its bits. */
function bitsOf(space: Space, initialization: (typeof INITIALIZATIONS)[number], kind: Kind = 'auto') {
  const kernels = createPlainKernels();
  const random = new RandomStream(7, 'golden');
  const filled = (n: number, draw: () => number): F32 => {
    const array = kernels.f32(n);
    for (let k = 0; k < n; k++) array[k] = draw();
    return array;
  };
  const B = 3;
  const policy = createPolicy(kernels, {
    observationSize: 2,
    space,
    masked: false,
    maxRows: B,
    spec: {
      network: { kind: 'mlp', hidden: [3], activation: 'tanh', initialization, outputGain: 1 },
      distribution: { kind, initialLogStd: -0.5, logStdBounds: [-10, 2] },
    },
  });
  const none = new Uint8Array(0);
  const parameters = kernels.f32(policy.parameterCount);
  policy.initialize(parameters, random);
  const observation = filled(B * 2, () => random.normal());
  if (kind !== 'auto') for (let b = 0; b < B; b++) observation[2 * b + 1] = observation[2 * b]! + 2 + b;
  const noise = filled(B * policy.noiseSize, () =>
    policy.noiseKind === 'normal' ? random.normal() : random.uniform(),
  );
  const actions = kernels.f32(B * policy.actionSize);
  const [logProbs, entropies] = [kernels.f32(B), kernels.f32(B)];
  policy.act(parameters, observation, none, noise, actions, logProbs, B);
  policy.evaluate(parameters, observation, none, actions, logProbs, entropies, B);
  const gradients = kernels.f32(policy.parameterCount);
  const [dLogProbs, dEntropies] = [filled(B, () => random.normal()), filled(B, () => random.normal())];
  policy.backward(parameters, observation, none, actions, dLogProbs, dEntropies, gradients, B);
  return {
    parameters: words(parameters),
    actions: words(actions),
    logProbs: words(logProbs),
    entropies: words(entropies),
    gradients: words(gradients),
  };
}

/** Trained weights are a function of the job spec: a change of these bits changes every digest, and belongs in the changelog. */
describe('the bits of policies never change silently', () => {
  it('laws', async () => {
    const laws = Object.fromEntries(Object.entries(SPACES).map(([name, space]) => [name, bitsOf(space, 'orthogonal')]));
    await expect(JSON.stringify(laws, undefined, 1)).toMatchFileSnapshot('laws.json');
  });

  it('laws within bounds', async () => {
    const laws = Object.fromEntries(
      Object.entries(BOUNDED_SPACES).map(([name, [kind, space]]) => [name, bitsOf(space, 'orthogonal', kind)]),
    );
    await expect(JSON.stringify(laws, undefined, 1)).toMatchFileSnapshot('bounded-laws.json');
  });

  it('initializations', async () => {
    const parameters = Object.fromEntries(INITIALIZATIONS.map((name) => [name, bitsOf(box(2), name).parameters]));
    await expect(JSON.stringify(parameters, undefined, 1)).toMatchFileSnapshot('initializations.json');
  });
});
