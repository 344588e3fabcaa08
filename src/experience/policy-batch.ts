import { type F32, type Kernels, RowMemory } from '../kernels/index.js';
import { activeLevels, type PlacedLevel } from '../spaces/index.js';
import { type CriticObservations, type CriticShape, CriticStorage } from './critic-storage.js';
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
  /** Numbers that the policy carries from step to step; absent is 0. */
  readonly stateSize?: number;
  readonly rewardHeads: number;
  /** The levels of a hierarchical action, L of them; absent is one decision that is always made. */
  readonly levels?: readonly PlacedLevel[];
  /** Which reward heads each of C rewards adds up; absent is one of all heads. */
  readonly rewardChannels?: readonly (readonly number[])[];
  /** What critics see, if not the observations. */
  readonly critic?: CriticShape;
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
  /** f32[S, B, stateSize]: what the policy remembered before each segment's first step. */
  readonly states: F32;
  /** u8[samples, M] */
  readonly actionMasks: Uint8Array;
  /** u8[S, B, M]: those of `lastObservations`. */
  readonly lastActionMasks: Uint8Array;
  /** f32[samples, L] */
  readonly behaviorLogProbs: F32;
  /** u8[samples, L]: 1 where a level was decided; empty where all always are. */
  readonly levelActive: Uint8Array;
  /** f32[C, samples]: sums over reward heads. */
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
  /** Null unless the updater asks for it. */
  readonly critic: CriticObservations | null;
}

/** Storage for policy batches, filled again in every iteration. */
export class PolicyBatchStorage implements PolicyBatch {
  readonly shape: PolicyBatchShape;
  readonly samples: number;
  readonly observations: F32;
  readonly lastObservations: F32;
  readonly actions: F32;
  readonly states: F32;
  readonly actionMasks: Uint8Array;
  readonly lastActionMasks: Uint8Array;
  readonly behaviorLogProbs: F32;
  readonly levelActive: Uint8Array;
  readonly rewards: F32;
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
  finalCount = 0;
  finalSamples = new Int32Array(0);
  finalObservations: F32;
  policyVersion = 0;
  readonly critic: CriticStorage | null;
  private readonly kernels: Kernels;
  private readonly finals: RowMemory;
  private readonly channels: readonly (readonly number[])[];
  private readonly levelCount: number;

  constructor(kernels: Kernels, shape: PolicyBatchShape) {
    const { segments: S, horizon: T, instances: B, observationSize: F } = shape;
    this.kernels = kernels;
    this.shape = shape;
    this.samples = S * T * B;
    this.observations = kernels.f32(this.samples * F);
    this.lastObservations = kernels.f32(S * B * F);
    this.actions = kernels.f32(this.samples * shape.actionSize);
    this.states = kernels.f32(S * B * (shape.stateSize ?? 0));
    this.actionMasks = new Uint8Array(this.samples * shape.maskSize);
    this.lastActionMasks = new Uint8Array(S * B * shape.maskSize);
    this.channels = shape.rewardChannels ?? [Array.from({ length: shape.rewardHeads }, (_, h) => h)];
    this.levelCount = shape.levels?.length ?? 1;
    this.behaviorLogProbs = kernels.f32(this.samples * this.levelCount);
    this.levelActive = new Uint8Array(shape.levels === undefined ? 0 : this.samples * this.levelCount);
    this.rewards = kernels.f32(this.samples * this.channels.length);
    this.terminated = new Uint8Array(this.samples);
    this.truncated = new Uint8Array(this.samples);
    this.finals = new RowMemory(kernels);
    this.finalObservations = this.finals.take(F);
    this.critic = shape.critic === undefined ? null : new CriticStorage(kernels, shape, shape.critic);
  }

  /** Takes the given agents' parts of every batch: segment s = batch index · agents + agent. */
  load(batches: readonly TrajectoryBatch[], agents: readonly number[]): void {
    const { horizon: T, instances: B, observationSize: F, actionSize: A, maskSize: M } = this.shape;
    const rows = T * B;
    this.reserveFinals(batches.reduce((sum, batch) => sum + batch.finalRow.length * agents.length, 0));
    this.finalCount = 0;
    this.policyVersion = Infinity;
    this.critic?.load(batches, agents.length);
    let s = 0;
    for (const batch of batches) {
      this.policyVersion = Math.min(this.policyVersion, batch.policyVersion);
      for (const agent of agents) {
        const part = batch.agents[agent]!;
        const start = s * rows;
        this.observations.set(part.observation.subarray(0, rows * F), start * F);
        this.lastObservations.set(part.observation.subarray(rows * F), s * B * F);
        this.actions.set(part.action, start * A);
        this.states.set(part.state, s * part.state.length);
        this.behaviorLogProbs.set(part.behaviorLogProb, start * this.levelCount);
        this.actionMasks.set(part.actionMask.subarray(0, rows * M), start * M);
        this.lastActionMasks.set(part.actionMask.subarray(rows * M), s * B * M);
        this.terminated.set(batch.terminated, start);
        this.truncated.set(batch.truncated, start);
        for (let c = 0; c < this.channels.length; c++) this.loadRewards(part.reward, c, start);
        this.finalObservations.set(part.finalObservation, this.finalCount * F);
        for (let e = 0; e < batch.finalRow.length; e++)
          this.finalSamples[this.finalCount++] = start + batch.finalRow[e]!;
        s++;
      }
    }
    this.markLevels();
  }

  dispose(): void {
    const { kernels } = this;
    kernels.free(this.observations);
    kernels.free(this.lastObservations);
    kernels.free(this.actions);
    kernels.free(this.states);
    kernels.free(this.behaviorLogProbs);
    kernels.free(this.rewards);
    this.finals.dispose();
    this.critic?.dispose();
  }

  private markLevels(): void {
    const { levels, actionSize: A } = this.shape;
    if (levels === undefined) return;
    for (let n = 0; n < this.samples; n++)
      activeLevels(levels, this.actions, n * A, this.levelActive, n * this.levelCount);
  }

  private loadRewards(reward: Float32Array, channel: number, start: number): void {
    const { horizon: T, instances: B, rewardHeads: H } = this.shape;
    const heads = this.channels[channel]!;
    const first = channel * this.samples + start;
    if (H === 1 && heads.length === 1) {
      this.rewards.set(reward, first);
      return;
    }
    for (let row = 0; row < T * B; row++) {
      let sum = 0;
      for (let j = 0; j < heads.length; j++) sum += reward[row * H + heads[j]!]!;
      this.rewards[first + row] = sum;
    }
  }

  private reserveFinals(count: number): void {
    if (count <= this.finalSamples.length) return;
    const capacity = Math.max(count, 2 * this.finalSamples.length);
    this.finalObservations = this.finals.take(capacity * this.shape.observationSize);
    this.finalSamples = new Int32Array(capacity);
  }
}
