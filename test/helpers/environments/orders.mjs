/** Two agents who decide whether, how and how much, with masks and a reward head for each. As a module that worker threads import. */
import { Type } from 'typebox';

const FEATURES = 2;
const CHOICES = 5;
const actionSpace = {
  kind: 'hierarchical',
  levels: [
    { name: 'enter', space: { kind: 'binary', size: 1 }, reward: 'entry' },
    { name: 'kind', space: { kind: 'discrete', count: 3 }, when: { level: 'enter', is: [1] }, reward: 'style' },
    {
      name: 'size',
      space: { kind: 'box', shape: [1], low: -1, high: { observation: 0 } },
      when: { level: 'kind', is: [0, 2] },
      reward: 'gain',
    },
  ],
};
const observationSpace = { kind: 'box', shape: [FEATURES], low: 0, high: 4 };

/** What both agents see: a number from 1 to 2, and how many steps of the episode are done. Where the number is above 1.75 nobody may
 *  enter; after an odd number of steps kind 1 is not to be had. */
function show(batch, b, random) {
  const count = batch.state.count[b];
  for (let agent = 0; agent < 2; agent++) {
    const seen = 1 + random.uniform();
    batch.observation[agent].set([seen, count / 2], b * FEATURES);
    batch.actionMask[agent].set([1, seen > 1.75 ? 0 : 1, 1, count % 2 === 1 ? 0 : 1, 1], b * CHOICES);
    batch.state.seen[b * 2 + agent] = seen;
  }
}

export const environment = {
  id: 'orders-v1',
  description: 'Orders in three levels: whether, how and how much.',
  options: Type.Object({}, { additionalProperties: false }),
  create: () => ({
    agents: ['one', 'other'].map((id) => ({ id, observationSpace, actionSpace, masked: true })),
    state: { count: { dtype: 'i32' }, seen: { dtype: 'f32', shape: [2] } },
    rewardHeads: ['gain', 'entry', 'style'],
    episodeMetrics: ['ordered'],
    reset(batch, instances, count, random) {
      for (let k = 0; k < count; k++) {
        batch.state.count[instances[k]] = 0;
        show(batch, instances[k], random);
      }
    },
    step(batch, random) {
      for (let b = 0; b < batch.instances; b++) {
        const count = ++batch.state.count[b];
        for (let agent = 0; agent < 2; agent++) {
          const [enter, kind, size] = batch.action[agent].subarray(b * 3, b * 3 + 3);
          const seen = batch.state.seen[b * 2 + agent];
          batch.reward[agent].set([-((size - 0.5) ** 2), enter === 1 ? 1.5 - seen : 0, kind === 2 ? 1 : 0], b * 3);
          batch.episodeMetric[agent][b] = enter;
        }
        if (count === 5) batch.terminated[b] = 1;
        else if (count === 3 && b % 2 === 1) batch.truncated[b] = 1;
        show(batch, b, random);
      }
    },
  }),
};
