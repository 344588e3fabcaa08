import type { RandomStream } from '../../base/index.js';
import type { PolicyBatch, Replay } from '../../experience/index.js';
import type { F32, Kernels } from '../../kernels/index.js';
import { createFlatPolicy, type FlatPolicy, NOISE_SCALE, NOISE_WARMUP, valueShapeOf } from '../../policies/index.js';
import { type BoxSpace, elementSize } from '../../spaces/index.js';
import { algorithmError } from '../errors.js';
import type {
  ActingPart,
  LearningPolicy,
  StateTensor,
  UpdateMetrics,
  Updater,
  UpdaterContext,
  UpdateTurn,
} from '../port.js';
import { ActionCritics } from './action-critic.js';
import { bootstrap, type CriticSums, regress } from './critic-regression.js';
import { hasEnough, named } from './off-policy.js';
import { Optimizer, type OptimizerOptions } from './optimizer.js';
import { ReplayMinibatch } from './replay-minibatch.js';
import { type Schedule, scheduled } from './schedule.js';
import { moveTargets } from './targets.js';

export interface DeterministicOptions extends OptimizerOptions {
  readonly gamma: number;
  readonly nStep: number;
  readonly tau: number;
  readonly batchSize: number;
  readonly updatesPerIteration: number;
  readonly learningStarts: number;
  readonly replayCapacity: number;
  readonly criticLearningRate?: number;
  readonly explorationNoise: Schedule;
}

/** What sets DDPG and TD3 apart. */
export interface DeterministicSettings {
  /** Critics whose least value counts. */
  readonly critics: 1 | 2;
  /** Updates of the critics for each of the policy and the targets. */
  readonly policyDelay: number;
  /** Standard deviation of the noise on target actions, and what it is clipped to, in halves of the range; 0 is none. */
  readonly targetNoise: number;
  readonly noiseClip: number;
}

interface Sums extends CriticSums {
  criticGradientNorm: number;
  policyLoss: number;
  gradientNorm: number;
  policySteps: number;
}

/** The deterministic policy gradient out of a replay. With π the mode of the policy and ' the targets:
 *
 *    y = r + γ' min_j Q'_j(o', π'(o') + clipped noise)        critics: Σ_j mean ½ (Q_j(o, a) − y)²
 *    policy, at every `policyDelay`-th update: mean −Q_1(o, π(o)); then all targets move by τ
 *
 *  Source: Lillicrap et al. 2016, alg. 1; Fujimoto et al. 2018, alg. 1. Parameters: policy · critics. */
export class DeterministicUpdater implements Updater {
  readonly state: readonly StateTensor[];
  readonly acting: readonly ActingPart[];
  readonly rewardChannels: readonly (readonly number[])[];
  counters: Record<string, number> = { criticSteps: 0, policySteps: 0 };
  private readonly kernels: Kernels;
  private readonly options: DeterministicOptions;
  private readonly settings: DeterministicSettings;
  private readonly policy: FlatPolicy;
  private readonly critics: ActionCritics;
  private readonly minibatch: ReplayMinibatch;
  private readonly policyOptimizer: Optimizer;
  private readonly criticOptimizer: Optimizer;
  private readonly parameters: F32;
  private readonly targets: F32;
  private readonly policyParameters: F32;
  private readonly criticParameters: F32;
  private readonly targetPolicy: F32;
  private readonly targetCritics: F32;
  private readonly policyGradients: F32;
  private readonly criticGradients: F32;
  private readonly noise: F32;
  private readonly actions: F32;
  private readonly dActions: F32;
  private readonly dOutputs: F32;
  private readonly valueTargets: F32;
  private readonly dValues: F32;
  private readonly logProbs: F32;
  /** Free parameters with which target actions get the noise as it is given. */
  private readonly smoothing: F32;
  private readonly noMask = new Uint8Array(0);

