import { expect, it } from 'vitest';
import { CASES, f32, normals, prepare } from './fixtures.js';

it.each(CASES)('the hot calls of $name make no array after the first', (one) => {
  const B = 1000;
  const { distribution, outputs, free, mask, noise, actions, logProbs, observation } = prepare(one, B);
  const [dLogProbs, dEntropies] = [normals(B, 7), normals(B, 8)];
  const dOutputs = f32(new Float32Array(B * distribution.outputSize));
  const dFree = f32(new Float32Array(free.length));
  const run = (rows: number): void => {
    distribution.observe?.(observation, rows);
    distribution.sample(outputs, free, mask, noise, actions, logProbs, rows);
    distribution.logProb(outputs, free, mask, actions, logProbs, rows);
    distribution.entropy(outputs, free, mask, logProbs, rows);
    distribution.backward(outputs, free, mask, actions, dLogProbs, dEntropies, dOutputs, dFree, rows);
    distribution.mode(outputs, free, mask, actions, rows);
  };
  run(B);
  const before = process.memoryUsage().arrayBuffers;
  for (const rows of [B, 10, B - 1, 1, B]) run(rows);
  expect(process.memoryUsage().arrayBuffers).toBeLessThanOrEqual(before);
});
