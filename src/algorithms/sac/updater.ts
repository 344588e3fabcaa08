import type { RandomStream } from '../../base/index.js';
import { expF64, logF64 } from '../../base/math/index.js';
import type { PolicyBatch, Replay } from '../../experience/index.js';
import type { F32, Kernels } from '../../kernels/index.js';
import { createFlatPolicy, type FlatPolicy } from '../../policies/index.js';
import { type BoxSpace, type DiscreteSpace, elementSize } from '../../spaces/index.js';
import { algorithmError } from '../errors.js';
import type { ActingPart, StateTensor, UpdateMetrics, Updater, UpdaterContext, UpdateTurn } from '../port.js';
import { bootstrap, type CriticSums, regress } from '../shared/critic-regression.js';
import { hasEnough, named } from '../shared/off-policy.js';
import { Optimizer } from '../shared/optimizer.js';
import { ReplayMinibatch } from '../shared/replay-minibatch.js';
import { moveTargets } from '../shared/targets.js';
import { ContinuousActions } from './continuous.js';
import { DiscreteActions } from './discrete.js';
import type { SacOptions } from './options.js';
import type { SoftActions } from './soft-actions.js';

interface Sums extends CriticSums {
  criticGradientNorm: number;
  policyLoss: number;
  gradientNorm: number;
  entropy: number;
  temperature: number;
}

/** Soft actor–critic out of a replay. With ' the targets and α the temperature:
 *
 *    y = r + γ' E_a'~π [min_j Q'_j(o', a') − α log π(a'|o')]        critics: Σ_j mean ½ (Q_j(o, a) − y)²
 *    policy: mean E_a~π [α log π(a|o) − min_j Q_j(o, a)]             temperature: mean log α · (H(π(·|o)) − H̄)
 *
 *  Source: Haarnoja et al. 2018 (applications), alg. 1. Parameters: policy · critics · log α. */
export class SacUpdater implements Updater {
  readonly state: readonly StateTensor[];
  readonly acting: readonly ActingPart[];
  readonly rewardChannels: readonly (readonly number[])[];
  counters: Record<string, number> = { optimizerSteps: 0 };
  private readonly kernels: Kernels;
  private readonly options: SacOptions;
  private readonly policy: FlatPolicy;
  private readonly actions: SoftActions;
  private readonly minibatch: ReplayMinibatch;
  private readonly policyOptimizer: Optimizer;
  private readonly criticOptimizer: Optimizer;
  /** Null where the temperature is given. */
  private readonly temperatureOptimizer: Optimizer | null;
  private readonly parameters: F32;
  private readonly policyParameters: F32;
  private readonly criticParameters: F32;
  private readonly logTemperature: F32;
  private readonly targets: F32;
  private readonly policyGradients: F32;
  private readonly criticGradients: F32;
  private readonly temperatureGradient: F32;
  private readonly valueTargets: F32;
  private readonly dValues: F32;

  constructor(context: UpdaterContext) {
    const { kernels } = context;
    const options = context.options as SacOptions;
    const rows = options.batchSize;
    this.kernels = kernels;
    this.options = options;
    this.policy = createFlatPolicy(kernels, {
      where: `policy "${context.policyId}"`,
      observationSize: elementSize(context.observationSpace),
      // The catalog says that this algorithm learns these only.
      space: context.actionSpace as BoxSpace | DiscreteSpace,
      masked: context.masked,
      spec: context.spec,
      maxRows: rows,
    });
    this.actions = createSoftActions(context, this.policy);
    this.minibatch = new ReplayMinibatch(context, { rows, gamma: options.gamma, nStep: options.nStep });
    const [P, Q] = [this.policy.parameterCount, this.actions.critics.parameterCount];
    this.parameters = kernels.f32(P + Q + 1);
    this.policyParameters = kernels.view(this.parameters, 0, P);
    this.criticParameters = kernels.view(this.parameters, P, Q);
    this.logTemperature = kernels.view(this.parameters, P + Q, 1);
    this.targets = kernels.f32(Q);
    this.policyGradients = kernels.f32(P);
    this.criticGradients = kernels.f32(Q);
    this.temperatureGradient = kernels.f32(1);
    const { learningRate, criticLearningRate = learningRate, temperatureLearningRate = learningRate } = options;
    this.policyOptimizer = new Optimizer(kernels, P, options);
    this.criticOptimizer = new Optimizer(kernels, Q, { ...options, learningRate: criticLearningRate });
    this.temperatureOptimizer =
      options.temperature === undefined
        ? new Optimizer(kernels, 1, { ...options, learningRate: temperatureLearningRate })
        : null;
    this.state = [
      { name: 'parameters', shape: [P + Q + 1], data: this.parameters },
      { name: 'targets', shape: [Q], data: this.targets },
      ...named('policy', this.policyOptimizer.state),
      ...named('critic', this.criticOptimizer.state),
      ...named('temperature', this.temperatureOptimizer?.state ?? []),
    ];
    this.acting = [{ offset: 0, count: P }];
    this.rewardChannels = [context.rewardHeads.map((_, h) => h)];
    this.valueTargets = kernels.f32(rows);
    this.dValues = kernels.f32(rows);
  }

