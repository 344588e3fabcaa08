import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  episodeSumCount,
  HEADER_BYTES,
  readTrajectory,
  type TrajectoryShape,
  trajectoryLayout,
} from '../../../src/experience/index.js';
import { found, play, writerFor } from '../../unit/experience/collecting.js';

const size = (max: number) => fc.integer({ min: 1, max });
const shape: fc.Arbitrary<TrajectoryShape> = fc.record({
  horizon: size(7),
  instances: size(9),
  rewardHeads: size(3),
  globalStateSize: fc.nat(5),
  episodeMetrics: fc.nat(3),
  agents: fc.array(
    fc.record(
      { observationSize: size(9), actionSize: size(3), maskSize: fc.nat(5), levelCount: size(4), stateSize: fc.nat(3) },
      { requiredKeys: ['observationSize', 'actionSize', 'maskSize'] },
    ),
    { minLength: 1, maxLength: 4 },
  ),
});

/** Every tensor of a batch with n finals: where it begins, and its bytes. */
function tensors(shape: TrajectoryShape, n: number): { readonly at: number; readonly bytes: number }[] {
  const layout = trajectoryLayout(shape);
  const { horizon: T, instances: B, rewardHeads: H, globalStateSize: G } = shape;
  const finals = layout.finalOffsets(n);
  return [
    { at: 0, bytes: HEADER_BYTES },
    { at: layout.episodes, bytes: 8 * episodeSumCount(shape) },
    { at: layout.terminated, bytes: T * B },
    { at: layout.truncated, bytes: T * B },
    { at: layout.globalState, bytes: 4 * (T + 1) * B * G },
    ...shape.agents.flatMap(({ observationSize, actionSize, maskSize, levelCount: L = 1, stateSize: S = 0 }, i) => {
      const at = layout.agents[i];
      return [
        { at: at.observation, bytes: 4 * (T + 1) * B * observationSize },
        { at: at.action, bytes: 4 * T * B * actionSize },
        { at: at.behaviorLogProb, bytes: 4 * T * B * L },
        { at: at.reward, bytes: 4 * T * B * H },
        { at: at.actionMask, bytes: (T + 1) * B * maskSize },
        { at: at.state, bytes: 4 * B * S },
      ];
    }),
    { at: finals.rows, bytes: 4 * n },
    ...shape.agents.map(({ observationSize }, i) => ({ at: finals.observation[i], bytes: 4 * n * observationSize })),
    { at: finals.globalState, bytes: 4 * n * G },
  ];
}

describe('the layout of a trajectory batch', () => {
  it('aligns every tensor, lets none overlap, wastes less than a line on each, and ends where it says', () => {
    fc.assert(
      fc.property(shape, fc.nat(20), (sizes, n) => {
        const layout = trajectoryLayout(sizes);
        let end = 0;
        for (const { at, bytes } of tensors(sizes, n)) {
          expect(at % 64).toBe(0);
          expect(at).toBeGreaterThanOrEqual(end);
          expect(at - end).toBeLessThan(64);
          end = at + bytes;
        }
        const total = layout.totalBytes(n);
        expect(total % 64).toBe(0);
        expect(total).toBeGreaterThanOrEqual(end);
        expect(total - end).toBeLessThan(64);
        expect(layout.totalBytes(0)).toBe(layout.denseBytes);
        expect(layout.finalOffsets(n).rows).toBe(layout.denseBytes);
      }),
    );
  });

  it('gives back what was written, whatever the sizes and whichever episodes end', () => {
    fc.assert(
      fc.property(shape, fc.integer({ min: 0 }), (sizes, seed) => {
        const { writer, layout } = writerFor(sizes);
        const ends = (t: number, b: number): boolean => Math.imul(seed + t * 31 + b, 2654435761) >>> 28 < 5;
        const ended = (t: number) => Array.from({ length: sizes.instances }, (_, b) => b).filter((b) => ends(t, b));
        const { bytes, ...kept } = play(writer, { seed, ended });
        expect(found(readTrajectory(layout, bytes))).toEqual(kept);
      }),
      { numRuns: 60 },
    );
  });
});
