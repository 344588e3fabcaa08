import type { RandomStream } from '../../base/index.js';
import type { CriticObservations, PolicyBatch } from '../../experience/index.js';
import { type ClippedLearner, type F32, type I32, type Kernels, RowMemory } from '../../kernels/index.js';
import { networkStateSize } from '../../networks/index.js';
import {
  createPolicy,
  createValueNetwork,
  type Policy,
  type ValueNetwork,
  valueShapeOf,
} from '../../policies/index.js';
import { elementSize } from '../../spaces/index.js';
import type { ActingPart, BatchShape, StateTensor, UpdaterContext } from '../port.js';
import { BlockInputs } from './block-inputs.js';
import { rowsOfBlocks } from './block-size.js';
import { type BlockWalk, SampleWalk, SequenceWalk } from './block-walk.js';
import type { CreditChannel } from './credit.js';
import { type CriticView, criticSize } from './critic-view.js';
import { InputStatistics, normalizesInput } from './input-statistics.js';
import { LevelRows } from './level-rows.js';
import { Optimizer, type OptimizerOptions } from './optimizer.js';
import { optimizerGroups } from './optimizer-groups.js';
import { Recollection } from './recollection.js';
import { createSampleBlock, type Objective, type SampleBlock } from './sample-block.js';

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
  private readonly policyParameters: F32;
  private readonly criticParameters: F32;
  private readonly policyGradients: F32;
  private readonly criticGradients: F32;
  private readonly block: SampleBlock;
  /** The block's own values f32[rows]: zeros where there is no critic; the present channel's where the critic has several. */
  private readonly valueRows: F32;
  private readonly inputs: BlockInputs;
  private readonly criticSize: number;
  /** Whether the critic sees what the policy does. */
  private readonly seesSame: boolean;
  /** Null where there is one decision, paid by one reward: the block's own arrays are the policy's then. */
  private readonly levelRows: LevelRows | null;
  /** f32[count, C] */
  private readonly interleavedValues: RowMemory;

  constructor(context: UpdaterContext, settings: ActorCriticSettings) {
    const { kernels, spec, observationSpace, actionSpace, masked } = context;
    const F = elementSize(observationSpace);
    const stateSize = networkStateSize(spec.network);
    this.kernels = kernels;
    this.batchShape = context.batchShape;
    this.walk =
      stateSize === 0
        ? new SampleWalk(kernels, settings.blockRows ?? rowsOfBlocks(context, settings.seen))
        : new SequenceWalk(kernels, context.batchShape, stateSize, settings.sequenceLength);
    const rows = this.walk.maxRows;
    this.policy = createPolicy(kernels, {
      where: `policy "${context.policyId}"`,
      observationSize: F,
      space: actionSpace,
      masked,
      spec,
      maxRows: rows,
    });
    this.seesSame = settings.seen === undefined;
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
    const groups = separate
      ? optimizerGroups(this.policy, count, settings.optimizer.learningRate, settings.learningRates)
      : undefined;
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

    this.inputs = new BlockInputs(kernels, this.policy, rows, {
      size: this.criticSize,
      centralized: settings.seen !== undefined,
    });
    this.block = createSampleBlock(kernels, this.walk.samples, rows);
    this.valueRows = this.block.values;
    this.interleavedValues = new RowMemory(kernels);
    this.levelRows =
      this.policy.levelCount === 1 && settings.channels.length === 1
        ? null
        : new LevelRows(kernels, this.policy.levelCount, settings.channels, rows);
  }

  /** What `Kernels.clippedSteps` takes, where policy and critic are such as it can do: dense layers on the same observations as they are,
   *  a Gaussian, one reward, one Adam. Null for all others. */
  get clippedLearner(): Omit<ClippedLearner, 'logStdBounds'> | null {
    const { policy, critic, parameters, gradients, optimizer } = this;
    const { gaussianLayers } = policy;
    const { adam } = optimizer;
    const asTheyAre = this.policyInputs === null && this.criticInputs === null && this.seesSame;
    if (gaussianLayers === undefined || critic?.denseLayers === undefined || adam === null) return null;
    if (!asTheyAre || this.levelRows !== null) return null;
    return {
      policy: gaussianLayers,
      critic: critic.denseLayers,
      maxRows: this.walk.maxRows,
      parameters,
      gradients,
      ...adam,
      policyCount: policy.parameterCount,
    };
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
    const interleaved = this.interleavedValues.take(count * C);
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
    const { block, policy, critic, inputs, walk } = this;
    // The policy's and the critic's arrays: the block's own, or those of all levels and channels.
    const own = this.levelRows ?? block;
    walk.begin(batch, order, start, count);
    for (let rows = walk.next(); rows > 0; rows = walk.next()) {
      this.evaluate(batch, rows);
      const seen = critic === null ? inputs.observations : inputs.ofCritic(batch, block.samples, rows);
      if (critic !== null) own.values = critic.forward(this.criticParameters, seen, rows);
      this.judge(batch, objective);
      policy.backward(
        this.policyParameters,
        inputs.observations,
        inputs.masks,
        inputs.actions,
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
    const { kernels } = this;
    const objective: Objective = ({ rows, channel, samples, logProbs, behaviorLogProbs, dLogProbs }) => {
      // No gradient is asked for: its array holds what becomes of the rows.
      kernels.addScaled(logProbs, behaviorLogProbs, -1, dLogProbs, rows);
      kernels.elementwise('exp', dLogProbs, dLogProbs, rows);
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
    this.inputs.dispose();
    this.optimizer.dispose();
    kernels.free(this.parameters);
    kernels.free(this.gradients);
    this.levelRows?.dispose();
    this.interleavedValues.dispose();
    for (const array of [block.logProbs, block.behaviorLogProbs, block.entropies, this.valueRows]) kernels.free(array);
    for (const array of [block.dLogProbs, block.dEntropies, block.dValues]) kernels.free(array);
  }

  /** Takes the samples that the block names, with their log-probabilities and entropies under the policy. */
  private evaluate(batch: PolicyBatch, rows: number): void {
    const { block, policy, inputs, walk } = this;
    const { logProbs, entropies } = this.levelRows ?? block;
    block.rows = rows;
    block.samples = walk.samples;
    inputs.load(batch, block.samples, rows);
    const { observations, masks, actions } = inputs;
    policy.evaluate(this.policyParameters, observations, masks, actions, logProbs, entropies, rows, walk.sequences);
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
}