  initialize(random: RandomStream): void {
    const { temperature, initialTemperature } = this.options;
    this.policy.initialize(this.policyParameters, random);
    this.actions.critics.initialize(this.criticParameters, random);
    this.targets.set(this.criticParameters);
    this.logTemperature[0] = temperature === undefined ? logF64(initialTemperature) : 0;
  }

  update(batch: PolicyBatch, random: RandomStream, { iteration, replay }: UpdateTurn): UpdateMetrics {
    const { options, minibatch } = this;
    const held = replay!;
    this.policyOptimizer.begin(iteration);
    this.criticOptimizer.begin(iteration);
    this.temperatureOptimizer?.begin(iteration);
    minibatch.insert(batch, held);
    const sums: Sums = {
      valueLoss: 0,
      meanValue: 0,
      criticGradientNorm: 0,
      policyLoss: 0,
      gradientNorm: 0,
      entropy: 0,
      temperature: 0,
    };
    const updates = hasEnough(held, options) ? options.updatesPerIteration : 0;
    for (let u = 0; u < updates; u++) {
      const step = this.counters.optimizerSteps! + 1;
      this.counters.optimizerSteps = step;
      const temperature = options.temperature ?? expF64(this.logTemperature[0]!);
      minibatch.draw(held, random);
      this.stepCritics(temperature, step, random, sums);
      this.stepPolicy(temperature, step, random, sums);
      moveTargets(this.targets, this.criticParameters, options.tau, this.targets.length);
    }
    return this.metrics(sums, updates, held);
  }

  dispose(): void {
    const { kernels } = this;
    this.policy.dispose();
    this.actions.dispose();
    this.minibatch.dispose();
    this.policyOptimizer.dispose();
    this.criticOptimizer.dispose();
    this.temperatureOptimizer?.dispose();
    for (const array of [this.parameters, this.targets, this.policyGradients, this.criticGradients])
      kernels.free(array);
    for (const array of [this.temperatureGradient, this.valueTargets, this.dValues]) kernels.free(array);
  }

  private stepCritics(temperature: number, step: number, random: RandomStream, sums: Sums): void {
    const { minibatch, actions, valueTargets, dValues, criticGradients, criticParameters } = this;
    const { critics } = actions.critics;
    const B = minibatch.rows;
    actions.nextValues(minibatch, this.policyParameters, this.targets, temperature, valueTargets, random);
    bootstrap(minibatch.rewards, minibatch.discounts, valueTargets, B);
    criticGradients.fill(0);
    for (let j = 0; j < critics; j++) {
      const values = actions.valuesTaken(minibatch, criticParameters, j);
      regress(values, valueTargets, dValues, B, { shares: B, critics }, sums);
      actions.backwardTaken(minibatch, criticParameters, j, dValues, criticGradients);
    }
    sums.criticGradientNorm += this.criticOptimizer.clip(criticGradients);
    this.criticOptimizer.step(criticParameters, criticGradients, step);
  }

  private stepPolicy(temperature: number, step: number, random: RandomStream, sums: Sums): void {
    const { minibatch, actions, policyGradients, policyParameters, temperatureGradient } = this;
    policyGradients.fill(0);
    const found = actions.policyGradient(
      minibatch,
      policyParameters,
      this.criticParameters,
      temperature,
      policyGradients,
      random,
    );
    sums.policyLoss += found.loss;
    sums.entropy += found.entropy;
    sums.temperature += temperature;
    sums.gradientNorm += this.policyOptimizer.clip(policyGradients);
    this.policyOptimizer.step(policyParameters, policyGradients, step);
    if (this.temperatureOptimizer === null) return;
    temperatureGradient[0] = found.entropy - found.targetEntropy;
    this.temperatureOptimizer.step(this.logTemperature, temperatureGradient, step);
  }

  /** Means over the updates of the iteration; nothing of losses where there was none. */
  private metrics(sums: Sums, updates: number, replay: Replay): UpdateMetrics {
    const metrics: UpdateMetrics = { replaySize: replay.size, updates };
    if (updates === 0) return metrics;
    for (const [name, sum] of Object.entries(sums)) metrics[name] = sum / updates;
    return metrics;
  }
}

/** Throws ALGORITHM_DISTRIBUTION_UNSUITABLE. */
function createSoftActions(context: UpdaterContext, policy: FlatPolicy): SoftActions {
  if (context.actionSpace.kind === 'discrete') return new DiscreteActions(context, policy);
  if (policy.distribution.sampleBackward !== undefined) return new ContinuousActions(context, policy);
  const { kind, std } = context.spec.distribution;
  throw algorithmError(
    'ALGORITHM_DISTRIBUTION_UNSUITABLE',
    `policy "${context.policyId}" has the distribution "${kind}" with std "${std ?? 'free'}", but SAC learns "squashedGaussian" and "gaussian" with std "network" only; leave distribution.kind and distribution.std out.`,
    { data: { policy: context.policyId, distribution: kind } },
  );
}
