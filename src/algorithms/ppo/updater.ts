import type { RandomStream } from '../../base/index.js';
import type { CriticInput, PolicyBatch } from '../../experience/index.js';
import type { ClippedTerms, F32, Kernels } from '../../kernels/index.js';
import type { ActingPart, StateTensor, UpdateMetrics, Updater, UpdaterContext, UpdateTurn } from '../port.js';
import { ActorCritic } from '../shared/actor-critic.js';
import { type CreditChannel, creditChannels, levelLearningRates } from '../shared/credit.js';
import type { CriticView } from '../shared/critic-view.js';
import { ChannelDecisions } from '../shared/decisions.js';
import { MinibatchOrder } from '../shared/minibatch-order.js';
import { type ChannelReturns, ReturnEstimates } from '../shared/returns.js';
import { RewardStatistics } from '../shared/reward-statistics.js';
import type { Objective, SampleBlock } from '../shared/sample-block.js';
import { type Schedule, scheduled } from '../shared/schedule.js';
import { explainedVariance } from '../shared/value-metrics.js';
import type { PpoOptions } from './options.js';
import { FusedSteps } from './steps.js';
import { addPpoSums, emptyPpoSums, type PpoSums } from './sums.js';

/** Mean KL beyond this many times `targetKl` ends the epochs. Source: Spinning Up's PPO. */
const KL_TOLERANCE = 1.5;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What an update keeps of one reward channel. */
interface Channel extends CreditChannel {
  readonly returns: ChannelReturns;
  readonly decisions: ChannelDecisions;
  readonly gamma: number;
  readonly lambda: number;
  readonly entropyCoefficient: Schedule;
  explainedVariance: number;
  readonly terms: Mutable<ClippedTerms>;
  /** ∂/∂entropy of every sample's loss. */
  dEntropy: number;
  /** Over the present epoch, and over all. */
  sums: PpoSums;
  total: PpoSums;
}

/** Proximal policy optimization with a value network of its own, per reward channel. Source: Schulman et al. 2017, alg. 1. */
export class PpoUpdater implements Updater {
  readonly state: readonly StateTensor[];
  readonly rewardChannels: readonly (readonly number[])[];
  readonly criticInput?: CriticInput;
  readonly criticAgentId?: boolean;
  counters: Record<string, number>;
  private readonly kernels: Kernels;
  private readonly options: PpoOptions;
  private readonly actorCritic: ActorCritic;
  private readonly returns: ReturnEstimates;
  private readonly channels: readonly Channel[];
  /** Null where rewards count as they are. */
  private readonly rewardStatistics: RewardStatistics | null;
  private readonly order: MinibatchOrder;
  /** f32[4] of a block, in the order of `Kernels.clippedObjective`. */
  private readonly blockSums: F32;
  private readonly objective: Objective;
  /** Null where a step is many calls. */
  private readonly fused: FusedSteps | null;
  private batch: PolicyBatch | null = null;
  private iteration = 0;
  /** π/μ of every sample before the first epoch, per reward channel; empty where V-trace is not asked for. */
  private readonly wholeRatios: readonly F32[];

  constructor(context: UpdaterContext, seen?: CriticView) {
    const { kernels, actionSpace } = context;
    const { segments, horizon, instances } = context.batchShape;
    const samples = segments * horizon * instances;
    const options = context.options as PpoOptions;
    const channels = creditChannels(actionSpace, context.rewardHeads, options.credit);
    this.kernels = kernels;
    this.options = options;
    if (seen !== undefined) {
      this.criticInput = seen.criticInput;
      this.criticAgentId = seen.criticAgentId;
    }
    this.rewardChannels = channels.map((channel) => channel.heads);
    this.actorCritic = new ActorCritic(context, {
      critic: true,
      optimizer: options,
      channels,
      learningRates: levelLearningRates(options.levels),
      ...(seen === undefined ? {} : { seen }),
      ...(options.sequenceLength === undefined ? {} : { sequenceLength: options.sequenceLength }),
    });
    this.returns = new ReturnEstimates(kernels, channels.length, samples, segments * instances);
    this.channels = channels.map((channel, c): Channel => {
      const { gamma, lambda, entropyCoefficient } = { ...options, ...options.levels[channel.name] };
      return {
        ...channel,
        returns: this.returns.channels[c]!,
        decisions: new ChannelDecisions(kernels, actionSpace, channel, samples),
        gamma,
        lambda,
        entropyCoefficient,
        explainedVariance: 0,
        terms: {
          advantageMean: 0,
          advantageScale: 1,
          clip: options.clip,
          valueClip: options.valueClip ?? Infinity,
          lossScale: 1,
          valueScale: 1,
        },
        dEntropy: 0,
        sums: emptyPpoSums(),
        total: emptyPpoSums(),
      };
    });
    this.wholeRatios = options.advantages === 'vtrace' ? channels.map(() => kernels.f32(samples)) : [];
    const shuffle = this.actorCritic.isRecurrent ? 'instances' : options.shuffle;
    this.order = new MinibatchOrder(kernels, context.batchShape, options.minibatches, shuffle);
    this.blockSums = kernels.f32(4);
    this.fused = FusedSteps.of(kernels, this.actorCritic, options, context.spec.distribution.logStdBounds);
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
    const { options, order, channels } = this;
    this.iteration = iteration;
    this.actorCritic.begin(iteration, this.counters);
    this.begin(batch);
    if (this.fused !== null) {
      const { returns, entropyCoefficient } = channels[0]!;
      this.fused.begin(batch, returns, scheduled(entropyCoefficient, iteration), iteration);
    }
    let gradientNorm = 0;
    let steps = 0;
    let epochs = 0;
    while (epochs < options.epochs) {
      order.shuffle(random);
      for (const channel of channels) channel.sums = emptyPpoSums();
      if (this.fused === null) for (let m = 0; m < order.minibatches; m++) gradientNorm += this.step(m);
      else gradientNorm = this.fused.epoch(order, this.counters, channels[0]!.sums);
      steps += order.minibatches;
      epochs++;
      for (const channel of channels) addPpoSums(channel.total, channel.sums);
      if (options.targetKl !== undefined && this.meanKl() > KL_TOLERANCE * options.targetKl) break;
    }
    this.actorCritic.observeInputs(batch, this.counters);
    this.batch = null;
    return this.metrics({ gradientNorm: gradientNorm / steps, epochs });
  }

