import type { F32, Kernels } from '../../kernels/index.js';
import { type FlatPolicy, NOISE_SCALE, NOISE_WARMUP } from '../../policies/index.js';
import type { LearningPolicy } from '../port.js';
import { assertDeterministic } from '../shared/deterministic-updater.js';
import type { MemberActions } from './member-actions.js';

/** Actions of a box: the mode, and noise around it for exploration. Source: Lillicrap et al. 2016. */
export class ContinuousActions implements MemberActions {
  readonly learned: number;
  private readonly kernels: Kernels;
  private readonly policy: FlatPolicy;
  private readonly dOutputs: F32;
  private readonly noFree: F32;
  /** Of the rows acted in last. */
  private outputs: F32;

  constructor(kernels: Kernels, policy: FlatPolicy, member: LearningPolicy, rows: number) {
    this.kernels = kernels;
    this.policy = policy;
    assertDeterministic(policy, member);
    // The noise is not learned.
    this.learned = policy.network.parameterCount;
    this.dOutputs = kernels.f32(rows * policy.actionSize);
    this.noFree = kernels.f32(2);
    this.outputs = this.dOutputs;
  }

  act(parameters: F32, observations: F32, masks: Uint8Array, actions: F32, B: number): void {
    const { network, distribution } = this.policy;
    this.outputs = network.forward(parameters, observations, B);
    distribution.observe?.(observations, B);
    distribution.mode(this.outputs, this.noFree, masks, actions, B);
  }

  backward(
    parameters: F32,
    observations: F32,
    _masks: Uint8Array,
    dActions: F32,
    _weight: number,
    gradients: F32,
    B: number,
  ): number {
    const { network, distribution } = this.policy;
    distribution.modeBackward!(this.outputs, dActions, this.dOutputs, B);
    network.backward(parameters, observations, this.dOutputs, gradients, B);
    return 0;
  }

  explore(parameters: F32, noise: number, warmup: boolean): void {
    const free = this.policy.free(parameters);
    free[NOISE_SCALE] = noise;
    free[NOISE_WARMUP] = warmup ? 1 : 0;
  }

  dispose(): void {
    this.kernels.free(this.dOutputs);
    this.kernels.free(this.noFree);
  }
}
