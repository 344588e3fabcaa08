import type { RandomStream } from '../../base/index.js';
import type { PolicyBatch } from '../../experience/index.js';
import type { F32, Kernels } from '../../kernels/index.js';
import {
  createPolicy,
  createValueNetwork,
  type Policy,
  type ValueNetwork,
  valueShapeOf,
} from '../../policies/index.js';
import { elementSize } from '../../spaces/index.js';
import type { ActingPart, StateTensor, Updater, UpdaterContext } from '../port.js';
import type { CreditChannel } from './credit.js';
import { InputStatistics, normalizesInput } from './input-statistics.js';
import { LevelRows } from './level-rows.js';
import { Optimizer, type OptimizerGroup, type OptimizerOptions } from './optimizer.js';
import type { Objective, SampleBlock } from './sample-block.js';

/** Rows that are walked through the networks at a time: their activations stay in the first cache levels, and since
 *  gradients add up row by row, the number changes no bit of the result. */
export const BLOCK_ROWS = 256;

export interface ActorCriticSettings {
  readonly critic: boolean;
  readonly optimizer: OptimizerOptions;
  readonly channels: readonly CreditChannel[];
  /** Step sizes of levels that have a network, and thus an optimizer, of their own. */
  readonly learningRates: Readonly<Record<string, number>>;
  /** What the critic sees, if not the policy's own observation: the batches have it as `critic`. */
  readonly seen?: CriticView;
}

/** What a centralized critic sees. */
export type CriticView = Required<Pick<Updater, 'criticInput' | 'criticAgentId'>>;

/** A policy, its optional value network with a value per channel, and their optimizer: forward, backward and step in blocks of
 *  samples. Parameters are contiguous: policy, value network. */
export class ActorCritic {
  readonly policy: Policy;
  readonly critic: ValueNetwork | null;
  readonly parameters: F32;
  readonly gradients: F32;
  readonly state: readonly StateTensor[];
  private readonly kernels: Kernels;
  private readonly optimizer: Optimizer;
  /** Null where inputs are taken as they are. */
  private readonly policyInputs: InputStatistics | null;
  private readonly criticInputs: InputStatistics | null;
  private readonly observationSize: number;
  private readonly policyParameters: F32;
  private readonly criticParameters: F32;
  private readonly policyGradients: F32;
  private readonly criticGradients: F32;
  private readonly block: SampleBlock;
  private readonly observations: F32;
  /** What the critic sees, where it is not the same. */
  private readonly criticObservations: F32 | null;
  private readonly criticSize: number;
  private readonly actions: F32;
  private readonly masks: Uint8Array;
  /** Null where there is one decision, paid by one reward: the block's own arrays are the policy's then. */
  private readonly levelRows: LevelRows | null;
  /** f32[count, C], made when first needed. */
  private interleavedValues: F32 | null = null;

  constructor(context: UpdaterContext, settings: ActorCriticSettings) {
    const { kernels, spec, observationSpace, actionSpace, masked } = context;
    const F = elementSize(observationSpace);
    this.kernels = kernels;
    this.observationSize = F;
    this.policy = createPolicy(kernels, {
      where: `policy "${context.policyId}"`,
      observationSize: F,
      space: actionSpace,
      masked,
      spec,
      maxRows: BLOCK_ROWS,
    });
    this.criticSize = settings.seen === undefined ? F : criticSize(context, settings.seen);
    this.critic = settings.critic
      ? createValueNetwork(kernels, {
          inputSize: this.criticSize,
          outputs: settings.channels.length,
          spec: spec.valueNetwork ?? valueShapeOf(spec.network),
          maxRows: BLOCK_ROWS,
        })
      : null;
    const policyCount = this.policy.parameterCount;
    const criticCount = this.critic?.parameterCount ?? 0;
    const count = policyCount + criticCount;
    this.parameters = kernels.f32(count);
    this.gradients = kernels.f32(count);
    this.policyParameters = kernels.view(this.parameters, 0, policyCount);
    this.criticParameters = kernels.view(this.parameters, policyCount, criticCount);
    this.policyGradients = kernels.view(this.gradients, 0, policyCount);
    this.criticGradients = kernels.view(this.gradients, policyCount, criticCount);
    const separate = actionSpace.kind === 'hierarchical' && spec.levelNetworks === 'separate';
    const groups = separate ? optimizerGroups(this.policy, count, settings) : undefined;
    this.optimizer = new Optimizer(kernels, count, settings.optimizer, groups);
    const statistics = (name: string, part: Policy | ValueNetwork | null, offset: number) =>
      part !== null && normalizesInput(part.parameterLayout)
        ? new InputStatistics(kernels, name, part.parameterLayout, offset)
        : null;
    this.policyInputs = statistics('policyInputs', this.policy, 0);
    this.criticInputs = statistics('criticInputs', this.critic, policyCount);
    this.state = [
      { name: 'parameters', shape: [count], data: this.parameters },
      ...this.optimizer.state,
      ...[this.policyInputs, this.criticInputs].flatMap((inputs) => (inputs === null ? [] : [inputs.tensor])),
    ];

    const rows = BLOCK_ROWS;
    this.observations = kernels.f32(rows * F);
    this.criticObservations = settings.seen === undefined ? null : kernels.f32(rows * this.criticSize);
    this.actions = kernels.f32(rows * this.policy.actionSize);
    this.masks = new Uint8Array(rows * this.policy.maskSize);
    this.block = {
      rows: 0,
      channel: 0,
      samples: kernels.i32(rows),
      logProbs: kernels.f32(rows),
      behaviorLogProbs: kernels.f32(rows),
      entropies: kernels.f32(rows),
      values: kernels.f32(rows),
      dLogProbs: kernels.f32(rows),
      dEntropies: kernels.f32(rows),
      dValues: kernels.f32(rows),
    };
    this.levelRows =
      this.policy.levelCount === 1 && settings.channels.length === 1
        ? null
        : new LevelRows(kernels, this.policy.levelCount, settings.channels, rows);
  }

