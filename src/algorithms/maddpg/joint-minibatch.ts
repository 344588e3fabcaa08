import type { RandomStream } from '../../base/index.js';
import type { PolicyBatch, Replay, ReplayField } from '../../experience/index.js';
import type { F32, Kernels } from '../../kernels/index.js';
import { elementSize, maskSize } from '../../spaces/index.js';
import type { UpdaterContext } from '../port.js';
import { Transitions } from '../shared/transitions.js';
import { jointFields, seenActionSize, type TeamAgent } from './agents.js';

/** What one agent saw, did and got in the transitions of a minibatch: f32[rows, ·]. */
export interface AgentRows {
  readonly observations: F32;
  /** As critics see them: of a choice 1 in its place, and 0 elsewhere. */
  readonly actions: F32;
  readonly rewards: F32;
  readonly nextObservations: F32;
  /** u8[rows, M]; M is 0 where the agent is not masked. */
  readonly actionMasks: Uint8Array;
  readonly nextActionMasks: Uint8Array;
}

/** A team's way into the replay and out of it. A joint row holds what all agents did in the same step of the same instance; columns
 *  are those of `jointFields`. Where anybody is masked, transitions that were cut off are left out: the next choices are not known. */
export class JointMinibatch {
  readonly rows: number;
  readonly agents: readonly AgentRows[];
  readonly discounts: F32;
  private readonly kernels: Kernels;
  private readonly team: readonly TeamAgent[];
  /** Of each member: agents that act by it. */
  private readonly sharing: readonly number[];
  private readonly transitions: readonly Transitions[];
  private readonly indices: Int32Array;
  /** Joint rows of a batch, in the order of the fields. */
  private readonly columns: readonly Column[];
  /** Of each of the batch's joint transitions: its row, or −1. */
  private readonly places: Int32Array;
  private readonly fields: readonly ReplayField[];
  private readonly widths: readonly number[];
  private readonly drawn: readonly Column[];

  constructor(
    context: UpdaterContext,
    team: readonly TeamAgent[],
    { rows, gamma, nStep }: { rows: number; gamma: number; nStep: number },
  ) {
    const { kernels, members, batchShapes } = context;
    const samples = jointSamples(context);
    this.rows = rows;
    this.kernels = kernels;
    this.team = team;
    this.agents = team.map((agent) => ({
      observations: kernels.f32(rows * agent.observationSize),
      actions: kernels.f32(rows * seenActionSize(agent)),
      rewards: kernels.f32(rows),
      nextObservations: kernels.f32(rows * agent.observationSize),
      actionMasks: new Uint8Array(rows * agent.maskSize),
      nextActionMasks: new Uint8Array(rows * agent.maskSize),
    }));
    this.discounts = kernels.f32(rows);
    this.sharing = members.map(({ agents }) => agents.length);
    this.transitions = members.map(
      ({ observationSpace, actionSpace, masked }, m) =>
        new Transitions(batchShapes[m]!, {
          observationSize: elementSize(observationSpace),
          maskSize: masked ? maskSize(actionSpace) : 0,
          gamma,
          steps: nStep,
        }),
    );
    this.indices = new Int32Array(rows);
    this.fields = jointFields(team);
    this.widths = this.fields.map(({ width }) => width);
    this.columns = this.fields.map(({ dtype, width }) => column(dtype, samples * width));
    this.drawn = this.fields.map(({ dtype, width }) => column(dtype, rows * width));
    this.places = new Int32Array(samples);
  }

  /** Appends the joint transitions of the members' batches. */
  insert(batches: readonly PolicyBatch[], replay: Replay): void {
    const { places, team, widths } = this;
    const [observations, actions, rewards, discounts, nextObservations, masks, nextMasks] = this.columns as Columns;
    for (const [m, transitions] of this.transitions.entries()) transitions.fill(batches[m]!);
    const count = this.placeRows(batches);
    for (const [i, agent] of team.entries()) {
      const batch = batches[agent.member]!;
      const transitions = this.transitions[agent.member]!;
      const { observationSize: F, actionSize: A, maskSize: M } = agent;
      for (let r = 0; r < places.length; r++) {
        const row = places[r]!;
        if (row < 0) continue;
        const n = this.sampleOf(agent, batch, r);
        copy(batch.observations, n * F, observations, row * widths[0]! + agent.observationAt, F);
        copy(batch.actions, n * A, actions, row * widths[1]! + agent.actionAt, A);
        copy(transitions.nextObservations, n * F, nextObservations, row * widths[4]! + agent.observationAt, F);
        rewards[row * team.length + i] = transitions.rewards[n]!;
        // Episodes end for all agents at once.
        discounts[row] = transitions.discounts[n]!;
        if (M === 0) continue;
        copy(batch.actionMasks, n * M, masks!, row * widths[5]! + agent.maskAt, M);
        copy(transitions.nextActionMasks, n * M, nextMasks!, row * widths[6]! + agent.maskAt, M);
      }
    }
    replay.insert(this.columns, count);
  }

