import type { TSchema } from 'typebox';
import type { RandomStream } from '../base/index.js';
import type { CriticInput, PolicyBatch, Replay, ReplaySpec } from '../experience/index.js';
import type { F32, Kernels } from '../kernels/index.js';
import type { PolicySpec } from '../policies/index.js';
import type { BoxSpace, Space } from '../spaces/index.js';

export type ScheduleKind = 'lockstep' | 'async';

/** What an algorithm can be used for; shown in catalogs and checked when a job is validated. */
export interface AlgorithmCapabilities {
  readonly onPolicy: boolean;
  readonly actionSpaces: readonly Space['kind'][];
  /** `none`: no value function; `decentralized`: each policy's own, on its own observation; `centralized`: on more than any agent
   *  sees, in training only. */
  readonly critic: 'none' | 'decentralized' | 'centralized';
  readonly schedules: readonly ScheduleKind[];
  /** All policies of a job that name it are trained together by one updater; absent: each by itself. */
  readonly joint?: boolean;
  /** Keeps the statistics that networks with normalized inputs need, or acts by weights that have them. */
  readonly normalizesInputs?: boolean;
  /** Learns policies with a memory (recurrent networks), or acts by weights of them. */
  readonly recurrent?: boolean;
  /** What `distribution.kind: "auto"` means for this algorithm where it fits the action space, if it is not the rule of the space. */
  readonly distribution?: Exclude<PolicySpec['distribution']['kind'], 'auto'>;
  /** The laws it learns, beside `auto`; absent: all whose exploration does not follow a schedule. */
  readonly distributions?: readonly PolicySpec['distribution']['kind'][];
  /** What `distribution.std` has to be, and is where it is not set; absent: either, and `free`. */
  readonly std?: 'network';
}

/** Catalog entry: light, so that jobs are validated without loading numeric code. */
export interface AlgorithmDefinition {
  readonly id: string;
  readonly description: string;
  /** TypeBox schema of the options, with a default for each. */
  readonly options: TSchema;
  readonly capabilities: AlgorithmCapabilities;
  /** The option that, set to "globalState", needs an environment that has one. */
  readonly globalStateOption?: string;
  /** The option that names another policy of the job, by whose weights this one acts: of as many parameters. */
  readonly peerOption?: string;
  /** The option that says how many versions of the weights its updater keeps besides the newest. */
  readonly versionsOption?: string;
  /** What its updater keeps beyond an iteration, for algorithms that learn from the past; null where the options ask for none. */
  replay?(context: ReplayContext): ReplaySpec | null;
  load(): Promise<Algorithm>;
}

/** A policy that learns, and who acts by it. */
export interface LearningPolicy {
  readonly policyId: string;
  readonly spec: PolicySpec;
  readonly observationSpace: BoxSpace;
  readonly actionSpace: Space;
  readonly masked: boolean;
  /** Positions of its agents in the environment, ascending. */
  readonly agents: readonly number[];
}

/** What the size of a replay follows from. */
export interface ReplayContext {
  readonly members: readonly LearningPolicy[];
  /** Numbers of the environment's global state; 0 if there is none. */
  readonly globalStateSize: number;
  /** Numbers of the observations of all its agents together. */
  readonly joinedObservationSize: number;
  /** Names of the environment's reward heads. */
  readonly rewardHeads: readonly string[];
  /** Options that passed the algorithm's schema. */
  readonly options: unknown;
}

/** What an updater is made for: one policy of one job, or several that learn together, of which the first is given in the fields of
 *  its own. */
export interface UpdaterContext extends LearningPolicy, ReplayContext {
  readonly kernels: Kernels;
  /** Samples of one batch of each member: trajectory batches × agents of the policy × envsPerShard × horizon. */
  readonly batchShapes: readonly BatchShape[];
  /** That of the first member. */
  readonly batchShape: BatchShape;
}

export interface BatchShape {
  readonly segments: number;
  readonly horizon: number;
  readonly instances: number;
}

export interface Algorithm {
  createUpdater(context: UpdaterContext): Updater;
}

/** One array of a policy's learner state, in kernel memory. All of them together decide the next update. */
export interface StateTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: F32;
}

/** Scalars that an update reports, e.g. `policyLoss`, `entropy`. */
export type UpdateMetrics = Record<string, number>;

/** Where a policy's acting parameters lie in the first state tensor. */
export interface ActingPart {
  readonly offset: number;
  readonly count: number;
}

/** What an update is given beside its batch. */
export interface UpdateTurn {
  /** Of the job, from 0. */
  readonly iteration: number;
  /** The batch of each member; the first is the one that the update is given by itself. */
  readonly batches: readonly PolicyBatch[];
  /** As the algorithm's `replay` describes it; null where it describes none. What is written there stays. */
  readonly replay: Replay | null;
  /** Acting parameters, before this iteration, of every policy of the job, by policy id; not to be changed. */
  readonly peers: Readonly<Record<string, Float32Array>>;
}

/** Makes the updates of one policy, or of several together. Deterministic: state, replay, batch and turn decide the result; no other
 *  memory is kept. */
export interface Updater {
  /** Parameters (policy first, then critic), optimizer moments and whatever else the next update depends on. */
  readonly state: readonly StateTensor[];
  /** For each member the part of the first state tensor (`parameters`) that acting needs; it is what is published. */
  readonly acting: readonly ActingPart[];
  /** Updates done so far that the state tensors do not tell, such as optimizer steps: whole numbers. */
  counters: Record<string, number>;
  /** Which reward heads each reward of the batches adds up: `PolicyBatchShape.rewardChannels`. */
  readonly rewardChannels: readonly (readonly number[])[];
  /** What critics see beside the policy's own observation: the batches have it then as `critic`. */
  readonly criticInput?: CriticInput;
  /** Whether they see there, behind it, which of the policy's agents they judge: 1 in its place, 0 elsewhere. */
  readonly criticAgentId?: boolean;
  initialize(random: RandomStream): void;
  /** One iteration. `random` is keyed by (seed, 'update', policy, iteration), `policy` being the first member. */
  update(batch: PolicyBatch, random: RandomStream, turn: UpdateTurn): UpdateMetrics;
  dispose(): void;
}