  get acting(): readonly ActingPart[] {
    return [{ offset: 0, count: this.policy.parameterCount }];
  }

  initialize(random: RandomStream): void {
    this.policy.initialize(this.policyParameters, random);
    this.critic?.initialize(this.criticParameters, random);
    this.policyInputs?.initialize();
    this.criticInputs?.initialize();
  }

  /** V(observation) of `count` rows per channel: observations f32[count, F], values f32[count] each. Leaves values alone without a
   *  critic. */
  estimateValues(observations: F32, values: readonly F32[], count: number): void {
    const { critic } = this;
    if (critic === null) return;
    if (values.length === 1) {
      critic.predict(this.criticParameters, observations, values[0]!, count);
      return;
    }
    const C = values.length;
    const interleaved = this.reserveValues(count * C);
    critic.predict(this.criticParameters, observations, interleaved, count);
    for (let c = 0; c < C; c++) {
      const own = values[c]!;
      for (let n = 0; n < count; n++) own[n] = interleaved[n * C + c]!;
    }
  }

  /** What an updater has to count for it: optimizer steps, and samples whose inputs were observed where statistics of them are kept. */
  get firstCounters(): Record<string, number> {
    const normalizes = this.policyInputs !== null || this.criticInputs !== null;
    return { optimizerSteps: 0, ...(normalizes ? { observedSamples: 0 } : {}) };
  }

  /** Tells of which iteration the next updates are, for step sizes that change. Before anything was observed, weights of an earlier job
   *  bring their statistics along. */
  begin(iteration: number, counters: Readonly<Record<string, number>>): void {
    this.optimizer.begin(iteration);
    if (counters.observedSamples !== 0) return;
    this.policyInputs?.adopt(this.parameters);
    this.criticInputs?.adopt(this.parameters);
  }

  clearGradients(): void {
    this.gradients.fill(0);
  }

  /** Adds to the gradients those of the objective over batch samples order[start … start + count − 1]. */
  accumulate(batch: PolicyBatch, order: Int32Array, start: number, count: number, objective: Objective): void {
    const { block, policy, critic, observations, actions, masks } = this;
    // The policy's and the critic's arrays: the block's own, or those of all levels and channels.
    const own = this.levelRows ?? block;
    for (let at = start; at < start + count; at += BLOCK_ROWS) {
      const rows = Math.min(BLOCK_ROWS, start + count - at);
      this.gather(batch, order, at, rows);
      const seen = this.gatherCritic(batch, rows);
      critic?.predict(this.criticParameters, seen, own.values, rows);
      this.judgeBlock(batch, objective);
      policy.backward(
        this.policyParameters,
        observations,
        masks,
        actions,
        own.dLogProbs,
        own.dEntropies,
        this.policyGradients,
        rows,
      );
      critic?.backward(this.criticParameters, seen, own.dValues, this.criticGradients, rows);
    }
  }

  /** π/μ of every sample under the policy as it is, per reward channel: writes ratios f32[samples] of each; 1 where the channel decided
   *  nothing. */
  ratios(batch: PolicyBatch, ratios: readonly F32[]): void {
    const objective: Objective = ({ rows, channel, samples, logProbs, behaviorLogProbs, dLogProbs }) => {
      // No gradient is asked for: its array holds the exponents.
      for (let b = 0; b < rows; b++) dLogProbs[b] = logProbs[b]! - behaviorLogProbs[b]!;
      this.kernels.elementwise('exp', dLogProbs, dLogProbs, rows);
      for (let b = 0; b < rows; b++) ratios[channel]![samples[b]!] = dLogProbs[b]!;
    };
    for (let at = 0; at < batch.samples; at += BLOCK_ROWS) {
      this.gather(batch, null, at, Math.min(BLOCK_ROWS, batch.samples - at));
      this.judgeBlock(batch, objective);
    }
  }

