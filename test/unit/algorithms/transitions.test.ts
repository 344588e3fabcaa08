import { expect, test } from 'vitest';
import { Transitions } from '../../../src/algorithms/shared/transitions.js';
import type { PolicyBatch } from '../../../src/experience/index.js';

// One instance, four steps, of which the third ends the episode.
const shape = { segments: 1, horizon: 4, instances: 1 };
const batchOf = (terminated: number, truncated: number) =>
  ({
    shape,
    samples: 4,
    observations: Float32Array.of(1, 2, 3, 4),
    lastObservations: Float32Array.of(5),
    rewards: Float32Array.of(1, 1, 1, 1),
    actionMasks: new Uint8Array(0),
    lastActionMasks: new Uint8Array(0),
    terminated: Uint8Array.of(0, 0, terminated, 0),
    truncated: Uint8Array.of(0, 0, truncated, 0),
    finalCount: 1,
    finalSamples: Int32Array.of(2),
    finalObservations: Float32Array.of(9),
  }) as unknown as PolicyBatch;

test.each([
  ['terminated', 1, 0, 0, 0],
  ['truncated', 0, 1, 1, 1],
  // An episode that was to be cut off in the step that ended it: nothing follows, and nothing is unknown.
  ['both', 1, 1, 0, 0],
])('two steps up to an end that is %s', (_name, terminated, truncated, follows, unknown) => {
  const transitions = new Transitions(shape, { observationSize: 1, maskSize: 0, gamma: 0.5, steps: 2 });
  transitions.fill(batchOf(terminated, truncated));
  expect([...transitions.rewards]).toEqual([1.5, 1.5, 1, 1]);
  expect([...transitions.discounts]).toEqual([0.25, 0.25 * follows, 0.5 * follows, 0.5]);
  expect([...transitions.nextObservations]).toEqual([3, 9, 9, 5]);
  expect([...transitions.cutOff]).toEqual([0, unknown, unknown, 0]);
});
