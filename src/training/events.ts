import type { ActionProfile } from '../envs/index.js';

/** What training tells whoever watches it. Numbers only: they go to metrics.jsonl, the live line, the report and the API. */
export type TrainingEvent =
  | StartedEvent
  | IterationEvent
  | EvaluationEvent
  | CheckpointEvent
  | WaitingEvent
  | FinishedEvent;

export interface StartedEvent {
  readonly type: 'started';
  readonly job: string;
  /** Iterations already done, when resumed. */
  readonly iteration: number;
  readonly agents: readonly string[];
  /** policy id → parameters that are trained. */
  readonly policies: Readonly<Record<string, { readonly parameters: number; readonly agents: readonly string[] }>>;
  readonly engine: string;
  readonly actors: number;
  readonly learners: number;
}

export interface AgentMetrics {
  /** Mean undiscounted return of the episodes that ended in this iteration, of the return head or of all heads added up; null if
   *  none ended. */
  readonly return: number | null;
  /** Mean reward of a step in this iteration, of the return head or of all heads added up. */
  readonly rewardPerStep: number;
  /** reward head → its mean reward of a step; absent where there is one head. */
  readonly heads?: Readonly<Record<string, number>>;
  /** Means of the environment's episode metrics and the ratios it declares of them, by name; empty if no episode ended. */
  readonly metrics: Readonly<Record<string, number>>;
}

export interface IterationEvent {
  readonly type: 'iteration';
  /** Iterations done, counting this one; also the policy version now published. */
  readonly iteration: number;
  /** Totals since the job began. */
  readonly envSteps: number;
  readonly agentSteps: number;
  readonly learnerSteps: number;
  /** Seconds of training since the job began, over all processes that worked on it. */
  readonly wallSeconds: number;
  /** Iterations between the version that acted and the version updated. */
  readonly policyLag: number;
  /** Asynchronous schedule: batches that were too old to learn from. */
  readonly batchesDropped?: number;
  readonly episodes: number;
  /** Mean length of the ended episodes in steps; null if none ended. */
  readonly episodeLength: number | null;
  readonly agents: Readonly<Record<string, AgentMetrics>>;
  /** policy id → losses and the like, named by the algorithm. */
  readonly policies: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly throughput: {
    /** agentSteps per second, collection and update together. */
    readonly agentStepsPerSecond: number;
    /** agentSteps per second of one actor's collecting time, times the actors; null on a fleet, whose actors tell it in
     *  metrics of their own. */
    readonly collectAgentStepsPerSecond: number | null;
  };
  /** Seconds of work in this iteration, summed over threads; `iteration` and `waiting` are of the schedule itself. On a fleet
   *  what actors do is not known: `environment` and `policy` are null, `transfer` is that of updates alone. */
  readonly seconds: {
    readonly iteration: number;
    readonly environment: number | null;
    readonly policy: number | null;
    readonly transfer: number;
    readonly update: number;
    readonly waiting: number;
  };
}

export interface EvaluationEvent {
  readonly type: 'evaluation';
  /** Iterations done when evaluated. */
  readonly iteration: number;
  readonly episodes: number;
  readonly agentSteps: number;
  readonly wallSeconds: number;
  readonly agents: Readonly<Record<string, AgentEvaluation>>;
  /** The first evaluated episode, step by step, for pictures. */
  readonly game: RecordedGame;
  /** Along the environment's lines of observations; absent where it declares none. */
  readonly profiles?: readonly ProfileEvaluation[];
}

/** How an agent acts along a line of observations (see ActionProfile), by actions sampled at each point. */
export interface ProfileEvaluation
  extends Pick<ActionProfile, 'agent' | 'label' | 'quantity' | 'points' | 'reference'> {
  /** The quantity's mean among the actions in which it counts; null where it counts in none. */
  readonly mean: readonly (number | null)[];
  /** Share of the actions in which the quantity counts. */
  readonly participation: readonly number[];
}

/** Steps as they were played. */
export interface RecordedSteps {
  /** agent id → the action of every step, as the numbers of the action space. */
  readonly actions: Readonly<Record<string, readonly (readonly number[])[]>>;
  /** agent id → the reward of every step, of the return head or of all heads added up. */
  readonly rewards: Readonly<Record<string, readonly number[]>>;
  /** agent id → what it saw before every step, to six significant digits: of the first steps, as many as an event has room for;
   *  absent where it has room for none. */
  readonly observations?: Readonly<Record<string, readonly (readonly number[])[]>>;
}

/** One episode of one instance, at most `RECORDED_STEPS` steps of it. */
export interface RecordedGame extends RecordedSteps {
  /** Where the episode has a single step, further episodes of one step: each is one of the steps here. */
  readonly further?: RecordedSteps;
}

export const RECORDED_STEPS = 500;

export interface AgentEvaluation {
  /** Mean undiscounted return of an episode by the policies' modes, of the return head or of all heads added up. */
  readonly return: number;
  /** Mean reward of a step, of the same heads. */
  readonly rewardPerStep: number;
  /** reward head → its mean reward of a step; absent where there is one head. */
  readonly heads?: Readonly<Record<string, number>>;
  /** Mean episode length in steps. */
  readonly length: number;
  /** Means of the environment's episode metrics over the episodes that it ended itself, and the ratios it declares of them; empty
   *  if it ended none. */
  readonly metrics: Readonly<Record<string, number>>;
}

export interface CheckpointEvent {
  readonly type: 'checkpoint';
  readonly iteration: number;
  readonly bytes: number;
}

/** A fleet's job stood still because the broker could store nothing more: written when there is room again, like anything. Or its newest
 *  checkpoint could not be saved, and a learner goes on from the one before. */
export interface WaitingEvent {
  readonly type: 'waiting';
  /** Iterations done. */
  readonly iteration: number;
  /** The error code that commits were refused with, or the checkpoint. */
  readonly reason: 'BROKER_OUT_OF_MEMORY' | 'CHECKPOINT_WRITE_FAILED';
}

export type StopReason = 'iterations' | 'agentSteps' | 'wallSeconds' | 'return' | 'interrupted';

export interface FinishedEvent {
  readonly type: 'finished';
  readonly state: 'succeeded' | 'cancelled';
  readonly reason: StopReason;
  readonly iteration: number;
  readonly envSteps: number;
  readonly agentSteps: number;
  readonly wallSeconds: number;
  /** SHA-256 of the final weights, hexadecimal. */
  readonly digest: string;
}
