import type { RandomStream } from '../../base/index.js';
import type { PolicyBatch, Replay, ReplayField } from '../../experience/index.js';
import type { F32, Kernels } from '../../kernels/index.js';
import { elementSize } from '../../spaces/index.js';
import type { UpdaterContext } from '../port.js';
import { Transitions } from '../shared/transitions.js';
import { jointFields, type TeamAgent } from './agents.js';

/** What one agent saw, did and got in the transitions of a minibatch: f32[rows, ·]. */
export interface AgentRows {
  readonly observations: F32;
  readonly actions: F32;
  readonly rewards: F32;
  readonly nextObservations: F32;
}

/** A team's way into the replay and out of it. A joint row holds what all agents did in the same step of the same instance; columns
 *  are those of `jointFields`. */
export class JointMinibatch {
  readonly rows: number;
  readonly agents: readonly AgentRows[];
  readonly discounts: F32;
  private readonly kernels: Kernels;
  private readonly team: readonly TeamAgent[];
  /** Of each member. */
  private readonly transitions: readonly Transitions[];
  private readonly indices: Int32Array;
  /** Joint rows of a batch, in the order of the fields. */
  private readonly columns: readonly Float32Array[];
  private readonly fields: readonly ReplayField[];
  private readonly widths: readonly number[];
  private readonly drawn: readonly Float32Array[];

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
    this.agents = team.map(({ observationSize, actionSize }) => ({
      observations: kernels.f32(rows * observationSize),
      actions: kernels.f32(rows * actionSize),
      rewards: kernels.f32(rows),
      nextObservations: kernels.f32(rows * observationSize),
    }));
    this.discounts = kernels.f32(rows);
    this.transitions = members.map(
      ({ observationSpace }, m) =>
        new Transitions(batchShapes[m]!, {
          observationSize: elementSize(observationSpace),
          maskSize: 0,
          gamma,
          steps: nStep,
        }),
    );
    this.indices = new Int32Array(rows);
    this.fields = jointFields(team);
    this.widths = this.fields.map(({ width }) => width);
    this.columns = this.widths.map((width) => new Float32Array(samples * width));
    this.drawn = this.widths.map((width) => new Float32Array(rows * width));
  }

  /** Appends the joint transitions of the members' batches. */
  insert(batches: readonly PolicyBatch[], replay: Replay): void {
    const [observations, actions, rewards, discounts, nextObservations] = this.columns as Columns;
    for (const [m, transitions] of this.transitions.entries()) transitions.fill(batches[m]!);
    for (const [i, agent] of this.team.entries()) {
      const batch = batches[agent.member]!;
      const transitions = this.transitions[agent.member]!;
      const { observationSize: F, actionSize: A } = agent;
      const { horizon, instances } = batch.shape;
      const steps = horizon * instances;
      const sharing = this.team.filter(({ member }) => member === agent.member).length;
      for (let r = 0; r < discounts.length; r++) {
        const shard = Math.floor(r / steps);
        const n = (shard * sharing + agent.slot) * steps + (r - shard * steps);
        copy(batch.observations, n * F, observations, r * this.widths[0]! + agent.observationAt, F);
        copy(batch.actions, n * A, actions, r * this.widths[1]! + agent.actionAt, A);
        copy(transitions.nextObservations, n * F, nextObservations, r * this.widths[4]! + agent.observationAt, F);
        rewards[r * this.team.length + i] = transitions.rewards[n]!;
        // Episodes end for all agents at once.
        discounts[r] = transitions.discounts[n]!;
      }
    }
    replay.insert(this.columns, discounts.length);
  }

  /** Draws `rows` joint transitions, each as likely as any. */
  draw(replay: Replay, random: RandomStream): void {
    const { rows, indices, drawn, widths, team } = this;
    const [observations, actions, rewards, , nextObservations] = drawn as Columns;
    replay.sampleUniform(random, indices, rows);
    for (const [f, { name }] of this.fields.entries()) replay.gather(name, indices, rows, drawn[f]!);
    this.discounts.set(drawn[3]!);
    for (const [i, { observationSize: F, actionSize: A, observationAt, actionAt }] of team.entries()) {
      const own = this.agents[i]!;
      for (let r = 0; r < rows; r++) {
        copy(observations, r * widths[0]! + observationAt, own.observations, r * F, F);
        copy(actions, r * widths[1]! + actionAt, own.actions, r * A, A);
        copy(nextObservations, r * widths[4]! + observationAt, own.nextObservations, r * F, F);
        own.rewards[r] = rewards[r * team.length + i]!;
      }
    }
  }

  dispose(): void {
    for (const { observations, actions, rewards, nextObservations } of this.agents) {
      for (const array of [observations, actions, rewards, nextObservations]) this.kernels.free(array);
    }
    this.kernels.free(this.discounts);
  }
}

type Columns = readonly [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array];

/** Joint rows of one iteration: each agent's samples. */
const jointSamples = ({ members, batchShapes }: UpdaterContext): number => {
  const { segments, horizon, instances } = batchShapes[0]!;
  return (segments / members[0]!.agents.length) * horizon * instances;
};

function copy(from: Float32Array, fromAt: number, to: Float32Array, toAt: number, count: number): void {
  for (let j = 0; j < count; j++) to[toAt + j] = from[fromAt + j]!;
}
