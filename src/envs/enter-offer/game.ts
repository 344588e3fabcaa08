import { binary, box, composite, hierarchical, observed, type Space } from '../../spaces/index.js';
import type { Environment, EnvironmentBatch } from '../port.js';
import { enterOfferProfile } from './optimum.js';
import type { EnterOfferOptions } from './options.js';

const METRICS = ['entered', 'sold', 'revenue', 'profit'] as const;

/** A seller with cost c enters or passes and, having entered, asks a price p ≥ c; a buyer whose value v it does not see buys
 *  where p ≤ v. c, v ~ U[0, 1), anew in every episode of one step.
 *
 *      hierarchical:  action [enter, p]   reward [enter: gain − F, price: gain]   both 0 without entering
 *      composite:     action [p or 0]     reward [profit: gain − F]               0 where the action is 0
 *
 *  gain = (p − c)·1{p ≤ v}, F = `entryCost`. */
export function createEnterOffer({ actions, entryCost }: EnterOfferOptions): Environment {
  const layered = actions === 'hierarchical';
  const width = layered ? 2 : 1;
  const actionSpace: Space = layered
    ? hierarchical([
        { name: 'enter', space: binary(), reward: 'enter' },
        { name: 'price', space: box(1, { low: observed(0) }), when: { level: 'enter', is: [1] }, reward: 'price' },
      ])
    : composite('seller', observed(0));
  return {
    agents: [{ id: 'seller', observationSpace: box(1, { low: 0, high: 1 }), actionSpace }],
    state: { cost: { dtype: 'f32' }, value: { dtype: 'f32' } },
    rewardHeads: layered ? ['enter', 'price'] : ['profit'],
    returnHead: layered ? 'enter' : 'profit',
    episodeMetrics: METRICS,
    ratioMetrics: { saleRate: ['sold', 'entered'], salePrice: ['revenue', 'sold'] },
    profiles: [enterOfferProfile(entryCost, width - 1)],
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
      const action = batch.action[0];
      const reward = batch.reward[0];
      const observation = batch.observation[0];
      for (let b = 0; b < batch.instances; b++) {
        const price = action[b * width + width - 1];
        const entered = action[b * width] !== 0;
        const sold = entered && price <= value[b];
        const gain = sold ? price - cost[b] : 0;
        const profit = entered ? gain - entryCost : 0;
        reward[b * width] = profit;
        if (layered) reward[b * width + 1] = gain;
        report(batch, b, entered, sold, price, profit);
        observation[b] = cost[b];
        batch.terminated[b] = 1;
      }
    },
  };
}

function report(batch: EnvironmentBatch, b: number, entered: boolean, sold: boolean, price: number, profit: number) {
  const metric = batch.episodeMetric[0];
  const at = b * METRICS.length;
  metric[at] = entered ? 1 : 0;
  metric[at + 1] = sold ? 1 : 0;
  metric[at + 2] = sold ? price : 0;
  metric[at + 3] = profit;
}
