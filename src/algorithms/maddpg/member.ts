import type { RandomStream } from '../../base/index.js';
import type { F32, Kernels } from '../../kernels/index.js';
import { createFlatPolicy, type FlatPolicy, valueShapeOf } from '../../policies/index.js';
import { type BoxSpace, type DiscreteSpace, elementSize, type MultiDiscreteSpace } from '../../spaces/index.js';
import type { LearningPolicy, StateTensor } from '../port.js';
import { ActionCritics } from '../shared/action-critic.js';
import { bootstrap, type CriticSums, regress } from '../shared/critic-regression.js';
import { named } from '../shared/off-policy.js';
import { Optimizer } from '../shared/optimizer.js';
import { seenActionSize, type TeamAgent } from './agents.js';
import { ContinuousActions } from './continuous-actions.js';
import type { JointMinibatch } from './joint-minibatch.js';
import type { MemberActions } from './member-actions.js';
import type { MaddpgOptions } from './options.js';
import { RelaxedActions } from './relaxed-actions.js';

/** Parts of a critic's input: what the agent saw and did comes first, then what each of the others did. */
const OWN_ACTION = 1;

/** Where a member's parameters lie: parts of the updater's blocks. */
export interface MemberBlocks {
  readonly policy: F32;
  readonly critics: F32;
  readonly targetPolicy: F32;
  readonly targetCritics: F32;
}

/** What the members' steps tell, added up: of a mean over the agents that act by each. */
export interface MemberSums extends CriticSums {
  criticGradientNorm: number;
  policyLoss: number;
  gradientNorm: number;
}

/** One policy of a team, with critics that see what all agents see and do. */
export class Member {
  readonly policyCount: number;
  readonly criticCount: number;
  readonly optimizerState: readonly StateTensor[];
  private readonly kernels: Kernels;
  /** The agents that act by it: positions in the team. */
  private readonly own: readonly number[];
  /** The team as the critic of each of them sees it: itself first. */
  private readonly orders: ReadonlyMap<number, readonly number[]>;
  private readonly policy: FlatPolicy;
  private readonly acting: MemberActions;
  private readonly critics: ActionCritics;
  private readonly policyOptimizer: Optimizer;
  private readonly criticOptimizer: Optimizer;
  private readonly policyGradients: F32;
  private readonly criticGradients: F32;
  private readonly actions: F32;
  private readonly dActions: F32;
  private readonly valueTargets: F32;
  private readonly dValues: F32;

  constructor(
    kernels: Kernels,
    member: LearningPolicy,
    team: readonly TeamAgent[],
    position: number,
    options: MaddpgOptions,
  ) {
    const { spec, policyId } = member;
    const rows = options.batchSize;
    this.kernels = kernels;
    this.own = team.flatMap((agent, i) => (agent.member === position ? [i] : []));
    this.orders = new Map(this.own.map((i) => [i, [i, ...team.keys()].filter((k, place) => place === 0 || k !== i)]));
    this.policy = createFlatPolicy(kernels, {
      where: `policy "${policyId}"`,
      observationSize: elementSize(member.observationSpace),
      // The catalog says that this algorithm learns these only.
      space: member.actionSpace as BoxSpace | DiscreteSpace | MultiDiscreteSpace,
      masked: member.masked,
      spec,
      maxRows: rows,
    });
    const { choices } = team[this.own[0]!]!;
    this.acting =
      choices.length === 0
        ? new ContinuousActions(kernels, this.policy, member, rows)
        : new RelaxedActions(kernels, this.policy, choices, options);
    this.critics = new ActionCritics(kernels, {
      parts: this.orders.get(this.own[0]!)!.flatMap((i) => [team[i]!.observationSize, seenActionSize(team[i]!)]),
      critics: options.critics,
      outputs: 1,
      spec: spec.valueNetwork ?? valueShapeOf(spec.network),
      maxRows: rows,
    });
    this.policyCount = this.policy.parameterCount;
    this.criticCount = this.critics.parameterCount;
    const { learningRate, criticLearningRate = learningRate } = options;
    this.policyOptimizer = new Optimizer(kernels, this.acting.learned, options);
    this.criticOptimizer = new Optimizer(kernels, this.criticCount, { ...options, learningRate: criticLearningRate });
    this.optimizerState = [
      ...named(`${policyId}.policy`, this.policyOptimizer.state),
      ...named(`${policyId}.critic`, this.criticOptimizer.state),
    ];
    this.policyGradients = kernels.f32(this.policyCount);
    this.criticGradients = kernels.f32(this.criticCount);
    const width = seenActionSize(team[this.own[0]!]!);
    this.actions = kernels.f32(rows * width);
    this.dActions = kernels.f32(rows * width);
    this.valueTargets = kernels.f32(rows);
    this.dValues = kernels.f32(rows);
  }

