import type { TSchema } from 'typebox';
import type { RandomStream } from '../base/index.js';
import type { BoxSpace, Space } from '../spaces/index.js';

/** Element types that environment state may have. */
export const STATE_DTYPES = ['f32', 'f64', 'i32', 'u8'] as const;
export type StateDtype = (typeof STATE_DTYPES)[number];
export type StateArray = Float32Array | Float64Array | Int32Array | Uint8Array;

/** One named array of the state: `shape` per instance, so the array is [instances, ...shape]. */
export interface StateField {
  readonly dtype: StateDtype;
  /** Absent or [] is one number per instance. */
  readonly shape?: readonly number[];
}
export type StateSpec = Readonly<Record<string, StateField>>;

export interface AgentSpec {
  /** Unique in the environment; names the agent in job specs, metrics and reports. */
  readonly id: string;
  readonly observationSpace: BoxSpace;
  readonly actionSpace: Space;
  /** Whether the environment writes an action mask for this agent every step. */
  readonly masked?: boolean;
}

/** The arrays that a batch of instances works on. Struct of arrays: first index is the instance, agents are apart.
 *  They lie in the trajectory itself, so they are other arrays at every step: keep no reference to one, and keep in `state`
 *  whatever the next step needs (an earlier observation, say). `state` and `episodeMetric` stay the same arrays. */
export interface EnvironmentBatch {
  /** Number of instances, B. */
  readonly instances: number;
  readonly agents: readonly AgentSpec[];
  /** state[name]: [B, ...shape], all that the environment remembers. Saved and restored by the framework. */
  readonly state: Readonly<Record<string, StateArray>>;
  /** observation[agent]: f32[B, F]; written by reset and step. */
  observation: readonly Float32Array[];
  /** action[agent]: f32[B, A]; read by step. A choice is its index as a float. */
  action: readonly Float32Array[];
  /** actionMask[agent]: u8[B, M], 1 = legal; written by reset and step where `masked`, else empty. */
  actionMask: readonly Uint8Array[];
  /** reward[agent]: f32[B, H], H reward heads; written by step. */
  reward: readonly Float32Array[];
  /** u8[B]: 1 where this step ended the instance's task (no value follows). Cleared before every step. */
  terminated: Uint8Array;
  /** u8[B]: 1 where this step cut the instance off (value continues from the final observation). Cleared before every step. */
  truncated: Uint8Array;
  /** globalState: f32[B, G]; written by reset and step where declared, else empty. */
  globalState: Float32Array;
  /** episodeMetric[agent]: f32[B, M], read where an episode ended this step, before the instance is reset. */
  readonly episodeMetric: readonly Float32Array[];
}

/** What an agent does along a line of observations, such as its price and participation against its private value. Policies
 *  are sampled at each point: participation is the share of actions in which the drawn element counts (its level is active, a
 *  composite action is not 0), the quantity is the element's mean among them. */
export interface ActionProfile {
  readonly agent: string;
  /** The horizontal axis, e.g. "private value", and its points. */
  readonly label: string;
  readonly points: readonly number[];
  /** observations[i]: what the agent sees at points[i], as many numbers as its observation has. */
  readonly observations: readonly (readonly number[])[];
  /** What is drawn: an element of the action, and what it is called, e.g. "price". */
  readonly element: number;
  readonly quantity: string;
  /** What theory says at the points; null where it says nothing. */
  readonly reference?: {
    readonly label: string;
    readonly quantity?: readonly (number | null)[];
    readonly participation?: readonly (number | null)[];
  };
}

/** Pure functions over a batch. They keep nothing outside `batch.state` and draw randomness from `random` only. */
export interface Environment {
  readonly agents: readonly AgentSpec[];
  readonly state: StateSpec;
  /** Names of the reward heads; default one head, `reward`. */
  readonly rewardHeads?: readonly string[];
  /** The head that adds up to an agent's return in metrics, evaluations and stop rules; absent: all heads together. It is for
   *  heads that overlap, and changes nothing of what is learned. */
  readonly returnHead?: string;
  /** Global state for centralized critics; absent if there is none. */
  readonly globalState?: BoxSpace;
  /** Names of the per-agent numbers reported when an episode ends, e.g. `stepWinShare`. */
  readonly episodeMetrics?: readonly string[];
  /** Metrics that are the ratio of two episode metrics' means, e.g. `efficiency: ['gain', 'possibleGain']`. */
  readonly ratioMetrics?: Readonly<Record<string, readonly [numerator: string, denominator: string]>>;
  /** Lines of observations along which reports draw how agents act. */
  readonly profiles?: readonly ActionProfile[];
  /** Starts new episodes in instances[0 … count − 1]: their state, observation and, where declared, mask and global state. */
  reset(batch: EnvironmentBatch, instances: Int32Array, count: number, random: RandomStream): void;
  /** Advances every instance by one step. */
  step(batch: EnvironmentBatch, random: RandomStream): void;
}

/** Catalog entry: light, so that jobs are validated without loading the environment. `version` is part of the id (`median-v1`). */
export interface EnvironmentDefinition<Options = unknown> {
  /** `^[a-z0-9]+(-[a-z0-9]+)*-v[0-9]+$` */
  readonly id: string;
  readonly description: string;
  /** TypeBox schema of the options, with a default for each. */
  readonly options: TSchema;
  /** Makes the environment from options that passed the schema (defaults filled in). Throws ENV_OPTIONS_INVALID for
   *  combinations that the schema cannot refuse. */
  create(options: Options): Environment;
}
