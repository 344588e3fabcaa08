import type { SerializedError } from '../base/index.js';
import type { PolicySource, TakenPolicy } from './policy-file.js';
import type { Manner } from './question.js';

export type Form = 'json' | 'bytes';

/** A request for actions as a thread gets it. */
export interface Call {
  readonly id: number;
  /** File of the policy. */
  readonly path: string;
  readonly body: Uint8Array;
  readonly bodyForm: Form;
  readonly answerForm: Form;
  /** What holds where the body does not say. */
  readonly manner: Manner;
  /** Seed of a draw for which none is given. */
  readonly freshSeed: number;
  /** Members of the answer as JSON that tell who has acted, without braces. */
  readonly actor: string;
}

export interface CallAnswer {
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly rows: number;
  /** Of the draw; null where none was made. */
  readonly seed: number | null;
}

/** What is asked and answered, without its number in a thread's messages. */
export type ActRequest = Omit<Call, 'id'>;
export type ActAnswer = Omit<CallAnswer, 'id'>;

export interface CallFailure {
  readonly id: number;
  readonly error: SerializedError;
}

export type ToThread =
  | { readonly type: 'act'; readonly calls: readonly Call[] }
  | { readonly type: 'take'; readonly source: PolicySource; readonly target: string };

export type FromThread =
  | {
      readonly type: 'acted';
      readonly answers: readonly (CallAnswer | CallFailure)[];
      /** What the thread holds now. */
      readonly loaded: { readonly policies: number; readonly bytes: number };
    }
  | { readonly type: 'taken'; readonly taken: TakenPolicy }
  | { readonly type: 'failed'; readonly error: SerializedError };

export interface ThreadOptions {
  /** Most bytes of the policies that the thread holds. */
  readonly policyBytes: number;
}
