import { describe, expect, it } from 'vitest';
import { align, meanOf } from '../../../dashboard/series/align.js';
import { smooth } from '../../../dashboard/series/smooth.js';
import { thin } from '../../../dashboard/series/thin.js';
import { downsample } from '../../../services/api/series/downsample.js';

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

describe('smoothing', () => {
  it('leaves a curve as it is at strength 0, and a constant whatever the strength', () => {
    const line = { x: upTo(5), y: [3, 1, 4, 1, 5] };
    expect(smooth(line, 0)).toEqual(line.y);
    expect(smooth({ x: upTo(50), y: new Array<number>(50).fill(2) }, 1)).toEqual(new Array<number>(50).fill(2));
    expect(smooth({ x: [], y: [] }, 1)).toEqual([]);
    expect(smooth({ x: [1], y: [7] }, 1)).toEqual([7]);
  });

  it('weighs what lies d before by exp(−d / τ), from the first value on', () => {
    // τ = 0.15 · 1² · 10
    const [w1, w10] = [Math.exp(-1 / 1.5), Math.exp(-10 / 1.5)];
    const [first, second, third] = smooth({ x: [0, 9, 10], y: [0, 6, 12] }, 1);
    expect(first).toBe(0);
    expect(second).toBeCloseTo(6 / (Math.exp(-9 / 1.5) + 1), 12);
    expect(third).toBeCloseTo((6 * w1 + 12) / (w10 + w1 + 1), 12);
  });

  it('hardly depends on how many points a curve was thinned out to', () => {
    const dense = { x: upTo(1001), y: upTo(1001).map((x) => x / 100) };
    const sparse = { x: upTo(101).map((x) => 10 * x), y: upTo(101).map((x) => x / 10) };
    expect(smooth(dense, 0.8).at(-1)).toBeCloseTo(smooth(sparse, 0.8).at(-1)!, 1);
  });

  it('smooths more the stronger it is', () => {
    const line = { x: upTo(100), y: upTo(100).map((x) => (x % 2 === 0 ? 1 : -1)) };
    const roughness = [0, 0.3, 0.6, 1].map((strength) => Math.abs(smooth(line, strength).at(-1)!));
    expect(roughness).toEqual([...roughness].sort((a, b) => b - a));
    expect(roughness.at(-1)).toBeLessThan(0.1);
  });
});

describe('thinning out', () => {
  it('is what the API does to long series', () => {
    const line = { x: upTo(5000), y: upTo(5000).map((x) => Math.sin(x) * (x % 7)) };
    for (const most of [4, 5, 100, 601]) expect(thin(line, most)).toEqual(downsample(line, most));
  });

  it('copies what is short enough', () => {
    const line = { x: [1, 2], y: [3, 4] };
    expect(thin(line, 4)).toEqual(line);
    expect(thin(line, 4).x).not.toBe(line.x);
  });
});

describe('curves over one axis', () => {
  it('have a place for every x, and nothing where they have no point', () => {
    expect(
      align([
        { x: [1, 3], y: [10, 30] },
        { x: [2, 3, 3], y: [0.2, 0.3, 0.4] },
        { x: [], y: [] },
      ]),
    ).toEqual([
      [1, 2, 3],
      [10, null, 30],
      [null, 0.2, 0.4],
      [null, null, null],
    ]);
  });

  it('have a mean of those that have begun and not ended, straight between points', () => {
    const mean = meanOf([
      { x: [0, 4], y: [0, 4] },
      { x: [2, 6], y: [10, 10] },
    ]);
    expect(mean).toEqual({ x: [0, 2, 4, 6], y: [0, 6, 7, 10] });
    expect(meanOf([])).toEqual({ x: [], y: [] });
  });
});
