import type { StackLayer } from '../network-stacks.js';
import type { OnnxGraph, Value } from './graph.js';

/** What a recurrent policy remembers: an input and an output of the model. */
export class Memory {
  private readonly graph: OnnxGraph;
  private readonly size: number;
  private readonly state: Value;
  private readonly next: Value[] = [];

  constructor(graph: OnnxGraph, size: number) {
    this.graph = graph;
    this.size = size;
    this.state = graph.input('state', 'float', size);
  }

  /** Adds a unit by its part of the state; what it makes is returned. Units come in the order of their parts. */
  add(input: Value, layer: StackLayer, name: string): Value {
    return layer.spec.type === 'lstm' ? this.lstm(input, layer, name) : this.gru(input, layer, name);
  }

  /** When all units were added. */
  finish(): void {
    this.graph.output('next_state', this.graph.concat(this.next), this.size);
  }

  /** r, z = σ(x·W + b + h·U + c), n = tanh(x·W_n + b_n + r∘(h·U_n + c_n)), h' = (1 − z)∘n + z∘h; columns in the order r, z, n. */
  private gru(input: Value, { tensors, state: { offset, size } }: StackLayer, name: string): Value {
    const { graph } = this;
    const state = this.part(offset, size);
    const [W, b, U, c] = tensors.map((tensor) => graph.floats(tensor.shape, tensor.values, `${name}.${tensor.name}`));
    const ofInput = graph.add('Add', [graph.add('MatMul', [input, W!]), b!]);
    const ofState = graph.add('Add', [graph.add('MatMul', [state, U!]), c!]);
    const part = (value: Value, gate: number): Value => graph.columns(value, gate * size, size);
    const [r, z] = [0, 1].map((gate) =>
      graph.add('Sigmoid', [graph.add('Add', [part(ofInput, gate), part(ofState, gate)])]),
    ) as [Value, Value];
    const recalled = graph.add('Mul', [r, part(ofState, 2)]);
    const n = graph.add('Tanh', [graph.add('Add', [part(ofInput, 2), recalled])]);
    const fresh = graph.add('Mul', [graph.add('Sub', [graph.scalar(1), z]), n]);
    const next = graph.add('Add', [fresh, graph.add('Mul', [z, state])]);
    this.next.push(next);
    return next;
  }

  /** i, f, o = σ(x·W + b + h·R), g = tanh(…), c' = f∘c + i∘g, h' = o∘tanh(c'); columns in the order i, f, g, o, state h ‖ c. */
  private lstm(input: Value, { tensors, state: { offset, size } }: StackLayer, name: string): Value {
    const { graph } = this;
    const units = size / 2;
    const [h, c] = [this.part(offset, units), this.part(offset + units, units)];
    const [W, R, b] = tensors.map((tensor) => graph.floats(tensor.shape, tensor.values, `${name}.${tensor.name}`));
    const ofInput = graph.add('Add', [graph.add('MatMul', [input, W!]), b!]);
    const sums = graph.add('Add', [ofInput, graph.add('MatMul', [h, R!])]);
    const [i, f, g, o] = ['Sigmoid', 'Sigmoid', 'Tanh', 'Sigmoid'].map((law, gate) =>
      graph.add(law, [graph.columns(sums, gate * units, units)]),
    ) as [Value, Value, Value, Value];
    const cell = graph.add('Add', [graph.add('Mul', [f, c]), graph.add('Mul', [i, g])]);
    const output = graph.add('Mul', [o, graph.add('Tanh', [cell])]);
    this.next.push(output, cell);
    return output;
  }

  private part(offset: number, size: number): Value {
    return size === this.size ? this.state : this.graph.columns(this.state, offset, size);
  }
}
