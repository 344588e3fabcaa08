import type { RandomStream } from '../../base/index.js';
import type { PolicyBatch } from '../../experience/index.js';
import type { F32, Kernels } from '../../kernels/index.js';
import type { ActingPart, StateTensor, UpdateMetrics, Updater, UpdaterContext } from '../port.js';
import { ActorCritic, BLOCK_ROWS } from '../shared/actor-critic.js';
import { ChannelActivity, type CreditChannel, creditChannels, levelLearningRates } from '../shared/credit.js';
import { deviationAround, moments } from '../shared/moments.js';
import { type ChannelReturns, ReturnEstimates } from '../shared/returns.js';
import type { Objective, SampleBlock } from '../shared/sample-block.js';
import { explainedVariance } from '../shared/value-metrics.js';
import type { ReinforceOptions } from './options.js';

/** What an update keeps of one reward channel. */
interface Channel extends CreditChannel {
  readonly returns: ChannelReturns;
  readonly activity: ChannelActivity;
  readonly gamma: number;
  readonly entropyCoefficient: number;
  /** Where anything was decided in the present batch; null is everywhere. */
  active: Uint8Array | null;
  mean: number;
  scale: number;
  decided: number;
  policyLoss: number;
  valueLoss: number;
  entropy: number;
}

/** Monte-Carlo policy gradient, one optimizer step per batch: ∇ −min(ρ, ρ̄)·(G_t − V_t)·log π(a_t|o_t), where G is the
 *  discounted return (GAE with λ = 1) and ρ = π/μ corrects for lag; per reward channel.
 *  Source: Williams 1992; ρ as in Espeholt et al. 2018. */
export class ReinforceUpdater implements Updater {
  readonly state: readonly StateTensor[];
  readonly rewardChannels: readonly (readonly number[])[];
  counters: Record<string, number> = { optimizerSteps: 0 };
  private readonly kernels: Kernels;
  private readonly options: ReinforceOptions;
  private readonly actorCritic: ActorCritic;
  private readonly returns: ReturnEstimates;
  private readonly channels: readonly Channel[];
  private readonly order: Int32Array;
  private readonly ratios: F32;
  private readonly objective: Objective;
  private batch: PolicyBatch | null = null;

  constructor(context: UpdaterContext) {
    const { kernels, actionSpace } = context;
    const { segments, horizon, instances } = context.batchShape;
    const samples = segments * horizon * instances;
    const options = context.options as ReinforceOptions;
    const channels = creditChannels(actionSpace, context.rewardHeads, options.credit);
    this.kernels = kernels;
    this.options = options;
    this.rewardChannels = channels.map((channel) => channel.heads);
    this.actorCritic = new ActorCritic(context, {
      critic: options.baseline,
      optimizer: options,
      channels,
      learningRates: levelLearningRates(options.levels),
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
        active: null,
        mean: 0,
        scale: 1,
        decided: 0,
        policyLoss: 0,
        valueLoss: 0,
        entropy: 0,
      };
    });
    this.order = Int32Array.from({ length: samples }, (_, n) => n);
    this.ratios = kernels.f32(BLOCK_ROWS);
    this.state = this.actorCritic.state;
    this.objective = (block) => this.evaluate(block);
  }

  get acting(): readonly ActingPart[] {
    return this.actorCritic.acting;
  }

  initialize(random: RandomStream): void {
    this.actorCritic.initialize(random);
  }

  update(batch: PolicyBatch, _random: RandomStream): UpdateMetrics {
    const { actorCritic } = this;
    const count = batch.samples;
    this.batch = batch;
    this.returns.estimateValues(batch, actorCritic);
    for (const channel of this.channels) this.begin(channel, batch);
    actorCritic.clearGradients();
    actorCritic.accumulate(batch, this.order, 0, count, this.objective);
    const step = this.counters.optimizerSteps! + 1;
    this.counters.optimizerSteps = step;
    const gradientNorm = actorCritic.applyGradients(step);
    this.batch = null;
    return this.metrics(count, gradientNorm);
  }

  dispose(): void {
    this.actorCritic.dispose();
    this.returns.dispose();
    this.kernels.free(this.ratios);
  }

  /** Returns and advantages of a channel, and what they are scaled by. */
  private begin(channel: Channel, batch: PolicyBatch): void {
    const { returns, gamma } = channel;
    returns.setDiscounts(batch, gamma, 1);
    returns.estimateAdvantages(batch);
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
    if (channel.active === null) {
      channel.mean = this.kernels.sum(advantages, count) / count;
      channel.scale = scaleOf(deviationAround(channel.mean, advantages, this.order, 0, count, null, count));
      return;
    }
    const { mean, deviation, count: decided } = moments(advantages, this.order, 0, count, channel.active);
    if (decided < 2) return;
    channel.mean = mean;
    channel.scale = scaleOf(deviation);
  }

  private evaluate(block: SampleBlock): void {
    const { rows, samples, logProbs, behaviorLogProbs, values, dLogProbs, dEntropies, dValues } = block;
    const { ratios, options } = this;
    const channel = this.channels[block.channel]!;
    const { returns, active, mean, scale, entropyCoefficient } = channel;
    const count = this.batch!.samples;
    for (let b = 0; b < rows; b++) ratios[b] = logProbs[b]! - behaviorLogProbs[b]!;
    this.kernels.elementwise('exp', ratios, ratios, rows);
    for (let b = 0; b < rows; b++) {
      const n = samples[b]!;
      const decided = active === null || active[n] !== 0;
      const advantage = decided ? (returns.advantages[n]! - mean) * scale : 0;
      const weight = Math.min(ratios[b]!, options.ratioClip) * advantage;
      dLogProbs[b] = -weight / count;
      dEntropies[b] = -entropyCoefficient / count;
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
    for (const { name, policyLoss, valueLoss, entropy, decided, returns } of channels) {
      metrics.policyLoss! += policyLoss / count;
      metrics.entropy! += entropy / count;
      const explained = options.baseline ? explainedVariance(returns.values, returns.valueTargets, count) : 0;
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
