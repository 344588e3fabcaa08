import type { PolicyBatch } from '../../experience/index.js';
import type { F32, I32, Kernels } from '../../kernels/index.js';
import type { Policy } from '../../policies/index.js';

/** What policy and critic are given of a block's samples, gathered from a batch row by row: observations f32[rows, F], actions f32[rows, A],
 *  masks u8[rows, M], and what the critic sees. */
export class BlockInputs {
  readonly observations: F32;
  readonly actions: F32;
  readonly masks: Uint8Array;
  private readonly kernels: Kernels;
  private readonly policy: Policy;
  private readonly observationSize: number;
  private readonly criticSize: number;
  /** f32[rows, C] of what the critic sees, where that is not the policy's own observation. */
  private readonly criticObservations: F32 | null;
  /** f32[rows, C + S]: that, and what the policy remembers; null without a memory. */
  private readonly remembered: F32 | null;

  /** `centralized`: the critic sees `criticSize` numbers of its own. */
  constructor(
    kernels: Kernels,
    policy: Policy,
    rows: number,
    critic: { readonly size: number; readonly centralized: boolean },
  ) {
    const { observationSize, actionSize, maskSize, stateSize } = policy;
    this.kernels = kernels;
    this.policy = policy;
    this.observationSize = observationSize;
    this.criticSize = critic.size;
    this.observations = kernels.f32(rows * observationSize);
    this.criticObservations = critic.centralized ? kernels.f32(rows * critic.size) : null;
    this.remembered = stateSize === 0 ? null : kernels.f32(rows * (critic.size + stateSize));
    this.actions = kernels.f32(rows * actionSize);
    this.masks = new Uint8Array(rows * maskSize);
  }

  /** What the policy is given of samples[0 … rows − 1]. */
  load(batch: PolicyBatch, samples: I32, rows: number): void {
    const { kernels, policy } = this;
    kernels.gatherRows(batch.observations, samples, this.observations, rows, this.observationSize);
    kernels.gatherRows(batch.actions, samples, this.actions, rows, policy.actionSize);
    const { maskSize: M } = policy;
    if (M === 0) return;
    for (let b = 0; b < rows; b++) {
      const from = samples[b]! * M;
      for (let j = 0; j < M; j++) this.masks[b * M + j] = batch.actionMasks[from + j]!;
    }
  }

  /** What the critic sees of them, after the policy has evaluated them. */
  ofCritic(batch: PolicyBatch, samples: I32, rows: number): F32 {
    const { kernels, policy, criticObservations, remembered, criticSize: C } = this;
    const own = criticObservations ?? this.observations;
    if (criticObservations !== null) {
      kernels.gatherRows(batch.critic!.observations, samples, criticObservations, rows, C);
    }
    if (remembered === null) return own;
    const { stateSize: S } = policy;
    const states = policy.states!;
    for (let b = 0; b < rows; b++) {
      const at = b * (C + S);
      for (let j = 0; j < C; j++) remembered[at + j] = own[b * C + j]!;
      for (let j = 0; j < S; j++) remembered[at + C + j] = states[b * S + j]!;
    }
    return remembered;
  }

  dispose(): void {
    const { kernels } = this;
    kernels.free(this.observations);
    kernels.free(this.actions);
    if (this.criticObservations !== null) kernels.free(this.criticObservations);
    if (this.remembered !== null) kernels.free(this.remembered);
  }
}