  constructor(context: UpdaterContext, settings: DeterministicSettings) {
    const { kernels, spec } = context;
    const options = context.options as DeterministicOptions;
    const rows = options.batchSize;
    const F = elementSize(context.observationSpace);
    const A = elementSize(context.actionSpace);
    this.kernels = kernels;
    this.options = options;
    this.settings = settings;
    this.policy = createFlatPolicy(kernels, {
      where: `policy "${context.policyId}"`,
      observationSize: F,
      // The catalog says that these algorithms learn boxes only.
      space: context.actionSpace as BoxSpace,
      masked: context.masked,
      spec,
      maxRows: rows,
    });
    assertDeterministic(this.policy, context);
    this.critics = new ActionCritics(kernels, {
      parts: [F, A],
      critics: settings.critics,
      outputs: 1,
      spec: spec.valueNetwork ?? valueShapeOf(spec.network),
      maxRows: rows,
    });
    this.minibatch = new ReplayMinibatch(context, { rows, gamma: options.gamma, nStep: options.nStep });
    const [P, Q] = [this.policy.parameterCount, this.critics.parameterCount];
    this.parameters = kernels.f32(P + Q);
    this.targets = kernels.f32(P + Q);
    this.policyParameters = kernels.view(this.parameters, 0, P);
    this.criticParameters = kernels.view(this.parameters, P, Q);
    this.targetPolicy = kernels.view(this.targets, 0, P);
    this.targetCritics = kernels.view(this.targets, P, Q);
    this.policyGradients = kernels.f32(P);
    this.criticGradients = kernels.f32(Q);
    const { learningRate, criticLearningRate = learningRate } = options;
    // Of the network alone: the noise is not learned.
    this.policyOptimizer = new Optimizer(kernels, this.policy.network.parameterCount, options);
    this.criticOptimizer = new Optimizer(kernels, Q, { ...options, learningRate: criticLearningRate });
    this.state = [
      { name: 'parameters', shape: [P + Q], data: this.parameters },
      { name: 'targets', shape: [P + Q], data: this.targets },
      ...named('policy', this.policyOptimizer.state),
      ...named('critic', this.criticOptimizer.state),
    ];
    this.acting = [{ offset: 0, count: P }];
    this.rewardChannels = [context.rewardHeads.map((_, h) => h)];
    this.noise = kernels.f32(rows * A);
    this.actions = kernels.f32(rows * A);
    this.dActions = kernels.f32(rows * A);
    this.dOutputs = kernels.f32(rows * A);
    this.valueTargets = kernels.f32(rows);
    this.dValues = kernels.f32(rows);
    this.logProbs = kernels.f32(rows);
    this.smoothing = kernels.f32(2);
    this.smoothing[NOISE_SCALE] = 1;
  }

  initialize(random: RandomStream): void {
    this.policy.initialize(this.policyParameters, random);
    this.critics.initialize(this.criticParameters, random);
    this.explore(0, this.options.learningStarts === 0);
    this.targets.set(this.parameters);
  }

  update(batch: PolicyBatch, random: RandomStream, { iteration, replay }: UpdateTurn): UpdateMetrics {
    const { options, settings } = this;
    const held = replay!;
    // Nothing learned yet: the policy may have been given weights of an earlier job after its initialization.
    if (this.counters.criticSteps === 0) this.targets.set(this.parameters);
    this.policyOptimizer.begin(iteration);
    this.criticOptimizer.begin(iteration);
    this.minibatch.insert(batch, held);
    const learns = hasEnough(held, options);
    const sums: Sums = {
      valueLoss: 0,
      meanValue: 0,
      criticGradientNorm: 0,
      policyLoss: 0,
      gradientNorm: 0,
      policySteps: 0,
    };
    const updates = learns ? options.updatesPerIteration : 0;
    for (let u = 0; u < updates; u++) {
      this.minibatch.draw(held, random);
      this.stepCritics(random, sums);
      if (this.counters.criticSteps! % settings.policyDelay !== 0) continue;
      this.stepPolicy(sums);
      moveTargets(this.targets, this.parameters, options.tau, this.targets.length);
    }
    this.explore(iteration + 1, learns);
    return this.metrics(sums, updates, held);
  }

  dispose(): void {
    const { kernels } = this;
    this.policy.dispose();
    this.critics.dispose();
    this.minibatch.dispose();
    this.policyOptimizer.dispose();
    this.criticOptimizer.dispose();
    for (const array of [this.parameters, this.targets, this.policyGradients, this.criticGradients])
      kernels.free(array);
    for (const array of [this.noise, this.actions, this.dActions, this.dOutputs, this.smoothing]) kernels.free(array);
    for (const array of [this.valueTargets, this.dValues, this.logProbs]) kernels.free(array);
  }

  /** How who acts by version `iteration` explores. */
  private explore(iteration: number, learns: boolean): void {
    const free = this.policy.free(this.policyParameters);
    free[NOISE_SCALE] = scheduled(this.options.explorationNoise, iteration);
    free[NOISE_WARMUP] = learns ? 0 : 1;
  }

