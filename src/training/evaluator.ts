import { RandomStream } from '../base/index.js';
import { createBatch, createStepper, type EnvironmentBatch, type Stepper } from '../envs/index.js';
import type { F32, Kernels } from '../kernels/index.js';
import { ActingPolicies } from './acting.js';
import { type AgentEvaluation, RECORDED_STEPS, type RecordedGame } from './events.js';
import type { EvaluationResult } from './options.js';
import type { JobPlan } from './plan.js';
import { PURPOSE } from './purposes.js';

export interface EvaluateRequest {
  readonly version: number;
  readonly weights: Uint8Array;
  readonly episodes: number;
  /** Steps after which an episode is counted as it stands. */
  readonly maxSteps: number;
  /** The same seed gives the same starts, so evaluations of one job can be compared. */
  readonly seed: number;
}

/** Instances that are evaluated together. */
const EVALUATION_INSTANCES = 128;

/** Plays episodes with the policies' modes. Every instance plays its share of the episodes, whatever their lengths, so short
 *  episodes count no more than long ones. */
export class Evaluator {
  private readonly kernels: Kernels;
  private readonly plan: JobPlan;
  private readonly policies: ActingPolicies;

  constructor(kernels: Kernels, plan: JobPlan) {
    this.kernels = kernels;
    this.plan = plan;
    this.policies = new ActingPolicies(kernels, plan);
  }

  evaluate(request: EvaluateRequest): EvaluationResult {
    this.policies.load(request.version, request.weights);
    const round = new EvaluationRound(this.kernels, this.plan, this.policies, request);
    try {
      return round.play();
    } finally {
      round.dispose();
    }
  }

  dispose(): void {
    this.policies.dispose();
  }
}

/** One evaluation: its instances, their episodes in progress, and the sums over those that ended. */
class EvaluationRound {
  private readonly kernels: Kernels;
  private readonly plan: JobPlan;
  private readonly policies: ActingPolicies;
  private readonly request: EvaluateRequest;
  private readonly batch: EnvironmentBatch;
  private readonly observation: readonly F32[];
  private readonly action: readonly F32[];
  private readonly stepper: Stepper;
  /** Episodes that an instance has yet to end. */
  private readonly left: Int32Array;
  /** Instances whose episode was cut in this step. */
  private readonly cut: Int32Array;
  private unfinished: number;
  private readonly length: Int32Array;
  private readonly returns: Float64Array;
  /** `ended`: episodes that the environment ended, which alone have metrics. */
  private readonly totals: {
    episodes: number;
    ended: number;
    steps: number;
    returns: Float64Array;
    metrics: Float64Array;
  };
  private readonly game: { actions: Record<string, number[][]>; rewards: Record<string, number[]> };
  private recording = true;

  constructor(kernels: Kernels, plan: JobPlan, policies: ActingPolicies, request: EvaluateRequest) {
    const { environment } = plan;
    const { agents } = environment;
    const B = Math.min(request.episodes, EVALUATION_INSTANCES);
    const metrics = environment.episodeMetrics?.length ?? 0;
    this.kernels = kernels;
    this.plan = plan;
    this.policies = policies;
    this.request = request;
    const batch = createBatch(environment, B);
    this.observation = batch.observation.map((array) => kernels.f32(array.length));
    this.action = batch.action.map((array) => kernels.f32(array.length));
    batch.observation = this.observation;
    batch.action = this.action;
    this.batch = batch;
    this.stepper = createStepper(environment, batch, {
      environmentId: plan.spec.env.id,
      onEnded: (ended, count) => {
        this.countStep();
        for (let e = 0; e < count; e++) this.endEpisode(ended[e]!, true);
      },
    });
    this.left = Int32Array.from({ length: B }, (_, b) => Math.floor((request.episodes + B - 1 - b) / B));
    this.cut = new Int32Array(B);
    this.unfinished = B;
    this.length = new Int32Array(B);
    this.returns = new Float64Array(agents.length * B);
    this.totals = {
      episodes: 0,
      ended: 0,
      steps: 0,
      returns: new Float64Array(agents.length),
      metrics: new Float64Array(agents.length * metrics),
    };
    this.game = {
      actions: Object.fromEntries(agents.map((agent) => [agent.id, []])),
      rewards: Object.fromEntries(agents.map((agent) => [agent.id, []])),
    };
  }

