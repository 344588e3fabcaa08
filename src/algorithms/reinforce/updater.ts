import type { RandomStream } from '../../base/index.js';
import type { PolicyBatch } from '../../experience/index.js';
import type { F32, Kernels } from '../../kernels/index.js';
import type { StateTensor, UpdateMetrics, Updater, UpdaterContext } from '../port.js';
import { ActorCritic, BLOCK_ROWS, type Objective, type SampleBlock } from '../shared/actor-critic.js';
import { standardDeviation } from '../shared/moments.js';
import { ReturnEstimates } from '../shared/returns.js';
import { explainedVariance } from '../shared/value-metrics.js';
import type { ReinforceOptions } from './options.js';

/** Monte-Carlo policy gradient, one optimizer step per batch: ∇ −min(ρ, ρ̄)·(G_t − V_t)·log π(a_t|o_t), where G is the
 *  discounted return (GAE with λ = 1) and ρ = π/μ corrects for lag. Source: Williams 1992; ρ as in Espeholt et al. 2018. */
export class ReinforceUpdater implements Updater {
  readonly state: readonly StateTensor[];
  counters: Record<string, number> = { optimizerSteps: 0 };
  private readonly kernels: Kernels;
  private readonly options: ReinforceOptions;
  private readonly actorCritic: ActorCritic;
  private readonly returns: ReturnEstimates;
  private readonly order: Int32Array;
  private readonly ratios: F32;
  private readonly objective: Objective;
  private batch: PolicyBatch | null = null;
  private mean = 0;
  private scale = 1;
  private policyLoss = 0;
  private valueLoss = 0;
  private entropy = 0;

  constructor(context: UpdaterContext) {
    const { kernels } = context;
    const { segments, horizon, instances } = context.batchShape;
    const samples = segments * horizon * instances;
    this.kernels = kernels;
    this.options = context.options as ReinforceOptions;
    this.actorCritic = new ActorCritic(context, { critic: this.options.baseline, optimizer: this.options });
    this.returns = new ReturnEstimates(kernels, samples, segments * instances);
    this.order = Int32Array.from({ length: samples }, (_, n) => n);
    this.ratios = kernels.f32(BLOCK_ROWS);
    this.state = this.actorCritic.state;
    this.objective = (block) => this.evaluate(block);
  }

  get actingParameterCount(): number {
    return this.actorCritic.actingParameterCount;
  }

  initialize(random: RandomStream): void {
    this.actorCritic.initialize(random);
  }

  update(batch: PolicyBatch, _random: RandomStream): UpdateMetrics {
    const { actorCritic, returns, options } = this;
    const count = batch.samples;
    this.batch = batch;
    returns.estimateValues(batch, actorCritic);
    returns.setDiscounts(batch, options.gamma, 1);
    returns.estimateAdvantages(batch);
    this.setScale(count);
    this.policyLoss = 0;
    this.valueLoss = 0;
    this.entropy = 0;
    actorCritic.clearGradients();
    actorCritic.accumulate(batch, this.order, 0, count, this.objective);
    const step = this.counters.optimizerSteps! + 1;
    this.counters.optimizerSteps = step;
    const gradientNorm = actorCritic.applyGradients(step);
    this.batch = null;
    const metrics: UpdateMetrics = {
      policyLoss: this.policyLoss / count,
      entropy: this.entropy / count,
      gradientNorm,
    };
    if (options.baseline) {
      metrics.valueLoss = this.valueLoss / count;
      metrics.explainedVariance = explainedVariance(returns.values, returns.valueTargets, count);
    }
    return metrics;
  }

  dispose(): void {
    this.actorCritic.dispose();
    this.returns.dispose();
    this.kernels.free(this.ratios);
  }

  private setScale(count: number): void {
    this.mean = 0;
    this.scale = 1;
    if (!this.options.normalizeAdvantages || count < 2) return;
    const { advantages } = this.returns;
    this.mean = this.kernels.sum(advantages, count) / count;
    this.scale = 1 / (standardDeviation(advantages, this.order, 0, count, this.mean) + 1e-8);
  }

  private evaluate(block: SampleBlock): void {
    const { rows, samples, logProbs, values, dLogProbs, dEntropies, dValues } = block;
    const { ratios, returns, options } = this;
    const { behaviorLogProbs, samples: count } = this.batch!;
    for (let b = 0; b < rows; b++) ratios[b] = logProbs[b]! - behaviorLogProbs[samples[b]!]!;
    this.kernels.elementwise('exp', ratios, ratios, rows);
    for (let b = 0; b < rows; b++) {
      const n = samples[b]!;
      const advantage = (returns.advantages[n]! - this.mean) * this.scale;
      const weight = Math.min(ratios[b]!, options.ratioClip) * advantage;
      dLogProbs[b] = -weight / count;
      dEntropies[b] = -options.entropyCoefficient / count;
      const error = values[b]! - returns.valueTargets[n]!;
      dValues[b] = (options.valueCoefficient * error) / count;
      this.policyLoss -= weight * logProbs[b]!;
      this.valueLoss += 0.5 * error * error;
      this.entropy += block.entropies[b]!;
    }
  }
}
