/** Descriptions of networks whose layers fit together, from wishes that need not. */
import fc from 'fast-check';
import type { NetworkSpec } from '../../../src/networks/index.js';

export type Layers = NonNullable<NetworkSpec['layers']>;
type Layer = Layers[number];
export type LayerType = Layer['type'];

export const LAYER_TYPES: readonly LayerType[] = [
  'dense',
  'conv1d',
  'conv2d',
  'maxPool2d',
  'layerNorm',
  'embedding',
  'gru',
  'lstm',
  'flatten',
  'reshape',
  'concatenate',
  'add',
];

interface Wish {
  readonly type: LayerType;
  readonly a: number;
  readonly b: number;
  readonly same: boolean;
  readonly activation: 'none' | 'tanh' | 'relu' | 'sigmoid' | undefined;
}

const small = fc.integer({ min: 1, max: 3 });
const wishOf = (type: fc.Arbitrary<LayerType>): fc.Arbitrary<Wish> =>
  fc.record({
    type,
    a: small,
    b: small,
    same: fc.boolean(),
    activation: fc.constantFrom('none' as const, 'tanh' as const, 'relu' as const, 'sigmoid' as const, undefined),
  });

/** A description that has a layer of this type somewhere, and the size of its rows. */
export const descriptions = (
  type: LayerType,
): fc.Arbitrary<{ readonly spec: NetworkSpec; readonly inputSize: number }> =>
  fc
    .record({
      before: fc.array(wishOf(fc.constantFrom(...LAYER_TYPES)), { maxLength: 3 }),
      wished: wishOf(fc.constant(type)),
      after: fc.array(wishOf(fc.constantFrom(...LAYER_TYPES)), { maxLength: 2 }),
      height: fc.integer({ min: 2, max: 5 }),
      several: fc.boolean(),
    })
    .map(({ before, wished, after, height, several }) => {
      const shape = [height, 4, 2];
      const built = new Builder(shape);
      for (const wish of [...before, wished, ...after]) built.add(wish);
      const size = sizeOf(shape);
      const inputs = several
        ? { scene: { offset: 1, shape }, extra: { offset: size + 1, shape: [2] } }
        : { scene: { offset: 0, shape } };
      if (several) built.join('extra', 2);
      const spec: NetworkSpec = {
        kind: 'layers',
        hidden: [],
        activation: 'tanh',
        initialization: 'orthogonal',
        inputs,
        layers: built.layers,
      };
      return { spec, inputSize: several ? size + 4 : size };
    });

class Builder {
  readonly layers: Layers = [];
  private shape: readonly number[];
  private last = 'scene';

  constructor(shape: readonly number[]) {
    this.shape = shape;
  }

  add({ type, a, b, same, activation }: Wish): void {
    const own = { ...(activation === undefined ? {} : { activation }) };
    const padding = same ? ('same' as const) : ('valid' as const);
    switch (type) {
      case 'dense':
        return this.push({ type, units: a + 1, ...own }, [...this.shape.slice(0, -1), a + 1]);
      case 'conv1d': {
        const [steps] = this.ofRank(2);
        const kernelSize = Math.min(a, steps!);
        return this.push({ type, filters: b, kernelSize, strides: b, padding, ...own }, [
          extent(steps!, kernelSize, b, same),
          b,
        ]);
      }
      case 'conv2d': {
        const [h, w] = this.ofRank(3);
        const kernelSize = [Math.min(a, h!), Math.min(b, w!)];
        return this.push({ type, filters: b, kernelSize, strides: [b, a], padding, ...own } as Layer, [
          extent(h!, kernelSize[0]!, b, same),
          extent(w!, kernelSize[1]!, a, same),
          b,
        ]);
      }
      case 'maxPool2d': {
        const [h, w, c] = this.ofRank(3);
        const size = [Math.min(a, h!), Math.min(b, w!)];
        return this.push({ type, size, strides: a, padding } as Layer, [
          extent(h!, size[0]!, a, same),
          extent(w!, size[1]!, a, same),
          c!,
        ]);
      }
      case 'layerNorm':
        // Of numbers that are almost equal it makes much of their rounding: not with these.
        return this.push({ type, epsilon: same ? 0.01 : 0.1 }, this.shape);
      case 'embedding':
        if (this.shape.length > 3 || sizeOf(this.shape) > 60) this.push({ type: 'flatten' }, [sizeOf(this.shape)]);
        if (this.shape.length === 1 && this.shape[0]! > 12) this.push({ type: 'dense', units: 3 }, [3]);
        return this.push({ type, count: a + 1, size: b }, [...this.shape, b]);
      case 'gru':
      case 'lstm':
        if (this.shape.length !== 1) this.push({ type: 'flatten' }, [sizeOf(this.shape)]);
        return this.push({ type, units: a + 1 }, [a + 1]);
      case 'flatten':
        return this.push({ type }, [sizeOf(this.shape)]);
      case 'reshape': {
        const shape = [this.shape.at(-1)!, sizeOf(this.shape.slice(0, -1))];
        return this.push({ type, shape }, shape);
      }
      case 'concatenate':
        return this.push({ type, of: [this.last, this.last] }, [...this.shape.slice(0, -1), 2 * this.shape.at(-1)!]);
      case 'add':
        return this.push({ type, of: [this.last, this.last, this.last] }, this.shape);
    }
  }

  /** Behind the last layer, flattened, another input. */
  join(input: string, size: number): void {
    this.push({ type: 'flatten' }, [sizeOf(this.shape)]);
    this.push({ type: 'concatenate', of: [input, this.last] }, [size + this.shape[0]!]);
  }

  private ofRank(rank: number): readonly number[] {
    if (this.shape.length !== rank) {
      const size = sizeOf(this.shape);
      const height = [3, 2].find((extent) => size % extent === 0) ?? 1;
      const shape = rank === 2 ? [height, size / height] : [height, size / height, 1];
      this.push({ type: 'reshape', shape }, shape);
    }
    return this.shape;
  }

  private push(layer: Layer, shape: readonly number[]): void {
    const id = `l${this.layers.length}`;
    const of = 'of' in layer && layer.of !== undefined ? layer.of : this.last;
    this.layers.push({ ...layer, id, of } as Layer);
    this.shape = shape;
    this.last = id;
  }
}

const extent = (size: number, window: number, stride: number, same: boolean): number =>
  same ? Math.ceil(size / stride) : Math.floor((size - window) / stride) + 1;

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, one) => size * one, 1);
