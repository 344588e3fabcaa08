import type { RandomStream } from '../../base/index.js';
import type { PolicyBatch } from '../../experience/index.js';
import type { F32, I32, Kernels, VtraceClips } from '../../kernels/index.js';
import type { ActingPart, StateTensor, UpdateMetrics, Updater, UpdaterContext, UpdateTurn } from '../port.js';
import { ActorCritic } from './actor-critic.js';
import { ChannelActivity, type CreditChannel, creditChannels, levelLearningRates } from './credit.js';
import { MinibatchOrder } from './minibatch-order.js';
import { activeMoments, moments } from './moments.js';
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

/** What an update keeps of one reward channel. */
interface Channel extends CreditChannel {
  readonly returns: ChannelReturns;
  readonly activity: ChannelActivity;
  readonly gamma: number;
  readonly entropyCoefficient: Schedule;
  /** Of the present iteration. */
  entropyWeight: number;
  /** Where anything was decided in the present batch; null is everywhere. */
  active: Uint8Array | null;
  mean: number;
  scale: number;
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
  /** i32[samples]: room for those in which a channel decided; made when first needed. */
  private decidedRows: I32 | null = null;
  /** Null where a batch is one minibatch. */
  private readonly order: MinibatchOrder | null;
  private readonly ratios: F32;
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
    this.channels = channels.map((channel, c) => {
      const { gamma, entropyCoefficient } = { ...options, ...options.levels[channel.name] };
      return {
        ...channel,
        returns: this.returns.channels[c]!,
        activity: new ChannelActivity(actionSpace, channel, samples),
        gamma,
        entropyCoefficient,
        entropyWeight: 0,
        active: null,
        mean: 0,
        scale: 1,
        decided: 0,
        policyLoss: 0,
        valueLoss: 0,
        entropy: 0,
      };
    });
    this.wholeRatios = options.estimator.kind === 'vtrace' ? channels.map(() => kernels.f32(samples)) : [];
    const { minibatches } = options;
    const mode = this.actorCritic.isRecurrent ? 'instances' : 'samples';
    this.order = minibatches === 1 ? null : new MinibatchOrder(kernels, context.batchShape, minibatches, mode);
    this.ratios = kernels.f32(this.actorCritic.blockRows);
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
      this.count = (order?.start(m + 1) ?? batch.samples) - start;
      actorCritic.clearGradients();
      actorCritic.accumulate(batch, order?.indices ?? null, start, this.count, this.objective);
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
    this.kernels.free(this.ratios);
    if (this.decidedRows !== null) this.kernels.free(this.decidedRows);
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
    channel.active = channel.activity.of(batch);
    channel.mean = 0;
    channel.scale = 1;
    channel.decided = 0;
    channel.policyLoss = 0;
    channel.valueLoss = 0;
    channel.entropy = 0;
    const count = batch.samples;
    if (!this.options.normalizeAdvantages || count < 2) return;
    const { advantages } = returns;
    const { kernels } = this;
    if (channel.active !== null) this.decidedRows ??= kernels.i32(count);
    const {
      mean,
      deviation,
      count: decided,
    } = channel.active === null
      ? moments(kernels, advantages, null, count)
      : activeMoments(kernels, advantages, null, count, channel.active, this.decidedRows!);
    if (decided < 2) return;
    channel.mean = mean;
    channel.scale = scaleOf(deviation);
  }

  private evaluate(block: SampleBlock): void {
    const { rows, samples, logProbs, behaviorLogProbs, values, dLogProbs, dEntropies, dValues } = block;
    const { ratios, options, count } = this;
    const { estimator } = options;
    const channel = this.channels[block.channel]!;
    const { returns, active, mean, scale, entropyWeight } = channel;
    const ratioBound = estimator.kind === 'gae' ? estimator.ratioClip : estimator.clips.pgRhoBar;
    if (ratioBound !== null) {
      for (let b = 0; b < rows; b++) ratios[b] = logProbs[b]! - behaviorLogProbs[b]!;
      this.kernels.elementwise('exp', ratios, ratios, rows);
    }
    for (let b = 0; b < rows; b++) {
      const n = samples[b]!;
      const decided = active === null || active[n] !== 0;
      const advantage = decided ? (returns.advantages[n]! - mean) * scale : 0;
      // The ratio weighs what is left of the advantage once the mean is gone: only so has the mean no part in the gradient. It is taken
      // anew, under the policy as the minibatches before have left it.
      const weight = ratioBound === null ? advantage : Math.min(ratios[b]!, ratioBound) * advantage;
      dLogProbs[b] = -weight / count;
      dEntropies[b] = -entropyWeight / count;
      const error = values[b]! - returns.valueTargets[n]!;
      dValues[b] = (options.valueCoefficient * error) / count;
      channel.policyLoss -= weight * logProbs[b]!;
      channel.valueLoss += 0.5 * error * error;
      channel.entropy += block.entropies[b]!;
      channel.decided += decided ? 1 : 0;
    }
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

const scaleOf = (deviation: number): number => 1 / (deviation + 1e-8);
