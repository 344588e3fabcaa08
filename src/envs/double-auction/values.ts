import { type Static, Type } from 'typebox';
import type { RandomStream } from '../../base/index.js';

const VALUE = { minimum: -1e6, maximum: 1e6 } as const;

const Uniform = Type.Object(
  { kind: Type.Literal('uniform'), low: Type.Number(VALUE), high: Type.Number(VALUE) },
  { additionalProperties: false },
);
const TruncatedNormal = Type.Object(
  {
    kind: Type.Literal('truncatedNormal'),
    mean: Type.Number(VALUE),
    deviation: Type.Number({ exclusiveMinimum: 0, maximum: 1e6 }),
    low: Type.Number(VALUE),
    high: Type.Number(VALUE),
  },
  { additionalProperties: false },
);
const Discrete = Type.Object(
  {
    kind: Type.Literal('discrete'),
    values: Type.Array(Type.Number(VALUE), { minItems: 1, maxItems: 1000 }),
    weights: Type.Optional(Type.Array(Type.Number({ minimum: 0, maximum: 1e6 }), { minItems: 1, maxItems: 1000 })),
  },
  { additionalProperties: false },
);

/** Schema of where private values come from. */
export const valueDistribution = (settings: { default: ValueDistribution; description: string }) =>
  Type.Union([Uniform, TruncatedNormal, Discrete], settings);
export type ValueDistribution = Static<typeof Uniform> | Static<typeof TruncatedNormal> | Static<typeof Discrete>;

/** The least and the greatest value that can be drawn, as float32. */
export function supportOf(distribution: ValueDistribution): { readonly low: number; readonly high: number } {
  const ends = distribution.kind === 'discrete' ? possibleValues(distribution) : [distribution.low, distribution.high];
  return { low: Math.fround(Math.min(...ends)), high: Math.fround(Math.max(...ends)) };
}

/** The different values of a discrete distribution that can be drawn, ascending. */
export function possibleValues({ values, weights }: Static<typeof Discrete>): readonly number[] {
  const possible = values.filter((_, j) => weights === undefined || weights[j]! > 0);
  return [...new Set(possible)].sort((x, y) => x - y);
}

/** What keeps a distribution that fits its schema from being drawn from; undefined where nothing does. */
export function findValueFault(
  distribution: ValueDistribution,
): { readonly pointer: string; readonly message: string } | undefined {
  if (distribution.kind === 'discrete') {
    const { values, weights } = distribution;
    if (weights === undefined) return undefined;
    if (weights.length !== values.length) {
      return { pointer: '/weights', message: `are ${weights.length}, but there are ${values.length} values` };
    }
    return weights.some((weight) => weight > 0) ? undefined : { pointer: '/weights', message: 'are all 0' };
  }
  const { low, high } = distribution;
  if (!(Math.fround(low) < Math.fround(high))) {
    return { pointer: '/high', message: `is ${high}, which is not above low, ${low}, as float32` };
  }
  if (distribution.kind === 'uniform') return undefined;
  const { mean, deviation } = distribution;
  // Then at least 2.7 % of the normals are inside, and a value takes 37 of them at the most, on average.
  const inside = Math.min(high, mean + 2 * deviation) - Math.max(low, mean - 2 * deviation);
  return inside >= deviation / 2
    ? undefined
    : {
        pointer: '/mean',
        message:
          'and deviation leave hardly anything between low and high; half a deviation must lie there, within two of the mean',
      };
}

/** Draws one value; what is stored as float32 lies within the support. uniform: low + (high − low)·u, u of 24 bits.
 *  truncatedNormal: normals until one lies in [low, high]. discrete: by weight, all alike where there are none. */
export function createValueSampler(distribution: ValueDistribution): (random: RandomStream) => number {
  switch (distribution.kind) {
    case 'uniform': {
      const { low, high } = distribution;
      return (random) => low + (high - low) * random.uniform();
    }
    case 'truncatedNormal': {
      const { mean, deviation, low, high } = distribution;
      return (random) => {
        for (;;) {
          const value = mean + deviation * random.normal();
          if (value >= low && value <= high) return value;
        }
      };
    }
    case 'discrete': {
      const { values, weights } = distribution;
      if (weights === undefined) return (random) => values[random.integer(values.length)]!;
      return (random) => values[random.categorical(weights)]!;
    }
  }
}
