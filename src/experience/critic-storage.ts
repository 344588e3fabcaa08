import { type F32, type Kernels, RowMemory } from '../kernels/index.js';
import type { TrajectoryBatch } from './trajectory-reader.js';

/** What a centralized critic sees: the environment's global state, or all agents' observations, one after the other. */
export type CriticInput = 'globalState' | 'observations';

/** What a policy batch holds for a centralized critic. */
export interface CriticShape {
  readonly input: CriticInput;
  /** Numbers of the input. */
  readonly size: number;
  /** Agents of the policy, of which a row's own is told by as many numbers more, 1 in its place and 0 elsewhere; absent where the rows of
   *  all of them are the same. */
  readonly agentIds?: number;
}

/** What a centralized critic sees at each sample; C numbers. */
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
  private readonly finals: RowMemory;
  private readonly input: CriticInput;
  /** Numbers of the input: where the row's agent is told. */
  private readonly inputSize: number;
  private readonly rows: number;
  private readonly lastRows: number;

  constructor(
    kernels: Kernels,
    {
      segments: S,
      horizon: T,
      instances: B,
    }: { readonly segments: number; readonly horizon: number; readonly instances: number },
    { input, size: inputSize, agentIds = 0 }: CriticShape,
  ) {
    const size = inputSize + agentIds;
    this.kernels = kernels;
    this.input = input;
    this.inputSize = inputSize;
    this.size = size;
    this.rows = T * B;
    this.lastRows = B;
    this.observations = kernels.f32(S * T * B * size);
    this.lastObservations = kernels.f32(S * B * size);
    this.finals = new RowMemory(kernels);
    this.finalObservations = this.finals.take(size);
  }

  /** Every batch's `agents` segments see the same, but for which of the agents it is. */
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
        this.tell(agent, rows, this.observations, segment * rows * size);
        this.tell(agent, lastRows, this.lastObservations, segment * lastRows * size);
        this.tell(agent, n, this.finalObservations, finals * size);
      }
    }
  }

  dispose(): void {
    this.kernels.free(this.observations);
    this.kernels.free(this.lastObservations);
    this.finals.dispose();
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
    const { size, inputSize } = this;
    if (this.input === 'globalState') {
      const source = which === 'dense' ? batch.globalState : batch.finalGlobalState;
      for (let row = 0; row < count; row++) {
        const from = (first + row) * inputSize;
        for (let j = 0; j < inputSize; j++) target[at + row * size + j] = source[from + j]!;
      }
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

  /** Writes to `count` rows, of which the first begins at `at`, whose they are. */
  private tell(agent: number, count: number, target: F32, at: number): void {
    const { size, inputSize } = this;
    for (let row = 0; row < count; row++) {
      for (let j = inputSize; j < size; j++) target[at + row * size + j] = j - inputSize === agent ? 1 : 0;
    }
  }

  private reserveFinals(count: number): void {
    if (this.finalObservations.length >= count * this.size) return;
    this.finalObservations = this.finals.take(2 * count * this.size);
  }
}
