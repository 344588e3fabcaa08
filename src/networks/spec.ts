import { type Static, Type } from 'typebox';

/** How the weights of a layer start; biases start at 0. */
export const INITIALIZATIONS = ['orthogonal', 'xavierUniform', 'heUniform', 'lecunUniform', 'zeros'] as const;

/** Declarative network description of a job spec. */
export const NetworkSpec = Type.Object(
  {
    kind: Type.Literal('mlp', { default: 'mlp', description: 'Dense layers on the kernels.' }),
    hidden: Type.Array(Type.Integer({ minimum: 1, maximum: 65_536 }), {
      default: [64, 64],
      maxItems: 64,
      description: 'Widths of the hidden layers; [] is a linear function.',
    }),
    activation: Type.Union([Type.Literal('tanh'), Type.Literal('relu')], {
      default: 'tanh',
      description: 'Activation of the hidden layers.',
    }),
    normalizeInput: Type.Optional(
      Type.Boolean({
        description:
          'Inputs get mean 0 and standard deviation 1, by statistics of all that was observed before, which are part of the weights.',
      }),
    ),
    initialization: Type.Enum(INITIALIZATIONS, {
      default: 'orthogonal',
      description: 'How weights start. Biases start at 0, but for outputBias.',
    }),
    hiddenGain: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1000,
        description: 'Scale of the hidden layers’ first weights, relative to the initialization’s own.',
      }),
    ),
    outputGain: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1000,
        description: 'Scale of the output layer’s first weights.',
      }),
    ),
    outputBias: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1000,
        description: 'Biases of the output layer start uniform on ±outputBias. Spreads the first outputs.',
      }),
    ),
  },
  { additionalProperties: false, default: {} },
);
export type NetworkSpec = Static<typeof NetworkSpec>;
