import { type Static, type TSchema, Type } from 'typebox';
import { NetworkSpec } from '../networks/index.js';

export const DISTRIBUTIONS = [
  'auto',
  'gaussian',
  'squashedGaussian',
  'truncatedGaussian',
  'categorical',
  'bernoulli',
  'composite',
  'deterministic',
  'noisyDeterministic',
  'epsilonGreedy',
] as const;

/** Laws whose exploration follows a schedule of the algorithm, and which no policy gradient moves: only for algorithms that name
 *  them, which learn no other. */
export const SCHEDULED_DISTRIBUTIONS: readonly (typeof DISTRIBUTIONS)[number][] = [
  'noisyDeterministic',
  'epsilonGreedy',
];

/** How a policy's network outputs become actions. */
export const DistributionSpec = Type.Object(
  {
    kind: Type.Enum(DISTRIBUTIONS, {
      default: 'auto',
      description:
        'auto: categorical for discrete and multiDiscrete, bernoulli for binary, composite for composite, gaussian for a box without bounds, squashedGaussian for any other box. squashedGaussian: a Gaussian brought into the bounds by tanh, or by softplus where there is one. truncatedGaussian: a Gaussian cut off at the bounds, so that an output means the action itself. gaussian, deterministic (a box action is the network output itself): only for a box without bounds. noisyDeterministic: the network output brought into the bounds, and noise of the algorithm’s schedule around it. epsilonGreedy: outputs are values of choices; the greatest, or with the probability of the algorithm’s schedule any.',
    }),
    initialLogStd: Type.Number({
      default: 0,
      minimum: -20,
      maximum: 5,
      description: 'Start of the logarithm of the Gaussian’s standard deviation.',
    }),
    logStdBounds: Type.Tuple([Type.Number({ minimum: -20, maximum: 5 }), Type.Number({ minimum: -20, maximum: 5 })], {
      default: [-10, 2],
      description: 'Bounds that the logarithm of the standard deviation is kept in.',
    }),
    std: Type.Optional(
      Type.Union([Type.Literal('free'), Type.Literal('network')], {
        description:
          'free: one standard deviation per element of the action, whatever the observation. network: a function of the observation, for gaussian and squashedGaussian. Absent: as the algorithm has it; free with most.',
      }),
    ),
  },
  { additionalProperties: false, default: {} },
);
export type DistributionSpec = Static<typeof DistributionSpec>;

/** What a value network takes from its policy's network unless set: everything but the start of the output layer, which is
 *  for actions, the memory (it sees what the policy remembers), and code, which makes the policy's alone. */
export function valueShapeOf({
  outputGain: _gain,
  outputBias: _bias,
  recurrent: _memory,
  byCode: _code,
  ...shape
}: NetworkSpec): NetworkSpec {
  return shape;
}

/** The distribution's fields, none of them needed and, as the policy's own stand for what is left out, none filled in. */
const levelDistribution = Object.fromEntries(
  Object.entries(DistributionSpec.properties).map(
    ([name, { default: _, ...field }]: [string, TSchema & { default?: unknown }]) => [
      name,
      Type.Optional(Type.Unsafe(field)),
    ],
  ),
);

/** Settings of one level of a hierarchical action that differ from the policy's. */
export const LevelSpec = Type.Object(
  {
    distribution: Type.Optional(
      Type.Unsafe<Partial<DistributionSpec>>(Type.Object(levelDistribution, { additionalProperties: false })),
    ),
  },
  { additionalProperties: false, default: {} },
);
export type LevelSpec = Static<typeof LevelSpec>;

/** One policy: its network, its value network and its action distribution. */
export const PolicySpec = Type.Object(
  {
    network: NetworkSpec,
    valueNetwork: Type.Optional(NetworkSpec),
    distribution: DistributionSpec,
    levelNetworks: Type.Union([Type.Literal('shared'), Type.Literal('separate')], {
      default: 'shared',
      description:
        'Hierarchical actions. shared: one network with a linear head per level. separate: a whole network per level, each with an optimizer of its own.',
    }),
    levels: Type.Record(Type.String(), LevelSpec, {
      default: {},
      description: 'Hierarchical actions: settings by level name.',
    }),
  },
  { additionalProperties: false, default: {} },
);
export type PolicySpec = Omit<Static<typeof PolicySpec>, 'network'> & { network: NetworkSpec };
