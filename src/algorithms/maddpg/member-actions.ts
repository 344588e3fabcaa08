import type { RandomStream } from '../../base/index.js';
import type { F32 } from '../../kernels/index.js';

/** How actions follow from a member's network as critics see them, and how gradients go back. Rows, B of them, are those of a minibatch
 *  at most; masks u8[B, M], empty where the policy is not masked. */
export interface MemberActions {
  /** Of the policy's parameters, those that are learned: the first so many. */
  readonly learned: number;
  /** Writes actions f32[B, ·] at observations f32[B, F]. Keeps what `backward` needs. */
  act(parameters: F32, observations: F32, masks: Uint8Array, actions: F32, B: number, random: RandomStream): void;
  /** After `act` of the same rows: adds the gradient of Σ dActions·action and of `weight` times what else is to be small, which it
   *  returns, a sum over rows, to the gradients of the policy. */
  backward(
    parameters: F32,
    observations: F32,
    masks: Uint8Array,
    dActions: F32,
    weight: number,
    gradients: F32,
    B: number,
  ): number;
  /** How the policy explores from now on. */
  explore(parameters: F32, noise: number, warmup: boolean): void;
  dispose(): void;
}
