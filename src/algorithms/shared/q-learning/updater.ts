import type { RandomStream } from '../../../base/index.js';
import type { CriticInput, PolicyBatch, Replay } from '../../../experience/index.js';
import type { F32, Kernels } from '../../../kernels/index.js';
import type { ActingPart, StateTensor, UpdateMetrics, Updater, UpdaterContext, UpdateTurn } from '../../port.js';
import { hasEnough } from '../off-policy.js';
import { Optimizer } from '../optimizer.js';
import { scheduled } from '../schedule.js';
import { moveTargets } from '../targets.js';
import { ActionValues } from './action-values.js';
import { DrawnRows, type MemberRows, type StateSource } from './drawn-rows.js';
import { huberGradient, huberLoss } from './loss.js';
import type { Mixer } from './mixer.js';
import type { QLearningOptions } from './options.js';
import { agentsPerRow, type Grouping, type MemberWidths, widthsOf } from './replay.js';
import { Rows } from './rows.js';

/** Added to errors, so that what was learned well is still drawn at times. */
const PRIORITY_EPSILON = 1e-6;

export interface QLearningSettings {
  readonly grouping: Grouping;
  readonly mixer: Mixer;
  readonly teamReward: 'mean' | 'sum';
  /** What the mixer sees besides values; absent is nothing. */
  readonly state?: StateSource;
}

/** Where a member's parameters lie in the block of all. */
interface ParameterViews {
  readonly policy: F32;
  /** V of dueling values; empty without. */
  readonly value: F32;
}

/** What an update holds of one member, whose rows drawn are R = rows · agents. */
interface Member {
  readonly widths: MemberWidths;
  readonly drawn: MemberRows;
  readonly values: ActionValues;
  readonly parameters: ParameterViews;
  readonly gradients: ParameterViews;
  readonly targets: ParameterViews;
  /** Place of its first agent among all. */
  readonly first: number;
  /** f32[R, action]: what is chosen after the transitions. */
  readonly nextActions: F32;
  /** f32[R]: values of the actions, or of the next ones; then the gradient. */
  readonly own: F32;
  readonly dOwn: F32;
}

/** Q-learning from a replay, of one policy or of a team whose agents' values a mixer joins:
 *
 *    total = mix(s, Q_1(o_1, a_1), …, Q_N(o_N, a_N))
 *    y     = r + discount · mix'(s', Q'_1(o'_1, a'_1), …, Q'_N(o'_N, a'_N)),   a'_i greedy by Q_i (double) or by Q'_i
 *    L     = 1/B Σ_b w_b · huber(total_b − y_b)
 *
 *  Primes are target networks; r and discount span n steps; w corrects for drawing by priority, and is 1 without.
 *  Parameters: members' policies [network · ε], then their V networks, then the mixer.
 *  Sources: Mnih et al. 2015, alg. 1; van Hasselt et al. 2016, eq. 4; Schaul et al. 2016, alg. 1; Sunehag et al. 2018; Rashid et al. 2018. */
export class QLearningUpdater implements Updater {
  readonly state: readonly StateTensor[];
  readonly acting: readonly ActingPart[];
  readonly rewardChannels: readonly (readonly number[])[];
  readonly criticInput?: CriticInput;
  counters: Record<string, number> = { optimizerSteps: 0 };
  private readonly kernels: Kernels;
  private readonly options: QLearningOptions;
  private readonly mixer: Mixer;
  private readonly members: readonly Member[];
  private readonly agents: number;
  private readonly rows: Rows;
  private readonly optimizer: Optimizer;
  private readonly parameters: F32;
  private readonly gradients: F32;
  private readonly targets: F32;
  private readonly mixing: { readonly parameters: F32; readonly gradients: F32; readonly targets: F32 };
  /** B rows, of N agents each. */
  private readonly drawn: DrawnRows;
  private readonly priorities: Float32Array;
  /** f32[B, N] */
  private readonly agentValues: F32;
  private readonly dAgentValues: F32;
  /** f32[B] */
  private readonly totals: F32;
  private readonly dTotals: F32;
  private readonly goals: Float32Array;

