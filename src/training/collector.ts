import { type Clock, RandomStream } from '../base/index.js';
import {
  createBatch,
  createStepper,
  type EnvironmentBatch,
  type EnvironmentOutputs,
  type Stepper,
} from '../envs/index.js';
import { TrajectoryWriter } from '../experience/index.js';
import { type F32, type GaussianActor, type GaussianActors, groupedKernels, type Kernels } from '../kernels/index.js';
import { ActingPolicies } from './acting.js';
import { type ReturnHeads, returnHeads, sumHeads } from './agent-metrics.js';
import { Memories } from './memories.js';
import type { JobPlan } from './plan.js';
import { PURPOSE } from './purposes.js';
import { createProgress, type EpisodeProgress, loadShard, saveShard } from './shard-state.js';

export interface CollectRequest {
  readonly shard: number;
  readonly k: number;
  readonly version: number;
  readonly weights: Uint8Array;
  /** Shard state before batch k; null before the first. */
  readonly state: Uint8Array | null;
  /** Memory for the result, if it is large enough. */
  readonly target?: SharedArrayBuffer;
}

export interface CollectResult {
  readonly batch: Uint8Array;
  /** Shard state after the batch. */
  readonly state: Uint8Array;
  /** Where the time went. */
  readonly seconds: { readonly environment: number; readonly policy: number; readonly transfer: number };
}

/** Mutable view of a batch: its arrays are pointed at the trajectory's rows, step by step. */
type MovingBatch = { -readonly [K in keyof EnvironmentBatch]: EnvironmentBatch[K] };

/** Collects trajectory batches of any shard of one job: (weights, shard state, s, k) decide the result to the last bit, so a
 *  collector remembers nothing from one request to the next. */
export class Collector {
  private readonly plan: JobPlan;
  private readonly clock: Clock;
  private readonly policies: ActingPolicies;
  private readonly kernels: Kernels;
  private readonly writer: TrajectoryWriter;
  /** The writer's outputs without the numbers. */
  private readonly masks: EnvironmentOutputs;
  private readonly batch: MovingBatch;
  private readonly stepper: Stepper;
  private readonly progress: EpisodeProgress;
  private readonly memories: Memories;
  private readonly returnHeads: ReturnHeads;
  /** agent → f32[T, B, noiseSize] */
  private readonly noise: readonly F32[];
  /** agent → t → f32[B, noiseSize] */
  private readonly noiseRows: readonly (readonly F32[])[];
  /** What the stepper is pointed at, per row t: made once. */
  private readonly observationRows: readonly (readonly F32[])[];
  private readonly actionRows: readonly (readonly F32[])[];
  private readonly maskRows: readonly (readonly Uint8Array[])[];
  private readonly rewardRows: readonly (readonly F32[])[];
  /** Those that act by one call, or null; and who acts by itself. */
  private readonly together: GaussianActors | null;
  private readonly alone: readonly number[];
  private step = 0;

  constructor(kernels: Kernels, plan: JobPlan, clock: Clock) {
    const { environment, layout, spec } = plan;
    const { horizon: T, instances: B } = layout.shape;
    this.plan = plan;
    this.clock = clock;
    this.policies = new ActingPolicies(kernels, plan);
    this.kernels = kernels;
    this.writer = new TrajectoryWriter(kernels, layout);
    this.masks = withoutNumbers(this.writer.outputs);
    this.batch = createBatch(environment, B);
    this.stepper = createStepper(environment, this.batch, {
      environmentId: spec.env.id,
      onEnded: (ended, count) => this.endEpisodes(ended, count),
    });
    this.progress = createProgress(environment.agents.length, B);
    this.memories = new Memories(kernels, this.policies.ofAgent, B);
    this.returnHeads = returnHeads(environment);
    this.noise = this.policies.ofAgent.map(({ policy }) => kernels.f32(T * B * policy.noiseSize));
    this.noiseRows = this.noise.map((noise, agent) => {
      const width = B * this.policies.ofAgent[agent]!.policy.noiseSize;
      return Array.from({ length: T }, (_, t) => kernels.view(noise, t * width, width));
    });
    const { rows } = this.writer;
    this.observationRows = rows.map((row) => row.agents.map((agent) => agent.observation));
    this.actionRows = rows.map((row) => row.agents.map((agent) => agent.action));
    this.maskRows = rows.map((row) => row.agents.map((agent) => agent.actionMask));
    this.rewardRows = rows.map((row) => row.agents.map((agent) => agent.reward));
    const groups = groupedKernels(kernels);
    const actors = groups === null ? [] : this.gaussianActors();
    this.together = actors.length === 0 ? null : groups!.gaussianActors(actors.map(({ actor }) => actor));
    const grouped = new Set(actors.map(({ agent }) => agent));
    this.alone = this.policies.ofAgent.flatMap((_, agent) => (grouped.has(agent) ? [] : [agent]));
  }

