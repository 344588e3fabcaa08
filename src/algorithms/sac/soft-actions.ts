import type { RandomStream } from '../../base/index.js';
import type { F32 } from '../../kernels/index.js';
import type { ActionCritics } from '../shared/action-critic.js';
import type { ReplayMinibatch } from '../shared/replay-minibatch.js';

/** What SAC needs of a kind of action. Rows are those of the minibatch; parameter blocks are the policy's and the critics'. */
export interface SoftActions {
  readonly critics: ActionCritics;
  /** values[b] = E_a'~π [min_j Q'_j(o', a') − α log π(a'|o')] at the next observations, Q' with the target parameters. */
  nextValues(
    minibatch: ReplayMinibatch,
    policy: F32,
    targetCritics: F32,
    temperature: number,
    values: F32,
    random: RandomStream,
  ): void;
  /** Q_j(o, a) of the transitions: f32[B], valid until the next call. */
  valuesTaken(minibatch: ReplayMinibatch, critics: F32, j: number): F32;
  /** After `valuesTaken` of critic j: adds the gradient of Σ_b dValues[b]·Q_j(o_b, a_b). */
  backwardTaken(minibatch: ReplayMinibatch, critics: F32, j: number, dValues: F32, gradients: F32): void;
  /** Adds the gradient of L = mean E_a~π [α log π(a|o) − min_j Q_j(o, a)] to gradients of the policy. */
  policyGradient(
    minibatch: ReplayMinibatch,
    policy: F32,
    critics: F32,
    temperature: number,
    gradients: F32,
    random: RandomStream,
  ): SoftPolicyLoss;
  dispose(): void;
}

export interface SoftPolicyLoss {
  /** L. */
  readonly loss: number;
  /** Mean entropy, −E log π, of the rows. */
  readonly entropy: number;
  /** Mean over the rows of the entropy that the temperature is learned for. */
  readonly targetEntropy: number;
}
