import { expect, test } from 'vitest';
import type { Environment } from '../../../src/envs/index.js';
import { readTrajectory } from '../../../src/experience/index.js';
import { box } from '../../../src/spaces/index.js';
import { actingWeights, environmentOf, openInline, planOf } from './planning.js';

/** Episodes of three steps, the n-th of which pays agent i n + i and 100 by head. */
const paying = (reporting: Partial<Environment>): Environment => ({
  agents: ['one', 'other'].map((id) => ({ id, observationSpace: box(1), actionSpace: box(1) })),
  state: { count: { dtype: 'i32' } },
  rewardHeads: ['small', 'large'],
  episodeMetrics: ['steps'],
  ...reporting,
  reset(batch, instances, count) {
    for (let e = 0; e < count; e++) {
      batch.state.count[instances[e]] = 0;
      for (const observation of batch.observation) observation[instances[e]] = 0;
    }
  },
  step(batch) {
    for (let b = 0; b < batch.instances; b++) {
      const n = ++batch.state.count[b];
      batch.agents.forEach((_, i) => {
        batch.observation[i][b] = n;
        batch.reward[i].set([n + i, 100], 2 * b);
        batch.episodeMetric[i][b] = n;
      });
      if (n === 3) batch.terminated[b] = 1;
    }
  },
});

test.each([
  ['all heads together', {}, [306, 309]],
  ['those of the first head', { returnHead: 'small' }, [6, 9]],
  ['those of the last head', { returnHead: 'large' }, [300, 300]],
])('returns of collected episodes are %s, across batches too', async (_, reporting, returns) => {
  const planned = planOf({ env: { id: 'paying-v1' }, rollout: { shards: 1, envsPerShard: 2, horizon: 4 } }, [
    environmentOf('paying-v1', paying(reporting)),
  ]);
  const { workers, units, layouts } = await openInline(planned);
  const weights = actingWeights(units, layouts);
  const request = { shard: 0, version: 0, weights };
  const first = await workers.run('job', 'collect', { ...request, k: 0, state: null });
  const second = await workers.run('job', 'collect', { ...request, k: 1, state: first.state });
  for (const { batch } of [first, second]) {
    const { episodes } = readTrajectory(planned.plan.layout, batch);
    // Each of two instances ends an episode of three steps: per agent its return and its steps.
    expect([...episodes]).toEqual([2, 6, 2 * returns[0]!, 6, 2 * returns[1]!, 6]);
  }
});
