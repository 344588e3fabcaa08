import { networkError } from '../errors.js';
import type { LayerSpec } from './spec.js';

/** A tensor of parameters; weights f32[…, outputs] see `inputs` numbers for each output. */
export interface LayerPart {
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly role: 'weights' | 'gateWeights' | 'table' | 'bias' | 'forgetBias' | 'gain';
}

/** A layer by itself: the shape of what it makes of one row, and its parameters. */
export interface Inferred {
  readonly shape: readonly number[];
  readonly parts: readonly Omit<LayerPart, 'offset'>[];
}

/** What a layer makes of operands of these shapes. Throws NETWORK_DESCRIPTION_INVALID. */
export function inferLayer(spec: LayerSpec, operands: readonly (readonly number[])[], at: Path): Inferred {
  const [shape] = operands as [readonly number[]];
  switch (spec.type) {
    case 'dense':
      return weighted([shape.at(-1)!, spec.units], [...shape.slice(0, -1), spec.units]);
    case 'conv1d': {
      assertRank(spec, shape, 2, '[steps, channels]', at);
      const [steps, channels] = shape as [number, number];
      const made = extentOf(steps, spec.kernelSize, spec.strides ?? 1, spec.padding, at);
      return weighted([spec.kernelSize, channels, spec.filters], [made, spec.filters]);
    }
    case 'conv2d': {
      assertRank(spec, shape, 3, '[height, width, channels]', at);
      const [h, w] = pairOf(spec.kernelSize);
      return weighted(
        [h, w, shape[2]!, spec.filters],
        [...windows(shape, [h, w], pairOf(spec.strides ?? 1), spec.padding, at), spec.filters],
      );
    }
    case 'maxPool2d': {
      assertRank(spec, shape, 3, '[height, width, channels]', at);
      const size = pairOf(spec.size);
      return bare([...windows(shape, size, pairOf(spec.strides ?? spec.size), spec.padding, at), shape[2]!]);
    }
    case 'layerNorm': {
      const width = [shape.at(-1)!];
      const parts = [
        { name: 'gain', shape: width, role: 'gain' as const },
        { name: 'bias', shape: width, role: 'bias' as const },
      ];
      return { shape, parts };
    }
    case 'embedding':
      return {
        shape: [...shape, spec.size],
        parts: [{ name: 'table', shape: [spec.count, spec.size], role: 'table' }],
      };
    case 'gru':
    case 'lstm': {
      if (shape.length !== 1) {
        fail(
          at,
          `is ${spec.type}, which works on one vector for each step, but its input ${told(shape)}; flatten it first`,
        );
      }
      return recurrent(spec, shape[0]!);
    }
    case 'flatten':
      return bare([sizeOf(shape)]);
    case 'reshape':
      if (sizeOf(spec.shape) !== sizeOf(shape)) {
        const made = `[${spec.shape.join(', ')}]`;
        fail([...at, 'shape'], `is ${made}, ${sizeOf(spec.shape)} numbers, but its input ${told(shape)}`);
      }
      return bare(spec.shape);
    case 'concatenate': {
      for (const other of operands.slice(1)) {
        if (!sameExtents(other.slice(0, -1), shape.slice(0, -1)))
          failUnlike(shape, other, 'but for the last extent', at);
      }
      return bare([...shape.slice(0, -1), operands.reduce((sum, operand) => sum + operand.at(-1)!, 0)]);
    }
    case 'add':
      for (const other of operands.slice(1)) {
        if (!sameExtents(other, shape)) failUnlike(shape, other, 'alike', at);
      }
      return bare(shape);
  }
}

const bare = (shape: readonly number[]): Inferred => ({ shape, parts: [] });

/** A layer with weights and a bias for each output. */
const weighted = (weights: readonly number[], shape: readonly number[]): Inferred => ({
  shape,
  parts: [
    { name: 'weights', shape: weights, role: 'weights' },
    { name: 'bias', shape: [weights.at(-1)!], role: 'bias' },
  ],
});

/** Columns are gate by gate: r, z, n of a GRU, as that of the kernels has them; i, f, g, o of an LSTM. */
function recurrent(
  { type, units }: { readonly type: 'gru' | 'lstm'; readonly units: number },
  inputs: number,
): Inferred {
  const columns = (type === 'gru' ? 3 : 4) * units;
  const weights = { name: 'weights', shape: [inputs, columns], role: 'gateWeights' as const };
  const recurrentWeights = { name: 'recurrentWeights', shape: [units, columns], role: 'gateWeights' as const };
  if (type === 'lstm') {
    const bias = { name: 'bias', shape: [columns], role: 'forgetBias' as const };
    return { shape: [units], parts: [weights, recurrentWeights, bias] };
  }
  const bias = { name: 'bias', shape: [columns], role: 'bias' as const };
  return { shape: [units], parts: [weights, bias, recurrentWeights, { ...bias, name: 'recurrentBias' }] };
}

/** Height and width after a window went over them. */
const windows = (
  [height, width]: readonly number[],
  size: readonly [number, number],
  strides: readonly [number, number],
  padding: Padding,
  at: Path,
): number[] => [
  extentOf(height!, size[0], strides[0], padding, at),
  extentOf(width!, size[1], strides[1], padding, at),
];

export type Padding = 'valid' | 'same' | undefined;

function extentOf(extent: number, window: number, stride: number, padding: Padding, at: Path): number {
  if (padding === 'same') return Math.ceil(extent / stride);
  if (window > extent)
    fail(at, `sees ${window} at once, but its input has ${extent}; make it smaller, or use padding "same"`);
  return Math.floor((extent - window) / stride) + 1;
}

/** One number stands for both extents. */
export const pairOf = (pair: number | readonly number[]): readonly [number, number] =>
  typeof pair === 'number' ? [pair, pair] : [pair[0]!, pair[1]!];

/** Zeros before and after an extent that a window goes over: as TensorFlow spreads them, the odd one behind. */
export function paddingOf(
  extent: number,
  window: number,
  stride: number,
  made: number,
  padding: Padding,
): readonly [number, number] {
  if (padding !== 'same') return [0, 0];
  const missing = Math.max(0, (made - 1) * stride + window - extent);
  return [missing >> 1, missing - (missing >> 1)];
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, extent) => size * extent, 1);

const sameExtents = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((extent, i) => extent === b[i]);

const told = (shape: readonly number[]): string => `has the shape [${shape.join(', ')}]`;

function assertRank(spec: LayerSpec, shape: readonly number[], rank: number, wanted: string, at: Path): void {
  if (shape.length === rank) return;
  fail(at, `is ${spec.type}, which works on ${wanted}, but its input ${told(shape)}`);
}

const failUnlike = (a: readonly number[], b: readonly number[], how: string, at: Path): never =>
  fail([...at, 'of'], `names inputs of the shapes [${a.join(', ')}] and [${b.join(', ')}], which must be ${how}`);

/** The path of a field in a description. */
export type Path = readonly (string | number)[];

/** Throws NETWORK_DESCRIPTION_INVALID. */
export function fail(at: Path, problem: string): never {
  throw networkError('NETWORK_DESCRIPTION_INVALID', `${at.join('/')} ${problem}`, { data: { at, problem } });
}