  collect(request: CollectRequest): CollectResult {
    const { shard, k } = request;
    const { horizon: T } = this.plan.layout.shape;
    const { clock, writer, batch, stepper } = this;
    const seed = this.plan.spec.seed;
    const begin = clock.monotonic();
    writer.begin(shard, k, request.version);
    this.policies.load(request.weights);
    for (const metrics of this.batch.episodeMetric) metrics.fill(0);
    this.pointObservations(0);
    if (request.state === null) this.startEpisodes(shard);
    else loadShard(batch, this.progress, request.state, this.memories.states);
    for (const [agent, state] of this.memories.states.entries()) writer.states[agent]!.set(state);
    const random = new RandomStream(seed, PURPOSE.environment, shard, k);
    this.drawNoise(shard, k);
    let environmentMs = clock.monotonic() - begin;
    let policyMs = 0;
    for (let t = 0; t < T; t++) {
      const start = clock.monotonic();
      try {
        this.act(t);
      } catch (error) {
        // What a policy cannot act on is told with the agent and the instance, where the environment should not have given it.
        stepper.assertFinite();
        throw error;
      }
      const acted = clock.monotonic();
      this.step = t;
      this.pointStep(t);
      this.pointObservations(t + 1);
      stepper.step(random);
      this.countRewards();
      const stepped = clock.monotonic();
      policyMs += acted - start;
      environmentMs += stepped - acted;
    }
    stepper.assertFinite(this.isFinite() ? this.masks : writer.outputs);
    const collected = clock.monotonic();
    const result = writer.finish(request.target);
    const state = saveShard(batch, this.progress, this.memories.states);
    const transferMs = clock.monotonic() - collected;
    return {
      batch: result,
      state,
      seconds: { environment: environmentMs / 1000, policy: policyMs / 1000, transfer: transferMs / 1000 },
    };
  }

  dispose(kernels: Kernels): void {
    this.together?.dispose();
    this.policies.dispose();
    this.writer.dispose();
    this.memories.dispose();
    for (const noise of this.noise) kernels.free(noise);
  }

  /** Whether all that the environment wrote is finite: a sum in float64 of float32 numbers is just then. What is not is named by
   *  who looks at each. */
  private isFinite(): boolean {
    const { kernels } = this;
    const { observation, reward, globalState } = this.writer.outputs;
    const finite = (values: F32) => Number.isFinite(kernels.sum(values, values.length));
    return observation.every(finite) && reward.every(finite) && finite(globalState);
  }

  private startEpisodes(shard: number): void {
    // Whatever shard was collected here before: a reset need not write all of the state, which is promised to begin as zeros.
    for (const array of Object.values(this.batch.state)) array.fill(0);
    this.progress.length.fill(0);
    this.progress.returns.fill(0);
    this.memories.forgetAll();
    this.stepper.resetAll(new RandomStream(this.plan.spec.seed, PURPOSE.start, shard));
  }

  private drawNoise(shard: number, k: number): void {
    const { horizon: T, instances: B } = this.plan.layout.shape;
    this.noise.forEach((noise, agent) => {
      const random = new RandomStream(this.plan.spec.seed, PURPOSE.act, shard, k, agent);
      this.policies.drawNoise(agent, random, noise, T * B);
    });
  }