  play(): EvaluationResult {
    const { batch, stepper, request } = this;
    const random = new RandomStream(request.seed, PURPOSE.evaluate);
    stepper.resetAll(random);
    while (this.unfinished > 0) {
      this.policies.ofAgent.forEach(({ policy, parameters }, agent) => {
        policy.actMode(
          parameters,
          this.observation[agent]!,
          batch.actionMask[agent]!,
          this.action[agent]!,
          batch.instances,
        );
      });
      stepper.step(random);
      stepper.assertFinite();
      if (stepper.endedCount === 0) this.countStep();
      let cut = 0;
      for (let b = 0; b < batch.instances; b++) {
        if (this.length[b]! < request.maxSteps || this.left[b]! === 0) continue;
        this.endEpisode(b, false);
        if (this.left[b]! > 0) this.cut[cut++] = b;
      }
      if (cut > 0) stepper.restart(this.cut, cut, random);
    }
    return this.result();
  }

  dispose(): void {
    for (const array of [...this.observation, ...this.action]) this.kernels.free(array);
  }

  /** Adds the step just made to every episode in progress, before ended instances are reset. */
  private countStep(): void {
    const { batch, returns } = this;
    const { rewardHeads: H } = this.plan.layout.shape;
    const B = batch.instances;
    for (let b = 0; b < B; b++) this.length[b]!++;
    batch.reward.forEach((rewards, agent) => {
      for (let b = 0; b < B; b++) {
        for (let h = 0; h < H; h++) returns[agent * B + b]! += rewards[b * H + h]!;
      }
    });
    if (this.recording) this.record();
  }

  private endEpisode(b: number, ended: boolean): void {
    const { batch, plan, returns, totals } = this;
    const M = plan.environment.episodeMetrics?.length ?? 0;
    if (b === 0) this.recording = false;
    if (this.left[b]! > 0) {
      totals.episodes++;
      if (ended) totals.ended++;
      totals.steps += this.length[b]!;
      for (let agent = 0; agent < batch.agents.length; agent++) {
        totals.returns[agent]! += returns[agent * batch.instances + b]!;
        if (!ended) continue;
        for (let m = 0; m < M; m++) totals.metrics[agent * M + m]! += batch.episodeMetric[agent]![b * M + m]!;
      }
      this.left[b]!--;
      if (this.left[b] === 0) this.unfinished--;
    }
    this.length[b] = 0;
    for (let agent = 0; agent < batch.agents.length; agent++) returns[agent * batch.instances + b] = 0;
  }

  /** Keeps instance 0's step for pictures. */
  private record(): void {
    const { rewardHeads: H } = this.plan.layout.shape;
    this.batch.agents.forEach((agent, i) => {
      const size = this.action[i]!.length / this.batch.instances;
      this.game.actions[agent.id]!.push(Array.from(this.action[i]!.subarray(0, size)));
      let reward = 0;
      for (let h = 0; h < H; h++) reward += this.batch.reward[i]![h]!;
      this.game.rewards[agent.id]!.push(reward);
    });
    if (this.game.rewards[this.batch.agents[0]!.id]!.length >= RECORDED_STEPS) this.recording = false;
  }

  private result(): EvaluationResult {
    const { totals, plan } = this;
    const names = plan.environment.episodeMetrics ?? [];
    const agents: Record<string, AgentEvaluation> = {};
    plan.environment.agents.forEach((agent, i) => {
      agents[agent.id] = {
        return: totals.returns[i]! / totals.episodes,
        rewardPerStep: totals.returns[i]! / totals.steps,
        length: totals.steps / totals.episodes,
        metrics:
          totals.ended > 0
            ? Object.fromEntries(names.map((name, m) => [name, totals.metrics[i * names.length + m]! / totals.ended]))
            : {},
      };
    });
    return { agents, episodes: totals.episodes, game: this.game satisfies RecordedGame };
  }
}
