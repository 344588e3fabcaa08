import type { CriticObservations, PolicyBatch } from '../../experience/index.js';
import { type F32, type I32, type Kernels, RowMemory } from '../../kernels/index.js';
import type { Policy } from '../../policies/index.js';
import type { BatchShape } from '../port.js';
import type { SequenceWalk } from './block-walk.js';

/** What the value network of a policy with a memory sees of a whole batch: what it would see without, C numbers, and behind them what
 *  the policy remembers then, S numbers, under its parameters as they are. */
export class Recollection implements CriticObservations {
  readonly size: number;
  readonly observations: F32;
  readonly lastObservations: F32;
  finalObservations: F32;
  private readonly kernels: Kernels;
  private readonly finals: RowMemory;
  private readonly policy: Policy;
  private readonly walk: SequenceWalk;
  private readonly criticSize: number;
  private readonly samples: I32;
  private readonly seen: F32;
  private readonly state: F32;
  /** f32[S·B]: the samples before the last observations. */
  private readonly lastSamples: Int32Array;

  constructor(kernels: Kernels, policy: Policy, walk: SequenceWalk, criticSize: number, shape: BatchShape) {
    const { segments: S, horizon: T, instances: B } = shape;
    const size = criticSize + policy.stateSize;
    this.kernels = kernels;
    this.policy = policy;
    this.walk = walk;
    this.criticSize = criticSize;
    this.size = size;
    this.observations = kernels.f32(S * T * B * size);
    this.lastObservations = kernels.f32(S * B * size);
    this.finals = new RowMemory(kernels);
    this.finalObservations = this.finals.take(size);
    this.samples = kernels.i32(walk.maxRows);
    this.seen = kernels.f32(walk.maxRows * policy.observationSize);
    this.state = kernels.f32(walk.maxRows * policy.stateSize);
    this.lastSamples = Int32Array.from({ length: S * B }, (_, j) => Math.floor(j / B) * T * B + (T - 1) * B + (j % B));
  }

  /** Takes a batch in. The observation after a last step is remembered behind it, or as the first of an episode where that ended the one
   *  before; a final observation always behind its step. */
  load(parameters: F32, batch: PolicyBatch): void {
    const { kernels, policy, walk, seen } = this;
    const critic = batch.critic ?? batch;
    walk.begin(batch, null, 0, batch.samples);
    for (let rows = walk.next(); rows > 0; rows = walk.next()) {
      kernels.gatherRows(batch.observations, walk.samples, seen, rows, policy.observationSize);
      policy.remember(parameters, seen, rows, walk.sequences);
      for (let b = 0; b < rows; b++) this.put(critic.observations, walk.samples[b]!, b, this.observations);
    }
    const { lastSamples } = this;
    this.goOn(parameters, batch, batch.lastObservations, lastSamples, lastSamples.length, true);
    this.reserveFinals(batch.finalCount);
    this.goOn(parameters, batch, batch.finalObservations, batch.finalSamples, batch.finalCount, false);
  }

  dispose(): void {
    const { kernels, samples } = this;
    for (const array of [this.observations, this.lastObservations, this.seen, this.state]) kernels.free(array);
    this.finals.dispose();
    kernels.free(samples);
  }

  /** One step on from each of `count` samples, to the observation that follows it. */
  private goOn(
    parameters: F32,
    batch: PolicyBatch,
    observations: F32,
    before: Int32Array,
    count: number,
    last: boolean,
  ): void {
    const { policy, walk, seen, state, size, criticSize: C } = this;
    const { observationSize: F, stateSize: S } = policy;
    const { terminated, truncated } = batch;
    const critic = batch.critic ?? batch;
    for (let first = 0; first < count; first += walk.maxRows) {
      const rows = Math.min(walk.maxRows, count - first);
      for (let b = 0; b < rows; b++) {
        const n = before[first + b]!;
        const forgotten = last && (terminated[n]! | truncated[n]!) !== 0;
        for (let j = 0; j < S; j++) state[b * S + j] = forgotten ? 0 : this.observations[n * size + C + j]!;
        for (let j = 0; j < F; j++) seen[b * F + j] = observations[(first + b) * F + j]!;
      }
      policy.remember(parameters, seen, rows, { steps: 1, state, starts: null });
      const from = last ? critic.lastObservations : critic.finalObservations;
      const to = last ? this.lastObservations : this.finalObservations;
      for (let b = 0; b < rows; b++) this.put(from, first + b, b, to);
    }
  }

  /** Row n of what is seen, and row b of what is now remembered. */
  private put(seen: F32, n: number, b: number, target: F32): void {
    const { size, criticSize: C } = this;
    const states = this.policy.states!;
    const S = size - C;
    for (let j = 0; j < C; j++) target[n * size + j] = seen[n * C + j]!;
    for (let j = 0; j < S; j++) target[n * size + C + j] = states[b * S + j]!;
  }

  private reserveFinals(count: number): void {
    if (this.finalObservations.length >= count * this.size) return;
    this.finalObservations = this.finals.take(2 * count * this.size);
  }
}
