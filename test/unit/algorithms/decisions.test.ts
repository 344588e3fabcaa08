import { expect, test } from 'vitest';
import { ChannelDecisions } from '../../../src/algorithms/shared/decisions.js';
import type { PolicyBatch } from '../../../src/experience/index.js';
import { createWasmKernels } from '../../../src/kernels/index.js';
import { binary, box, discrete, hierarchical } from '../../../src/spaces/index.js';

const kernels = createWasmKernels();
const space = hierarchical([
  { name: 'kind', space: discrete(3) },
  { name: 'flag', space: binary(), when: { level: 'kind', is: [1] } },
  { name: 'price', space: box(1), when: { level: 'kind', is: [2] } },
]);
const active = [1, 0, 0, 1, 1, 0, 1, 0, 1, 1, 0, 1, 1, 0, 0];
const batch = { samples: 5, levelActive: Uint8Array.from(active) } as unknown as PolicyBatch;

test('a channel of several levels decides where any of them is active', () => {
  const decisions = new ChannelDecisions(kernels, space, { name: 'offer', levels: [1, 2], heads: [0] }, 5);
  decisions.load(batch);
  expect([...decisions.weights!]).toEqual([0, 1, 1, 1, 0]);
  const samples = kernels.i32(3);
  samples.set([4, 3, 1]);
  expect(decisions.count(samples, 3)).toBe(2);
  const advantages = kernels.f32(5);
  advantages.set([100, 2, 7, 4, -100]);
  const terms = { advantageMean: Number.NaN, advantageScale: Number.NaN };
  decisions.normalize(terms, advantages, samples, 3);
  expect(terms).toEqual({ advantageMean: 3, advantageScale: expect.closeTo(1 / Math.SQRT2, 7) });
  // One decision has no deviation.
  decisions.normalize(terms, advantages, samples, 2);
  expect(terms).toEqual({ advantageMean: 0, advantageScale: 1 });
  decisions.dispose();
});

test('one with a level that is always active decides everywhere', () => {
  const decisions = new ChannelDecisions(kernels, space, { name: '', levels: [0, 2], heads: [0] }, 5);
  decisions.load(batch);
  expect(decisions.weights).toBeNull();
  expect(decisions.count(kernels.i32(2), 2)).toBe(2);
});
