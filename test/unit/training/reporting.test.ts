import { expect, test } from 'vitest';
import type { Environment } from '../../../src/envs/index.js';
import { box } from '../../../src/spaces/index.js';
import { type EvaluationEvent, type IterationEvent, runTraining } from '../../../src/training/index.js';
import { recorder } from '../../helpers/training.js';
import { environmentOf, planOf } from './planning.js';

const points = Array.from({ length: 41 }, (_, i) => i / 40);

/** Two bidders in episodes of one step. A bid costs its square in one head; the other head is 1. */
const bidding: Environment = {
  agents: ['left', 'right'].map((id) => ({ id, observationSpace: box(1), actionSpace: box(1) })),
  state: {},
  rewardHeads: ['cost', 'bonus'],
  returnHead: 'bonus',
  episodeMetrics: ['won', 'played'],
  ratioMetrics: { winRate: ['won', 'played'] },
  profiles: ['left', 'right'].map((agent) => ({
    agent,
    label: 'value',
    points,
    observations: points.map((value) => [value]),
    element: 0,
    quantity: 'bid',
    reference: { label: 'equilibrium', quantity: points.map((value) => value / 2) },
  })),
  reset(batch, instances, count, random) {
    for (let e = 0; e < count; e++) {
      for (const observation of batch.observation) observation[instances[e]!] = random.uniform();
    }
  },
  step(batch) {
    for (let b = 0; b < batch.instances; b++) {
      batch.agents.forEach((_, i) => {
        batch.reward[i]!.set([-(batch.action[i]![b]! ** 2), 1], 2 * b);
        batch.episodeMetric[i]!.set([i, 2], 2 * b);
        batch.observation[i]![b] = 0;
      });
      batch.terminated[b] = 1;
    }
  },
};

test('the events of a run carry heads, ratios and profiles, and stay small', async () => {
  const planned = planOf(
    {
      env: { id: 'bidding-v1' },
      policies: { '*': { network: { hidden: [4] } } },
      rollout: { shards: 1, envsPerShard: 4, horizon: 3 },
      evaluation: { every: 1, episodes: 3 },
      stop: { iterations: 2 },
    },
    [environmentOf('bidding-v1', bidding)],
  );
  const { events, onEvent } = recorder();
  await runTraining('job', planned.spec, { environments: planned.environments, onEvent });

  const iterations = events.filter((event): event is IterationEvent => event.type === 'iteration');
  const evaluations = events.filter((event): event is EvaluationEvent => event.type === 'evaluation');
  expect([iterations.length, evaluations.length]).toEqual([2, 3]);
  for (const { agents } of [...iterations, ...evaluations]) {
    expect(agents.right).toMatchObject({
      return: 1,
      rewardPerStep: 1,
      heads: { bonus: 1 },
      metrics: { won: 1, played: 2, winRate: 0.5 },
    });
    expect(agents.left?.heads?.cost).toBeLessThan(0);
  }
  for (const { profiles = [] } of evaluations) {
    expect(profiles.map(({ agent, mean }) => [agent, mean.length])).toEqual([
      ['left', 41],
      ['right', 41],
    ]);
    for (const profile of profiles) expect(JSON.stringify(profile).length).toBeLessThan(2000);
  }
  // Agents have noise of their own, and weights of their own that change.
  const means = evaluations.flatMap(({ profiles = [] }) => profiles.map(({ mean }) => JSON.stringify(mean)));
  expect(new Set(means).size).toBe(6);
});
