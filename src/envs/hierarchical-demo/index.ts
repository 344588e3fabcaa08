import { type Static, Type } from 'typebox';
import { binary, box, hierarchical } from '../../spaces/index.js';
import { defineBatchedEnvironment } from '../definition.js';
import type { Environment, EnvironmentDefinition } from '../port.js';
import { demoProfiles } from './optimum.js';

const HierarchicalDemoOptions = Type.Object(
  {
    agents: Type.Integer({
      default: 2,
      minimum: 1,
      maximum: 1000,
      description: 'Agents, n. They do not meet: more of them try the same task side by side.',
    }),
    offerReward: Type.Number({
      default: 0.25,
      minimum: 0,
      maximum: 1,
      description:
        'What an offer on its target earns, and so what a decision has to exceed, b. More turns more decisions into losses; at 0 the right decision is always kept.',
    }),
  },
  { additionalProperties: false },
);

const METRICS = ['kept', 'right', 'miss'] as const;

/** A binary decision d, then an offer o, both in every action, with a reward for each; x ~ U[−1, 1), anew in every episode of
 *  one step:
 *
 *      s = 2d − 1                        the side that was decided for
 *      r_offer = b − (o − s·x)²
 *      r_decision = s·x  where that exceeds r_offer,  −r_offer otherwise
 *
 *  See docs/environments/hierarchical-demo-v1.md. */
export const hierarchicalDemo: EnvironmentDefinition<Static<typeof HierarchicalDemoOptions>> = defineBatchedEnvironment(
  {
    id: 'hierarchical-demo-v1',
    description: 'A binary decision, then an offer; the decision is paid only if it earns more than the offer.',
    options: HierarchicalDemoOptions,
    create: ({ agents, offerReward }) => createDemo(agents, offerReward),
  },
);

function createDemo(n: number, offerReward: number): Environment {
  const ids = Array.from({ length: n }, (_, i) => `agent-${i}`);
  const actionSpace = hierarchical([
    { name: 'decision', space: binary(), reward: 'decision' },
    { name: 'offer', space: box(1), reward: 'offer' },
  ]);
  return {
    agents: ids.map((id) => ({ id, observationSpace: box(1, { low: -1, high: 1 }), actionSpace })),
    state: { x: { dtype: 'f32', shape: [n] } },
    rewardHeads: ['decision', 'offer'],
    episodeMetrics: METRICS,
    profiles: demoProfiles(ids[0], offerReward),
    reset(batch, instances, count, random) {
      const { x } = batch.state;
      for (let k = 0; k < count; k++) {
        const b = instances[k];
        for (let i = 0; i < n; i++) {
          x[b * n + i] = 2 * random.uniform() - 1;
          batch.observation[i][b] = x[b * n + i];
        }
      }
    },
    step(batch) {
      const { x } = batch.state;
      for (let b = 0; b < batch.instances; b++) {
        for (let i = 0; i < n; i++) {
          const seen = x[b * n + i];
          const decision = batch.action[i][b * 2];
          const earned = decision === 1 ? seen : -seen;
          const miss = batch.action[i][b * 2 + 1] - earned;
          const offer = offerReward - miss * miss;
          const kept = earned > offer;
          batch.reward[i][b * 2] = kept ? earned : -offer;
          batch.reward[i][b * 2 + 1] = offer;
          batch.observation[i][b] = seen;
          const metric = batch.episodeMetric[i];
          metric[b * METRICS.length] = kept ? 1 : 0;
          metric[b * METRICS.length + 1] = earned >= 0 ? 1 : 0;
          metric[b * METRICS.length + 2] = Math.abs(miss);
        }
        batch.terminated[b] = 1;
      }
    },
  };
}
