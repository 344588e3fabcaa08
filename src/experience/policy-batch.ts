import type { F32, Kernels } from '../kernels/index.js';
import type { TrajectoryBatch } from './trajectory-reader.js';

export interface PolicyBatchShape {
  /** Trajectory batches × agents that act by the policy, S. */
  readonly segments: number;
  /** Steps, T. */
  readonly horizon: number;
  /** Instances of one segment, B. */
  readonly instances: number;
  readonly observationSize: number;
  readonly actionSize: number;
  readonly maskSize: number;
  readonly rewardHeads: number;
}

/** All that one policy learns from in one iteration, in kernel memory. Samples are segment-major, then time-major:
 *  sample n = (s·T + t)·B + b, so each segment is a time-major [T, B] block for the return estimators. */
export interface PolicyBatch {
  readonly shape: PolicyBatchShape;
  /** S·T·B */
  readonly samples: number;
  /** f32[samples, F] */
  readonly observations: F32;
  /** f32[S, B, F]: the observation after each segment's last step. */
  readonly lastObservations: F32;
  /** f32[samples, A] */
  readonly actions: F32;
  /** u8[samples, M] */
  readonly actionMasks: Uint8Array;
  /** f32[samples] */
  readonly behaviorLogProbs: F32;
  /** f32[samples]: the sum over reward heads. */
  readonly rewards: F32;
  /** u8[samples] */
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
  /** Ended episodes: their samples, ascending, and their final observations f32[finalCount, F]. */
  readonly finalCount: number;
  readonly finalSamples: Int32Array;
  readonly finalObservations: F32;
  /** Version that acted: the oldest among the segments. */
  readonly policyVersion: number;
}

/** Storage for policy batches, filled again in every iteration. */
export class PolicyBatchStorage implements PolicyBatch {
  readonly shape: PolicyBatchShape;
  readonly samples: number;
  readonly observations: F32;
  readonly lastObservations: F32;
  readonly actions: F32;
  readonly actionMasks: Uint8Array;
  readonly behaviorLogProbs: F32;
  readonly rewards: F32;
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
  finalCount = 0;
  finalSamples = new Int32Array(0);
  finalObservations: F32;
  policyVersion = 0;
  private readonly kernels: Kernels;

  constructor(kernels: Kernels, shape: PolicyBatchShape) {
    const { segments: S, horizon: T, instances: B, observationSize: F } = shape;
    this.kernels = kernels;
    this.shape = shape;
    this.samples = S * T * B;
    this.observations = kernels.f32(this.samples * F);
    this.lastObservations = kernels.f32(S * B * F);
    this.actions = kernels.f32(this.samples * shape.actionSize);
    this.actionMasks = new Uint8Array(this.samples * shape.maskSize);
    this.behaviorLogProbs = kernels.f32(this.samples);
    this.rewards = kernels.f32(this.samples);
    this.terminated = new Uint8Array(this.samples);
    this.truncated = new Uint8Array(this.samples);
    this.finalObservations = kernels.f32(F);
  }

  /** Takes the given agents' parts of every batch: segment s = batch index · agents + agent. */
  load(batches: readonly TrajectoryBatch[], agents: readonly number[]): void {
    const { horizon: T, instances: B, observationSize: F, actionSize: A, maskSize: M } = this.shape;
    const rows = T * B;
    this.reserveFinals(batches.reduce((sum, batch) => sum + batch.finalRow.length * agents.length, 0));
    this.finalCount = 0;
    this.policyVersion = Infinity;
    let s = 0;
    for (const batch of batches) {
      this.policyVersion = Math.min(this.policyVersion, batch.policyVersion);
      for (const agent of agents) {
        const part = batch.agents[agent]!;
        const start = s * rows;
        this.observations.set(part.observation.subarray(0, rows * F), start * F);
        this.lastObservations.set(part.observation.subarray(rows * F), s * B * F);
        this.actions.set(part.action, start * A);
        this.behaviorLogProbs.set(part.behaviorLogProb, start);
        this.actionMasks.set(part.actionMask.subarray(0, rows * M), start * M);
        this.terminated.set(batch.terminated, start);
        this.truncated.set(batch.truncated, start);
        this.loadRewards(part.reward, start);
        this.finalObservations.set(part.finalObservation, this.finalCount * F);
        for (let e = 0; e < batch.finalRow.length; e++)
          this.finalSamples[this.finalCount++] = start + batch.finalRow[e]!;
        s++;
      }
    }
  }

  dispose(): void {
    const { kernels } = this;
    kernels.free(this.observations);
    kernels.free(this.lastObservations);
    kernels.free(this.actions);
    kernels.free(this.behaviorLogProbs);
    kernels.free(this.rewards);
    kernels.free(this.finalObservations);
  }

  private loadRewards(reward: Float32Array, start: number): void {
    const { horizon: T, instances: B, rewardHeads: H } = this.shape;
    if (H === 1) {
      this.rewards.set(reward, start);
      return;
    }
    for (let row = 0; row < T * B; row++) {
      let sum = 0;
      for (let h = 0; h < H; h++) sum += reward[row * H + h]!;
      this.rewards[start + row] = sum;
    }
  }

  private reserveFinals(count: number): void {
    if (count <= this.finalSamples.length) return;
    const capacity = Math.max(count, 2 * this.finalSamples.length);
    this.finalSamples = new Int32Array(capacity);
    this.kernels.free(this.finalObservations);
    this.finalObservations = this.kernels.f32(capacity * this.shape.observationSize);
  }
}
