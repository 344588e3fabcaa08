import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MetricRegistry } from '../../../src/metrics/index.js';

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });

describe('histogram', () => {
  it('counts, for every bound, the observations that are at most the bound', () => {
    fc.assert(
      fc.property(fc.uniqueArray(finite, { minLength: 1, maxLength: 8 }), fc.array(finite), (bounds, observed) => {
        const buckets = [...new Set(bounds.map((bound) => bound + 0))].sort((a, b) => a - b);
        const registry = new MetricRegistry();
        const series = registry.histogram({ name: 'a_seconds', help: '', buckets }).labels();
        for (const value of observed) series.observe(value);
        const counts = [...registry.text().matchAll(/le="(.*)"} (\d+)/g)].map(([, bound, count]) => [
          bound,
          Number(count),
        ]);
        const expected = [...buckets, Number.POSITIVE_INFINITY].map((bound) => [
          bound === Number.POSITIVE_INFINITY ? '+Inf' : String(bound),
          observed.filter((value) => value <= bound).length,
        ]);
        expect(counts).toEqual(expected);
        expect(series.count).toBe(observed.length);
      }),
    );
  });
});