  initialize({ policy, critics }: MemberBlocks, random: RandomStream): void {
    this.policy.initialize(policy, random);
    this.critics.initialize(critics, random);
  }

  /** Tells of which iteration the next steps are. */
  begin(iteration: number): void {
    this.policyOptimizer.begin(iteration);
    this.criticOptimizer.begin(iteration);
  }

  /** How its agents explore from now on. */
  explore({ policy }: MemberBlocks, noise: number, warmup: boolean): void {
    this.acting.explore(policy, noise, warmup);
  }

  /** What the target policy does at the next observations, to actions f32[rows, ·] of each of its agents. */
  actNext(
    { targetPolicy }: MemberBlocks,
    minibatch: JointMinibatch,
    nextActions: readonly F32[],
    random: RandomStream,
  ): void {
    for (const i of this.own) {
      const { nextObservations, nextActionMasks } = minibatch.agents[i]!;
      this.acting.act(targetPolicy, nextObservations, nextActionMasks, nextActions[i]!, minibatch.rows, random);
    }
  }

  /** A step towards r_i + γ' min Q'(o', a'), of the mean over its agents and the rows. `nextActions`: a' of each agent of the team. */
  stepCritics(
    blocks: MemberBlocks,
    minibatch: JointMinibatch,
    nextActions: readonly F32[],
    step: number,
    sums: MemberSums,
  ): void {
    const { critics, valueTargets, dValues, criticGradients } = this;
    const { rows, discounts } = minibatch;
    const shares = rows * this.own.length;
    criticGradients.fill(0);
    for (const i of this.own) {
      const { rewards } = minibatch.agents[i]!;
      this.join(i, minibatch, nextActions);
      critics.minimum(blocks.targetCritics, valueTargets, rows);
      bootstrap(rewards, discounts, valueTargets, rows);
      this.join(i, minibatch, null);
      for (let j = 0; j < critics.critics; j++) {
        const values = critics.evaluate(blocks.critics, j, rows);
        regress(values, valueTargets, dValues, rows, { shares, critics: critics.critics }, sums);
        critics.backward(blocks.critics, j, dValues, criticGradients, rows);
      }
    }
    sums.criticGradientNorm += this.criticOptimizer.clip(criticGradients);
    this.criticOptimizer.step(blocks.critics, criticGradients, step);
  }

  /** A step of the policy up Q_1(o, a with a_i = π(o_i)), of the mean over its agents and the rows. */
  stepPolicy(
    blocks: MemberBlocks,
    minibatch: JointMinibatch,
    step: number,
    random: RandomStream,
    sums: MemberSums,
  ): void {
    const { acting, critics, actions, dActions, dValues, policyGradients } = this;
    const { rows } = minibatch;
    const shares = rows * this.own.length;
    let value = 0;
    let penalty = 0;
    policyGradients.fill(0);
    dValues.fill(-1 / shares);
    for (const i of this.own) {
      const { observations, actionMasks } = minibatch.agents[i]!;
      acting.act(blocks.policy, observations, actionMasks, actions, rows, random);
      this.join(i, minibatch, null);
      critics.setPart(OWN_ACTION, actions, rows);
      const values = critics.evaluate(blocks.critics, 0, rows);
      for (let b = 0; b < rows; b++) value += values[b]! / shares;
      dActions.fill(0);
      critics.addPartGradient(blocks.critics, 0, dValues, OWN_ACTION, dActions, rows);
      penalty += acting.backward(blocks.policy, observations, actionMasks, dActions, 1 / shares, policyGradients, rows);
    }
    sums.policyLoss += penalty / shares - value;
    sums.gradientNorm += this.policyOptimizer.clip(policyGradients);
    this.policyOptimizer.step(blocks.policy, policyGradients, step);
  }

  dispose(): void {
    const { kernels } = this;
    this.policy.dispose();
    this.acting.dispose();
    this.critics.dispose();
    this.policyOptimizer.dispose();
    this.criticOptimizer.dispose();
    for (const array of [this.policyGradients, this.criticGradients, this.actions, this.dActions]) kernels.free(array);
    for (const array of [this.valueTargets, this.dValues]) kernels.free(array);
  }

  /** Input rows of agent i's critic: of the transitions, or of their ends with `nextActions`. */
  private join(i: number, minibatch: JointMinibatch, nextActions: readonly F32[] | null): void {
    for (const [place, other] of this.orders.get(i)!.entries()) {
      const { observations, nextObservations, actions } = minibatch.agents[other]!;
      this.critics.setPart(2 * place, nextActions === null ? observations : nextObservations, minibatch.rows);
      this.critics.setPart(2 * place + 1, nextActions === null ? actions : nextActions[other]!, minibatch.rows);
    }
  }
}