  constructor(context: UpdaterContext, { grouping, mixer, teamReward, state }: QLearningSettings) {
    const { kernels } = context;
    const options = context.options as QLearningOptions;
    const B = options.batchSize;
    this.kernels = kernels;
    this.options = options;
    this.mixer = mixer;
    this.rewardChannels = [context.rewardHeads.map((_, h) => h)];
    // Observations are in the rows anyway.
    if (state?.input === 'globalState') this.criticInput = 'globalState';

    const values = context.members.map(
      (member) =>
        new ActionValues(kernels, member, {
          dueling: options.dueling,
          maxRows: B * agentsPerRow(grouping, member),
        }),
    );
    const policyCounts = values.map(({ policy }) => policy.parameterCount);
    const valueCounts = values.map(({ stateValue }) => stateValue?.parameterCount ?? 0);
    const offsets = runningSums([...policyCounts, ...valueCounts, mixer.parameterCount]);
    const count = offsets.at(-1)!;
    this.parameters = kernels.f32(count);
    this.gradients = kernels.f32(count);
    this.targets = kernels.f32(count);
    const part = (block: F32, p: number): F32 => kernels.view(block, offsets[p]!, offsets[p + 1]! - offsets[p]!);
    const M = values.length;
    const viewsOf = (block: F32, m: number): ParameterViews => ({ policy: part(block, m), value: part(block, M + m) });
    this.mixing = {
      parameters: part(this.parameters, 2 * M),
      gradients: part(this.gradients, 2 * M),
      targets: part(this.targets, 2 * M),
    };
    const widths = context.members.map((member) => widthsOf(grouping, member));
    const firsts = runningSums(widths.map(({ agents }) => agents));
    this.agents = firsts.at(-1)!;
    this.drawn = new DrawnRows(kernels, widths, B, state ?? null);
    this.members = widths.map((own, m): Member => {
      const R = B * own.agents;
      return {
        widths: own,
        drawn: this.drawn.members[m]!,
        values: values[m]!,
        parameters: viewsOf(this.parameters, m),
        gradients: viewsOf(this.gradients, m),
        targets: viewsOf(this.targets, m),
        first: firsts[m]!,
        nextActions: kernels.f32(R * own.action),
        own: kernels.f32(R),
        dOwn: kernels.f32(R),
      };
    });
    const { gamma, nStep } = options;
    const stateSize = this.criticInput === undefined ? 0 : state!.size;
    this.rows = new Rows(context.batchShapes, widths, { gamma, nStep, teamReward, stateSize });
    this.optimizer = new Optimizer(kernels, count, options);
    this.state = [
      { name: 'parameters', shape: [count], data: this.parameters },
      { name: 'targets', shape: [count], data: this.targets },
      ...this.optimizer.state,
    ];
    this.acting = policyCounts.map((own, m) => ({ offset: offsets[m]!, count: own }));

    this.priorities = new Float32Array(B);
    this.agentValues = kernels.f32(B * this.agents);
    this.dAgentValues = kernels.f32(B * this.agents);
    this.totals = kernels.f32(B);
    this.dTotals = kernels.f32(B);
    this.goals = new Float32Array(B);
  }

  initialize(random: RandomStream): void {
    for (const { values, parameters } of this.members) values.initialize(parameters.policy, parameters.value, random);
    this.mixer.initialize(this.mixing.parameters, random);
    this.targets.set(this.parameters);
    this.explore(0);
  }

  update(_batch: PolicyBatch, random: RandomStream, { iteration, batches, replay }: UpdateTurn): UpdateMetrics {
    const { options } = this;
    const held = replay!;
    // They may have been given other first weights than the seeded ones.
    if (this.counters.optimizerSteps === 0) this.targets.set(this.parameters);
    held.insert(this.rows.columns, this.rows.collect(batches));
    const sums = { loss: 0, error: 0, value: 0, gradientNorm: 0 };
    let updates = 0;
    if (hasEnough(held, options)) {
      // What is no number ends it: the metrics will tell.
      while (updates < options.updatesPerIteration && Number.isFinite(sums.loss)) {
        this.step(held, random, iteration, sums);
        updates++;
      }
    }
    this.explore(iteration + 1);
    const metrics: UpdateMetrics = {
      epsilon: scheduled(options.epsilon, iteration + 1),
      replaySize: held.size,
      updates,
    };
    if (updates === 0) return metrics;
    return {
      valueLoss: sums.loss / updates,
      temporalDifference: sums.error / updates,
      meanValue: sums.value / updates,
      gradientNorm: sums.gradientNorm / updates,
      ...metrics,
    };
  }

  dispose(): void {
    const { kernels } = this;
    for (const member of this.members) {
      member.values.dispose();
      for (const array of [member.nextActions, member.own, member.dOwn]) kernels.free(array);
    }
    this.mixer.dispose();
    this.optimizer.dispose();
    for (const array of [this.parameters, this.gradients, this.targets]) kernels.free(array);
    this.drawn.dispose();
    for (const array of [this.agentValues, this.dAgentValues, this.totals, this.dTotals]) kernels.free(array);
  }

  /** Actors take ε with the parameters. */
  private explore(iteration: number): void {
    const epsilon = scheduled(this.options.epsilon, iteration);
    for (const { values, parameters } of this.members) values.policy.free(parameters.policy)[0] = epsilon;
  }

