import type { PolicyBatch } from '../../../experience/index.js';
import type { BatchShape } from '../../port.js';
import { Transitions } from '../transitions.js';
import type { MemberWidths } from './replay.js';

export interface RowSettings {
  readonly gamma: number;
  readonly nStep: number;
  readonly teamReward: 'mean' | 'sum';
  /** Numbers of the state that a mixer sees; 0 for none. */
  readonly stateSize: number;
}

/** The rows that an iteration's batches add to a replay: at each step of each instance the transitions of all agents that a row is
 *  about, side by side. Segments of a member's batch are trajectory batches times agents; an agent's own part of row
 *  u = (s·T + t)·B + b is its sample ((s·A + j)·T + t)·B + b, A agents per row.
 *
 *  A masked agent's transition that was cut off is left out: what would have been legal next is not known. */
export class Rows {
  /** In the order of `replayFields`, [count, width] each, after `collect`. */
  readonly columns: readonly (Float32Array | Uint8Array)[];
  private readonly shape: BatchShape;
  private readonly members: readonly MemberWidths[];
  private readonly settings: RowSettings;
  private readonly transitions: readonly Transitions[];
  private readonly states: Transitions | null;
  private readonly rows: Int32Array;

  /** `shapes`: those of the members' batches. */
  constructor(shapes: readonly BatchShape[], members: readonly MemberWidths[], settings: RowSettings) {
    const { gamma, nStep: steps, stateSize } = settings;
    const { segments, horizon, instances } = shapes[0]!;
    const samples = (segments / members[0]!.agents) * horizon * instances;
    this.shape = shapes[0]!;
    this.members = members;
    this.settings = settings;
    this.transitions = members.map(
      ({ observation, mask }, m) =>
        new Transitions(shapes[m]!, { observationSize: observation, maskSize: mask, gamma, steps }),
    );
    this.states =
      stateSize === 0 ? null : new Transitions(shapes[0]!, { observationSize: stateSize, maskSize: 0, gamma, steps });
    this.rows = new Int32Array(samples);
    const f32 = (width: number) => new Float32Array(samples * width);
    const u8 = (width: number) => new Uint8Array(samples * width);
    this.columns = [
      ...members.flatMap(({ agents, observation, action, mask }) => [
        f32(agents * observation),
        f32(agents * action),
        f32(agents * observation),
        ...(mask === 0 ? [] : [u8(agents * mask), u8(agents * mask)]),
      ]),
      f32(1),
      f32(1),
      ...(stateSize === 0 ? [] : [f32(stateSize), f32(stateSize)]),
    ];
  }

  /** Fills the columns; returns how many rows there are. */
  collect(batches: readonly PolicyBatch[]): number {
    for (const [m, transitions] of this.transitions.entries()) transitions.fill(batches[m]!);
    const count = this.chooseRows();
    let column = 0;
    const next = () => this.columns[column++]!;
    for (const [m, { agents, observation, action, mask }] of this.members.entries()) {
      const batch = batches[m]!;
      const { nextObservations, nextActionMasks } = this.transitions[m]!;
      this.copy(batch.observations, observation, agents, next(), count);
      this.copy(batch.actions, action, agents, next(), count);
      this.copy(nextObservations, observation, agents, next(), count);
      if (mask === 0) continue;
      this.copy(batch.actionMasks, mask, agents, next(), count);
      this.copy(nextActionMasks, mask, agents, next(), count);
    }
    this.addRewards(next(), count);
    this.copyFirst(this.transitions[0]!.discounts, 1, next(), count);
    if (this.states !== null) this.fillStates(batches[0]!, next, count);
    return count;
  }

  private fillStates(batch: PolicyBatch, next: () => Float32Array | Uint8Array, count: number): void {
    const { stateSize } = this.settings;
    const states = this.states!;
    const { observations, lastObservations, finalObservations } = batch.critic!;
    states.fill({ ...batch, observations, lastObservations, finalObservations });
    this.copyFirst(observations, stateSize, next(), count);
    this.copyFirst(states.nextObservations, stateSize, next(), count);
  }

  /** All rows, or where anybody is masked those whose last step was not cut off. All members' episodes end together. */
  private chooseRows(): number {
    const { rows } = this;
    const { cutOff } = this.transitions[0]!;
    const masked = this.members.some(({ mask }) => mask > 0);
    let count = 0;
    for (let u = 0; u < rows.length; u++) {
      if (!masked || cutOff[this.sample(u, this.members[0]!.agents, 0)] === 0) rows[count++] = u;
    }
    return count;
  }

  /** The sample of agent j of A in row u. */
  private sample(u: number, agents: number, j: number): number {
    const rows = this.shape.horizon * this.shape.instances;
    const s = Math.floor(u / rows);
    return (s * agents + j) * rows + (u - s * rows);
  }

  private copy(
    from: Float32Array | Uint8Array,
    width: number,
    agents: number,
    to: Float32Array | Uint8Array,
    count: number,
  ): void {
    let at = 0;
    for (let r = 0; r < count; r++) {
      for (let j = 0; j < agents; j++) {
        const source = this.sample(this.rows[r]!, agents, j) * width;
        for (let k = 0; k < width; k++) to[at++] = from[source + k]!;
      }
    }
  }

  /** What all agents have alike: the first one's. */
  private copyFirst(from: Float32Array, width: number, to: Float32Array | Uint8Array, count: number): void {
    const { agents } = this.members[0]!;
    for (let r = 0, at = 0; r < count; r++) {
      const source = this.sample(this.rows[r]!, agents, 0) * width;
      for (let k = 0; k < width; k++) to[at++] = from[source + k]!;
    }
  }

  private addRewards(to: Float32Array | Uint8Array, count: number): void {
    const all = this.members.reduce((sum, { agents }) => sum + agents, 0);
    const scale = this.settings.teamReward === 'mean' ? 1 / all : 1;
    for (let r = 0; r < count; r++) {
      let sum = 0;
      for (let m = 0; m < this.members.length; m++) {
        const { agents } = this.members[m]!;
        const { rewards } = this.transitions[m]!;
        for (let j = 0; j < agents; j++) sum += rewards[this.sample(this.rows[r]!, agents, j)]!;
      }
      to[r] = sum * scale;
    }
  }
}
