import type {
  Algorithm,
  LearningPolicy,
  ReplayContext,
  StateTensor,
  UpdateMetrics,
  Updater,
} from '../algorithms/index.js';
import { RandomStream } from '../base/index.js';
import {
  type CriticInput,
  createReplayMemory,
  PolicyBatchStorage,
  Replay,
  type ReplaySpec,
  readTrajectory,
} from '../experience/index.js';
import type { PolicyUnit } from '../jobs/index.js';
import type { Kernels } from '../kernels/index.js';
import { placeLevels, type Space } from '../spaces/index.js';
import { trainingError } from './errors.js';
import type { JobPlan } from './plan.js';
import { PURPOSE } from './purposes.js';

/** A unit's learner state as bytes: its state tensors, f32, one after the other, and its counters, neither changed once made; and its
 *  replay, which updates write into. */
export interface UnitState {
  readonly tensors: Uint8Array;
  readonly counters: Readonly<Record<string, number>>;
  readonly replay: SharedArrayBuffer | null;
}

export interface UpdateRequest {
  /** Position of the unit in the plan. */
  readonly unit: number;
  readonly iteration: number;
  readonly state: UnitState;
  /** Trajectory batches, as many as the schedule gives an iteration, in its order. */
  readonly batches: readonly Uint8Array[];
  /** Acting weights of all policies before this iteration, as they are published; null for a unit that looks at none. */
  readonly weights: Uint8Array | null;
  /** Memory for the new tensors, of the same size; must not be that of `state`. */
  readonly target?: SharedArrayBuffer;
}

export interface UpdateResult {
  readonly state: UnitState;
  readonly metrics: UpdateMetrics;
  readonly seconds: { readonly transfer: number; readonly update: number };
}

/** Sizes that the learner needs of a unit without making its updates. */
export interface UnitLayout {
  readonly unitId: string;
  readonly tensors: readonly { readonly name: string; readonly shape: readonly number[] }[];
  /** Where the acting parameters of its policies, named by their positions in the plan, lie in the first tensor. */
  readonly acting: readonly { readonly policy: number; readonly offset: number; readonly count: number }[];
  readonly replay: ReplaySpec | null;
  /** What computes its networks, where that is not the kernels alone. */
  readonly tensorflow?: string;
}

/** Makes the updates of one unit in this thread. The state comes with each request and goes with each result, so that any
 *  thread can make the next one: threads change speed only. */
export class UpdateRunner {
  readonly layout: UnitLayout;
  private readonly plan: JobPlan;
  private readonly unit: PolicyUnit;
  private readonly kernels: Kernels;
  private readonly updater: Updater;
  private storages: readonly PolicyBatchStorage[] | null = null;
  /** Agents whose trajectories are looked at; undefined is all. */
  private readonly agentsRead: readonly number[] | undefined;
  private readonly now: () => number;
  private readonly firstCounters: Readonly<Record<string, number>>;
  /** What the replay of the last request is seen through. */
  private replay: { readonly memory: SharedArrayBuffer; readonly seen: Replay } | null = null;

  constructor(
    kernels: Kernels,
    plan: JobPlan,
    unit: PolicyUnit,
    algorithm: Algorithm & { replay?(context: ReplayContext): ReplaySpec | null },
    now: () => number,
  ) {
    this.kernels = kernels;
    this.plan = plan;
    this.unit = unit;
    this.now = now;
    const context = unitContext(plan, unit);
    const { horizon, envsPerShard } = plan.spec.rollout;
    const batchShapes = context.members.map(({ agents }) => ({
      segments: plan.batchesPerIteration * agents.length,
      horizon,
      instances: envsPerShard,
    }));
    this.updater = kernels.allOrNothing(() =>
      algorithm.createUpdater({
        ...context.members[0]!,
        ...context,
        kernels,
        batchShapes,
        batchShape: batchShapes[0]!,
      }),
    );
    this.agentsRead =
      this.updater.criticInput === 'observations' ? undefined : context.members.flatMap(({ agents }) => agents);
    this.firstCounters = { ...this.updater.counters };
    this.layout = {
      unitId: unit.unitId,
      tensors: this.updater.state.map(({ name, shape }) => ({ name, shape })),
      acting: this.updater.acting.map((part, m) => ({ policy: unit.policies[m]!, ...part })),
      replay: algorithm.replay?.(context) ?? null,
    };
  }

  /** The seeded first state. */
  initialize(): UnitState {
    for (const { data } of this.updater.state) data.fill(0);
    this.updater.counters = { ...this.firstCounters };
    this.updater.initialize(new RandomStream(this.plan.spec.seed, PURPOSE.initialize, this.unit.policies[0]!));
    const { replay } = this.layout;
    return this.save(replay === null ? null : createReplayMemory(replay));
  }

  update(request: UpdateRequest): UpdateResult {
    const { plan, updater } = this;
    const { iteration, state } = request;
    const start = this.now();
    this.load(state);
    const storages = this.storagesOf();
    const batches = request.batches.map((bytes) => readTrajectory(plan.layout, bytes, this.agentsRead));
    for (const [m, storage] of storages.entries()) {
      storage.load(batches, plan.policies[this.unit.policies[m]!]!.agents);
    }
    const loaded = this.now();
    const random = new RandomStream(plan.spec.seed, PURPOSE.update, this.unit.policies[0]!, iteration);
    const metrics = updater.update(storages[0]!, random, {
      iteration,
      batches: storages,
      replay: this.replayOf(state.replay),
      peers: request.weights === null ? {} : this.peersOf(request.weights),
    });
    this.assertFinite(metrics, iteration);
    const updated = this.now();
    const next = this.save(state.replay, request.target);
    const saved = this.now();
    return {
      state: next,
      metrics,
      seconds: { transfer: (loaded - start + saved - updated) / 1000, update: (updated - loaded) / 1000 },
    };
  }

