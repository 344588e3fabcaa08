import type { RandomStream } from '../../../base/index.js';
import type { F32, Kernels } from '../../../kernels/index.js';
import {
  choiceCounts,
  createFlatPolicy,
  createValueNetwork,
  type FlatPolicy,
  type ValueNetwork,
  valueShapeOf,
} from '../../../policies/index.js';
import { type BinarySpace, type DiscreteSpace, elementSize, type MultiDiscreteSpace } from '../../../spaces/index.js';
import type { LearningPolicy } from '../../port.js';

export interface ActionValueSettings {
  readonly dueling: boolean;
  /** Rows of one call at most. */
  readonly maxRows: number;
}

/** Values of an agent's actions, by the network that it acts by:
 *
 *    Q(o, a) = Σ_s q_s(o, a_s)                                        s over the elements of the action, q the network's outputs
 *    Q(o, a) = V(o) + Σ_s (A_s(o, a_s) − mean over legal c of A_s(o, c))   dueling: A the outputs, V a network beside it
 *
 *  The greatest value is that of the greatest output of each element, so acting needs neither V nor the mean.
 *  Letters: R rows (one agent's each), F numbers of an observation, A of an action, M of a mask. Source: Wang et al. 2016, eq. 9. */
export class ActionValues {
  readonly policy: FlatPolicy;
  /** V; null unless dueling. */
  readonly stateValue: ValueNetwork | null;
  private readonly kernels: Kernels;
  private readonly counts: Int32Array;
  private readonly masked: boolean;
  /** f32[maxRows, O] and f32[maxRows]. */
  private readonly dOutputs: F32;
  private readonly dStateValues: F32;

  constructor(kernels: Kernels, member: LearningPolicy, { dueling, maxRows }: ActionValueSettings) {
    const { policyId, spec, observationSpace, masked } = member;
    // The algorithms' capabilities allow no other.
    const space = member.actionSpace as DiscreteSpace | MultiDiscreteSpace | BinarySpace;
    const observationSize = elementSize(observationSpace);
    this.kernels = kernels;
    this.policy = createFlatPolicy(kernels, {
      where: `policy "${policyId}"`,
      observationSize,
      space,
      masked,
      spec,
      maxRows,
    });
    this.stateValue = dueling
      ? createValueNetwork(kernels, {
          inputSize: observationSize,
          outputs: 1,
          spec: spec.valueNetwork ?? valueShapeOf(spec.network),
          maxRows,
        })
      : null;
    this.counts = Int32Array.from(choiceCounts(space));
    this.masked = masked;
    this.dOutputs = kernels.f32(maxRows * this.policy.distribution.outputSize);
    this.dStateValues = kernels.f32(maxRows);
  }

  initialize(policyParameters: F32, valueParameters: F32, random: RandomStream): void {
    this.policy.initialize(policyParameters, random);
    this.stateValue?.initialize(valueParameters, random);
  }

  /** actions f32[R, A]: those of the greatest value. */
  choose(policyParameters: F32, observations: F32, masks: Uint8Array, actions: F32, R: number): void {
    this.policy.actMode(policyParameters, observations, masks, actions, R);
  }

  /** values[r] = Q(o_r, a_r). Keeps what `backward` needs. */
  evaluate(
    policyParameters: F32,
    valueParameters: F32,
    observations: F32,
    masks: Uint8Array,
    actions: F32,
    values: F32,
    R: number,
  ): void {
    const { counts } = this;
    const outputs = this.policy.network.forward(policyParameters, observations, R);
    const stateValues = this.stateValue?.forward(valueParameters, observations, R);
    for (let r = 0, at = 0, k = 0; r < R; r++) {
      let value = stateValues === undefined ? 0 : stateValues[r]!;
      for (let s = 0; s < counts.length; s++, k++) {
        const count = counts[s]!;
        value += outputs[at + actions[k]!]!;
        if (stateValues !== undefined) value -= this.legalMean(outputs, masks, at, count);
        at += count;
      }
      values[r] = value;
    }
  }

  /** After `evaluate` of the same rows: adds the gradient of Σ_r dValues[r]·Q(o_r, a_r). */
  backward(
    policyParameters: F32,
    valueParameters: F32,
    observations: F32,
    masks: Uint8Array,
    actions: F32,
    dValues: F32,
    policyGradients: F32,
    valueGradients: F32,
    R: number,
  ): void {
    const { counts, dOutputs, stateValue } = this;
    for (let r = 0, at = 0, k = 0; r < R; r++) {
      const dValue = dValues[r]!;
      for (let s = 0; s < counts.length; s++, k++) {
        const count = counts[s]!;
        const share = stateValue === null ? 0 : dValue / this.legalCount(masks, at, count);
        for (let c = 0; c < count; c++) dOutputs[at + c] = this.isLegal(masks, at + c) ? 0 - share : 0;
        const taken = at + actions[k]!;
        dOutputs[taken] = dValue - share;
        at += count;
      }
    }
    this.policy.network.backward(policyParameters, observations, dOutputs, policyGradients, R);
    if (stateValue === null) return;
    for (let r = 0; r < R; r++) this.dStateValues[r] = dValues[r]!;
    stateValue.backward(valueParameters, observations, this.dStateValues, valueGradients, R);
  }

  dispose(): void {
    this.policy.dispose();
    this.stateValue?.dispose();
    this.kernels.free(this.dOutputs);
    this.kernels.free(this.dStateValues);
  }

  private legalMean(outputs: F32, masks: Uint8Array, at: number, count: number): number {
    let sum = 0;
    let legal = 0;
    for (let c = 0; c < count; c++) {
      if (!this.isLegal(masks, at + c)) continue;
      sum += outputs[at + c]!;
      legal++;
    }
    return sum / legal;
  }

  private legalCount(masks: Uint8Array, at: number, count: number): number {
    let legal = 0;
    for (let c = 0; c < count; c++) if (this.isLegal(masks, at + c)) legal++;
    return legal;
  }

  private isLegal(masks: Uint8Array, index: number): boolean {
    return !this.masked || masks[index] !== 0;
  }
}
