import type { RandomStream } from '../../base/index.js';
import type { PolicyBatch } from '../../experience/index.js';
import type { F32, Kernels } from '../../kernels/index.js';
import type { StateTensor, UpdateMetrics, Updater, UpdaterContext } from '../port.js';
import { ActorCritic, BLOCK_ROWS, type Objective, type SampleBlock } from '../shared/actor-critic.js';
import { standardDeviation } from '../shared/moments.js';
import { ReturnEstimates } from '../shared/returns.js';
import { explainedVariance } from '../shared/value-metrics.js';
import { emptyPpoSums, type PpoSums, type PpoTerms, ppoGradient } from './loss.js';
import type { PpoOptions } from './options.js';
import { MinibatchOrder } from './order.js';

/** Mean KL beyond this many times `targetKl` ends the epochs. Source: Spinning Up's PPO. */
const KL_TOLERANCE = 1.5;
/** Added to the standard deviation that advantages are divided by. */
const ADVANTAGE_EPSILON = 1e-8;

/** Proximal policy optimization with a value network of its own. Source: Schulman et al. 2017, alg. 1. */
export class PpoUpdater implements Updater {
  readonly state: readonly StateTensor[];
  counters: Record<string, number> = { optimizerSteps: 0 };
  private readonly kernels: Kernels;
  private readonly options: PpoOptions;
  private readonly actorCritic: ActorCritic;
  private readonly returns: ReturnEstimates;
  private readonly order: MinibatchOrder;
  private readonly logRatios: F32;
  private readonly ratios: F32;
  private readonly advantages: F32;
  private readonly oldValues: F32;
  private readonly valueTargets: F32;
  private readonly objective: Objective;
  private batch: PolicyBatch | null = null;
  private terms: PpoTerms;
  private advantageMean = 0;
  private advantageScale = 1;
  private sums: PpoSums = emptyPpoSums();

  constructor(context: UpdaterContext) {
    const { kernels } = context;
    const { segments, horizon, instances } = context.batchShape;
    const samples = segments * horizon * instances;
    this.kernels = kernels;
    this.options = context.options as PpoOptions;
    this.actorCritic = new ActorCritic(context, { critic: true, optimizer: this.options });
    this.returns = new ReturnEstimates(kernels, samples, segments * instances);
    this.order = new MinibatchOrder(kernels, context.batchShape, this.options.minibatches, this.options.shuffle);
    this.logRatios = kernels.f32(BLOCK_ROWS);
    this.ratios = kernels.f32(BLOCK_ROWS);
    this.advantages = kernels.f32(BLOCK_ROWS);
    this.oldValues = kernels.f32(BLOCK_ROWS);
    this.valueTargets = kernels.f32(BLOCK_ROWS);
    this.state = this.actorCritic.state;
    this.terms = this.termsOf(1);
    this.objective = (block) => this.evaluate(block);
  }

  get actingParameterCount(): number {
    return this.actorCritic.actingParameterCount;
  }

  initialize(random: RandomStream): void {
    this.actorCritic.initialize(random);
  }

  update(batch: PolicyBatch, random: RandomStream): UpdateMetrics {
    const { actorCritic, returns, options, order } = this;
    this.batch = batch;
    returns.estimateValues(batch, actorCritic);
    returns.setDiscounts(batch, options.gamma, options.lambda);
    returns.estimateAdvantages(batch);
    const explained = explainedVariance(returns.values, returns.valueTargets, batch.samples);

    const total = emptyPpoSums();
    let gradientNorm = 0;
    let steps = 0;
    let epochs = 0;
    while (epochs < options.epochs) {
      order.shuffle(random);
      this.sums = emptyPpoSums();
      for (let m = 0; m < order.minibatches; m++) {
        gradientNorm += this.step(order.indices, order.start(m), order.start(m + 1) - order.start(m));
        steps++;
      }
      epochs++;
      addSums(total, this.sums);
      if (options.targetKl !== undefined && this.sums.kl / this.sums.samples > KL_TOLERANCE * options.targetKl) break;
    }
    this.batch = null;
    return {
      policyLoss: total.policyLoss / total.samples,
      valueLoss: total.valueLoss / total.samples,
      entropy: total.entropy / total.samples,
      approximateKl: total.kl / total.samples,
      clipFraction: total.clipped / total.samples,
      gradientNorm: gradientNorm / steps,
      explainedVariance: explained,
      epochs,
    };
  }

  dispose(): void {
    const { kernels } = this;
    this.actorCritic.dispose();
    this.returns.dispose();
    this.order.dispose();
    for (const array of [this.logRatios, this.ratios, this.advantages, this.oldValues, this.valueTargets])
      kernels.free(array);
  }

  /** One optimizer step on samples order[start … start + count − 1]; returns the gradient norm. */
  private step(order: Int32Array, start: number, count: number): number {
    this.terms = this.termsOf(1 / count);
    this.setAdvantageScale(order, start, count);
    this.actorCritic.clearGradients();
    this.actorCritic.accumulate(this.batch!, order, start, count, this.objective);
    const step = this.counters.optimizerSteps! + 1;
    this.counters.optimizerSteps = step;
    return this.actorCritic.applyGradients(step);
  }

  private evaluate(block: SampleBlock): void {
    const { rows, samples, logProbs } = block;
    const { returns, logRatios, advantageMean, advantageScale } = this;
    const { behaviorLogProbs } = this.batch!;
    for (let b = 0; b < rows; b++) {
      const n = samples[b]!;
      logRatios[b] = logProbs[b]! - behaviorLogProbs[n]!;
      this.advantages[b] = (returns.advantages[n]! - advantageMean) * advantageScale;
      this.oldValues[b] = returns.values[n]!;
      this.valueTargets[b] = returns.valueTargets[n]!;
    }
    this.kernels.elementwise('exp', logRatios, this.ratios, rows);
    ppoGradient(
      rows,
      logRatios,
      this.ratios,
      this.advantages,
      block.values,
      this.oldValues,
      this.valueTargets,
      block.entropies,
      this.terms,
      block.dLogProbs,
      block.dEntropies,
      block.dValues,
      this.sums,
    );
  }

  private setAdvantageScale(order: Int32Array, start: number, count: number): void {
    if (!this.options.normalizeAdvantages || count < 2) {
      this.advantageMean = 0;
      this.advantageScale = 1;
      return;
    }
    const { advantages } = this.returns;
    let sum = 0;
    for (let j = start; j < start + count; j++) sum += advantages[order[j]!]!;
    this.advantageMean = sum / count;
    const deviation = standardDeviation(advantages, order, start, count, this.advantageMean);
    this.advantageScale = 1 / (deviation + ADVANTAGE_EPSILON);
  }

  private termsOf(scale: number): PpoTerms {
    const { clip, valueClip, valueCoefficient, entropyCoefficient } = this.options;
    return { clip, valueClip, valueCoefficient, entropyCoefficient, scale };
  }
}

function addSums(total: PpoSums, more: PpoSums): void {
  total.samples += more.samples;
  total.policyLoss += more.policyLoss;
  total.valueLoss += more.valueLoss;
  total.entropy += more.entropy;
  total.kl += more.kl;
  total.clipped += more.clipped;
}
