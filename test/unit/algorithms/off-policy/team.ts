import type { UpdaterContext } from '../../../../src/algorithms/index.js';
import type { PolicyBatch } from '../../../../src/experience/index.js';
import type { Kernels } from '../../../../src/kernels/index.js';
import { box, discrete, type Space } from '../../../../src/spaces/index.js';
import { batchOf, contextOf } from '../learning.js';
import { someEnds } from './harness.js';

/** Trajectory batches, steps and instances of an iteration. */
export const SHARDS = 2;
export const STEPS = 6 * 3;

export interface Player {
  readonly agents: readonly number[];
  readonly observationSize: number;
  readonly actionSpace: Space;
  readonly masked?: boolean;
}

/** Agents 0 and 2 share a policy; agent 1 has another, with other spaces. */
export const PLAYERS: readonly [Player, Player] = [
  { agents: [0, 2], observationSize: 2, actionSpace: box(1, { low: -1, high: 1 }) },
  { agents: [1], observationSize: 1, actionSpace: box(2, { low: 0, high: 4 }) },
];

/** The same team, but that those who share a policy choose one of three, of which not all are always legal. */
export const CHOOSERS: typeof PLAYERS = [{ ...PLAYERS[0], actionSpace: discrete(3), masked: true }, PLAYERS[1]];

const playerContext = (kernels: Kernels, options: object, { agents, ...spaces }: Player): UpdaterContext =>
  contextOf(kernels, 'maddpg', options, {
    ...spaces,
    hidden: [3],
    distribution: { kind: spaces.actionSpace.kind === 'box' ? 'noisyDeterministic' : 'categorical' },
    shape: { segments: SHARDS * agents.length, horizon: 6, instances: 3 },
  });

export function teamContext(kernels: Kernels, options: object, players = PLAYERS): UpdaterContext {
  const contexts = players.map((player) => playerContext(kernels, options, player));
  const members = contexts.map(({ spec, observationSpace, actionSpace, masked }, m) => ({
    policyId: `policy-${m}`,
    spec,
    observationSpace,
    actionSpace,
    masked,
    agents: players[m]!.agents,
  }));
  return { ...contexts[0]!, ...members[0]!, members, batchShapes: contexts.map(({ batchShape }) => batchShape) };
}

/** A batch of each policy, whose episodes end together. */
export const teamBatches = (kernels: Kernels, seed = 1, players = PLAYERS): readonly PolicyBatch[] =>
  players.map((player, m) => {
    const context = playerContext(kernels, {}, player);
    const endsOf = (n: number) => {
      const shard = Math.floor(n / STEPS / player.agents.length);
      return someEnds(shard * STEPS + (n % STEPS));
    };
    return batchOf(context, new Float32Array(100).fill(0.1), { seed: 10 * seed + m, ends: endsOf });
  });