  private act(t: number): void {
    const { instances: B } = this.plan.layout.shape;
    const row = this.writer.rows[t]!;
    this.together?.act(t, B);
    for (const agent of this.alone) {
      const { policy, parameters } = this.policies.ofAgent[agent]!;
      const { observation, actionMask, action, behaviorLogProb } = row.agents[agent]!;
      const noise = this.noiseRows[agent]![t]!;
      const memory = this.memories.ofAgent[agent];
      policy.act(parameters, observation, actionMask, noise, action, behaviorLogProb, B, memory);
    }
  }

  /** Agents whose policies can act by one call, with what that reads and writes. */
  private gaussianActors(): readonly { readonly agent: number; readonly actor: GaussianActor }[] {
    const first = this.writer.rows[0]!.agents;
    return this.policies.ofAgent.flatMap(({ policy, parameters }, agent) => {
      const { gaussianLayers: layers, maxRows, actionSize } = policy;
      if (layers === undefined) return [];
      const { observation, action, behaviorLogProb } = first[agent]!;
      const actor = {
        ...{ layers, maxRows, parameters, logStdAt: policy.parameterCount - actionSize },
        ...{ observations: observation, noise: this.noise[agent]!, actions: action, logProbs: behaviorLogProb },
      };
      return [{ agent, actor }];
    });
  }

  private pointObservations(t: number): void {
    this.batch.observation = this.observationRows[t]!;
    this.batch.actionMask = this.maskRows[t]!;
    this.batch.globalState = this.writer.rows[t]!.globalState;
  }

  private pointStep(t: number): void {
    this.batch.action = this.actionRows[t]!;
    this.batch.reward = this.rewardRows[t]!;
    this.batch.terminated = this.writer.rows[t]!.terminated;
    this.batch.truncated = this.writer.rows[t]!.truncated;
  }

  /** Adds this step's rewards to the episodes in progress; those that just ended were closed with theirs by `endEpisodes`. */
  private countRewards(): void {
    const { instances: B, rewardHeads: H } = this.plan.layout.shape;
    const { length, returns } = this.progress;
    const counted = this.returnHeads;
    const { terminated, truncated, reward } = this.batch;
    const someEnded = this.stepper.endedCount > 0;
    for (let b = 0; b < B; b++) {
      if (!someEnded || (terminated[b]! | truncated[b]!) === 0) length[b]!++;
    }
    for (let agent = 0; agent < reward.length; agent++) {
      const rewards = reward[agent]!;
      const first = agent * B;
      for (let b = 0; b < B; b++) {
        if (someEnded && (terminated[b]! | truncated[b]!) !== 0) continue;
        for (let h = counted.first; h < counted.end; h++) returns[first + b]! += rewards[b * H + h]!;
      }
    }
  }

  /** Throws ENV_OUTPUT_INVALID for a final observation that is not finite, while the batch still holds it. An ended instance's
   *  mask is nobody's choice, so masks are not looked at. */
  private refuseFinals(): void {
    this.stepper.assertFinite({ ...this.batch, actionMask: this.batch.actionMask.map(() => new Uint8Array(0)) });
  }

  private endEpisodes(ended: Int32Array, count: number): void {
    const { instances: B, rewardHeads: H, episodeMetrics: M } = this.plan.layout.shape;
    const { writer, progress, batch } = this;
    const sums = writer.episodes;
    if (!writer.keepFinals(this.step, ended, count)) this.refuseFinals();
    for (let e = 0; e < count; e++) {
      const b = ended[e]!;
      sums[0]! += 1;
      sums[1]! += progress.length[b]! + 1;
      progress.length[b] = 0;
      this.memories.forget(b);
      for (let agent = 0; agent < batch.reward.length; agent++) {
        const at = 2 + agent * (1 + M);
        sums[at]! += progress.returns[agent * B + b]! + sumHeads(this.returnHeads, batch.reward[agent]!, b * H);
        progress.returns[agent * B + b] = 0;
        for (let m = 0; m < M; m++) sums[at + 1 + m]! += batch.episodeMetric[agent]![b * M + m]!;
      }
    }
  }
}

const NO_NUMBERS = new Float32Array(0);

const withoutNumbers = ({ observation, reward, actionMask }: EnvironmentOutputs): EnvironmentOutputs => ({
  observation: observation.map(() => NO_NUMBERS),
  reward: reward.map(() => NO_NUMBERS),
  actionMask,
  globalState: NO_NUMBERS,
});
