import type { Algorithm, StateTensor, UpdateMetrics, Updater } from '../algorithms/index.js';
import { RandomStream } from '../base/index.js';
import { PolicyBatchStorage, readTrajectory } from '../experience/index.js';
import type { Kernels } from '../kernels/index.js';
import { placeLevels, type Space } from '../spaces/index.js';
import { trainingError } from './errors.js';
import type { JobPlan, PlannedPolicy } from './plan.js';
import { PURPOSE } from './purposes.js';

/** A policy's learner state as bytes: its state tensors, f32, one after the other, and its counters. Never changed once made. */
export interface PolicyState {
  readonly tensors: Uint8Array;
  readonly counters: Readonly<Record<string, number>>;
}

export interface UpdateRequest {
  /** Position of the policy in the plan. */
  readonly policy: number;
  readonly iteration: number;
  readonly state: PolicyState;
  /** The trajectory batches of all shards, in shard order. */
  readonly batches: readonly Uint8Array[];
  /** Memory for the new state, of the same size; must not be that of `state`. */
  readonly target?: SharedArrayBuffer;
}

export interface UpdateResult {
  readonly state: PolicyState;
  readonly metrics: UpdateMetrics;
  readonly seconds: { readonly transfer: number; readonly update: number };
}

/** Sizes that the learner needs of a policy without making its updates. */
export interface PolicyStateLayout {
  readonly policyId: string;
  readonly tensors: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly actingParameterCount: number;
}

/** Makes the updates of one policy in this thread. The state comes with each request and goes with each result, so that any
 *  thread can make the next one: threads change speed only. */
export class UpdateRunner {
  readonly layout: PolicyStateLayout;
  private readonly plan: JobPlan;
  private readonly policy: PlannedPolicy;
  private readonly kernels: Kernels;
  private readonly updater: Updater;
  private storage: PolicyBatchStorage | null = null;
  private readonly now: () => number;
  private readonly firstCounters: Readonly<Record<string, number>>;

  constructor(kernels: Kernels, plan: JobPlan, policy: PlannedPolicy, algorithm: Algorithm, now: () => number) {
    const { environment, spec } = plan;
    const agent = environment.agents[policy.agents[0]!]!;
    this.kernels = kernels;
    this.plan = plan;
    this.policy = policy;
    this.now = now;
    this.updater = algorithm.createUpdater({
      kernels,
      policyId: policy.policyId,
      spec: policy.policySpec,
      observationSpace: agent.observationSpace,
      actionSpace: agent.actionSpace,
      masked: agent.masked ?? false,
      rewardHeads: environment.rewardHeads ?? ['reward'],
      options: policy.algorithm.options,
      batchShape: {
        segments: spec.rollout.shards * policy.agents.length,
        horizon: spec.rollout.horizon,
        instances: spec.rollout.envsPerShard,
      },
    });
    this.firstCounters = { ...this.updater.counters };
    this.layout = {
      policyId: policy.policyId,
      tensors: this.updater.state.map(({ name, shape }) => ({ name, shape })),
      actingParameterCount: this.updater.actingParameterCount,
    };
  }

  /** The seeded first state. */
  initialize(): PolicyState {
    for (const { data } of this.updater.state) data.fill(0);
    this.updater.counters = { ...this.firstCounters };
    this.updater.initialize(
      new RandomStream(this.plan.spec.seed, PURPOSE.initialize, this.plan.policies.indexOf(this.policy)),
    );
    return this.save();
  }

  update(request: UpdateRequest): UpdateResult {
    const { plan, policy, updater } = this;
    const start = this.now();
    this.load(request.state);
    const storage = this.storageOf();
    storage.load(
      request.batches.map((bytes) => readTrajectory(plan.layout, bytes)),
      policy.agents,
    );
    const loaded = this.now();
    const random = new RandomStream(plan.spec.seed, PURPOSE.update, request.policy, request.iteration);
    const metrics = updater.update(storage, random);
    this.assertFinite(metrics, request.iteration);
    const updated = this.now();
    const state = this.save(request.target);
    const saved = this.now();
    return {
      state,
      metrics,
      seconds: { transfer: (loaded - start + saved - updated) / 1000, update: (updated - loaded) / 1000 },
    };
  }

  dispose(): void {
    this.updater.dispose();
    this.storage?.dispose();
  }

  /** Batches are held only where updates are made, not where a policy is merely initialized. */
  private storageOf(): PolicyBatchStorage {
    if (this.storage === null) {
      const { plan, policy } = this;
      const { shards, horizon, envsPerShard } = plan.spec.rollout;
      this.storage = new PolicyBatchStorage(this.kernels, {
        segments: shards * policy.agents.length,
        horizon,
        instances: envsPerShard,
        rewardHeads: plan.layout.shape.rewardHeads,
        rewardChannels: this.updater.rewardChannels,
        ...levelsOf(plan.environment.agents[policy.agents[0]!]!.actionSpace),
        ...plan.layout.shape.agents[policy.agents[0]!]!,
      });
    }
    return this.storage;
  }

  private load(state: PolicyState): void {
    let offset = state.tensors.byteOffset;
    for (const { data } of this.updater.state) {
      data.set(new Float32Array(state.tensors.buffer, offset, data.length));
      offset += data.byteLength;
    }
    this.updater.counters = { ...state.counters };
  }

  private save(target?: SharedArrayBuffer): PolicyState {
    const { state, counters } = this.updater;
    const bytes = state.reduce((sum, tensor) => sum + tensor.data.byteLength, 0);
    const buffer = target !== undefined && target.byteLength === bytes ? target : new SharedArrayBuffer(bytes);
    let offset = 0;
    for (const { data } of state) {
      new Float32Array(buffer, offset, data.length).set(data);
      offset += data.byteLength;
    }
    return { tensors: new Uint8Array(buffer), counters: { ...counters } };
  }

  private assertFinite(metrics: UpdateMetrics, iteration: number): void {
    const where = `policy "${this.policy.policyId}", iteration ${iteration}`;
    const advice = 'lower the learning rate, or bound the rewards; the last good checkpoint is kept';
    for (const [name, value] of Object.entries(metrics)) {
      if (!Number.isFinite(value)) {
        throw trainingError('TRAINING_DIVERGED', `${where}: ${name} is ${value}; ${advice}`, {
          data: { policy: this.policy.policyId, iteration, metric: name, value: String(value) },
        });
      }
    }
    for (const tensor of this.updater.state) {
      if (!Number.isFinite(this.kernels.sum(tensor.data, tensor.data.length)))
        throw this.notFinite(tensor, where, iteration, advice);
    }
  }

  private notFinite(tensor: StateTensor, where: string, iteration: number, advice: string) {
    const element = tensor.data.findIndex((value) => !Number.isFinite(value));
    return trainingError(
      'TRAINING_DIVERGED',
      `${where}: element ${element} of ${tensor.name} is ${tensor.data[element]}; ${advice}`,
      {
        data: { policy: this.policy.policyId, iteration, tensor: tensor.name, element },
      },
    );
  }
}

const levelsOf = (space: Space) => (space.kind === 'hierarchical' ? { levels: placeLevels(space) } : {});
