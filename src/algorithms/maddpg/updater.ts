import type { RandomStream } from '../../base/index.js';
import type { PolicyBatch } from '../../experience/index.js';
import type { F32, Kernels } from '../../kernels/index.js';
import type { ActingPart, StateTensor, UpdateMetrics, Updater, UpdaterContext, UpdateTurn } from '../port.js';
import { hasEnough } from '../shared/off-policy.js';
import { scheduled } from '../shared/schedule.js';
import { moveTargets } from '../shared/targets.js';
import { seenActionSize, type TeamAgent, teamAgents } from './agents.js';
import { JointMinibatch } from './joint-minibatch.js';
import { Member, type MemberBlocks, type MemberSums } from './member.js';
import type { MaddpgOptions } from './options.js';

/** Multi-agent deep deterministic policy gradient: each policy acts on its own observation, and its critic sees, in training, what
 *  every agent of the team sees and does. For agent i, with ' the targets:
 *
 *    y = r_i + γ' min_j Q'_ij(o', a'),  a'_k = π'_k(o'_k)       critics: Σ_j mean ½ (Q_ij(o, a) − y)²
 *    policy: mean −Q_i1(o, a with a_i = π_i(o_i)); then all targets move by τ
 *
 *  Of a choice critics see a number for each, and π is a draw that a gradient goes through (see `GumbelSoftmax`).
 *  Agents that share a policy share its critics, which see the agent in question first. Source: Lowe et al. 2017, alg. 1.
 *  Parameters: policy of each member · critics of each member. */
export class MaddpgUpdater implements Updater {
  readonly state: readonly StateTensor[];
  readonly acting: readonly ActingPart[];
  readonly rewardChannels: readonly (readonly number[])[];
  counters: Record<string, number> = { optimizerSteps: 0 };
  private readonly kernels: Kernels;
  private readonly options: MaddpgOptions;
  private readonly team: readonly TeamAgent[];
  private readonly members: readonly Member[];
  private readonly blocks: readonly MemberBlocks[];
  private readonly minibatch: JointMinibatch;
  private readonly parameters: F32;
  private readonly targets: F32;
  /** Target actions of each agent. */
  private readonly nextActions: readonly F32[];

  constructor(context: UpdaterContext) {
    const { kernels } = context;
    const options = context.options as MaddpgOptions;
    const { batchSize: rows, gamma, nStep } = options;
    this.kernels = kernels;
    this.options = options;
    this.team = teamAgents(context.members);
    this.members = context.members.map((member, m) => new Member(kernels, member, this.team, m, options));
    this.minibatch = new JointMinibatch(context, this.team, { rows, gamma, nStep });
    const policies = this.members.reduce((sum, { policyCount }) => sum + policyCount, 0);
    const count = this.members.reduce((sum, { criticCount }) => sum + criticCount, policies);
    this.parameters = kernels.f32(count);
    this.targets = kernels.f32(count);
    let policyAt = 0;
    let criticAt = policies;
    const acting: ActingPart[] = [];
    this.blocks = this.members.map(({ policyCount, criticCount }) => {
      acting.push({ offset: policyAt, count: policyCount });
      const blocks = {
        policy: kernels.view(this.parameters, policyAt, policyCount),
        critics: kernels.view(this.parameters, criticAt, criticCount),
        targetPolicy: kernels.view(this.targets, policyAt, policyCount),
        targetCritics: kernels.view(this.targets, criticAt, criticCount),
      };
      policyAt += policyCount;
      criticAt += criticCount;
      return blocks;
    });
    this.acting = acting;
    this.state = [
      { name: 'parameters', shape: [count], data: this.parameters },
      { name: 'targets', shape: [count], data: this.targets },
      ...this.members.flatMap((member) => member.optimizerState),
    ];
    this.rewardChannels = [context.rewardHeads.map((_, h) => h)];
    this.nextActions = this.team.map((agent) => kernels.f32(rows * seenActionSize(agent)));
  }

  initialize(random: RandomStream): void {
    for (const [m, member] of this.members.entries()) member.initialize(this.blocks[m]!, random);
    this.explore(0, this.options.learningStarts > 0);
    this.targets.set(this.parameters);
  }

  update(_batch: PolicyBatch, random: RandomStream, { iteration, batches, replay }: UpdateTurn): UpdateMetrics {
    const { options, minibatch } = this;
    const held = replay!;
    // Nothing learned yet: policies may have been given weights of an earlier job after their initialization.
    if (this.counters.optimizerSteps === 0) this.targets.set(this.parameters);
    for (const member of this.members) member.begin(iteration);
    minibatch.insert(batches, held);
    const learns = hasEnough(held, options);
    const updates = learns ? options.updatesPerIteration : 0;
    const sums = { valueLoss: 0, meanValue: 0, criticGradientNorm: 0, policyLoss: 0, gradientNorm: 0 };
    for (let u = 0; u < updates; u++) {
      minibatch.draw(held, random);
      this.step(sums, random);
      moveTargets(this.targets, this.parameters, options.tau, this.targets.length);
    }
    const noise = this.explore(iteration + 1, !learns);
    const metrics: UpdateMetrics = { replaySize: held.size, updates };
    if (this.team.some(({ choices }) => choices.length === 0)) metrics.explorationNoise = noise;
    if (updates === 0) return metrics;
    const shares = updates * this.members.length;
    for (const [name, sum] of Object.entries(sums)) metrics[name] = sum / shares;
    return metrics;
  }

  dispose(): void {
    for (const member of this.members) member.dispose();
    this.minibatch.dispose();
    for (const array of [this.parameters, this.targets, ...this.nextActions]) this.kernels.free(array);
  }

  private step(sums: MemberSums, random: RandomStream): void {
    const { minibatch, members, blocks } = this;
    const step = this.counters.optimizerSteps! + 1;
    this.counters.optimizerSteps = step;
    for (const [m, member] of members.entries()) member.actNext(blocks[m]!, minibatch, this.nextActions, random);
    for (const [m, member] of members.entries()) {
      member.stepCritics(blocks[m]!, minibatch, this.nextActions, step, sums);
      member.stepPolicy(blocks[m]!, minibatch, step, random, sums);
    }
  }

  /** How who acts by version `iteration` explores; returns the noise. */
  private explore(iteration: number, warmup: boolean): number {
    const noise = scheduled(this.options.explorationNoise, iteration);
    for (const [m, member] of this.members.entries()) member.explore(this.blocks[m]!, noise, warmup);
    return noise;
  }
}
