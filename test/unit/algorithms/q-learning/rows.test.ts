import { describe, expect, it } from 'vitest';
import { replayFields, widthsOf } from '../../../../src/algorithms/shared/q-learning/replay.js';
import { Rows } from '../../../../src/algorithms/shared/q-learning/rows.js';
import type { PolicyBatch } from '../../../../src/experience/index.js';
import { createPlainKernels } from '../../../../src/kernels/index.js';
import { discrete, multiDiscrete } from '../../../../src/spaces/index.js';
import { HORIZON, INSTANCES, SHARDS, type StepEnds, someEnds, type Team, teamBatches, teamContext } from './team.js';

const kernels = createPlainKernels();
const PER_SHARD = HORIZON * INSTANCES;

const pair: Team = {
  players: [
    { agents: [0, 2], actionSpace: discrete(3), observationSize: 2 },
    { agents: [1], actionSpace: multiDiscrete([2, 2]), observationSize: 3 },
  ],
  globalStateSize: 2,
};
const masked: Team = {
  players: [pair.players[0]!, { agents: [1], actionSpace: discrete(4), observationSize: 1, masked: true }],
};

const take = (array: ArrayLike<number>, row: number, width: number): number[] =>
  Array.from({ length: width }, (_, j) => array[row * width + j]!);

/** What agent j of A sees, does and gets from step t of instance b in shard s on, told step by step. */
function story(batch: PolicyBatch, A: number, j: number, [s, t, b]: readonly [number, number, number], steps: number) {
  const { observationSize: F, actionSize, maskSize: M } = batch.shape;
  const segment = s * A + j;
  const sample = (at: number): number => segment * PER_SHARD + at * INSTANCES + b;
  const rewards: number[] = [];
  let end: 'terminated' | 'truncated' | 'goes on' = 'goes on';
  let at = t;
  while (rewards.length < steps && at < HORIZON && end === 'goes on') {
    rewards.push(batch.rewards[sample(at)]!);
    if (batch.terminated[sample(at)] !== 0) end = 'terminated';
    if (batch.truncated[sample(at)] !== 0) end = 'truncated';
    at++;
  }
  const final = batch.finalSamples.indexOf(sample(at - 1));
  const last = at === HORIZON;
  const next =
    end !== 'goes on'
      ? take(batch.finalObservations, final, F)
      : last
        ? take(batch.lastObservations, segment * INSTANCES + b, F)
        : take(batch.observations, sample(at), F);
  const nextMask =
    end !== 'goes on'
      ? new Array<number>(M).fill(1)
      : last
        ? take(batch.lastActionMasks, segment * INSTANCES + b, M)
        : take(batch.actionMasks, sample(at), M);
  return {
    observation: take(batch.observations, sample(t), F),
    action: take(batch.actions, sample(t), actionSize),
    mask: take(batch.actionMasks, sample(t), M),
    rewards,
    end,
    next,
    nextMask,
  };
}

function collect(
  team: Team,
  grouping: 'single' | 'joint',
  settings: { gamma: number; nStep: number; teamReward: 'mean' | 'sum' },
  ends: StepEnds = someEnds,
) {
  const algorithm = grouping === 'single' ? 'dqn' : 'vdn';
  const context = teamContext(kernels, algorithm, {}, team);
  const batches = teamBatches(kernels, algorithm, team, { ends });
  const widths = context.members.map((member) => widthsOf(grouping, member));
  const stateSize = team.globalStateSize ?? 0;
  const rows = new Rows(context.batchShapes, widths, { ...settings, stateSize });
  const count = rows.collect(batches);
  const fields = replayFields(widths, stateSize);
  const found = Array.from({ length: count }, (_, r) =>
    Object.fromEntries(fields.map(({ name, width }, i) => [name, take(rows.columns[i]!, r, width)])),
  );
  return { batches, found };
}

const places = Array.from({ length: SHARDS * PER_SHARD }, (_, u) => {
  const within = u % PER_SHARD;
  return [Math.floor(u / PER_SHARD), Math.floor(within / INSTANCES), within % INSTANCES] as const;
});

const discounted = (rewards: readonly number[], gamma: number): number =>
  rewards.reduce((sum, reward, i) => sum + reward * gamma ** i, 0);