  /** Clips the gradients, makes the next optimizer step, and returns the norm before clipping. */
  applyGradients(counters: Record<string, number>): number {
    const step = counters.optimizerSteps! + 1;
    counters.optimizerSteps = step;
    const norm = this.optimizer.clip(this.gradients);
    this.optimizer.step(this.parameters, this.gradients, step);
    this.tellInputs();
    this.policy.project(this.policyParameters);
    return norm;
  }

  /** At the end of an update: what was observed counts from the next version on, so that this one's log-probabilities are those that
   *  it acted with. */
  observeInputs(batch: PolicyBatch, counters: Record<string, number>): void {
    const { observedSamples: before } = counters;
    if (before === undefined) return;
    this.policyInputs?.observe(batch.observations, batch.samples, before);
    this.criticInputs?.observe((batch.critic ?? batch).observations, batch.samples, before);
    this.tellInputs();
    counters.observedSamples = before + batch.samples;
  }

  private tellInputs(): void {
    this.policyInputs?.tell(this.parameters);
    this.criticInputs?.tell(this.parameters);
  }

  dispose(): void {
    const { kernels, block } = this;
    this.policyInputs?.dispose();
    this.criticInputs?.dispose();
    this.policy.dispose();
    this.critic?.dispose();
    this.optimizer.dispose();
    for (const array of [this.parameters, this.gradients, this.observations, this.actions]) kernels.free(array);
    kernels.free(block.samples);
    this.levelRows?.dispose();
    if (this.criticObservations !== null) kernels.free(this.criticObservations);
    if (this.interleavedValues !== null) kernels.free(this.interleavedValues);
    for (const array of [block.logProbs, block.behaviorLogProbs, block.entropies, block.values]) kernels.free(array);
    for (const array of [block.dLogProbs, block.dEntropies, block.dValues]) kernels.free(array);
  }

  /** Takes samples order[at … at + rows − 1] into the block; null is the batch's own order. */
  private gather(batch: PolicyBatch, order: Int32Array | null, at: number, rows: number): void {
    const { kernels, block, policy, observations, actions } = this;
    for (let b = 0; b < rows; b++) block.samples[b] = order === null ? at + b : order[at + b]!;
    block.rows = rows;
    kernels.gatherRows(batch.observations, block.samples, observations, rows, this.observationSize);
    kernels.gatherRows(batch.actions, block.samples, actions, rows, policy.actionSize);
    if (this.masks.length > 0) this.gatherMasks(batch, rows);
  }

  /** What the critic sees of the block's samples. */
  private gatherCritic(batch: PolicyBatch, rows: number): F32 {
    const { kernels, block, criticObservations } = this;
    if (criticObservations === null) return this.observations;
    kernels.gatherRows(batch.critic!.observations, block.samples, criticObservations, rows, this.criticSize);
    return criticObservations;
  }

  /** The block's log-probabilities and entropies, and what the objective makes of them. */
  private judgeBlock(batch: PolicyBatch, objective: Objective): void {
    const { block, policy, observations, actions, masks } = this;
    const own = this.levelRows ?? block;
    policy.evaluate(this.policyParameters, observations, masks, actions, own.logProbs, own.entropies, block.rows);
    if (this.levelRows === null) {
      for (let b = 0; b < block.rows; b++) block.behaviorLogProbs[b] = batch.behaviorLogProbs[block.samples[b]!]!;
      objective(block);
    } else {
      this.levelRows.judge(batch, block, objective);
    }
  }

  private reserveValues(length: number): F32 {
    if (this.interleavedValues !== null && this.interleavedValues.length >= length) return this.interleavedValues;
    if (this.interleavedValues !== null) this.kernels.free(this.interleavedValues);
    this.interleavedValues = this.kernels.f32(length);
    return this.interleavedValues;
  }

  private gatherMasks(batch: PolicyBatch, rows: number): void {
    const M = this.policy.maskSize;
    for (let b = 0; b < rows; b++) {
      const from = this.block.samples[b]! * M;
      for (let j = 0; j < M; j++) this.masks[b * M + j] = batch.actionMasks[from + j]!;
    }
  }
}

/** Numbers that a centralized critic sees. */
function criticSize(context: UpdaterContext, { criticInput, criticAgentId }: CriticView): number {
  const size = criticInput === 'globalState' ? context.globalStateSize : context.joinedObservationSize;
  return size + (criticAgentId ? context.agents.length : 0);
}

/** One optimizer for each level's network, and one for the value network. */
function optimizerGroups(
  policy: Policy,
  count: number,
  { optimizer, learningRates }: ActorCriticSettings,
): readonly OptimizerGroup[] {
  const { learningRate } = optimizer;
  const groups = policy.parameterGroups.map((group) => ({
    offset: group.offset,
    count: group.count,
    learningRate: Object.hasOwn(learningRates, group.name) ? learningRates[group.name]! : learningRate,
  }));
  const rest = count - policy.parameterCount;
  return rest === 0 ? groups : [...groups, { offset: policy.parameterCount, count: rest, learningRate }];
}
