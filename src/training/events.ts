/** What training tells whoever watches it. Numbers only: they go to metrics.jsonl, the live line, the report and the API. */
export type TrainingEvent = StartedEvent | IterationEvent | EvaluationEvent | CheckpointEvent | FinishedEvent;

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
  /** Mean undiscounted return of the episodes that ended in this iteration, summed over reward heads; null if none ended. */
  readonly return: number | null;
  /** Mean reward of a step in this iteration. */
  readonly rewardPerStep: number;
  /** Means of the environment's episode metrics, by name; empty if no episode ended. */
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
  readonly episodes: number;
  /** Mean length of the ended episodes in steps; null if none ended. */
  readonly episodeLength: number | null;
  readonly agents: Readonly<Record<string, AgentMetrics>>;
  /** policy id → losses and the like, named by the algorithm. */
  readonly policies: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly throughput: {
    /** agentSteps per second, collection and update together. */
    readonly agentStepsPerSecond: number;
    /** agentSteps per second of one actor's collecting time, times the actors. */
    readonly collectAgentStepsPerSecond: number;
  };
  /** Seconds of work in this iteration, summed over threads; `iteration` and `waiting` are of the schedule itself. */
  readonly seconds: {
    readonly iteration: number;
    readonly environment: number;
    readonly policy: number;
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
}

/** One episode of one instance, at most `RECORDED_STEPS` steps of it. */
export interface RecordedGame {
  /** agent id → the action of every step, as the numbers of the action space. */
  readonly actions: Readonly<Record<string, readonly (readonly number[])[]>>;
  /** agent id → the reward of every step, summed over reward heads. */
  readonly rewards: Readonly<Record<string, readonly number[]>>;
}

export const RECORDED_STEPS = 500;

export interface AgentEvaluation {
  /** Mean undiscounted return of an episode by the policies' modes. */
  readonly return: number;
  /** Mean reward of a step. */
  readonly rewardPerStep: number;
  /** Mean episode length in steps. */
  readonly length: number;
  /** Means of the environment's episode metrics over the episodes that it ended itself; empty if it ended none. */
  readonly metrics: Readonly<Record<string, number>>;
}

export interface CheckpointEvent {
  readonly type: 'checkpoint';
  readonly iteration: number;
  readonly bytes: number;
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