  /** Draws `rows` joint transitions, each as likely as any. */
  draw(replay: Replay, random: RandomStream): void {
    const { rows, indices, drawn, widths, team } = this;
    const [observations, actions, rewards, discounts, nextObservations, masks, nextMasks] = drawn as Columns;
    replay.sampleUniform(random, indices, rows);
    for (const [f, { name }] of this.fields.entries()) replay.gather(name, indices, rows, drawn[f]!);
    this.discounts.set(discounts);
    for (const [i, agent] of team.entries()) {
      const { observationSize: F, actionSize: A, maskSize: M, observationAt, actionAt, maskAt, choices } = agent;
      const own = this.agents[i]!;
      for (let r = 0; r < rows; r++) {
        copy(observations, r * widths[0]! + observationAt, own.observations, r * F, F);
        if (choices.length === 0) copy(actions, r * widths[1]! + actionAt, own.actions, r * A, A);
        copy(nextObservations, r * widths[4]! + observationAt, own.nextObservations, r * F, F);
        own.rewards[r] = rewards[r * team.length + i]!;
        if (M === 0) continue;
        copy(masks!, r * widths[5]! + maskAt, own.actionMasks, r * M, M);
        copy(nextMasks!, r * widths[6]! + maskAt, own.nextActionMasks, r * M, M);
      }
      if (choices.length > 0) spread(actions, widths[1]!, agent, own.actions, rows);
    }
  }

  dispose(): void {
    for (const { observations, actions, rewards, nextObservations } of this.agents) {
      for (const array of [observations, actions, rewards, nextObservations]) this.kernels.free(array);
    }
    this.kernels.free(this.discounts);
  }

  /** Decides which of the batch's joint transitions are kept, and returns how many. */
  private placeRows(batches: readonly PolicyBatch[]): number {
    const { places, team } = this;
    const masked = team.find(({ maskSize: M }) => M > 0);
    let count = 0;
    for (let r = 0; r < places.length; r++) {
      const isCutOff =
        masked !== undefined &&
        this.transitions[masked.member]!.cutOff[this.sampleOf(masked, batches[masked.member]!, r)] !== 0;
      places[r] = isCutOff ? -1 : count++;
    }
    return count;
  }

  /** An agent's sample of the batch's joint transition r. */
  private sampleOf({ member, slot }: TeamAgent, { shape }: PolicyBatch, r: number): number {
    const steps = shape.horizon * shape.instances;
    const shard = Math.floor(r / steps);
    return (shard * this.sharing[member]! + slot) * steps + (r - shard * steps);
  }
}

type Column = Float32Array | Uint8Array;
type Columns = readonly [
  Float32Array,
  Float32Array,
  Float32Array,
  Float32Array,
  Float32Array,
  Uint8Array?,
  Uint8Array?,
];

const column = (dtype: ReplayField['dtype'], length: number): Column =>
  dtype === 'f32' ? new Float32Array(length) : new Uint8Array(length);

/** Joint rows of one iteration: each agent's samples. */
const jointSamples = ({ members, batchShapes }: UpdaterContext): number => {
  const { segments, horizon, instances } = batchShapes[0]!;
  return (segments / members[0]!.agents.length) * horizon * instances;
};

function copy(from: Column, fromAt: number, to: Column, toAt: number, count: number): void {
  for (let j = 0; j < count; j++) to[toAt + j] = from[fromAt + j]!;
}

/** An agent's choices, out of joint rows of `width` numbers, as one number per choice. */
function spread(actions: Float32Array, width: number, { choices, actionAt }: TeamAgent, to: F32, rows: number): void {
  to.fill(0);
  for (let r = 0, at = 0; r < rows; r++) {
    for (const [s, count] of choices.entries()) {
      to[at + actions[r * width + actionAt + s]!] = 1;
      at += count;
    }
  }
}
