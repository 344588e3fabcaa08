import fc from 'fast-check';
import { expect, it } from 'vitest';
import { downsample } from '../../../../../services/api/series/downsample.js';

const line = fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 0, maxLength: 400 });
const most = fc.integer({ min: 4, max: 120 });

it('gives points that went in, in order, no more than asked for', () => {
  fc.assert(
    fc.property(line, most, (y, limit) => {
      const x = y.map((_, i) => 3 * i);
      const result = downsample({ x, y }, limit);
      expect(result.x.length).toBeLessThanOrEqual(Math.max(limit, 0));
      expect(result.y.length).toBe(result.x.length);
      result.x.forEach((place, i) => {
        expect(result.y[i]).toBe(y[place / 3]);
        if (i > 0) expect(place).toBeGreaterThan(result.x[i - 1]!);
      });
    }),
  );
});

it('keeps the ends and the extremes, whatever the line', () => {
  fc.assert(
    fc.property(line, most, (y, limit) => {
      fc.pre(y.length > 0);
      const result = downsample({ x: y.map((_, i) => i), y }, limit);
      expect(Math.min(...result.y)).toBe(Math.min(...y));
      expect(Math.max(...result.y)).toBe(Math.max(...y));
      expect([result.x[0], result.x.at(-1)]).toEqual([0, y.length - 1]);
    }),
  );
});

it('leaves a line alone that has no more points', () => {
  const points = { x: [1, 2, 3], y: [5, 4, 6] };
  expect(downsample(points, 4)).toEqual(points);
});