  dispose(): void {
    const { kernels } = this;
    this.actorCritic.dispose();
    this.returns.dispose();
    this.rewardStatistics?.dispose();
    this.fused?.dispose();
    this.order.dispose();
    kernels.free(this.blockSums);
    for (const { decisions } of this.channels) decisions.dispose();
    for (const ratios of this.wholeRatios) kernels.free(ratios);
  }

  /** Values, returns and advantages of a batch, as the acting policy left it. */
  private begin(batch: PolicyBatch): void {
    this.batch = batch;
    const { vtrace } = this.options;
    this.returns.estimateValues(batch, this.actorCritic);
    if (this.wholeRatios.length > 0) this.actorCritic.ratios(batch, this.wholeRatios);
    this.rewardStatistics?.scaleRewards(batch, this.channels, this.counters);
    for (const [c, channel] of this.channels.entries()) {
      const { returns, gamma, lambda } = channel;
      const ratios = this.wholeRatios[c];
      returns.setDiscounts(batch, gamma, lambda);
      if (ratios === undefined) returns.estimateAdvantages(batch);
      else returns.estimateVtrace(batch, ratios, vtrace);
      channel.decisions.load(batch);
      channel.explainedVariance = explainedVariance(this.kernels, returns, batch.samples);
      channel.total = emptyPpoSums();
    }
  }

  /** One optimizer step on minibatch m; returns the gradient norm. */
  private step(m: number): number {
    const { order } = this;
    const part = order.parts[m]!;
    const count = part.length;
    const { valueCoefficient, normalizeAdvantages } = this.options;
    for (const channel of this.channels) {
      const { terms, decisions, returns } = channel;
      terms.lossScale = 1 / count;
      terms.valueScale = valueCoefficient / count;
      channel.dEntropy = -scheduled(channel.entropyCoefficient, this.iteration) / count;
      if (normalizeAdvantages) decisions.normalize(terms, returns.advantages, part, count);
    }
    this.actorCritic.clearGradients();
    this.actorCritic.accumulate(this.batch!, order.indices, order.start(m), count, this.objective);
    return this.actorCritic.applyGradients(this.counters);
  }

  private evaluate(block: SampleBlock): void {
    const { rows, samples, entropies } = block;
    const { kernels, blockSums } = this;
    const { returns, decisions, terms, dEntropy, sums } = this.channels[block.channel]!;
    sums.decided += decisions.count(samples, rows);
    kernels.clippedObjective(
      block.logProbs,
      block.behaviorLogProbs,
      block.values,
      samples,
      returns.advantages,
      returns.values,
      returns.valueTargets,
      // A sample in which nothing was decided has ratio 1 and, with weight 0, no loss; its value counts all the same.
      decisions.weights,
      block.dLogProbs,
      block.dValues,
      blockSums,
      rows,
      terms,
    );
    kernels.fill(block.dEntropies, dEntropy, rows);
    sums.samples += rows;
    sums.policyLoss += blockSums[0]!;
    sums.valueLoss += blockSums[1]!;
    sums.kl += blockSums[2]!;
    sums.clipped += blockSums[3]!;
    sums.entropy += kernels.sum(entropies, rows);
  }

  private meanKl(): number {
    let kl = 0;
    for (const { sums } of this.channels) kl += sums.kl / sums.samples;
    return kl;
  }

  /** Losses and entropy are means over samples, added up over channels; shares and what is told per level are means over the samples
   *  in which the level was decided. */
  private metrics(steps: { readonly gradientNorm: number; readonly epochs: number }): UpdateMetrics {
    const all = emptyPpoSums();
    for (const { total } of this.channels) addPpoSums(all, total);
    const samples = this.channels[0]!.total.samples;
    let explained = 0;
    for (const channel of this.channels) explained += channel.explainedVariance / this.channels.length;
    const metrics: UpdateMetrics = {
      policyLoss: all.policyLoss / samples,
      valueLoss: all.valueLoss / samples,
      entropy: all.entropy / samples,
      approximateKl: all.kl / samples,
      clipFraction: all.clipped / Math.max(1, all.decided),
      gradientNorm: steps.gradientNorm,
      explainedVariance: explained,
      epochs: steps.epochs,
    };
    if (this.rewardStatistics !== null) Object.assign(metrics, this.rewardStatistics.metrics(this.channels));
    if (this.channels.length === 1) return metrics;
    for (const { name, total, explainedVariance: own } of this.channels) {
      const decided = Math.max(1, total.decided);
      metrics[`policyLoss.${name}`] = total.policyLoss / decided;
      metrics[`valueLoss.${name}`] = total.valueLoss / samples;
      metrics[`entropy.${name}`] = total.entropy / decided;
      metrics[`approximateKl.${name}`] = total.kl / decided;
      metrics[`clipFraction.${name}`] = total.clipped / decided;
      metrics[`explainedVariance.${name}`] = own;
      metrics[`decidedShare.${name}`] = total.decided / samples;
    }
    return metrics;
  }
}