  /** One optimizer step on rows drawn anew. */
  private step(
    replay: Replay,
    random: RandomStream,
    iteration: number,
    sums: { loss: number; error: number; value: number; gradientNorm: number },
  ): void {
    const { options, parameters, gradients } = this;
    const { batchSize: B, prioritized } = options;
    this.drawn.draw(replay, random, prioritized === undefined ? null : scheduled(prioritized.beta, iteration));
    this.setGoals();
    this.evaluate('parameters');
    const error = this.judge(sums);
    gradients.fill(0);
    this.backward();
    const step = this.counters.optimizerSteps! + 1;
    this.counters.optimizerSteps = step;
    sums.gradientNorm += this.optimizer.clip(gradients);
    this.optimizer.step(parameters, gradients, step);
    if (step % options.targetUpdateEvery === 0) this.moveTargets();
    if (prioritized !== undefined && Number.isFinite(error)) {
      replay.setPriorities(this.drawn.indices, this.priorities, B, prioritized.alpha);
    }
  }

  private moveTargets(): void {
    const { targets, parameters, options } = this;
    if (options.tau === 1) targets.set(parameters);
    else moveTargets(targets, parameters, options.tau, parameters.length);
  }

  /** goals[b] = r + discount · mix'(…) */
  private setGoals(): void {
    const { batchSize: B, double } = this.options;
    for (const member of this.members) {
      const chooser = double ? member.parameters : member.targets;
      const { nextActions } = member;
      const { nextObservations, nextActionMasks } = member.drawn;
      member.values.choose(chooser.policy, nextObservations, nextActionMasks, nextActions, B * member.widths.agents);
    }
    this.evaluate('targets');
    const { rewards, discounts } = this.drawn;
    for (let b = 0; b < B; b++) this.goals[b] = rewards[b]! + discounts[b]! * this.totals[b]!;
  }

  /** Totals of what was done by the parameters, or of what follows by the targets. */
  private evaluate(by: 'parameters' | 'targets'): void {
    const { batchSize: B } = this.options;
    const { agents: N, agentValues } = this;
    const now = by === 'parameters';
    for (const member of this.members) {
      const { policy, value } = member[by];
      const { values, widths, drawn, first, own } = member;
      const R = B * widths.agents;
      const observations = now ? drawn.observations : drawn.nextObservations;
      const masks = now ? drawn.actionMasks : drawn.nextActionMasks;
      values.evaluate(policy, value, observations, masks, now ? drawn.actions : member.nextActions, own, R);
      for (let b = 0, r = 0; b < B; b++) {
        for (let j = 0; j < widths.agents; j++, r++) agentValues[b * N + first + j] = own[r]!;
      }
    }
    this.mixer.mix(this.mixing[by], now ? this.drawn.states : this.drawn.nextStates, agentValues, this.totals, B);
  }

  /** Errors of the totals: writes their gradients and priorities, adds their means to the sums. */
  private judge(sums: { loss: number; error: number; value: number }): number {
    const { batchSize: B, huberDelta } = this.options;
    let loss = 0;
    let size = 0;
    let value = 0;
    for (let b = 0; b < B; b++) {
      const error = this.totals[b]! - this.goals[b]!;
      const weight = this.drawn.corrections[b]!;
      this.dTotals[b] = (weight * huberGradient(error, huberDelta)) / B;
      this.priorities[b] = Math.abs(error) + PRIORITY_EPSILON;
      loss += weight * huberLoss(error, huberDelta);
      size += Math.abs(error);
      value += this.totals[b]!;
    }
    sums.loss += loss / B;
    sums.error += size / B;
    sums.value += value / B;
    return loss;
  }

  private backward(): void {
    const { batchSize: B } = this.options;
    const { agents: N, mixing, dAgentValues } = this;
    this.mixer.backward(
      mixing.parameters,
      this.drawn.states,
      this.agentValues,
      this.dTotals,
      dAgentValues,
      mixing.gradients,
      B,
    );
    for (const { values, widths, drawn, first, dOwn, parameters, gradients } of this.members) {
      for (let b = 0, r = 0; b < B; b++) {
        for (let j = 0; j < widths.agents; j++, r++) dOwn[r] = dAgentValues[b * N + first + j]!;
      }
      values.backward(
        parameters.policy,
        parameters.value,
        drawn.observations,
        drawn.actionMasks,
        drawn.actions,
        dOwn,
        gradients.policy,
        gradients.value,
        B * widths.agents,
      );
    }
  }
}

/** 0, a_0, a_0 + a_1, … */
function runningSums(counts: readonly number[]): readonly number[] {
  const sums = [0];
  for (const count of counts) sums.push(sums.at(-1)! + count);
  return sums;
}
