import type { DenseLayer } from '../network-stacks.js';

/** The output of a layer. */
export interface Tensor {
  readonly layer: string;
  readonly width: number;
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
    return { layer: name, width };
  }

  dense(name: string, input: Tensor, { inputs, outputs, weights, bias, activation }: Omit<DenseLayer, 'kind'>): Tensor {
    const config = { units: outputs, activation: activation === 'none' ? 'linear' : activation, use_bias: true };
    this.layer('Dense', name, config, [input]);
    this.weight(`${name}/kernel`, [inputs, outputs], weights);
    this.weight(`${name}/bias`, [outputs], bias);
    return { layer: name, width: outputs };
  }

  /** γ·(x − mean) + β: of variance 1 and ε 0. */
  batchNormalization(name: string, input: Tensor, { gamma, beta, mean }: Normalization): Tensor {
    const { width } = input;
    this.layer('BatchNormalization', name, { axis: -1, epsilon: 0, center: true, scale: true }, [input]);
    for (const [what, values] of Object.entries({ gamma, beta, moving_mean: mean, moving_variance: 1 })) {
      this.weight(
        `${name}/${what}`,
        [width],
        typeof values === 'number' ? new Float32Array(width).fill(values) : values,
      );
    }
    return { layer: name, width };
  }

  merge(operator: 'Maximum' | 'Minimum' | 'Add' | 'Multiply', name: string, inputs: readonly Tensor[]): Tensor {
    this.layer(operator, name, {}, inputs);
    return { layer: name, width: inputs[0]!.width };
  }

  activation(activation: 'sigmoid' | 'tanh', name: string, input: Tensor): Tensor {
    this.layer('Activation', name, { activation }, [input]);
    return { layer: name, width: input.width };
  }

  concatenate(name: string, inputs: readonly Tensor[]): Tensor {
    this.layer('Concatenate', name, { axis: -1 }, inputs);
    return { layer: name, width: inputs.reduce((sum, { width }) => sum + width, 0) };
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
