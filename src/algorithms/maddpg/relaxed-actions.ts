import type { RandomStream } from '../../base/index.js';
import type { F32, Kernels } from '../../kernels/index.js';
import type { FlatPolicy } from '../../policies/index.js';
import { GumbelSoftmax } from './gumbel-softmax.js';
import type { MemberActions } from './member-actions.js';
import type { MaddpgOptions } from './options.js';

/** Choices, one number each, which are drawn when acting and relaxed when learning. With ρ = `logitPenalty`, logits are kept small by
 *  ρ/O · Σ x², over the legal ones of O choices in all: where one choice has all, no gradient is left. Source: Lowe et al. 2017,
 *  appendix. */
export class RelaxedActions implements MemberActions {
  readonly learned: number;
  private readonly kernels: Kernels;
  private readonly policy: FlatPolicy;
  private readonly choices: number;
  private readonly relaxation: GumbelSoftmax;
  private readonly penalty: number;
  private readonly uniforms: F32;
  private readonly dOutputs: F32;
  /** Of the rows acted in last. */
  private outputs: F32;

  constructor(kernels: Kernels, policy: FlatPolicy, counts: readonly number[], options: MaddpgOptions) {
    const { batchSize: rows, temperature, relaxation, logitPenalty } = options;
    this.kernels = kernels;
    this.policy = policy;
    this.learned = policy.parameterCount;
    this.choices = counts.reduce((sum, count) => sum + count, 0);
    this.relaxation = new GumbelSoftmax(counts, { temperature, hard: relaxation === 'straightThrough', maxRows: rows });
    this.penalty = logitPenalty;
    this.uniforms = kernels.f32(rows * this.choices);
    this.dOutputs = kernels.f32(rows * this.choices);
    this.outputs = this.dOutputs;
  }

  act(parameters: F32, observations: F32, masks: Uint8Array, actions: F32, B: number, random: RandomStream): void {
    const { uniforms, kernels } = this;
    kernels.fillUniform(random.takeBlocks(Math.ceil(uniforms.length / 4)), uniforms, uniforms.length);
    this.outputs = this.policy.network.forward(parameters, observations, B);
    this.relaxation.sample(this.outputs, masks, uniforms, actions, B);
  }

  backward(
    parameters: F32,
    observations: F32,
    masks: Uint8Array,
    dActions: F32,
    weight: number,
    gradients: F32,
    B: number,
  ): number {
    const { outputs, dOutputs, choices } = this;
    const share = this.penalty / choices;
    let squares = 0;
    this.relaxation.backward(dActions, dOutputs, B);
    for (let k = 0; k < B * choices; k++) {
      if (masks.length > 0 && masks[k] === 0) continue;
      squares += outputs[k]! * outputs[k]!;
      dOutputs[k] = dOutputs[k]! + 2 * weight * share * outputs[k]!;
    }
    this.policy.network.backward(parameters, observations, dOutputs, gradients, B);
    return share * squares;
  }

  explore(): void {
    // The law draws: that is exploration.
  }

  dispose(): void {
    this.kernels.free(this.uniforms);
    this.kernels.free(this.dOutputs);
  }
}
