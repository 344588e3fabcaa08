import type { RandomStream } from '../../base/index.js';
import type { PolicyBatch } from '../../experience/index.js';
import type { F32, Kernels, VtraceClips, WeightedTerms } from '../../kernels/index.js';
import type { ActingPart, StateTensor, UpdateMetrics, Updater, UpdaterContext, UpdateTurn } from '../port.js';
import { ActorCritic } from './actor-critic.js';
import { type CreditChannel, creditChannels, levelLearningRates } from './credit.js';
import { ChannelDecisions } from './decisions.js';
import { MinibatchOrder } from './minibatch-order.js';
import type { OptimizerOptions } from './optimizer.js';
import { type ChannelReturns, ReturnEstimates } from './returns.js';
import { RewardStatistics } from './reward-statistics.js';
import type { Objective, SampleBlock } from './sample-block.js';
import { type Schedule, scheduled } from './schedule.js';
import { explainedVariance } from './value-metrics.js';

/** How advantages and value targets are estimated. */
export type Estimator =
  | {
      /** Generalized advantages; 1 is the discounted return less the value. */
      readonly kind: 'gae';
      readonly lambda: number;
      /** Upper bound of the ratio π/μ that a sample's gradient is weighted by; null: every sample counts as if it were on-policy. */
      readonly ratioClip: number | null;
    }
  | { readonly kind: 'vtrace'; readonly lambda: number; readonly clips: VtraceClips };

/** What the algorithms that make one pass over a batch differ by. */
export interface PolicyGradientSettings extends OptimizerOptions {
  readonly credit: 'decoupled' | 'shared';
  readonly levels: Readonly<Record<string, Partial<LevelSettings> & { readonly learningRate?: number }>>;
  readonly gamma: number;
  readonly entropyCoefficient: Schedule;
  readonly baseline: boolean;
  readonly valueCoefficient: number;
  readonly normalizeAdvantages: boolean;
  readonly normalizeRewards: boolean;
  readonly minibatches: number;
  readonly sequenceLength?: number;
  readonly estimator: Estimator;
}

interface LevelSettings {
  readonly gamma: number;
  readonly entropyCoefficient: Schedule;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What an update keeps of one reward channel. */
interface Channel extends CreditChannel {
  readonly returns: ChannelReturns;
  readonly decisions: ChannelDecisions;
  readonly gamma: number;
  readonly entropyCoefficient: Schedule;
  /** Of the present iteration. */
  entropyWeight: number;
  readonly terms: Mutable<WeightedTerms>;
  decided: number;
  policyLoss: number;
  valueLoss: number;
  entropy: number;
}

/** Policy gradient in one pass over each batch: ∇ −w_t·log π(a_t|o_t), per reward channel, where the weight w is an advantage that is
 *  corrected for the acting policy's age by the estimator, or not.
 *  Source: Williams 1992 (Monte-Carlo returns), Mnih et al. 2016 (advantage actor–critic), Espeholt et al. 2018 (V-trace, ratios). */
export class PolicyGradientUpdater implements Updater {
  readonly state: readonly StateTensor[];
  readonly rewardChannels: readonly (readonly number[])[];
  counters: Record<string, number>;
  private readonly kernels: Kernels;
  private readonly options: PolicyGradientSettings;
  private readonly actorCritic: ActorCritic;
  private readonly returns: ReturnEstimates;
  private readonly channels: readonly Channel[];
  /** Null where rewards count as they are. */
  private readonly rewardStatistics: RewardStatistics | null;
  /** π/μ of every sample before the pass, per reward channel; empty where the estimator has no use for it. */
  private readonly wholeRatios: readonly F32[];
  /** Null where a batch is one minibatch. */
  private readonly order: MinibatchOrder | null;
  /** f32[2] of a block, in the order of `Kernels.weightedObjective`. */
  private readonly blockSums: F32;
  private readonly objective: Objective;
  /** Samples of the present minibatch. */
  private count = 0;

  constructor(context: UpdaterContext, options: PolicyGradientSettings) {
    const { kernels, actionSpace } = context;
    const { segments, horizon, instances } = context.batchShape;
    const samples = segments * horizon * instances;
    const channels = creditChannels(actionSpace, context.rewardHeads, options.credit);
    this.kernels = kernels;
    this.options = options;
    this.rewardChannels = channels.map((channel) => channel.heads);
    this.actorCritic = new ActorCritic(context, {
      critic: options.baseline,
      optimizer: options,
      channels,
      learningRates: levelLearningRates(options.levels),
      ...(options.sequenceLength === undefined ? {} : { sequenceLength: options.sequenceLength }),
    });
    this.returns = new ReturnEstimates(kernels, channels.length, samples, segments * instances);
    const { estimator } = options;
    const ratioBound = estimator.kind === 'gae' ? estimator.ratioClip : estimator.clips.pgRhoBar;
    this.channels = channels.map((channel, c): Channel => {
      const { gamma, entropyCoefficient } = { ...options, ...options.levels[channel.name] };
      return {
        ...channel,
        returns: this.returns.channels[c]!,
        decisions: new ChannelDecisions(kernels, actionSpace, channel, samples),
        gamma,
        entropyCoefficient,
        entropyWeight: 0,
        terms: { advantageMean: 0, advantageScale: 1, ratioBound, lossScale: 1, valueScale: 1 },
        decided: 0,
        policyLoss: 0,
        valueLoss: 0,
        entropy: 0,
      };
    });
    this.wholeRatios = estimator.kind === 'vtrace' ? channels.map(() => kernels.f32(samples)) : [];
    const { minibatches } = options;
    const mode = this.actorCritic.isRecurrent ? 'instances' : 'samples';
    this.order = minibatches === 1 ? null : new MinibatchOrder(kernels, context.batchShape, minibatches, mode);
    this.blockSums = kernels.f32(2);
    this.rewardStatistics = options.normalizeRewards ? new RewardStatistics(kernels, channels.length, samples) : null;
    this.state = [...this.actorCritic.state, ...(this.rewardStatistics === null ? [] : [this.rewardStatistics.tensor])];
    this.counters = { ...this.actorCritic.firstCounters, ...this.rewardStatistics?.firstCounters };
    this.objective = (block) => this.evaluate(block);
  }

