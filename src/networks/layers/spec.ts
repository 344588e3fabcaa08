import { type Static, type TSchema, Type } from 'typebox';

const strict = { additionalProperties: false } as const;
const NAME = '^[a-zA-Z][a-zA-Z0-9_-]{0,31}$';
const Name = Type.String({ pattern: NAME });

/** Activations of layers; "none" is linear. */
const LAYER_ACTIVATIONS = ['none', 'tanh', 'relu', 'sigmoid'] as const;
export type LayerActivation = (typeof LAYER_ACTIVATIONS)[number];

const Extent = (maximum: number, description: string) => Type.Integer({ minimum: 1, maximum, description });
const Pair = (description: string) =>
  Type.Union([Extent(256, description), Type.Tuple([Extent(256, 'Height.'), Extent(256, 'Width.')])], { description });

const id = Type.Optional(Type.String({ pattern: NAME, description: 'What other layers name it by in `of`.' }));
const of = Type.Optional(
  Type.String({ pattern: NAME, description: 'The input or layer it works on; absent is the layer before it.' }),
);
const several = Type.Array(Name, {
  minItems: 2,
  maxItems: 64,
  description: 'The inputs or layers that are joined, in this order.',
});
const activation = Type.Optional(
  Type.Enum(LAYER_ACTIVATIONS, { description: 'Absent is the `activation` of the network.' }),
);
const filters = Extent(65_536, 'Channels of its output.');
const padding = Type.Optional(
  Type.Enum(['valid', 'same'], {
    description: 'same: zeros around, so that strides of 1 keep the size; absent is valid, without.',
  }),
);

const layer = <T extends string, P extends Readonly<Record<string, TSchema>>>(type: T, fields: P) =>
  Type.Object({ type: Type.Literal(type), id, ...fields }, strict);

/** One layer of a network of kind "layers". */
export const LayerSpec = Type.Union([
  layer('dense', { of, units: Extent(65_536, 'Numbers of its output.'), activation }),
  layer('conv1d', {
    of,
    filters,
    kernelSize: Extent(256, 'Steps that a filter sees.'),
    strides: Type.Optional(Extent(256, 'Steps between two places of a filter; absent is 1.')),
    padding,
    activation,
  }),
  layer('conv2d', {
    of,
    filters,
    kernelSize: Pair('What a filter sees: one number, or height and width.'),
    strides: Type.Optional(Pair('Distance between two places of a filter; absent is 1.')),
    padding,
    activation,
  }),
  layer('maxPool2d', {
    of,
    size: Pair('The window of which the greatest is taken.'),
    strides: Type.Optional(Pair('Distance between two windows; absent is their size.')),
    padding,
  }),
  layer('layerNorm', {
    of,
    epsilon: Type.Optional(
      Type.Number({ minimum: 1e-12, maximum: 1, description: 'Added to the variance; absent is 0.00001.' }),
    ),
  }),
  layer('embedding', {
    of,
    count: Extent(16_777_216, 'Different values: 0, 1, …, count − 1. Others count as the nearest of them.'),
    size: Extent(65_536, 'Numbers that stand for one value.'),
  }),
  layer('gru', { of, units: Extent(16_384, 'Numbers that are remembered, which are its output.') }),
  layer('lstm', { of, units: Extent(16_384, 'Numbers of its output; as many again are remembered beside them.') }),
  layer('flatten', { of }),
  layer('reshape', {
    of,
    shape: Type.Array(Extent(16_777_216, 'One extent.'), { minItems: 1, maxItems: 4, description: 'Of one row.' }),
  }),
  layer('concatenate', { of: several }),
  layer('add', { of: several }),
]);
export type LayerSpec = Static<typeof LayerSpec>;

/** Parts of an observation as inputs of the layers, by name. */
export const InputsSpec = Type.Record(
  Type.String({ pattern: NAME }),
  Type.Object(
    {
      offset: Type.Integer({
        minimum: 0,
        maximum: 16_777_216,
        description: 'The first of its numbers in a flat observation.',
      }),
      shape: Type.Array(Extent(16_777_216, 'One extent.'), {
        minItems: 1,
        maxItems: 4,
        description: 'Its shape, row-major; pictures are [height, width, channels].',
      }),
    },
    strict,
  ),
  { additionalProperties: false, minProperties: 1, maxProperties: 64 },
);
export type InputsSpec = Static<typeof InputsSpec>;
