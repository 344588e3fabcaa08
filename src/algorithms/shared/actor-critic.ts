import type { RandomStream } from '../../base/index.js';
import type { CriticObservations, PolicyBatch } from '../../experience/index.js';
import type { F32, I32, Kernels } from '../../kernels/index.js';
import { type NetworkSpec, networkStateSize } from '../../networks/index.js';
import {
  createPolicy,
  createValueNetwork,
  type Policy,
  type ValueNetwork,
  valueShapeOf,
} from '../../policies/index.js';
import { elementSize } from '../../spaces/index.js';
import type { ActingPart, BatchShape, StateTensor, Updater, UpdaterContext } from '../port.js';
import { type BlockWalk, blockRows, SampleWalk, SequenceWalk } from './block-walk.js';
import type { CreditChannel } from './credit.js';
import { InputStatistics, normalizesInput } from './input-statistics.js';
import { LevelRows } from './level-rows.js';
import { Optimizer, type OptimizerGroup, type OptimizerOptions } from './optimizer.js';
import { Recollection } from './recollection.js';
import type { Objective, SampleBlock } from './sample-block.js';

export interface ActorCriticSettings {
  readonly critic: boolean;
  readonly optimizer: OptimizerOptions;
  readonly channels: readonly CreditChannel[];
  /** Step sizes of levels that have a network, and thus an optimizer, of their own. */
  readonly learningRates: Readonly<Record<string, number>>;
  /** What the critic sees, if not the policy's own observation: the batches have it as `critic`. */
  readonly seen?: CriticView;
  /** Steps that the gradient of a policy with a memory flows back over; absent is the horizon. */
  readonly sequenceLength?: number;
  /** Rows of a block without a memory; absent is by the widths of the networks. */
  readonly blockRows?: number;
}

/** What a centralized critic sees. */
export type CriticView = Required<Pick<Updater, 'criticInput' | 'criticAgentId'>>;

/** A policy, its optional value network with a value per channel, and their optimizer: forward, backward and step in blocks of
 *  samples. Parameters are contiguous: policy, value network. The value network of a policy with a memory sees what that remembers,
 *  beside what it would see without; no gradient flows back from there. */
