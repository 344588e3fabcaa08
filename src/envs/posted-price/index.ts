import { type Static, Type } from 'typebox';
import { box, observed } from '../../spaces/index.js';
import { defineBatchedEnvironment } from '../definition.js';
import type { ActionProfile, Environment, EnvironmentDefinition } from '../port.js';

const PostedPriceOptions = Type.Object(
  {
    reservation: Type.Boolean({
      default: true,
      description:
        'Whether prices are bounded below by the cost. Without, a learner must find out for itself that selling at a loss does not pay.',
    }),
  },
  { additionalProperties: false },
);

const METRICS = ['sold', 'revenue', 'profit'] as const;
const POINTS = 41;

/** A seller with cost c asks a price p of a buyer whose value v it does not see: reward (p − c)·1{p ≤ v}; c, v ~ U[0, 1), anew
 *  in every episode of one step. Best is p* = (1 + c) / 2. See docs/environments/posted-price-v1.md. */
export const postedPrice: EnvironmentDefinition<Static<typeof PostedPriceOptions>> = defineBatchedEnvironment({
  id: 'posted-price-v1',
  description: 'A seller posts a price for a buyer whose value it does not see.',
  options: PostedPriceOptions,
  create: ({ reservation }) => createPostedPrice(reservation),
});

function createPostedPrice(reservation: boolean): Environment {
  return {
    agents: [
      {
        id: 'seller',
        observationSpace: box(1, { low: 0, high: 1 }),
        actionSpace: box(1, reservation ? { low: observed(0) } : {}),
      },
    ],
    state: { cost: { dtype: 'f32' }, value: { dtype: 'f32' } },
    episodeMetrics: METRICS,
    ratioMetrics: { salePrice: ['revenue', 'sold'] },
    profiles: [profile()],
    reset(batch, instances, count, random) {
      const { cost, value } = batch.state;
      const observation = batch.observation[0];
      for (let k = 0; k < count; k++) {
        const b = instances[k];
        cost[b] = random.uniform();
        value[b] = random.uniform();
        observation[b] = cost[b];
      }
    },
    step(batch) {
      const { cost, value } = batch.state;
      const metric = batch.episodeMetric[0];
      for (let b = 0; b < batch.instances; b++) {
        const price = batch.action[0][b];
        const sold = price <= value[b];
        const profit = sold ? price - cost[b] : 0;
        batch.reward[0][b] = profit;
        batch.observation[0][b] = cost[b];
        metric[b * METRICS.length] = sold ? 1 : 0;
        metric[b * METRICS.length + 1] = sold ? price : 0;
        metric[b * METRICS.length + 2] = profit;
        batch.terminated[b] = 1;
      }
    },
  };
}

function profile(): ActionProfile {
  const points = Array.from({ length: POINTS }, (_, k) => k / (POINTS - 1));
  return {
    agent: 'seller',
    label: 'cost',
    points,
    observations: points.map((cost) => [cost]),
    element: 0,
    quantity: 'price',
    reference: { label: 'optimum', quantity: points.map((cost) => (1 + cost) / 2) },
  };
}
