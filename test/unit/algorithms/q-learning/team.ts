import type { UpdaterContext } from '../../../../src/algorithms/index.js';
import { RandomStream } from '../../../../src/base/index.js';
import type { CriticObservations, PolicyBatch } from '../../../../src/experience/index.js';
import type { Kernels } from '../../../../src/kernels/index.js';
import { batchOf, contextOf, place, type Setting } from '../learning.js';

export const SHARDS = 2;
export const HORIZON = 6;
export const INSTANCES = 3;

/** A policy of the team and its agents. */
export interface Player extends Setting {
  readonly agents: readonly number[];
}

export interface Team {
  readonly players: readonly Player[];
  readonly globalStateSize?: number;
}

/** The context of an updater of the players together; the options are those of the algorithm's schema. */
export function teamContext(kernels: Kernels, algorithm: string, options: object, team: Team): UpdaterContext {
  const contexts = team.players.map((player) => playerContext(kernels, algorithm, options, player));
  const members = contexts.map(({ spec, observationSpace, actionSpace, masked }, m) => ({
    policyId: `policy-${m}`,
    spec,
    observationSpace,
    actionSpace,
    masked,
    agents: team.players[m]!.agents,
  }));
  return {
    ...contexts[0]!,
    ...members[0]!,
    members,
    globalStateSize: team.globalStateSize ?? 0,
    batchShapes: contexts.map(({ batchShape }) => batchShape),
  };
}

const playerContext = (kernels: Kernels, algorithm: string, options: object, player: Player): UpdaterContext =>
  contextOf(kernels, algorithm, options, {
    ...player,
    distribution: { kind: 'epsilonGreedy' },
    shape: { segments: SHARDS * player.agents.length, horizon: HORIZON, instances: INSTANCES },
  });

/** How step t of instance b in shard s ends, for everybody alike. */
export type StepEnds = (s: number, t: number, b: number) => 't' | 'c' | '';

export const someEnds: StepEnds = (s, t, b) => {
  const n = (s * HORIZON + t) * INSTANCES + b;
  return n % 9 === 4 ? 't' : n % 13 === 5 ? 'c' : '';
};

/** A batch of each player, in which they explore evenly, and what the mixer sees beside the first one's. */
export function teamBatches(
  kernels: Kernels,
  algorithm: string,
  team: Team,
  { seed = 1, ends = someEnds }: { readonly seed?: number; readonly ends?: StepEnds } = {},
): PolicyBatch[] {
  const rows = HORIZON * INSTANCES;
  return team.players.map((player, m) => {
    const context = playerContext(kernels, algorithm, {}, player);
    const A = player.agents.length;
    const endsOf = (n: number) => {
      const within = n % rows;
      return ends(Math.floor(n / rows / A), Math.floor(within / INSTANCES), within % INSTANCES);
    };
    // Whatever the values, ε, the last parameter, is 1.
    const acting = new Float32Array(10_000).fill(1);
    const batch = batchOf(context, acting, { seed: 100 * seed + m, ends: endsOf });
    return m > 0 || team.globalStateSize === undefined
      ? batch
      : { ...batch, critic: statesOf(kernels, team.globalStateSize, batch, A, seed) };
  });
}

/** A global state at every step, the same for all agents of a shard. */
function statesOf(
  kernels: Kernels,
  size: number,
  batch: PolicyBatch,
  agents: number,
  seed: number,
): CriticObservations {
  const random = new RandomStream(seed, 'states');
  const rows = HORIZON * INSTANCES;
  const shared = (perShard: number): number[] =>
    Array.from({ length: SHARDS }, () => {
      const own = Array.from({ length: perShard * size }, () => random.normal());
      return Array.from({ length: agents }, () => own).flat();
    }).flat();
  return {
    size,
    observations: place(kernels, shared(rows)),
    lastObservations: place(kernels, shared(INSTANCES)),
    finalObservations: place(
      kernels,
      Array.from({ length: Math.max(1, batch.finalCount) * size }, () => random.normal()),
    ),
  };
}
