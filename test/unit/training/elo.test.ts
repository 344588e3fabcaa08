import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eloRatings, expectedShare } from '../../../src/training/elo.js';

describe('Elo ratings', () => {
  test('of two who meet often differ by 400·log₁₀ of their points’ ratio', () => {
    const [first, second] = eloRatings(2, [{ first: 0, second: 1, games: 40_000, points: 30_000 }]);
    expect(first - second).toBeCloseTo(400 * Math.log10(3), 1);
    expect(first + second).toBeCloseTo(2000, 9);
    expect(expectedShare(first, second)).toBeCloseTo(0.75, 3);
  });

  test('do not depend on who is named first, or on how games are split up', () => {
    const whole = eloRatings(2, [{ first: 0, second: 1, games: 10, points: 7 }]);
    const parts = eloRatings(2, [
      { first: 1, second: 0, games: 4, points: 1 },
      { first: 0, second: 1, games: 6, points: 4 },
    ]);
    for (const i of [0, 1]) expect(parts[i]).toBeCloseTo(whole[i], 6);
  });

  test('of whoever never lost are finite, and the highest', () => {
    const [best, middle, worst] = eloRatings(3, [
      { first: 0, second: 1, games: 10, points: 10 },
      { first: 1, second: 2, games: 10, points: 10 },
      { first: 0, second: 2, games: 10, points: 10 },
    ]);
    expect([best, middle, worst].every(Number.isFinite)).toBe(true);
    expect(best).toBeGreaterThan(middle);
    expect(middle).toBeGreaterThan(worst);
  });

  test('expect of everybody as many points as were won', () => {
    const games = fc.array(
      fc.record({
        first: fc.nat(3),
        second: fc.nat(3),
        games: fc.integer({ min: 1, max: 50 }),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(games, (drawn) => {
        const results = drawn
          .filter(({ first, second }) => first !== second)
          .map(({ share, ...pair }) => ({ ...pair, points: Math.round(share * pair.games) }));
        const ratings = eloRatings(4, results);
        // The average player that everybody drew with has the strength 1, which is where the ratings were before they were centered.
        const shift = ratings.reduce((sum, rating) => sum + rating, 0) / 4;
        expect(shift).toBeCloseTo(1000, 6);
        const gap = (i: number) =>
          results.reduce((sum, { first, second, games: n, points }) => {
            if (first === i) return sum + points - n * expectedShare(ratings[first], ratings[second]);
            if (second === i) return sum + (n - points) - n * expectedShare(ratings[second], ratings[first]);
            return sum;
          }, 0);
        for (const i of [0, 1, 2, 3]) expect(Math.abs(gap(i))).toBeLessThan(0.51);
      }),
    );
  });
});
