import type { StateDtype, StateSpec } from './port.js';

/** The arrays of the instance that is being reset or stepped. They are reused for the next one: keep no reference. */
export interface Instance<State extends StateSpec = StateSpec, AgentId extends string = string> {
  /** state.<name>: one array of the field's shape; a number is an array of length 1. All zeros before reset. */
  readonly state: { readonly [Name in keyof State]: ArrayOf<State[Name]['dtype']> };
  /** observation.<agent>: f32[F]. Reset and step write every element (it begins as NaN, which is refused). */
  readonly observation: Readonly<Record<AgentId, Float32Array>>;
  /** action.<agent>: f32[A], read by step. A choice is its index. */
  readonly action: Readonly<Record<AgentId, Float32Array>>;
  /** reward.<agent>: f32[H], one element per reward head; 0 where step does not write. */
  readonly reward: Readonly<Record<AgentId, Float32Array>>;
  /** actionMask.<agent>: u8[M], 1 = legal; all 1 where reset or step does not write; empty where not masked. */
  readonly actionMask: Readonly<Record<AgentId, Uint8Array>>;
  /** f32[G]; reset and step write every element; empty where none is declared. */
  readonly globalState: Float32Array;
  /** episodeMetric.<agent>: f32[M], written by the step that ends the episode. */
  readonly episodeMetric: Readonly<Record<AgentId, Float32Array>>;
  /** Set to true by the step that ends the task. */
  terminated: boolean;
  /** Set to true by the step that cuts the episode off. */
  truncated: boolean;
}

type ArrayOf<Dtype extends StateDtype> = {
  readonly f32: Float32Array;
  readonly f64: Float64Array;
  readonly i32: Int32Array;
  readonly u8: Uint8Array;
}[Dtype];
