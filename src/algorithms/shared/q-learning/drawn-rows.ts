import type { RandomStream } from '../../../base/index.js';
import type { CriticInput, Replay } from '../../../experience/index.js';
import type { F32, Kernels } from '../../../kernels/index.js';
import { FIELD, type MemberWidths } from './replay.js';

/** What a mixer sees besides values, and how many numbers that is: the global state, or the agents' observations, joined. */
export interface StateSource {
  readonly input: CriticInput;
  readonly size: number;
}

/** A member's part of the rows drawn, R = rows · agents of them. */
export interface MemberRows {
  /** f32[R, observation] */
  readonly observations: F32;
  /** f32[R, action] */
  readonly actions: F32;
  /** f32[R, observation] */
  readonly nextObservations: F32;
  /** u8[R, mask]; empty where the member is not masked. */
  readonly actionMasks: Uint8Array;
  readonly nextActionMasks: Uint8Array;
}

/** B rows drawn from a replay, C numbers of the state in each. */
export class DrawnRows {
  /** Where they lie in the replay, i32[B]. */
  readonly indices: Int32Array;
  /** What corrects for drawing by priority, f32[B]: 1 without. */
  readonly corrections: Float32Array;
  /** f32[B] */
  readonly rewards: F32;
  readonly discounts: F32;
  /** f32[B, C] */
  readonly states: F32;
  readonly nextStates: F32;
  readonly members: readonly MemberRows[];
  private readonly kernels: Kernels;
  private readonly widths: readonly MemberWidths[];
  private readonly source: StateSource | null;
  private readonly count: number;

  constructor(kernels: Kernels, widths: readonly MemberWidths[], B: number, source: StateSource | null) {
    const C = source?.size ?? 0;
    this.kernels = kernels;
    this.widths = widths;
    this.source = source;
    this.count = B;
    this.indices = new Int32Array(B);
    this.corrections = new Float32Array(B).fill(1);
    this.rewards = kernels.f32(B);
    this.discounts = kernels.f32(B);
    this.states = kernels.f32(B * C);
    this.nextStates = kernels.f32(B * C);
    this.members = widths.map(({ agents, observation, action, mask }): MemberRows => {
      const R = B * agents;
      return {
        observations: kernels.f32(R * observation),
        actions: kernels.f32(R * action),
        nextObservations: kernels.f32(R * observation),
        actionMasks: new Uint8Array(R * mask),
        nextActionMasks: new Uint8Array(R * mask),
      };
    });
  }

  /** Draws anew: by priority, corrected with this exponent β, or uniformly where it is null. */
  draw(replay: Replay, random: RandomStream, beta: number | null): void {
    const { indices, corrections, count: B } = this;
    if (beta === null) replay.sampleUniform(random, indices, B);
    else replay.samplePrioritized(random, beta, indices, corrections, B);
    for (let m = 0; m < this.members.length; m++) {
      const member = this.members[m]!;
      replay.gather(FIELD.observation(m), indices, B, member.observations);
      replay.gather(FIELD.action(m), indices, B, member.actions);
      replay.gather(FIELD.nextObservation(m), indices, B, member.nextObservations);
      if (this.widths[m]!.mask === 0) continue;
      replay.gather(FIELD.actionMask(m), indices, B, member.actionMasks);
      replay.gather(FIELD.nextActionMask(m), indices, B, member.nextActionMasks);
    }
    replay.gather(FIELD.reward, indices, B, this.rewards);
    replay.gather(FIELD.discount, indices, B, this.discounts);
    if (this.states.length === 0) return;
    if (this.source!.input === 'globalState') {
      replay.gather(FIELD.state, indices, B, this.states);
      replay.gather(FIELD.nextState, indices, B, this.nextStates);
    } else {
      this.joinObservations();
    }
  }

  dispose(): void {
    const { kernels } = this;
    for (const array of [this.rewards, this.discounts, this.states, this.nextStates]) kernels.free(array);
    for (const { observations, actions, nextObservations } of this.members) {
      for (const array of [observations, actions, nextObservations]) kernels.free(array);
    }
  }

  /** states[b] = the observations of all agents in row b, one after the other. */
  private joinObservations(): void {
    const { count: B } = this;
    const C = this.states.length / B;
    let column = 0;
    for (let m = 0; m < this.members.length; m++) {
      const { observations, nextObservations } = this.members[m]!;
      const width = this.widths[m]!.agents * this.widths[m]!.observation;
      for (let b = 0; b < B; b++) {
        for (let j = 0; j < width; j++) {
          this.states[b * C + column + j] = observations[b * width + j]!;
          this.nextStates[b * C + column + j] = nextObservations[b * width + j]!;
        }
      }
      column += width;
    }
  }
}
