import { type Static, Type } from 'typebox';
import type { NetworkByCode } from './by-code.js';
import { InputsSpec, LayerSpec, layerStateSize, MAX_LAYERS } from './layers/index.js';

export { type LayersDescription, type PlacedLayers, placeLayers } from './layers/index.js';
export { TENSORFLOW_BACKENDS, type TensorflowBackend } from './tensorflow/backends.js';

/** How the weights of a layer start; biases start at 0. */
export const INITIALIZATIONS = ['orthogonal', 'xavierUniform', 'heUniform', 'lecunUniform', 'zeros'] as const;

/** A memory that is carried from step to step. */
const RecurrentSpec = Type.Object(
  {
    kind: Type.Literal('gru', { default: 'gru', description: 'Gated recurrent unit.' }),
    size: Type.Integer({ default: 64, minimum: 1, maximum: 4096, description: 'Numbers that are remembered.' }),
  },
  { additionalProperties: false },
);

/** What a network is made of. */
export const NETWORK_KINDS = ['mlp', 'layers'] as const;

/** Declarative network description of a job spec. */
export const NetworkSpec = Type.Object(
  {
    kind: Type.Enum(NETWORK_KINDS, {
      default: 'mlp',
      description:
        'mlp: dense layers, on the kernels unless the engine is "tensorflow". layers: the layers that `layers` describes, on TensorFlow.js whatever the engine.',
    }),
    hidden: Type.Array(Type.Integer({ minimum: 1, maximum: 65_536 }), {
      default: [64, 64],
      maxItems: 64,
      description: 'mlp: widths of the hidden layers; [] is a linear function.',
    }),
    activation: Type.Union([Type.Literal('tanh'), Type.Literal('relu')], {
      default: 'tanh',
      description: 'Activation of the hidden layers; of layers that have none of their own.',
    }),
    recurrent: Type.Optional({
      ...RecurrentSpec,
      description:
        'A recurrent unit between the hidden layers and the output: what the policy does then depends on all that it saw in the episode. Absent: on the present observation alone.',
    }),
    inputs: Type.Optional(
      Type.Unsafe<InputsSpec>({
        ...InputsSpec,
        description:
          'layers: parts of the observation, by name, that layers work on. Absent: one input, "observation", of the shape of the observation.',
      }),
    ),
    layers: Type.Optional(
      Type.Array(LayerSpec, {
        minItems: 1,
        maxItems: MAX_LAYERS,
        description:
          'layers: one after the other, or as they name each other in `of`. What the last one makes goes through a dense layer to the outputs, which is not written here. See docs/tensorflow.md.',
      }),
    ),
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
export type NetworkSpec = Static<typeof NetworkSpec> & {
  /** In library use, never in a job spec: what makes the network instead of all of the above but `normalizeInput`. */
  readonly byCode?: NetworkByCode;
};

/** Numbers that a network carries from one step to the next; 0 where it has no memory. */
export function networkStateSize({ kind, layers = [], recurrent }: NetworkSpec): number {
  if (kind === 'mlp') return recurrent?.size ?? 0;
  return layers.reduce((size, layer) => size + layerStateSize(layer), 0);
}
