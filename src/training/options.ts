import type { Clock, Logger } from '../base/index.js';
import type { CheckpointStore } from '../checkpoints/index.js';
import type { EnvironmentDefinition, EnvironmentModule } from '../envs/index.js';
import type { CreateModel } from '../networks/tensorflow/index.js';
import type { AgentEvaluation, ProfileEvaluation, RecordedGame, StopReason, TrainingEvent } from './events.js';
import type { Inspector } from './inspection.js';

/** How a job is run. Nothing of it but `models` changes the trained weights. */
export interface TrainingOptions {
  /** Collection threads; 0 collects in the calling thread. Default: cores − 1, at least 1. */
  readonly actors?: number;
  /** Update threads; 0 updates in the calling thread. Default: the smaller of cores and policies. */
  readonly learners?: number;
  /** Default: in memory. */
  readonly checkpoints?: CheckpointStore;
  /** The checkpoints of other jobs, for policies that begin with weights of theirs. Default: there are none. */
  readonly checkpointsOf?: (jobId: string) => CheckpointStore;
  /** Go on from the newest whole checkpoint of the store. */
  readonly resume?: boolean;
  /** Modules (URLs, or paths from the working directory) whose exports named `environment` or `environments` join the catalog, in
   *  every thread. */
  readonly environmentModules?: readonly EnvironmentModule[];
  /** Environments that exist in this thread only: collection then runs in it too (actors must be absent or 0). */
  readonly environments?: readonly EnvironmentDefinition[];
  /** policy id → what makes its network, in the place of the one that the spec describes: a tf.LayersModel, computed by TensorFlow.js
   *  in this thread only (actors and learners must be absent or 0). It is part of what decides the weights, and of no checkpoint:
   *  resume with the same models. */
  readonly models?: Readonly<Record<string, CreateModel>>;
  /** Aborting stops after the current iteration, with a checkpoint; the result's state is `cancelled`. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: TrainingEvent) => void;
  /** Is shown weights and actions of the iterations that it wants to see. */
  readonly inspector?: Inspector;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

export interface TrainingResult {
  readonly job: string;
  readonly state: 'succeeded' | 'cancelled';
  readonly reason: StopReason;
  readonly iterations: number;
  readonly envSteps: number;
  readonly agentSteps: number;
  readonly wallSeconds: number;
  /** Over the whole of this process's training. */
  readonly agentStepsPerSecond: number;
  readonly digest: string;
  /** The last evaluation. */
  readonly evaluation: Readonly<Record<string, AgentEvaluation>>;
  /** policy id → its parameters for acting, f32. */
  readonly weights: Readonly<Record<string, Float32Array>>;
}

export interface EvaluationResult {
  readonly agents: Readonly<Record<string, AgentEvaluation>>;
  readonly episodes: number;
  readonly game: RecordedGame;
  /** Absent where the environment declares none. */
  readonly profiles?: readonly ProfileEvaluation[];
}
