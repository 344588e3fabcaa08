import type { StackLayer } from '../network-stacks.js';
import type { LayersModel, Tensor } from './layers-model.js';

/** What a recurrent policy remembers: an input of a model, and an output. Units are made of layers that there are: Keras's own take no
 *  state from outside here. */
export class Memory {
  private readonly model: LayersModel;
  private readonly state: Tensor;
  private readonly next: Tensor[] = [];

  constructor(model: LayersModel, size: number) {
    this.model = model;
    this.state = model.input('state', size);
  }

  /** Adds a unit by its part of the state; what it makes is returned. Units come in the order of their parts. */
  add(input: Tensor, layer: StackLayer, name: string): Tensor {
    return layer.spec.type === 'lstm' ? this.lstm(input, layer, name) : this.gru(input, layer, name);
  }

  /** The next state, when all units were added. */
  finish(): Tensor {
    return this.model.concatenate('next_state', this.next);
  }

  private gru(input: Tensor, { tensors, state }: StackLayer, name: string): Tensor {
    const { model } = this;
    const size = state.size;
    const before = model.cut(`${name}_before`, this.state, state.offset, size);
    const [W, b, U, c] = tensors.map(({ values }) => values) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const gate = (g: number, value: Tensor, weights: Float32Array, bias: Float32Array, what: string): Tensor =>
      model.dense(
        `${name}_${'rzn'[g]}_${what}`,
        value,
        size,
        columns(weights, value.shape[0]!, 3 * size, g * size, size),
        bias.subarray(g * size, (g + 1) * size),
      );
    const [xr, xz, xn] = [0, 1, 2].map((g) => gate(g, input, W, b, 'x'));
    const [hr, hz, hn] = [0, 1, 2].map((g) => gate(g, before, U, c, 'h'));
    const r = model.activation('sigmoid', `${name}_r`, model.merge('Add', `${name}_r_sum`, [xr!, hr!]));
    const z = model.activation('sigmoid', `${name}_z`, model.merge('Add', `${name}_z_sum`, [xz!, hz!]));
    const recalled = model.merge('Multiply', `${name}_recalled`, [r, hn!]);
    const n = model.activation('tanh', `${name}_n`, model.merge('Add', `${name}_n_sum`, [xn!, recalled]));
    const rest = model.batchNormalization(`${name}_rest`, z, { gamma: -1, beta: 1, mean: 0 });
    const fresh = model.merge('Multiply', `${name}_fresh`, [rest, n]);
    const kept = model.merge('Multiply', `${name}_kept`, [z, before]);
    const next = model.merge('Add', `${name}_state`, [fresh, kept]);
    this.next.push(next);
    return next;
  }

  private lstm(input: Tensor, { tensors, state }: StackLayer, name: string): Tensor {
    const { model } = this;
    const units = state.size / 2;
    const h = model.cut(`${name}_h`, this.state, state.offset, units);
    const c = model.cut(`${name}_c`, this.state, state.offset + units, units);
    const [W, R, b] = tensors.map(({ values }) => values) as [Float32Array, Float32Array, Float32Array];
    const part = (weights: Float32Array, rows: number, g: number): Float32Array =>
      columns(weights, rows, 4 * units, g * units, units);
    const [i, f, g, o] = (['i', 'f', 'g', 'o'] as const).map((gate, k) => {
      const bias = b.subarray(k * units, (k + 1) * units);
      const ofInput = model.dense(`${name}_${gate}_x`, input, units, part(W, input.shape[0]!, k), bias);
      const ofState = model.dense(`${name}_${gate}_h`, h, units, part(R, units, k), null);
      const sum = model.merge('Add', `${name}_${gate}_sum`, [ofInput, ofState]);
      return model.activation(gate === 'g' ? 'tanh' : 'sigmoid', `${name}_${gate}`, sum);
    }) as [Tensor, Tensor, Tensor, Tensor];
    const kept = model.merge('Multiply', `${name}_kept`, [f, c]);
    const fresh = model.merge('Multiply', `${name}_fresh`, [i, g]);
    const cell = model.merge('Add', `${name}_cell`, [kept, fresh]);
    const squashed = model.activation('tanh', `${name}_squashed`, cell);
    const output = model.merge('Multiply', `${name}_output`, [o, squashed]);
    this.next.push(output, cell);
    return output;
  }
}

/** Columns [from, from + count) of a matrix [rows, width]. */
function columns(matrix: Float32Array, rows: number, width: number, from: number, count: number): Float32Array {
  const part = new Float32Array(rows * count);
  for (let i = 0; i < rows; i++) part.set(matrix.subarray(i * width + from, i * width + from + count), i * count);
  return part;
}
