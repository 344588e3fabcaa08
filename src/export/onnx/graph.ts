import { ProtobufWriter } from './protobuf.js';

/** ONNX's numbers of element types, of those that are used. */
export const ELEMENT = { float: 1, int64: 7, bool: 9 } as const;
export type ElementType = keyof typeof ELEMENT;

const IR_VERSION = 8;
const OPSET = 17;
/** Kinds of attributes, of those that are used. */
const ATTRIBUTE = { float: 1, integer: 2, integers: 7 } as const;

/** Attributes of a node: whole numbers of 0 or more, lists of them, and float32. */
type Attributes = Readonly<Record<string, number | readonly number[] | { readonly float: number }>>;

/** A value of the graph: a name that nodes read. */
export type Value = string & { readonly value: unique symbol };

export interface GraphFacts {
  readonly name: string;
  readonly producerVersion: string;
  readonly description: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Builds an ONNX model node by node. Rows are the first axis of every input and output, of any number. Source: onnx.proto, IR
 *  version 8, opset 17. */
export class OnnxGraph {
  private readonly nodes: ProtobufWriter[] = [];
  private readonly constants: ProtobufWriter[] = [];
  private readonly inputs: ProtobufWriter[] = [];
  private readonly outputs: ProtobufWriter[] = [];
  private count = 0;

  input(name: string, type: ElementType, width: number): Value {
    this.inputs.push(valueInfo(name, type, width));
    return name as Value;
  }

  /** Makes a value an output of the model, by this name. */
  output(name: string, value: Value, width: number): void {
    this.node('Identity', [value], {}, name);
    this.outputs.push(valueInfo(name, 'float', width));
  }

  /** A constant f32 tensor. */
  floats(shape: readonly number[], values: ArrayLike<number>, name: string = this.fresh('constant')): Value {
    const bytes = new Uint8Array(4 * values.length);
    const view = new DataView(bytes.buffer);
    for (let k = 0; k < values.length; k++) view.setFloat32(4 * k, values[k]!, true);
    return this.constant(shape, 'float', bytes, name);
  }

  /** A constant i64 tensor of one axis, of whole numbers. */
  integers(values: readonly number[]): Value {
    const bytes = new Uint8Array(8 * values.length);
    const view = new DataView(bytes.buffer);
    for (const [k, value] of values.entries()) view.setBigInt64(8 * k, BigInt(value), true);
    return this.constant([values.length], 'int64', bytes, this.fresh('constant'));
  }

  /** One number, for all rows and columns. */
  scalar(value: number): Value {
    return this.floats([], [value]);
  }

  /** A node with one output. */
  add(operator: string, inputs: readonly Value[], attributes: Attributes = {}): Value {
    const name = this.fresh(operator);
    this.node(operator, inputs, attributes, name);
    return name;
  }

  /** Columns [from, from + count) of a value. */
  columns(value: Value, from: number, count: number): Value {
    const axis = this.integers([1]);
    return this.add('Slice', [value, this.integers([from]), this.integers([from + count]), axis]);
  }

  /** Values side by side; one is itself. */
  concat(values: readonly Value[]): Value {
    return values.length === 1 ? values[0]! : this.add('Concat', values, { axis: 1 });
  }

  cast(value: Value, type: ElementType): Value {
    return this.add('Cast', [value], { to: ELEMENT[type] });
  }

  finish({ name, producerVersion, description, metadata }: GraphFacts): Uint8Array<ArrayBuffer> {
    const graph = new ProtobufWriter();
    for (const node of this.nodes) graph.message(1, node);
    graph.text(2, name);
    for (const constant of this.constants) graph.message(5, constant);
    for (const input of this.inputs) graph.message(11, input);
    for (const output of this.outputs) graph.message(12, output);
    const model = new ProtobufWriter()
      .integer(1, IR_VERSION)
      .text(2, 'marlin')
      .text(3, producerVersion)
      .text(6, description)
      .message(7, graph)
      .message(8, new ProtobufWriter().text(1, '').integer(2, OPSET));
    for (const [key, value] of Object.entries(metadata)) {
      model.message(14, new ProtobufWriter().text(1, key).text(2, value));
    }
    return model.finish();
  }

  private constant(shape: readonly number[], type: ElementType, bytes: Uint8Array, name: string): Value {
    const tensor = new ProtobufWriter();
    for (const extent of shape) tensor.integer(1, extent);
    this.constants.push(tensor.integer(2, ELEMENT[type]).text(8, name).bytes(9, bytes));
    return name as Value;
  }

  private node(operator: string, inputs: readonly Value[], attributes: Attributes, output: string): void {
    const node = new ProtobufWriter();
    for (const input of inputs) node.text(1, input);
    node.text(2, output).text(3, output).text(4, operator);
    for (const [name, value] of Object.entries(attributes)) {
      node.message(5, attribute(name, value));
    }
    this.nodes.push(node);
  }

  private fresh(what: string): Value {
    return `${what}_${this.count++}` as Value;
  }
}

function attribute(name: string, value: Attributes[string]): ProtobufWriter {
  const written = new ProtobufWriter().text(1, name);
  if (typeof value === 'number') return written.integer(3, value).integer(20, ATTRIBUTE.integer);
  if ('float' in value) return written.float(2, value.float).integer(20, ATTRIBUTE.float);
  for (const one of value) written.integer(8, one);
  return written.integer(20, ATTRIBUTE.integers);
}

function valueInfo(name: string, type: ElementType, width: number): ProtobufWriter {
  const shape = new ProtobufWriter()
    .message(1, new ProtobufWriter().text(2, 'N'))
    .message(1, new ProtobufWriter().integer(1, width));
  const tensor = new ProtobufWriter().integer(1, ELEMENT[type]).message(2, shape);
  return new ProtobufWriter().text(1, name).message(2, new ProtobufWriter().message(1, tensor));
}
