import { type Static, Type } from 'typebox';

export const PoolOptions = Type.Object(
  {
    of: Type.String({
      minLength: 1,
      maxLength: 64,
      default: 'shared',
      description:
        'The policy whose past this one plays as. Its observations, actions, network and law must be the same.',
    }),
    every: Type.Integer({
      default: 10,
      minimum: 1,
      maximum: 1_000_000,
      description: 'Iterations between the versions that join the pool. The first joins before iteration 0.',
    }),
    size: Type.Integer({
      default: 10,
      minimum: 1,
      maximum: 10_000,
      description: 'Versions that the pool holds; the oldest makes room.',
    }),
    newestShare: Type.Number({
      default: 0.5,
      minimum: 0,
      maximum: 1,
      description: 'How often it plays as the newest version, and not as any of the pool: 0 never, 1 always.',
    }),
  },
  { additionalProperties: false, default: {} },
);
export type PoolOptions = Static<typeof PoolOptions>;