describe.each([1, 3, 50])('transitions over %i steps', (nStep) => {
  it('of a team tell what all its agents saw and did, side by side, and what it was paid', () => {
    const gamma = 0.9;
    const { batches, found } = collect(pair, 'joint', { gamma, nStep, teamReward: 'mean' });
    expect(found).toHaveLength(places.length);
    for (const [r, place] of places.entries()) {
      const row = found[r]!;
      const agents = [
        story(batches[0]!, 2, 0, place, nStep),
        story(batches[0]!, 2, 1, place, nStep),
        story(batches[1]!, 1, 0, place, nStep),
      ];
      expect(row['observation.0']).toEqual([...agents[0]!.observation, ...agents[1]!.observation]);
      expect(row['nextObservation.0']).toEqual([...agents[0]!.next, ...agents[1]!.next]);
      expect(row['action.0']).toEqual([...agents[0]!.action, ...agents[1]!.action]);
      expect(row['observation.1']).toEqual(agents[2]!.observation);
      expect(row['nextObservation.1']).toEqual(agents[2]!.next);
      expect(row['action.1']).toEqual(agents[2]!.action);
      const { rewards, end } = agents[0]!;
      expect(row.reward![0]).toBeCloseTo(
        agents.reduce((sum, agent) => sum + discounted(agent.rewards, gamma), 0) / 3,
        5,
      );
      expect(row.discount![0]).toBeCloseTo(end === 'terminated' ? 0 : gamma ** rewards.length, 6);
      const { critic, ...batch } = batches[0]!;
      const seen = story(
        { ...batch, ...critic!, shape: { ...batch.shape, observationSize: 2 }, critic: null },
        2,
        0,
        place,
        nStep,
      );
      expect([row.state, row.nextState]).toEqual([seen.observation, seen.next]);
    }
  });

  it('of one policy tell of each of its agents by itself', () => {
    const { batches, found } = collect({ players: [pair.players[0]!] }, 'single', {
      gamma: 0.5,
      nStep,
      teamReward: 'sum',
    });
    const expected = places.flatMap((place) => [0, 1].map((j) => ({ place, j })));
    // Segments come shard by shard, then agent by agent.
    const order = [...expected].sort((x, y) => x.place[0] - y.place[0] || x.j - y.j);
    expect(found).toHaveLength(order.length);
    for (const [r, { place, j }] of order.entries()) {
      const agent = story(batches[0]!, 2, j, place, nStep);
      expect(found[r]!['observation.0']).toEqual(agent.observation);
      expect(found[r]!['nextObservation.0']).toEqual(agent.next);
      expect(found[r]!.reward![0]).toBeCloseTo(discounted(agent.rewards, 0.5), 5);
    }
  });

  it('leave out what was cut off where anybody is masked, whose next choices nobody knows', () => {
    const { batches, found } = collect(masked, 'joint', { gamma: 0.9, nStep, teamReward: 'sum' });
    const kept = places.filter((place) => story(batches[1]!, 1, 0, place, nStep).end !== 'truncated');
    expect(kept.length).toBeLessThan(places.length);
    expect(found).toHaveLength(kept.length);
    for (const [r, place] of kept.entries()) {
      const agent = story(batches[1]!, 1, 0, place, nStep);
      expect(found[r]!['actionMask.1']).toEqual(agent.mask);
      expect(found[r]!['nextActionMask.1']).toEqual(agent.nextMask);
      expect(found[r]!['observation.1']).toEqual(agent.observation);
      expect(found[r]!.discount![0]).toBeCloseTo(agent.end === 'terminated' ? 0 : 0.9 ** agent.rewards.length, 6);
    }
  });
});

it('a team is paid the sum of its rewards, or their mean', () => {
  const settings = { gamma: 1, nStep: 1 };
  const sums = collect(pair, 'joint', { ...settings, teamReward: 'sum' }).found;
  const means = collect(pair, 'joint', { ...settings, teamReward: 'mean' }).found;
  for (const [r, { reward }] of sums.entries()) expect(means[r]!.reward![0]).toBeCloseTo(reward![0]! / 3, 6);
});