  private stepCritics(random: RandomStream, sums: Sums): void {
    const { minibatch, critics, valueTargets, dValues } = this;
    const B = minibatch.rows;
    this.actTarget(random);
    critics.join([minibatch.nextObservations, this.actions], B);
    critics.minimum(this.targetCritics, valueTargets, B);
    bootstrap(minibatch.rewards, minibatch.discounts, valueTargets, B);
    critics.join([minibatch.observations, minibatch.actions], B);
    this.criticGradients.fill(0);
    for (let j = 0; j < critics.critics; j++) {
      const values = critics.evaluate(this.criticParameters, j, B);
      regress(values, valueTargets, dValues, B, { shares: B, critics: critics.critics }, sums);
      critics.backward(this.criticParameters, j, dValues, this.criticGradients, B);
    }
    sums.criticGradientNorm += this.criticOptimizer.clip(this.criticGradients);
    const step = this.counters.criticSteps! + 1;
    this.counters.criticSteps = step;
    this.criticOptimizer.step(this.criticParameters, this.criticGradients, step);
  }

  /** Target actions at the next observations, into `actions`. */
  private actTarget(random: RandomStream): void {
    const { minibatch, policy, kernels, noise, actions } = this;
    const { targetNoise, noiseClip } = this.settings;
    const { distribution } = policy;
    const B = minibatch.rows;
    const outputs = policy.network.forward(this.targetPolicy, minibatch.nextObservations, B);
    distribution.observe?.(minibatch.nextObservations, B);
    if (targetNoise === 0) {
      distribution.mode(outputs, this.smoothing, this.noMask, actions, B);
      return;
    }
    kernels.fillNormal(random.takeBlocks(Math.ceil(noise.length / 4)), noise, noise.length);
    for (let k = 0; k < noise.length; k++) {
      noise[k] = Math.max(-noiseClip, Math.min(noiseClip, targetNoise * noise[k]!));
    }
    distribution.sample(outputs, this.smoothing, this.noMask, noise, actions, this.logProbs, B);
  }

  private stepPolicy(sums: Sums): void {
    const { minibatch, policy, critics, actions, dActions, dOutputs, dValues } = this;
    const { distribution, network } = policy;
    const B = minibatch.rows;
    const outputs = network.forward(this.policyParameters, minibatch.observations, B);
    distribution.observe?.(minibatch.observations, B);
    distribution.mode(outputs, this.smoothing, this.noMask, actions, B);
    // The observations are still there from the critics' step.
    critics.join([null, actions], B);
    const values = critics.evaluate(this.criticParameters, 0, B);
    let sum = 0;
    for (let b = 0; b < B; b++) sum += values[b]!;
    sums.policyLoss -= sum / B;
    dValues.fill(-1 / B);
    dActions.fill(0);
    critics.addPartGradient(this.criticParameters, 0, dValues, 1, dActions, B);
    distribution.modeBackward!(outputs, dActions, dOutputs, B);
    this.policyGradients.fill(0);
    network.backward(this.policyParameters, minibatch.observations, dOutputs, this.policyGradients, B);
    sums.gradientNorm += this.policyOptimizer.clip(this.policyGradients);
    sums.policySteps++;
    const step = this.counters.policySteps! + 1;
    this.counters.policySteps = step;
    this.policyOptimizer.step(this.policyParameters, this.policyGradients, step);
  }

  /** Means over the updates of the iteration; nothing of losses where there was none. */
  private metrics(sums: Sums, updates: number, replay: Replay): UpdateMetrics {
    const metrics: UpdateMetrics = {
      replaySize: replay.size,
      updates,
      explorationNoise: this.policy.free(this.policyParameters)[NOISE_SCALE]!,
    };
    if (updates > 0) {
      metrics.valueLoss = sums.valueLoss / updates;
      metrics.meanValue = sums.meanValue / updates;
      metrics.criticGradientNorm = sums.criticGradientNorm / updates;
    }
    if (sums.policySteps > 0) {
      metrics.policyLoss = sums.policyLoss / sums.policySteps;
      metrics.gradientNorm = sums.gradientNorm / sums.policySteps;
    }
    return metrics;
  }
}

/** Throws ALGORITHM_DISTRIBUTION_UNSUITABLE. */
export function assertDeterministic({ distribution }: FlatPolicy, { policyId, spec }: LearningPolicy): void {
  if (distribution.modeBackward !== undefined) return;
  throw algorithmError(
    'ALGORITHM_DISTRIBUTION_UNSUITABLE',
    `policy "${policyId}" has the distribution "${spec.distribution.kind}", but the algorithm learns "noisyDeterministic" only; leave distribution.kind at "auto".`,
    { data: { policy: policyId, distribution: spec.distribution.kind } },
  );
}
