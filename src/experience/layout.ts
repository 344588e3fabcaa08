/** Sizes that fix the layout of a trajectory batch. */
export interface TrajectoryShape {
  /** Steps, T. */
  readonly horizon: number;
  /** Environment instances, B. */
  readonly instances: number;
  readonly rewardHeads: number;
  /** Numbers of the global state, G; 0 if there is none. */
  readonly globalStateSize: number;
  /** Episode metrics per agent, M. */
  readonly episodeMetrics: number;
  readonly agents: readonly AgentShape[];
}

export interface AgentShape {
  readonly observationSize: number;
  readonly actionSize: number;
  /** Numbers of the action mask; 0 if the agent is not masked. */
  readonly maskSize: number;
  /** Decisions in sequence with a log-probability each, L; absent is 1. */
  readonly levelCount?: number;
  /** Numbers that its policy carries from step to step, S; absent is 0. */
  readonly stateSize?: number;
}

/** L of an agent. */
export const levelsOf = (agent: AgentShape): number => agent.levelCount ?? 1;

/** S of an agent. */
export const stateSizeOf = (agent: AgentShape): number => agent.stateSize ?? 0;

/** Byte offsets of one agent's tensors. */
export interface AgentOffsets {
  /** f32[T + 1, B, F]: row T is the observation that the next batch starts with. */
  readonly observation: number;
  /** f32[T, B, A] */
  readonly action: number;
  /** f32[T, B, L]: log-probability of each level of the action under the policy that acted; 0 where a level is inactive. */
  readonly behaviorLogProb: number;
  /** f32[T, B, H] */
  readonly reward: number;
  /** u8[T + 1, B, M] */
  readonly actionMask: number;
  /** f32[B, S]: what its policy remembered before the first step; zeros where an episode begins with it. */
  readonly state: number;
}

/** Where everything is in the bytes of a trajectory batch; a function of the shape alone.
 *
 *      header i32[16] │ episode sums f64 │ terminated u8[T,B] │ truncated u8[T,B] │ globalState │ agent 0 │ agent 1 │ …
 *      │ finals: row i32[n] │ agent 0 final observation f32[n,F] │ … │ final global state f32[n,G]
 *
 *  Every tensor starts at a multiple of 64 bytes. `finals` are the observations at the end of ended episodes, in
 *  ascending row = t·B + b; their number n differs from batch to batch, so they come last. */
export interface TrajectoryLayout {
  readonly shape: TrajectoryShape;
  readonly episodes: number;
  readonly terminated: number;
  readonly truncated: number;
  /** f32[T + 1, B, G] */
  readonly globalState: number;
  readonly agents: readonly AgentOffsets[];
  /** Bytes of everything before the finals. */
  readonly denseBytes: number;
  /** Bytes of the whole batch with n finals. */
  totalBytes(finals: number): number;
  /** Offsets of the finals of a batch with n of them: rows, then per agent, then global state. */
  finalOffsets(finals: number): {
    readonly rows: number;
    readonly observation: readonly number[];
    readonly globalState: number;
  };
}

/** What one piece of a trajectory batch has of it: always the header, the episode sums, the flags and the rows of ended episodes. */
export interface TrajectoryPiece {
  /** Agents of which it has everything. */
  readonly agents: ReadonlySet<number>;
  /** Whether it has the observations of all others too. */
  readonly allObservations: boolean;
  readonly globalState: boolean;
}

/** Places in the header. */
export const HEADER = {
  magic: 0,
  version: 1,
  horizon: 2,
  instances: 3,
  agents: 4,
  shard: 5,
  k: 6,
  policyVersion: 7,
  finals: 8,
} as const;
export const HEADER_BYTES = 64;
export const TRAJECTORY_MAGIC = 0x4a54_524d;
export const TRAJECTORY_VERSION = 1;

/** Numbers of episode sums: count, total length, then per agent the total return and the sums of its M metrics. */
export const episodeSumCount = (shape: TrajectoryShape): number => 2 + shape.agents.length * (1 + shape.episodeMetrics);

const ALIGNMENT = 64;
const align = (offset: number): number => Math.ceil(offset / ALIGNMENT) * ALIGNMENT;

export function trajectoryLayout(shape: TrajectoryShape): TrajectoryLayout {
  const { horizon: T, instances: B, rewardHeads: H, globalStateSize: G } = shape;
  let end = HEADER_BYTES;
  const place = (bytes: number): number => {
    const offset = end;
    end = align(end + bytes);
    return offset;
  };
  const episodes = place(8 * episodeSumCount(shape));
  const terminated = place(T * B);
  const truncated = place(T * B);
  const globalState = place(4 * (T + 1) * B * G);
  const agents = shape.agents.map((agent) => ({
    observation: place(4 * (T + 1) * B * agent.observationSize),
    action: place(4 * T * B * agent.actionSize),
    behaviorLogProb: place(4 * T * B * levelsOf(agent)),
    reward: place(4 * T * B * H),
    actionMask: place((T + 1) * B * agent.maskSize),
    state: place(4 * B * stateSizeOf(agent)),
  }));
  const denseBytes = end;
  const placeFinals = (finals: number) => {
    let at = denseBytes;
    const next = (bytes: number): number => {
      const offset = at;
      at = align(at + bytes);
      return offset;
    };
    const rows = next(4 * finals);
    const observation = shape.agents.map((agent) => next(4 * finals * agent.observationSize));
    return { rows, observation, globalState: next(4 * finals * G), end: at };
  };
  // Asked for again and again with one number, by every policy that reads a batch.
  let known = { finals: 0, offsets: placeFinals(0) };
  const finalOffsets = (finals: number) => {
    if (known.finals !== finals) known = { finals, offsets: placeFinals(finals) };
    return known.offsets;
  };
  return {
    shape,
    episodes,
    terminated,
    truncated,
    globalState,
    agents,
    denseBytes,
    totalBytes: (finals) => finalOffsets(finals).end,
    finalOffsets,
  };
}