  get acting(): readonly ActingPart[] {
    return this.actorCritic.acting;
  }

  initialize(random: RandomStream): void {
    this.actorCritic.initialize(random);
  }

  update(batch: PolicyBatch, random: RandomStream, { iteration }: UpdateTurn): UpdateMetrics {
    const { actorCritic, order } = this;
    actorCritic.begin(iteration, this.counters);
    this.returns.estimateValues(batch, actorCritic);
    if (this.wholeRatios.length > 0) actorCritic.ratios(batch, this.wholeRatios);
    this.rewardStatistics?.scaleRewards(batch, this.channels, this.counters);
    for (const [c, channel] of this.channels.entries()) this.begin(channel, batch, iteration, this.wholeRatios[c]);
    order?.shuffle(random);
    const minibatches = order?.minibatches ?? 1;
    let gradientNorm = 0;
    for (let m = 0; m < minibatches; m++) {
      const start = order?.start(m) ?? 0;
      const count = (order?.start(m + 1) ?? batch.samples) - start;
      this.setScales(count);
      actorCritic.clearGradients();
      actorCritic.accumulate(batch, order?.indices ?? null, start, count, this.objective);
      gradientNorm += actorCritic.applyGradients(this.counters);
    }
    actorCritic.observeInputs(batch, this.counters);
    return this.metrics(batch.samples, gradientNorm / minibatches);
  }

  dispose(): void {
    this.actorCritic.dispose();
    this.returns.dispose();
    this.rewardStatistics?.dispose();
    this.order?.dispose();
    this.kernels.free(this.blockSums);
    for (const { decisions } of this.channels) decisions.dispose();
    for (const ratios of this.wholeRatios) this.kernels.free(ratios);
  }

  /** Returns and advantages of a channel, and what they are scaled by. */
  private begin(channel: Channel, batch: PolicyBatch, iteration: number, ratios: F32 | undefined): void {
    const { returns, gamma } = channel;
    const { estimator } = this.options;
    returns.setDiscounts(batch, gamma, estimator.lambda);
    if (estimator.kind === 'gae') returns.estimateAdvantages(batch);
    else returns.estimateVtrace(batch, ratios!, estimator.clips);
    channel.entropyWeight = scheduled(channel.entropyCoefficient, iteration);
    channel.decisions.load(batch);
    channel.decided = 0;
    channel.policyLoss = 0;
    channel.valueLoss = 0;
    channel.entropy = 0;
    if (this.options.normalizeAdvantages) {
      channel.decisions.normalize(channel.terms, returns.advantages, null, batch.samples);
    }
  }

  /** For a minibatch of so many samples. */
  private setScales(count: number): void {
    for (const { terms } of this.channels) {
      terms.lossScale = 1 / count;
      terms.valueScale = this.options.valueCoefficient / count;
    }
    this.count = count;
  }

  /** The ratio weighs what is left of the advantage once the mean is gone: only so has the mean no part in the gradient. It is taken anew,
   *  under the policy as the minibatches before have left it. */
  private evaluate(block: SampleBlock): void {
    const { rows, samples } = block;
    const { kernels, blockSums } = this;
    const channel = this.channels[block.channel]!;
    const { returns, decisions } = channel;
    channel.decided += decisions.count(samples, rows);
    kernels.weightedObjective(
      block.logProbs,
      block.behaviorLogProbs,
      block.values,
      samples,
      returns.advantages,
      returns.valueTargets,
      // A sample in which nothing was decided has weight 0 and no loss; its value counts all the same.
      decisions.weights,
      block.dLogProbs,
      block.dValues,
      blockSums,
      rows,
      channel.terms,
    );
    kernels.fill(block.dEntropies, -channel.entropyWeight / this.count, rows);
    channel.policyLoss += blockSums[0]!;
    channel.valueLoss += blockSums[1]!;
    channel.entropy += kernels.sum(block.entropies, rows);
  }

  /** Means over samples, added up over channels; what is told per level are means over the samples in which it was decided. */
  private metrics(count: number, gradientNorm: number): UpdateMetrics {
    const { channels, options } = this;
    const metrics: UpdateMetrics = { policyLoss: 0, entropy: 0, gradientNorm };
    if (options.baseline) Object.assign(metrics, { valueLoss: 0, explainedVariance: 0 });
    if (this.rewardStatistics !== null) Object.assign(metrics, this.rewardStatistics.metrics(channels));
    for (const { name, policyLoss, valueLoss, entropy, decided, returns } of channels) {
      metrics.policyLoss! += policyLoss / count;
      metrics.entropy! += entropy / count;
      const explained = options.baseline ? explainedVariance(this.kernels, returns, count) : 0;
      if (options.baseline) {
        metrics.valueLoss! += valueLoss / count;
        metrics.explainedVariance! += explained / channels.length;
      }
      if (channels.length === 1) continue;
      metrics[`policyLoss.${name}`] = policyLoss / Math.max(1, decided);
      metrics[`entropy.${name}`] = entropy / Math.max(1, decided);
      metrics[`decidedShare.${name}`] = decided / count;
      if (!options.baseline) continue;
      metrics[`valueLoss.${name}`] = valueLoss / count;
      metrics[`explainedVariance.${name}`] = explained;
    }
    return metrics;
  }
}
