import type { F32, Kernels } from '../kernels/index.js';
import type { TrajectoryBatch } from './trajectory-reader.js';

/** What a centralized critic sees: the environment's global state, or all agents' observations, one after the other. */
export type CriticInput = 'globalState' | 'observations';

/** What a centralized critic sees at each sample; C numbers. The samples of several agents see the same. */
export interface CriticObservations {
  readonly size: number;
  /** f32[samples, C] */
  readonly observations: F32;
  /** f32[S, B, C] */
  readonly lastObservations: F32;
  /** f32[finalCount, C] */
  readonly finalObservations: F32;
}

/** What a centralized critic sees of the batches, in the order of a policy batch's samples. */
export class CriticStorage implements CriticObservations {
  readonly size: number;
  readonly observations: F32;
  readonly lastObservations: F32;
  finalObservations: F32;
  private readonly kernels: Kernels;
  private readonly input: CriticInput;
  private readonly rows: number;
  private readonly lastRows: number;

  constructor(
    kernels: Kernels,
    {
      segments: S,
      horizon: T,
      instances: B,
    }: { readonly segments: number; readonly horizon: number; readonly instances: number },
    { input, size }: { readonly input: CriticInput; readonly size: number },
  ) {
    this.kernels = kernels;
    this.input = input;
    this.size = size;
    this.rows = T * B;
    this.lastRows = B;
    this.observations = kernels.f32(S * T * B * size);
    this.lastObservations = kernels.f32(S * B * size);
    this.finalObservations = kernels.f32(size);
  }

  /** Every batch's `agents` segments see the same. */
  load(batches: readonly TrajectoryBatch[], agents: number): void {
    const { rows, lastRows, size } = this;
    this.reserveFinals(batches.reduce((sum, batch) => sum + batch.finalRow.length * agents, 0));
    let segment = 0;
    let finals = 0;
    for (const batch of batches) {
      const n = batch.finalRow.length;
      for (let agent = 0; agent < agents; agent++, segment++, finals += n) {
        this.put(batch, 'dense', 0, rows, this.observations, segment * rows * size);
        this.put(batch, 'dense', rows, lastRows, this.lastObservations, segment * lastRows * size);
        this.put(batch, 'final', 0, n, this.finalObservations, finals * size);
      }
    }
  }

  dispose(): void {
    for (const array of [this.observations, this.lastObservations, this.finalObservations]) this.kernels.free(array);
  }

  /** Copies rows first … first + count − 1 of the batch to target, from `at` on. */
  private put(
    batch: TrajectoryBatch,
    which: 'dense' | 'final',
    first: number,
    count: number,
    target: F32,
    at: number,
  ): void {
    const { size } = this;
    if (this.input === 'globalState') {
      const source = which === 'dense' ? batch.globalState : batch.finalGlobalState;
      target.set(source.subarray(first * size, (first + count) * size), at);
      return;
    }
    let column = 0;
    for (const part of batch.agents) {
      const source = which === 'dense' ? part.observation : part.finalObservation;
      const width = source.length / (which === 'dense' ? this.rows + this.lastRows : Math.max(1, count));
      for (let row = 0; row < count; row++) {
        const from = (first + row) * width;
        const to = at + row * size + column;
        for (let j = 0; j < width; j++) target[to + j] = source[from + j]!;
      }
      column += width;
    }
  }

  private reserveFinals(count: number): void {
    if (this.finalObservations.length >= count * this.size) return;
    this.kernels.free(this.finalObservations);
    this.finalObservations = this.kernels.f32(2 * count * this.size);
  }
}
