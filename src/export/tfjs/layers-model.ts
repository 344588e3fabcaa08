import { sizeOf } from '../../networks/index.js';

/** The output of a layer. */
export interface Tensor {
  readonly layer: string;
  /** Of one row. */
  readonly shape: readonly number[];
}

/** A weight of a layer, under Keras's name for it. */
export interface Weight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

interface WeightEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: 'float32';
}

/** Per column, or one for all. */
export interface Normalization {
  readonly gamma: Float32Array | number;
  readonly beta: Float32Array | number;
  readonly mean: Float32Array | number;
}

type Activation = 'none' | 'tanh' | 'relu' | 'sigmoid';

/** Keras's name. */
export const activationName = (activation: Activation): string => (activation === 'none' ? 'linear' : activation);

/** Builds a layers model of TensorFlow.js: Keras's JSON of layers, and their weights in one file. Source: TensorFlow.js,
 *  tfjs-layers/src/models.ts (`modelFromJSON`) and tfjs-core/src/io/types.ts (`WeightsManifestConfig`). */
export class LayersModel {
  private readonly name: string;
  private readonly layers: unknown[] = [];
  private readonly inputs: string[] = [];
  private readonly entries: WeightEntry[] = [];
  private readonly values: Float32Array[] = [];

  constructor(name: string) {
    this.name = name;
  }

  input(name: string, width: number): Tensor {
    this.layers.push({
      class_name: 'InputLayer',
      name,
      config: { name, batch_input_shape: [null, width], dtype: 'float32', sparse: false },
      inbound_nodes: [],
    });
    this.inputs.push(name);
    return { layer: name, shape: [width] };
  }

  /** Any layer: `kind` is Keras's name for it, and `config` what it is made by, in Python's spelling. */
  add(
    kind: string,
    name: string,
    inputs: readonly Tensor[],
    shape: readonly number[],
    config: object = {},
    weights: readonly Weight[] = [],
  ): Tensor {
    this.layer(kind, name, config, inputs);
    for (const weight of weights) this.weight(`${name}/${weight.name}`, weight.shape, weight.values);
    return { layer: name, shape };
  }

  /** activation(x·W + b) over the last extent, W [I, O]; without a bias where none is given. */
  dense(
    name: string,
    input: Tensor,
    outputs: number,
    weights: Float32Array,
    bias: Float32Array | null,
    activation: Activation = 'none',
  ): Tensor {
    const inputs = input.shape.at(-1)!;
    const config = { units: outputs, activation: activationName(activation), use_bias: bias !== null };
    const kernel = { name: 'kernel', shape: [inputs, outputs], values: weights };
    const own = bias === null ? [kernel] : [kernel, { name: 'bias', shape: [outputs], values: bias }];
    return this.add('Dense', name, [input], [...input.shape.slice(0, -1), outputs], config, own);
  }

  /** The same numbers in another shape. */
  reshape(name: string, input: Tensor, shape: readonly number[]): Tensor {
    return this.add('Reshape', name, [input], shape, { target_shape: shape });
  }

  /** Numbers [from, from + count) of a vector; all of them are itself. Cropping is the only layer that cuts: of a picture one wide. */
  cut(name: string, input: Tensor, from: number, count: number): Tensor {
    const width = sizeOf(input.shape);
    if (count === width) return input;
    const picture = this.reshape(`${name}_picture`, input, [width, 1, 1]);
    const config = {
      cropping: [
        [from, width - from - count],
        [0, 0],
      ],
      data_format: 'channels_last',
    };
    const cropped = this.add('Cropping2D', `${name}_cropped`, [picture], [count, 1, 1], config);
    return this.reshape(name, cropped, [count]);
  }

  /** γ·(x − mean) + β: of variance 1 and ε 0. */
  batchNormalization(name: string, input: Tensor, { gamma, beta, mean }: Normalization): Tensor {
    const width = input.shape.at(-1)!;
    this.layer('BatchNormalization', name, { axis: -1, epsilon: 0, center: true, scale: true }, [input]);
    for (const [what, values] of Object.entries({ gamma, beta, moving_mean: mean, moving_variance: 1 })) {
      this.weight(
        `${name}/${what}`,
        [width],
        typeof values === 'number' ? new Float32Array(width).fill(values) : values,
      );
    }
    return { layer: name, shape: input.shape };
  }

  merge(operator: 'Maximum' | 'Minimum' | 'Add' | 'Multiply', name: string, inputs: readonly Tensor[]): Tensor {
    this.layer(operator, name, {}, inputs);
    return { layer: name, shape: inputs[0]!.shape };
  }

  activation(activation: 'sigmoid' | 'tanh', name: string, input: Tensor): Tensor {
    this.layer('Activation', name, { activation }, [input]);
    return { layer: name, shape: input.shape };
  }

  /** Along the last extent; one is itself. */
  concatenate(name: string, inputs: readonly Tensor[]): Tensor {
    const [first] = inputs as readonly [Tensor, ...Tensor[]];
    if (inputs.length === 1) return first;
    const width = inputs.reduce((sum, { shape }) => sum + shape.at(-1)!, 0);
    return this.add('Concatenate', name, inputs, [...first.shape.slice(0, -1), width], { axis: -1 });
  }

  finish(outputs: readonly Tensor[], weightsFile: string) {
    const config = {
      name: this.name,
      layers: this.layers,
      input_layers: this.inputs.map((name) => [name, 0, 0]),
      output_layers: outputs.map(({ layer }) => [layer, 0, 0]),
    };
    return {
      topology: { keras_version: '2.1.6', backend: 'tensor_flow.js', model_config: { class_name: 'Model', config } },
      manifest: [{ paths: [weightsFile], weights: this.entries }],
      weights: this.weightBytes(),
    };
  }

  private layer(kind: string, name: string, config: object, inputs: readonly Tensor[]): void {
    this.layers.push({
      class_name: kind,
      name,
      config: { name, trainable: true, ...config },
      inbound_nodes: [inputs.map(({ layer }) => [layer, 0, 0, {}])],
    });
  }

  private weight(name: string, shape: readonly number[], values: Float32Array): void {
    this.entries.push({ name, shape, dtype: 'float32' });
    this.values.push(values);
  }

  /** float32, little-endian, in the order of the manifest. */
  private weightBytes(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(4 * this.values.reduce((sum, { length }) => sum + length, 0));
    const view = new DataView(bytes.buffer);
    let at = 0;
    for (const values of this.values) {
      for (let k = 0; k < values.length; k++, at += 4) view.setFloat32(at, values[k]!, true);
    }
    return bytes;
  }
}
