import type { TSchema } from 'typebox';
import type { RandomStream } from '../base/index.js';
import type { PolicyBatch } from '../experience/index.js';
import type { F32, Kernels } from '../kernels/index.js';
import type { PolicySpec } from '../policies/index.js';
import type { BoxSpace, Space } from '../spaces/index.js';

/** What an algorithm can be used for; shown in catalogs and checked when a job is validated. */
export interface AlgorithmCapabilities {
  readonly onPolicy: boolean;
  readonly actionSpaces: readonly Space['kind'][];
  /** `none`: no value function; `decentralized`: each policy's own, on its own observation. */
  readonly critic: 'none' | 'decentralized';
  readonly schedules: readonly 'lockstep'[];
  /** What `distribution.kind: "auto"` means for this algorithm, where it is not the rule of the action space. */
  readonly distribution?: Exclude<PolicySpec['distribution']['kind'], 'auto'>;
}

/** Catalog entry: light, so that jobs are validated without loading numeric code. */
export interface AlgorithmDefinition {
  readonly id: string;
  readonly description: string;
  /** TypeBox schema of the options, with a default for each. */
  readonly options: TSchema;
  readonly capabilities: AlgorithmCapabilities;
  load(): Promise<Algorithm>;
}

/** What an updater is made for: one policy of one job. */
export interface UpdaterContext {
  readonly kernels: Kernels;
  readonly policyId: string;
  readonly spec: PolicySpec;
  readonly observationSpace: BoxSpace;
  readonly actionSpace: Space;
  readonly masked: boolean;
  /** Names of the environment's reward heads. */
  readonly rewardHeads: readonly string[];
  /** Options that passed the algorithm's schema. */
  readonly options: unknown;
  /** Samples of one batch: shards × agents of the policy × envsPerShard × horizon. */
  readonly batchShape: { readonly segments: number; readonly horizon: number; readonly instances: number };
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

/** Makes the updates of one policy. Deterministic: state and batch decide the result; no other memory is kept. */
export interface Updater {
  /** Parameters (policy first, then critic), optimizer moments and whatever else the next update depends on. */
  readonly state: readonly StateTensor[];
  /** The leading part of the first state tensor (`parameters`) that acting needs; it is what is published. */
  readonly actingParameterCount: number;
  /** Updates done so far that the state tensors do not tell, such as optimizer steps: whole numbers. */
  counters: Record<string, number>;
  /** Which reward heads each reward of the batches adds up: `PolicyBatchShape.rewardChannels`. */
  readonly rewardChannels: readonly (readonly number[])[];
  initialize(random: RandomStream): void;
  /** One iteration. `random` is keyed by (seed, 'update', policy, iteration). */
  update(batch: PolicyBatch, random: RandomStream): UpdateMetrics;
  dispose(): void;
}
