import { describe, expect, it } from 'vitest';
import { bestResponse, expectedValue, kuhnExploitability } from '../../../src/envs/kuhn-poker/analysis.js';
import { KUHN_VALUE, kuhnEquilibrium } from '../../../src/envs/kuhn-poker/equilibrium.js';
import { informationSets } from '../../../src/envs/kuhn-poker/information-sets.js';

const everywhere = (probability: number): number[] => new Array(12).fill(probability);

describe('the analysis of Kuhn poker', () => {
  it('numbers the 12 information sets by what has been done, then by the card', () => {
    const sets = informationSets();
    expect(sets.map(({ agent, history, card }) => `${agent} ${history} ${card}`)).toEqual([
      '0  0',
      '0  1',
      '0  2',
      '1 check 0',
      '1 check 1',
      '1 check 2',
      '1 bet 0',
      '1 bet 1',
      '1 bet 2',
      '0 check-bet 0',
      '0 check-bet 1',
      '0 check-bet 2',
    ]);
    expect(sets[0].observation).toEqual([1, 0, 0, 1, 0, 0, 0, 0]);
    expect(sets[4].observation).toEqual([0, 1, 0, 1, 1, 0, 0, 0]);
    expect(sets[8].observation).toEqual([0, 0, 1, 1, 0, 1, 0, 0]);
    expect(sets[11].observation).toEqual([0, 0, 1, 1, 1, 0, 0, 1]);
    expect(sets.every(({ mask }) => mask.join('') === '11')).toBe(true);
    expect(new Set(sets.map(({ observation }) => observation.join(''))).size).toBe(12);
  });

  it.each<[string, number[], number, [number, number]]>([
    // Known from OpenSpiel: even strategies have a NashConv of 11/12.
    ['even', everywhere(0.5), 1 / 8, [0.5, 5 / 12]],
    // Nobody bets: any bet takes the pot.
    ['passive', everywhere(0), 0, [1, 1]],
    // Everybody bets and calls: a jack gives up 1 instead of 2, a queen is even, a king wins 2.
    ['aggressive', everywhere(1), 0, [1 / 3, 1 / 3]],
  ])('of %s strategies', (_, strategies, value, bestValues) => {
    const found = kuhnExploitability(strategies);
    expect(found.value).toBeCloseTo(value, 12);
    expect(found.bestValues[0]).toBeCloseTo(bestValues[0], 12);
    expect(found.bestValues[1]).toBeCloseTo(bestValues[1], 12);
    expect(found.nashConv).toBeCloseTo(bestValues[0] + bestValues[1], 12);
    expect(found.exploitability).toBeCloseTo(found.nashConv / 2, 12);
  });

  it.each([0, 0.1, 0.2, 1 / 4, 1 / 3])(
    'has the value −1/18 and nothing to exploit at the equilibrium of α = %d',
    (alpha) => {
      const { value, bestValues, nashConv } = kuhnExploitability(kuhnEquilibrium(alpha));
      expect(value).toBeCloseTo(-1 / 18, 14);
      expect(KUHN_VALUE).toBe(-1 / 18);
      expect(bestValues[0]).toBeCloseTo(-1 / 18, 14);
      expect(bestValues[1]).toBeCloseTo(1 / 18, 14);
      expect(Math.abs(nashConv)).toBeLessThan(1e-14);
    },
  );

  it('has the equilibria of the literature', () => {
    expect([...kuhnEquilibrium(0.2)]).toEqual(
      [0.2, 0, 0.6, 1 / 3, 0, 1, 0, 1 / 3, 1, 0, 0.2 + 1 / 3, 1].map((p) => expect.closeTo(p, 12)),
    );
    for (const alpha of [-0.01, 0.34, Number.NaN]) expect(() => kuhnEquilibrium(alpha)).toThrow(RangeError);
  });

  it.each(Array.from({ length: 12 }, (_, k) => k))(
    'can exploit an equilibrium in which information set %d is moved',
    (k) => {
      const moved = kuhnEquilibrium(0.2);
      moved[k] += moved[k] > 0.5 ? -0.05 : 0.05;
      expect(kuhnExploitability(moved).nashConv).toBeGreaterThan(0.002);
    },
  );

  it('finds best responses that are worth what they say and that nothing beats', () => {
    const strategies = [0.1, 0.7, 0.4, 0.9, 0.2, 0.6, 0.3, 0.8, 0.5, 0.35, 0.65, 0.15];
    for (const agent of [0, 1] as const) {
      const sign = agent === 0 ? 1 : -1;
      const { value, strategies: best } = bestResponse(strategies, agent);
      const sets = informationSets();
      sets.forEach((set, k) => {
        if (set.agent !== agent) expect(best[k]).toBe(strategies[k]);
        else expect([0, 1]).toContain(best[k]);
      });
      expect(sign * expectedValue(best)).toBeCloseTo(value, 14);
      sets.forEach((set, k) => {
        if (set.agent !== agent) return;
        for (const probability of [0, 0.5, 1]) {
          const other = best.slice();
          other[k] = probability;
          expect(sign * expectedValue(other)).toBeLessThanOrEqual(value + 1e-14);
        }
      });
    }
  });

  it('calls with a queen who bluffs with every jack, and not who never does', () => {
    const calls = (jackBets: number) => {
      const strategies = [jackBets, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
      return [...bestResponse(strategies, 1).strategies.subarray(6, 9)];
    };
    expect(calls(1)).toEqual([0, 1, 1]);
    expect(calls(0.3)).toEqual([0, 0, 1]);
    // Calling pays from a third of the kings' bets on.
    expect(calls(0.34)).toEqual([0, 1, 1]);
  });

  it.each([[everywhere(0.5).slice(1)], [everywhere(1.1)], [everywhere(-0.1)], [everywhere(Number.NaN)]])(
    'refuses %j',
    (strategies) => {
      expect(() => kuhnExploitability(strategies)).toThrow(RangeError);
      expect(() => bestResponse(strategies, 0)).toThrow(RangeError);
    },
  );
});
