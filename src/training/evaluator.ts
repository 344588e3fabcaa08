import { RandomStream } from '../base/index.js';
import { createBatch, createStepper, type EnvironmentBatch, type Stepper } from '../envs/index.js';
import type { F32, Kernels } from '../kernels/index.js';
import { ActingPolicies } from './acting.js';
import { headMeans, metricMeans, type ReturnHeads, returnHeads, sumHeads } from './agent-metrics.js';
import type { AgentEvaluation } from './events.js';
import { GameRecorder } from './game-recorder.js';
import { Memories } from './memories.js';
import type { EvaluationResult } from './options.js';
import type { JobPlan } from './plan.js';
import { sampleProfiles } from './profiles.js';
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
 *  episodes count no more than long ones. Then samples the environment's profiles. */
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
    this.policies.load(request.weights);
    const round = this.kernels.allOrNothing(() => new EvaluationRound(this.kernels, this.plan, this.policies, request));
    try {
      const played = round.play();
      const profiles = sampleProfiles(this.kernels, this.plan.environment, this.policies, request.seed);
      return profiles.length === 0 ? played : { ...played, profiles };
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
  private readonly memories: Memories;
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
  /** f64[N, B, H]: rewards of the episodes in progress. */
  private readonly rewards: Float64Array;
  private readonly returnHeads: ReturnHeads;
  /** `ended`: episodes that the environment ended, which alone have metrics. `rewards`: f64[N, H]; `metrics`: f64[N, M]. */
  private readonly totals: {
    episodes: number;
    ended: number;
    steps: number;
    rewards: Float64Array;
    metrics: Float64Array;
  };
  private readonly recorder: GameRecorder;

  constructor(kernels: Kernels, plan: JobPlan, policies: ActingPolicies, request: EvaluateRequest) {
    const { environment } = plan;
    const { agents } = environment;
    const B = Math.min(request.episodes, EVALUATION_INSTANCES);
    const { rewardHeads: H, episodeMetrics: M } = plan.layout.shape;
    this.kernels = kernels;
    this.plan = plan;
    this.policies = policies;
    this.memories = new Memories(kernels, policies.ofAgent, B);
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
        if (ended[0] === 0 && this.recorder.recording) this.recorder.end(ended, count);
        for (let e = 0; e < count; e++) this.endEpisode(ended[e]!, true);
      },
    });
    this.left = Int32Array.from({ length: B }, (_, b) => Math.floor((request.episodes + B - 1 - b) / B));
    this.cut = new Int32Array(B);
    this.unfinished = B;
    this.length = new Int32Array(B);
    this.rewards = new Float64Array(agents.length * B * H);
    this.returnHeads = returnHeads(environment);
    this.totals = {
      episodes: 0,
      ended: 0,
      steps: 0,
      rewards: new Float64Array(agents.length * H),
      metrics: new Float64Array(agents.length * M),
    };
    this.recorder = new GameRecorder(batch, this.returnHeads);
  }

  play(): EvaluationResult {
    const { batch, stepper, request } = this;
    const random = new RandomStream(request.seed, PURPOSE.evaluate);
    stepper.resetAll(random);
    stepper.assertFinite();
    while (this.unfinished > 0) {
      this.policies.ofAgent.forEach(({ policy, parameters }, agent) => {
        policy.actMode(
          parameters,
          this.observation[agent]!,
          batch.actionMask[agent]!,
          this.action[agent]!,
          batch.instances,
          this.memories.ofAgent[agent],
        );
      });
      if (this.recorder.recording) this.recorder.look();
      stepper.step(random);
      stepper.assertFinite();
      if (stepper.endedCount === 0) this.countStep();
      let cut = 0;
      for (let b = 0; b < batch.instances; b++) {
        if (this.length[b]! < request.maxSteps || this.left[b]! === 0) continue;
        this.endEpisode(b, false);
        if (b === 0) this.recorder.stop();
        if (this.left[b]! > 0) this.cut[cut++] = b;
      }
      if (cut === 0) continue;
      stepper.restart(this.cut, cut, random);
      stepper.assertFinite();
    }
    return this.result();
  }

  dispose(): void {
    this.memories.dispose();
    for (const array of [...this.observation, ...this.action]) this.kernels.free(array);
  }

  /** Adds the step just made to every episode in progress, before ended instances are reset. */
  private countStep(): void {
    const { batch, rewards } = this;
    for (let b = 0; b < batch.instances; b++) this.length[b]!++;
    batch.reward.forEach((paid, agent) => {
      const first = agent * paid.length;
      for (let j = 0; j < paid.length; j++) rewards[first + j]! += paid[j]!;
    });
    if (this.recorder.recording) this.recorder.add();
  }

  private endEpisode(b: number, ended: boolean): void {
    const { batch, plan, rewards, totals } = this;
    const { rewardHeads: H, episodeMetrics: M } = plan.layout.shape;
    const B = batch.instances;
    if (this.left[b]! > 0) {
      totals.episodes++;
      if (ended) totals.ended++;
      totals.steps += this.length[b]!;
      for (let agent = 0; agent < batch.agents.length; agent++) {
        for (let h = 0; h < H; h++) totals.rewards[agent * H + h]! += rewards[(agent * B + b) * H + h]!;
        if (!ended) continue;
        for (let m = 0; m < M; m++) totals.metrics[agent * M + m]! += batch.episodeMetric[agent]![b * M + m]!;
      }
      this.left[b]!--;
      if (this.left[b] === 0) this.unfinished--;
    }
    this.length[b] = 0;
    this.memories.forget(b);
    for (let agent = 0; agent < batch.agents.length; agent++) {
      const first = (agent * B + b) * H;
      rewards.fill(0, first, first + H);
    }
  }

  private result(): EvaluationResult {
    const { totals, plan } = this;
    const { environment } = plan;
    const { rewardHeads: H, episodeMetrics: M } = plan.layout.shape;
    const agents: Record<string, AgentEvaluation> = {};
    environment.agents.forEach((agent, i) => {
      const total = sumHeads(this.returnHeads, totals.rewards, i * H);
      agents[agent.id] = {
        return: total / totals.episodes,
        rewardPerStep: total / totals.steps,
        ...headMeans(environment, totals.rewards, i * H, totals.steps),
        length: totals.steps / totals.episodes,
        metrics: metricMeans(environment, totals.metrics, i * M, totals.ended),
      };
    });
    return { agents, episodes: totals.episodes, game: this.recorder.game() };
  }
}
