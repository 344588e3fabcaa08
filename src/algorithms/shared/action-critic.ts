import type { RandomStream } from '../../base/index.js';
import type { F32, Kernels } from '../../kernels/index.js';
import { createNetwork, type Network, type NetworkSpec } from '../../networks/index.js';

export interface ActionCriticSettings {
  /** Numbers of each part of an input row: an observation and an action, for instance. */
  readonly parts: readonly number[];
  /** Networks of the same shape, each started by itself: 2 are twins. */
  readonly critics: number;
  /** Values of each input row, O: 1 where the action is an input, one per choice where it is not. */
  readonly outputs: number;
  readonly spec: NetworkSpec;
  /** Rows at most. */
  readonly maxRows: number;
}

/** Action values Q_j(parts) of one or several critics, with their gradients by parameters and by parts of the input.
 *  Parameters are those of the critics, one after the other. Letters: B rows, I numbers and O values of an
 *  input row. */
export class ActionCritics {
  readonly critics: number;
  readonly outputs: number;
  /** Of all critics. */
  readonly parameterCount: number;
  private readonly kernels: Kernels;
  private readonly parts: readonly number[];
  private readonly offsets: readonly number[];
  private readonly inputSize: number;
  private readonly networks: readonly Network[];
  /** f32[maxRows, I] */
  private readonly inputs: F32;
  private readonly dInputs: F32;
  private readonly dOutputs: F32;
  /** Where gradients go that nobody asked for. */
  private readonly unused: F32;
  private readonly partsOf = new WeakMap<F32, readonly F32[]>();

  constructor(kernels: Kernels, { parts, critics, outputs, spec, maxRows }: ActionCriticSettings) {
    this.kernels = kernels;
    this.critics = critics;
    this.outputs = outputs;
    this.parts = parts;
    this.offsets = parts.map((_, p) => parts.slice(0, p).reduce((sum, width) => sum + width, 0));
    this.inputSize = parts.reduce((sum, width) => sum + width, 0);
    this.networks = Array.from({ length: critics }, () =>
      createNetwork(kernels, spec, { inputSize: this.inputSize, outputSize: outputs, maxRows, outputGain: 1 }),
    );
    this.parameterCount = critics * this.networks[0]!.parameterCount;
    this.inputs = kernels.f32(maxRows * this.inputSize);
    this.dInputs = kernels.f32(maxRows * this.inputSize);
    this.dOutputs = kernels.f32(maxRows * outputs);
    this.unused = kernels.f32(this.networks[0]!.parameterCount);
  }

  initialize(parameters: F32, random: RandomStream): void {
    for (const [j, own] of this.split(parameters).entries()) this.networks[j]!.initialize(own, random);
  }

  /** Joins parts f32[B, width] to input rows; what is null stays as it was. */
  join(parts: readonly (F32 | null)[], B: number): void {
    for (const [p, part] of parts.entries()) {
      if (part !== null) this.setPart(p, part, B);
    }
  }

  /** One part of the input rows: f32[B, width]. */
  setPart(part: number, values: F32, B: number): void {
    const { inputs, inputSize } = this;
    const width = this.parts[part]!;
    for (let b = 0, k = 0, at = this.offsets[part]!; b < B; b++, at += inputSize) {
      for (let c = 0; c < width; c++, k++) inputs[at + c] = values[k]!;
    }
  }

  /** Q_j of the joined rows: f32[B, O], the critic's own until its next evaluation. Keeps what the gradients need. */
  evaluate(parameters: F32, j: number, B: number): F32 {
    return this.networks[j]!.forward(this.split(parameters)[j]!, this.inputs, B);
  }

  /** values[b, o] = min_j Q_j of the joined rows. */
  minimum(parameters: F32, values: F32, B: number): void {
    for (let j = 0; j < this.critics; j++) {
      const own = this.evaluate(parameters, j, B);
      const n = B * this.outputs;
      for (let k = 0; k < n; k++) values[k] = j === 0 || own[k]! < values[k]! ? own[k]! : values[k]!;
    }
  }

  /** After `evaluate` of critic j: adds the gradient of Σ dValues[b, o]·Q_j to gradients f32[parameterCount]. */
  backward(parameters: F32, j: number, dValues: F32, gradients: F32, B: number): void {
    this.setOutputs(dValues, B);
    const own = this.split(gradients)[j]!;
    this.networks[j]!.backward(this.split(parameters)[j]!, this.inputs, this.dOutputs, own, B);
  }

  /** After `evaluate` of critic j: adds the gradient of Σ dValues[b, o]·Q_j by a part of the input to dPart f32[B, width]. */
  addPartGradient(parameters: F32, j: number, dValues: F32, part: number, dPart: F32, B: number): void {
    const { inputSize, dInputs } = this;
    const width = this.parts[part]!;
    this.setOutputs(dValues, B);
    this.unused.fill(0);
    this.networks[j]!.backward(this.split(parameters)[j]!, this.inputs, this.dOutputs, this.unused, B, this.dInputs);
    for (let b = 0, k = 0, at = this.offsets[part]!; b < B; b++, at += inputSize) {
      for (let c = 0; c < width; c++, k++) dPart[k] = dPart[k]! + dInputs[at + c]!;
    }
  }

  dispose(): void {
    for (const network of this.networks) network.dispose();
    for (const array of [this.inputs, this.dInputs, this.dOutputs, this.unused]) this.kernels.free(array);
  }

  /** A copy, since a network's backward pass overwrites it. */
  private setOutputs(dValues: F32, B: number): void {
    const n = B * this.outputs;
    for (let k = 0; k < n; k++) this.dOutputs[k] = dValues[k]!;
  }

  private split(block: F32): readonly F32[] {
    const known = this.partsOf.get(block);
    if (known !== undefined) return known;
    const count = this.parameterCount / this.critics;
    const parts = this.networks.map((_, j) => this.kernels.view(block, j * count, count));
    this.partsOf.set(block, parts);
    return parts;
  }
}
