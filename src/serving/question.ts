import type { Columns } from './columns.js';

/** What can be asked of a policy: how many numbers a row has, and what they may be. */
export interface Askable {
  readonly columns: Columns;
  /** Numbers of an action mask; 0 where there is none. */
  readonly maskSize: number;
  /** Numbers that a policy with a memory remembers; 0 for one without. */
  readonly stateSize: number;
  readonly agentIds: readonly string[];
  /** Whether the policy acts differently for each of its agents, so that one has to be named. */
  readonly tellsAgents: boolean;
}

/** What is asked outside of the rows. */
export interface Manner {
  readonly sample: boolean;
  /** Of the draw; null: none was given. */
  readonly seed: number | null;
  readonly agent: string | null;
}

/** Rows for which actions are wanted, checked. Letters: B rows, F numbers of an observation, S of a state, M of a mask. */
export interface Question extends Manner {
  /** Whether the answer is one action, and not a list of them. */
  readonly single: boolean;
  readonly rows: number;
  /** f32[B, F] */
  readonly observations: Float32Array;
  /** f32[B, S], zeros where an episode begins: what is remembered, which acting carries on in place. */
  readonly states: Float32Array;
  /** u8[B, M]; null: everything is allowed. */
  readonly masks: Uint8Array | null;
}

/** Faults that are told of one request. */
export const MOST_FAULTS = 10;

/** Notes a fault: an RFC 6901 pointer, and what is wrong there. */
export type Tell = (pointer: string, message: string) => void;
