import type { RandomStream } from '../../base/index.js';
import { logF64 } from '../../base/math/index.js';
import type { F32, Kernels } from '../../kernels/index.js';
import { type FlatPolicy, valueShapeOf } from '../../policies/index.js';
import { type DiscreteSpace, elementSize } from '../../spaces/index.js';
import type { UpdaterContext } from '../port.js';
import { ActionCritics } from '../shared/action-critic.js';
import type { ReplayMinibatch } from '../shared/replay-minibatch.js';
import { Choice } from './choice.js';
import type { SacOptions } from './options.js';
import type { SoftActions, SoftPolicyLoss } from './soft-actions.js';

/** One of several choices: critics have a value for each, and expectations over the policy are sums, without a draw. Illegal choices
 *  have probability 0. Source: Christodoulou 2019, eq. 10 to 12. */
export class DiscreteActions implements SoftActions {
  readonly critics: ActionCritics;
  private readonly kernels: Kernels;
  private readonly policy: FlatPolicy;
  private readonly count: number;
  private readonly share: number;
  private readonly choice: Choice;
  /** f32[rows, choices] */
  private readonly least: F32;
  private readonly dOutputs: F32;
  private readonly taken: F32;

  constructor(context: UpdaterContext, policy: FlatPolicy) {
    const { kernels, spec } = context;
    const { batchSize: rows, targetEntropyShare } = context.options as SacOptions;
    const { count } = context.actionSpace as DiscreteSpace;
    this.kernels = kernels;
    this.policy = policy;
    this.count = count;
    this.share = targetEntropyShare;
    this.critics = new ActionCritics(kernels, {
      parts: [elementSize(context.observationSpace)],
      critics: 2,
      outputs: count,
      spec: spec.valueNetwork ?? valueShapeOf(spec.network),
      maxRows: rows,
    });
    this.choice = new Choice(count);
    this.least = kernels.f32(rows * count);
    this.dOutputs = kernels.f32(rows * count);
    this.taken = kernels.f32(rows);
  }

  nextValues(
    minibatch: ReplayMinibatch,
    policy: F32,
    targetCritics: F32,
    temperature: number,
    values: F32,
    _random: RandomStream,
  ): void {
    const { critics, choice, least, count } = this;
    const { nextObservations, nextActionMasks, rows: B } = minibatch;
    const logits = this.policy.network.forward(policy, nextObservations, B);
    critics.setPart(0, nextObservations, B);
    critics.minimum(targetCritics, least, B);
    for (let b = 0; b < B; b++) {
      choice.load(logits, nextActionMasks, b);
      let value = 0;
      for (let c = 0; c < count; c++) {
        if (choice.p[c] !== 0) value += choice.p[c]! * (least[b * count + c]! - temperature * choice.logP[c]!);
      }
      values[b] = value;
    }
  }

  valuesTaken({ observations, actions, rows: B }: ReplayMinibatch, critics: F32, j: number): F32 {
    if (j === 0) this.critics.setPart(0, observations, B);
    const values = this.critics.evaluate(critics, j, B);
    for (let b = 0; b < B; b++) this.taken[b] = values[b * this.count + actions[b]!]!;
    return this.taken;
  }

  backwardTaken({ actions, rows: B }: ReplayMinibatch, critics: F32, j: number, dValues: F32, gradients: F32): void {
    const { dOutputs, count } = this;
    dOutputs.fill(0);
    for (let b = 0; b < B; b++) dOutputs[b * count + actions[b]!] = dValues[b]!;
    this.critics.backward(critics, j, dOutputs, gradients, B);
  }

  /** With f_c = α log p_c − min_j Q_j(c) and L_b = Σ_c p_c f_c: ∂L_b/∂x_c = p_c (f_c − L_b). */
  policyGradient(
    minibatch: ReplayMinibatch,
    policy: F32,
    critics: F32,
    temperature: number,
    gradients: F32,
    _random: RandomStream,
  ): SoftPolicyLoss {
    const { choice, least, dOutputs, count, share } = this;
    const { observations, actionMasks, rows: B } = minibatch;
    const { network } = this.policy;
    const logits = network.forward(policy, observations, B);
    this.critics.setPart(0, observations, B);
    this.critics.minimum(critics, least, B);
    let loss = 0;
    let entropy = 0;
    let targetEntropy = 0;
    for (let b = 0; b < B; b++) {
      const { p, logP } = choice;
      choice.load(logits, actionMasks, b);
      let own = 0;
      for (let c = 0; c < count; c++) {
        if (p[c] === 0) continue;
        own += p[c]! * (temperature * logP[c]! - least[b * count + c]!);
        entropy -= (p[c]! * logP[c]!) / B;
      }
      for (let c = 0; c < count; c++) {
        const k = b * count + c;
        dOutputs[k] = p[c] === 0 ? 0 : (p[c]! * (temperature * logP[c]! - least[k]! - own)) / B;
      }
      loss += own / B;
      targetEntropy += (share * logF64(choice.legal)) / B;
    }
    network.backward(policy, observations, dOutputs, gradients, B);
    return { loss, entropy, targetEntropy };
  }

  dispose(): void {
    this.critics.dispose();
    for (const array of [this.least, this.dOutputs, this.taken]) this.kernels.free(array);
  }
}
