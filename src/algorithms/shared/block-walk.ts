import type { PolicyBatch } from '../../experience/index.js';
import type { F32, I32, Kernels } from '../../kernels/index.js';
import type { Sequences } from '../../networks/index.js';
import { BLOCK_ROWS, sequenceBlock } from '../block-rows.js';
import type { BatchShape } from '../port.js';

/** Numbers of a block's widest array, and its rows at most, where layers are narrow: a call costs as much as many such rows. */
const BLOCK_NUMBERS = 16_384;
const MOST_ROWS = 2048;

/** Rows of a block of networks whose widest layer (inputs and outputs are ones) has so many numbers. Gradients of networks add up row
 *  by row, so the number changes no bit of theirs; sums in stripes begin anew with each block. */
export function blockRows(widest: number): number {
  let rows = MOST_ROWS;
  while (rows > BLOCK_ROWS && rows * widest > BLOCK_NUMBERS) rows /= 2;
  return rows;
}

/** Cuts samples of a batch into the blocks that networks take. */
export interface BlockWalk {
  /** Rows of the largest block. */
  readonly maxRows: number;
  /** The samples of the present block: i32[maxRows], or longer. */
  readonly samples: I32;
  /** Which sequences the rows of the present block are steps of; undefined where rows are independent. */
  readonly sequences: Sequences | undefined;
  /** Of samples order[start … start + count − 1]; null is the batch's own order. */
  begin(batch: PolicyBatch, order: I32 | null, start: number, count: number): void;
  /** Goes to the next block and tells how many rows it has; 0 at the end. */
  next(): number;
  dispose(): void;
}

/** Blocks of independent samples, as they come. */
export class SampleWalk implements BlockWalk {
  readonly maxRows: number;
  readonly sequences = undefined;
  samples: I32;
  private readonly kernels: Kernels;
  /** For the batch's own order. */
  private readonly own: I32;
  private order: I32 | null = null;
  /** The rest of the order from where a block once began, so that walking it again allocates nothing. */
  private rests = new Map<number, I32>();
  private at = 0;
  private end = 0;

  constructor(kernels: Kernels, maxRows: number) {
    this.kernels = kernels;
    this.maxRows = maxRows;
    this.own = kernels.i32(maxRows);
    this.samples = this.own;
  }

  begin(_batch: PolicyBatch, order: I32 | null, start: number, count: number): void {
    if (order !== null && order !== this.order) this.rests = new Map();
    this.order = order;
    this.at = start;
    this.end = start + count;
  }

  next(): number {
    const { order, at, own } = this;
    const rows = Math.min(this.maxRows, this.end - at);
    if (order === null) {
      for (let b = 0; b < rows; b++) own[b] = at + b;
      this.samples = own;
    } else {
      this.samples = this.restOf(order, at);
    }
    this.at += rows;
    return rows;
  }

  dispose(): void {
    this.kernels.free(this.own);
  }

  private restOf(order: I32, at: number): I32 {
    const known = this.rests.get(at);
    if (known !== undefined) return known;
    const rest = order.subarray(at) as I32;
    this.rests.set(at, rest);
    return rest;
  }
}

/** Blocks of sequences for networks with a memory. The samples that it begins with are whole trajectories, step by step as
 *  `MinibatchOrder` lays instances out; they are walked some trajectories at a time, cut into sequences of `sequenceLength` steps (the last may be shorter), one block after
 *  the other. The state goes on from block to block under the parameters as they are: only gradients end at a cut. The first one is
 *  what the acting policy remembered. */
export class SequenceWalk implements BlockWalk {
  readonly maxRows: number;
  readonly samples: I32;
  readonly sequences: { steps: number; readonly state: F32; readonly starts: Uint8Array };
  private readonly horizon: number;
  private readonly instances: number;
  private readonly stateSize: number;
  private readonly length: number;
  private readonly width: number;
  private readonly kernels: Kernels;
  /** First samples of the trajectories in hand. */
  private readonly firsts: Int32Array;
  private batch: PolicyBatch | null = null;
  private order: I32 | null = null;
  /** Where the trajectories of the order begin, the samples of their first steps one behind the other. */
  private start = 0;
  /** Trajectories: the next to be taken in hand, and the end; the number in hand, and their next step. */
  private upcoming = 0;
  private end = 0;
  private inHand = 0;
  private step = 0;

  constructor(kernels: Kernels, { horizon, instances }: BatchShape, stateSize: number, sequenceLength?: number) {
    this.kernels = kernels;
    this.horizon = horizon;
    this.instances = instances;
    this.stateSize = stateSize;
    const { width, length } = sequenceBlock(horizon, sequenceLength);
    this.length = length;
    this.width = width;
    this.maxRows = this.width * this.length;
    this.samples = kernels.i32(this.maxRows);
    this.firsts = new Int32Array(this.width);
    this.sequences = {
      steps: this.length,
      state: kernels.f32(this.width * stateSize),
      starts: new Uint8Array(this.maxRows),
    };
  }

  begin(batch: PolicyBatch, order: I32 | null, start: number, count: number): void {
    this.batch = batch;
    this.order = order;
    this.start = start;
    this.upcoming = 0;
    this.end = count / this.horizon;
    this.step = this.horizon;
  }

  next(): number {
    const { batch, horizon: T, instances: B, samples, sequences, firsts } = this;
    if (this.step === T && !this.takeInHand()) return 0;
    const { terminated, truncated } = batch!;
    const steps = Math.min(this.length, T - this.step);
    sequences.steps = steps;
    let row = 0;
    for (let t = this.step; t < this.step + steps; t++) {
      for (let i = 0; i < this.inHand; i++, row++) {
        const n = firsts[i]! + t * B;
        samples[row] = n;
        sequences.starts[row] = t > 0 ? terminated[n - B]! | truncated[n - B]! : 0;
      }
    }
    this.step += steps;
    return row;
  }

  dispose(): void {
    this.kernels.free(this.sequences.state);
    this.kernels.free(this.samples);
  }

  /** The next trajectories and what was remembered before them; false where none is left. */
  private takeInHand(): boolean {
    const { horizon: T, instances: B, stateSize: S, order, start, firsts } = this;
    const { states } = this.batch!;
    this.inHand = Math.min(this.width, this.end - this.upcoming);
    this.step = 0;
    for (let i = 0; i < this.inHand; i++) {
      const trajectory = start / T + this.upcoming + i;
      const first =
        order === null ? Math.floor(trajectory / B) * T * B + (trajectory % B) : order[start + this.upcoming + i]!;
      firsts[i] = first;
      const at = (Math.floor(first / (T * B)) * B + (first % B)) * S;
      for (let j = 0; j < S; j++) this.sequences.state[i * S + j] = states[at + j]!;
    }
    this.upcoming += this.inHand;
    return this.inHand > 0;
  }
}
