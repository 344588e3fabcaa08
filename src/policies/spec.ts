import { type Static, Type } from 'typebox';
import { NetworkSpec } from '../networks/index.js';

export const DISTRIBUTIONS = [
  'auto',
  'gaussian',
  'squashedGaussian',
  'categorical',
  'bernoulli',
  'deterministic',
] as const;

/** How a policy's network outputs become actions. */
export const DistributionSpec = Type.Object(
  {
    kind: Type.Enum(DISTRIBUTIONS, {
      default: 'auto',
      description:
        'auto: categorical for discrete and multiDiscrete, bernoulli for binary, squashedGaussian for a box bounded on all sides, gaussian for any other box. deterministic: a box action is the network output itself; the box has no bounds.',
    }),
    initialLogStd: Type.Number({
      default: 0,
      minimum: -20,
      maximum: 5,
      description: 'Start of the (state-independent) logarithm of the Gaussian’s standard deviation.',
    }),
    logStdBounds: Type.Tuple([Type.Number({ minimum: -20, maximum: 5 }), Type.Number({ minimum: -20, maximum: 5 })], {
      default: [-10, 2],
      description: 'Bounds that the logarithm of the standard deviation is kept in.',
    }),
  },
  { additionalProperties: false, default: {} },
);
export type DistributionSpec = Static<typeof DistributionSpec>;

/** One policy: its network, its value network and its action distribution. */
export const PolicySpec = Type.Object(
  {
    network: NetworkSpec,
    valueNetwork: Type.Optional(NetworkSpec),
    distribution: DistributionSpec,
  },
  { additionalProperties: false, default: {} },
);
export type PolicySpec = Static<typeof PolicySpec>;