export class ActorCritic {
  readonly policy: Policy;
  readonly critic: ValueNetwork | null;
  readonly parameters: F32;
  readonly gradients: F32;
  readonly state: readonly StateTensor[];
  private readonly kernels: Kernels;
  private readonly batchShape: BatchShape;
  private readonly walk: BlockWalk;
  /** Made when first needed. */
  private recollection: Recollection | null = null;
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
  /** f32[rows]: zeros where there is no critic; the present channel's values where the critic has several. */
  private readonly valueRows: F32;
  private readonly observations: F32;
  /** What the critic sees, where it is not the same. */
  private readonly criticObservations: F32 | null;
  /** That, and what the policy remembers; null without a memory. */
  private readonly remembered: F32 | null;
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
    const stateSize = networkStateSize(spec.network);
    this.kernels = kernels;
    this.batchShape = context.batchShape;
    this.walk =
      stateSize === 0
        ? new SampleWalk(kernels, settings.blockRows ?? rowsOfBlocks(context, settings))
        : new SequenceWalk(kernels, context.batchShape, stateSize, settings.sequenceLength);
    const rows = this.walk.maxRows;
    this.observationSize = F;
    this.policy = createPolicy(kernels, {
      where: `policy "${context.policyId}"`,
      observationSize: F,
      space: actionSpace,
      masked,
      spec,
      maxRows: rows,
    });
    this.criticSize = settings.seen === undefined ? F : criticSize(context, settings.seen);
    this.critic = settings.critic
      ? createValueNetwork(kernels, {
          inputSize: this.criticSize + stateSize,
          outputs: settings.channels.length,
          spec: spec.valueNetwork ?? valueShapeOf(spec.network),
          maxRows: rows,
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

    this.observations = kernels.f32(rows * F);
    this.criticObservations = settings.seen === undefined ? null : kernels.f32(rows * this.criticSize);
    this.remembered = stateSize === 0 ? null : kernels.f32(rows * (this.criticSize + stateSize));
    this.actions = kernels.f32(rows * this.policy.actionSize);
    this.masks = new Uint8Array(rows * this.policy.maskSize);
    this.valueRows = kernels.f32(rows);
    this.block = {
      rows: 0,
      channel: 0,
      samples: this.walk.samples,
      logProbs: kernels.f32(rows),
      behaviorLogProbs: kernels.f32(rows),
      entropies: kernels.f32(rows),
      values: this.valueRows,
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

  /** Whether the policy has a memory: `accumulate` is then for whole trajectories only, each in the order of time. */
  get isRecurrent(): boolean {
    return this.policy.stateSize > 0;
  }

  /** Rows of the largest block that an objective is shown. */
  get blockRows(): number {
    return this.walk.maxRows;
  }

  /** What the value network sees of a batch, under the policy as it is now. */
  seenIn(batch: PolicyBatch): Pick<CriticObservations, 'observations' | 'lastObservations' | 'finalObservations'> {
    const { kernels, policy, walk } = this;
    if (!(walk instanceof SequenceWalk)) return batch.critic ?? batch;
    this.recollection ??= new Recollection(kernels, policy, walk, this.criticSize, this.batchShape);
    this.recollection.load(this.policyParameters, batch);
    return this.recollection;
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

  /** Adds to the gradients those of the objective over batch samples order[start … start + count − 1]; null is the batch's own order. */
  accumulate(batch: PolicyBatch, order: I32 | null, start: number, count: number, objective: Objective): void {
    const { block, policy, critic, observations, actions, masks, walk } = this;
    // The policy's and the critic's arrays: the block's own, or those of all levels and channels.
    const own = this.levelRows ?? block;
    walk.begin(batch, order, start, count);
    for (let rows = walk.next(); rows > 0; rows = walk.next()) {
      this.evaluate(batch, rows);
      const seen = critic === null ? observations : this.gatherCritic(batch, rows);
      if (critic !== null) own.values = critic.forward(this.criticParameters, seen, rows);
      this.judge(batch, objective);
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
    const { walk } = this;
    walk.begin(batch, null, 0, batch.samples);
    for (let rows = walk.next(); rows > 0; rows = walk.next()) {
      this.evaluate(batch, rows);
      this.judge(batch, objective);
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
    this.criticInputs?.observe((this.recollection ?? batch.critic ?? batch).observations, batch.samples, before);
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
    this.recollection?.dispose();
    this.walk.dispose();
    if (this.remembered !== null) kernels.free(this.remembered);
    this.optimizer.dispose();
    for (const array of [this.parameters, this.gradients, this.observations, this.actions]) kernels.free(array);
    this.levelRows?.dispose();
    if (this.criticObservations !== null) kernels.free(this.criticObservations);
    if (this.interleavedValues !== null) kernels.free(this.interleavedValues);
    for (const array of [block.logProbs, block.behaviorLogProbs, block.entropies, this.valueRows]) kernels.free(array);
    for (const array of [block.dLogProbs, block.dEntropies, block.dValues]) kernels.free(array);
  }

  /** Takes the samples that the block names, with their log-probabilities and entropies under the policy. */
  private evaluate(batch: PolicyBatch, rows: number): void {
    const { kernels, block, policy, observations, actions, masks, walk } = this;
    const { logProbs, entropies } = this.levelRows ?? block;
    block.rows = rows;
    block.samples = walk.samples;
    kernels.gatherRows(batch.observations, block.samples, observations, rows, this.observationSize);
    kernels.gatherRows(batch.actions, block.samples, actions, rows, policy.actionSize);
    if (this.masks.length > 0) this.gatherMasks(batch, rows);
    policy.evaluate(this.policyParameters, observations, masks, actions, logProbs, entropies, rows, walk.sequences);
  }

  /** What the critic sees of the block's samples. */
  private gatherCritic(batch: PolicyBatch, rows: number): F32 {
    const { kernels, block, criticObservations, remembered, criticSize: C } = this;
    const own = criticObservations ?? this.observations;
    if (criticObservations !== null) {
      kernels.gatherRows(batch.critic!.observations, block.samples, criticObservations, rows, C);
    }
    if (remembered === null) return own;
    const { stateSize: S } = this.policy;
    const states = this.policy.states!;
    for (let b = 0; b < rows; b++) {
      const at = b * (C + S);
      for (let j = 0; j < C; j++) remembered[at + j] = own[b * C + j]!;
      for (let j = 0; j < S; j++) remembered[at + C + j] = states[b * S + j]!;
    }
    return remembered;
  }

  /** What the objective makes of the block. */
  private judge(batch: PolicyBatch, objective: Objective): void {
    const { block } = this;
    if (this.levelRows === null) {
      this.kernels.gatherRows(batch.behaviorLogProbs, block.samples, block.behaviorLogProbs, block.rows, 1);
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

/** Rows of a block: by the widths of the networks, and no more than there are samples, whose blocks are the same then. */
function rowsOfBlocks(context: UpdaterContext, settings: ActorCriticSettings): number {
  const { segments, horizon, instances } = context.batchShape;
  return Math.min(blockRows(widestLayer(context, settings)), segments * horizon * instances);
}

/** Numbers of the widest layer of policy and critic, inputs and outputs being ones; Infinity where layers are described one by one. */
function widestLayer(context: UpdaterContext, settings: ActorCriticSettings): number {
  const { spec } = context;
  const inputs = elementSize(context.observationSpace);
  const actions = elementSize(context.actionSpace);
  const of = ({ kind, hidden }: NetworkSpec): number => (kind === 'mlp' ? Math.max(0, ...hidden) : Infinity);
  const seen = settings.seen === undefined ? inputs : criticSize(context, settings.seen);
  return Math.max(inputs, actions, seen, of(spec.network), spec.valueNetwork === undefined ? 0 : of(spec.valueNetwork));
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