  dispose(): void {
    this.updater.dispose();
    for (const storage of this.storages ?? []) storage.dispose();
  }

  /** Batches are held only where updates are made, not where a unit is merely initialized. */
  private storagesOf(): readonly PolicyBatchStorage[] {
    this.storages ??= this.kernels.allOrNothing(() => this.unit.policies.map((p, m) => this.createStorage(p, m)));
    return this.storages;
  }

  /** Of the unit's m-th policy, which is the plan's p-th. */
  private createStorage(p: number, m: number): PolicyBatchStorage {
    const { plan } = this;
    const { agents } = plan.policies[p]!;
    const { horizon, envsPerShard } = plan.spec.rollout;
    const { criticInput: input, criticAgentId = false } = this.updater;
    const agentIds = criticAgentId ? { agentIds: agents.length } : {};
    return new PolicyBatchStorage(this.kernels, {
      segments: plan.batchesPerIteration * agents.length,
      horizon,
      instances: envsPerShard,
      rewardHeads: plan.layout.shape.rewardHeads,
      rewardChannels: this.updater.rewardChannels,
      ...levelsOf(plan.environment.agents[agents[0]!]!.actionSpace),
      ...plan.layout.shape.agents[agents[0]!]!,
      // The members of a unit see the same: the first one's holds it.
      ...(input === undefined || m > 0 ? {} : { critic: { input, size: criticSize(plan, input), ...agentIds } }),
    });
  }

  private replayOf(memory: SharedArrayBuffer | null): Replay | null {
    const { replay } = this.layout;
    if (memory === null || replay === null) return null;
    if (this.replay?.memory !== memory) this.replay = { memory, seen: new Replay(replay, memory) };
    return this.replay.seen;
  }

  private peersOf(weights: Uint8Array): Record<string, Float32Array> {
    const peers: Record<string, Float32Array> = {};
    let offset = weights.byteOffset;
    for (const [p, { policyId }] of this.plan.policies.entries()) {
      const count = this.plan.actingCounts[p]!;
      peers[policyId] = new Float32Array(weights.buffer, offset, count);
      offset += 4 * count;
    }
    return peers;
  }

  private load(state: UnitState): void {
    let offset = state.tensors.byteOffset;
    for (const { data } of this.updater.state) {
      data.set(new Float32Array(state.tensors.buffer, offset, data.length));
      offset += data.byteLength;
    }
    this.updater.counters = { ...state.counters };
  }

  private save(replay: SharedArrayBuffer | null, target?: SharedArrayBuffer): UnitState {
    const { state, counters } = this.updater;
    const bytes = state.reduce((sum, tensor) => sum + tensor.data.byteLength, 0);
    const buffer = target !== undefined && target.byteLength === bytes ? target : new SharedArrayBuffer(bytes);
    let offset = 0;
    for (const { data } of state) {
      new Float32Array(buffer, offset, data.length).set(data);
      offset += data.byteLength;
    }
    return { tensors: new Uint8Array(buffer), counters: { ...counters }, replay };
  }

  private assertFinite(metrics: UpdateMetrics, iteration: number): void {
    const policies = this.unit.policies.map((p) => this.plan.policies[p]!.policyId);
    const names = policies.map((id) => `"${id}"`).join(', ');
    const where = `${policies.length === 1 ? 'policy' : 'policies'} ${names}, iteration ${iteration}`;
    const advice = 'lower the learning rate, or bound the rewards; the last good checkpoint is kept';
    for (const [name, value] of Object.entries(metrics)) {
      if (!Number.isFinite(value)) {
        throw trainingError('TRAINING_DIVERGED', `${where}: ${name} is ${value}; ${advice}`, {
          data: { policy: this.unit.unitId, iteration, metric: name, value: String(value) },
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
        data: { policy: this.unit.unitId, iteration, tensor: tensor.name, element },
      },
    );
  }
}

/** The policies of a unit as its algorithm sees them. */
function unitContext(plan: JobPlan, unit: PolicyUnit): ReplayContext {
  const { environment } = plan;
  const members = unit.policies.map((p): LearningPolicy => {
    const { policyId, policySpec, agents } = plan.policies[p]!;
    const { observationSpace, actionSpace, masked = false } = environment.agents[agents[0]!]!;
    return { policyId, spec: policySpec, observationSpace, actionSpace, masked, agents };
  });
  return {
    members,
    globalStateSize: plan.layout.shape.globalStateSize,
    joinedObservationSize: criticSize(plan, 'observations'),
    rewardHeads: environment.rewardHeads ?? ['reward'],
    options: plan.policies[unit.policies[0]!]!.algorithm.options,
  };
}

const criticSize = ({ layout: { shape } }: JobPlan, input: CriticInput): number =>
  input === 'globalState'
    ? shape.globalStateSize
    : shape.agents.reduce((sum, { observationSize }) => sum + observationSize, 0);

const levelsOf = (space: Space) => (space.kind === 'hierarchical' ? { levels: placeLevels(space) } : {});
