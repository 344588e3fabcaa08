import { box } from '../../spaces/index.js';
import type { Environment, EnvironmentBatch } from '../port.js';
import { createFirstBest } from './first-best.js';
import { createMechanism, createRound } from './mechanism.js';
import type { DoubleAuctionOptions } from './options.js';
import { createProfiles } from './profiles.js';
import { createQuoteReader, createTraders } from './quotes.js';
import { createValueSampler, supportOf } from './values.js';

const METRICS = ['offers', 'trades', 'gain', 'sideGain', 'marketGain', 'possibleGain', 'priceDeviation'] as const;

const RATIOS = {
  efficiency: ['marketGain', 'possibleGain'],
  sideShare: ['sideGain', 'possibleGain'],
  priceDeviationPerTrade: ['priceDeviation', 'trades'],
} as const;

/** One round of a sealed-bid double auction, which is the whole episode. A buyer who trades gains value − price, a seller
 *  price − cost; who quotes pays `participationCost`. Values are float32; all else is computed in float64 and rounded on
 *  store. Whatever is not state is scratch memory, which every round writes before it reads. */
export function createDoubleAuction(options: DoubleAuctionOptions): Environment {
  const { buyers, sellers, participationCost } = options;
  const traders = buyers + sellers;
  const layered = options.actions === 'hierarchical';
  const heads = layered ? 2 : 1;
  const agents = createTraders(options);
  const drawValue = createValueSampler(options.buyerValues);
  const drawCost = createValueSampler(options.sellerCosts);
  const readQuotes = createQuoteReader(options);
  const match = createMechanism(options);
  const findFirstBest = createFirstBest(buyers, sellers);
  const round = createRound(buyers, sellers);
  const gain = new Float64Array(traders);

  const observe = (batch: EnvironmentBatch, b: number): void => {
    const { values } = batch.state;
    for (let i = 0; i < traders; i++) {
      batch.globalState[b * traders + i] = batch.observation[i]![b] = values[b * traders + i]!;
    }
  };

  /** Writes the gains of instance b's round and returns those of all buyers together. */
  const gainsOfBuyers = (values: ArrayLike<number>, b: number): number => {
    let sum = 0;
    for (let i = 0; i < traders; i++) {
      const value = values[b * traders + i]!;
      const price = round.price[i]!;
      gain[i] = round.traded[i] === 0 ? 0 : i < buyers ? value - price : price - value;
      if (i < buyers) sum += gain[i]!;
    }
    return sum;
  };

  const pay = (batch: EnvironmentBatch, b: number): void => {
    for (let i = 0; i < traders; i++) {
      const reward = batch.reward[i]!;
      reward[b * heads] = gain[i]! - (round.offered[i] === 1 ? participationCost : 0);
      if (layered) reward[b * heads + 1] = gain[i]!;
    }
  };

  const report = (batch: EnvironmentBatch, b: number, buyersGain: number, sellersGain: number): void => {
    const { gain: possibleGain, price } = findFirstBest(batch.state.values!, b * traders);
    for (let i = 0; i < traders; i++) {
      const metric = batch.episodeMetric[i]!;
      const at = b * METRICS.length;
      metric[at] = round.offered[i]!;
      metric[at + 1] = round.traded[i]!;
      metric[at + 2] = gain[i]!;
      metric[at + 3] = i < buyers ? buyersGain : sellersGain;
      metric[at + 4] = buyersGain + sellersGain;
      metric[at + 5] = possibleGain;
      metric[at + 6] = round.traded[i] === 0 ? 0 : Math.abs(round.price[i]! - price);
    }
  };

  return {
    agents,
    state: { values: { dtype: 'f32', shape: [traders] } },
    ...(layered ? { rewardHeads: ['trade', 'price'], returnHead: 'trade' } : {}),
    globalState: globalStateOf(options),
    episodeMetrics: METRICS,
    ratioMetrics: RATIOS,
    profiles: createProfiles(options, agents),
    reset(batch, instances, count, random) {
      const { values } = batch.state;
      for (let k = 0; k < count; k++) {
        const b = instances[k]!;
        for (let i = 0; i < traders; i++) values[b * traders + i] = i < buyers ? drawValue(random) : drawCost(random);
        observe(batch, b);
      }
    },
    step(batch, random) {
      for (let b = 0; b < batch.instances; b++) {
        readQuotes(batch, b, round);
        round.traded.fill(0);
        match(round, random);
        const buyersGain = gainsOfBuyers(batch.state.values!, b);
        let sellersGain = 0;
        for (let i = buyers; i < traders; i++) sellersGain += gain[i]!;
        pay(batch, b);
        report(batch, b, buyersGain, sellersGain);
        observe(batch, b);
        batch.terminated[b] = 1;
      }
    },
  };
}

/** All values, buyers first; without bounds where a side has a single possible value, since a box cannot be a point. */
function globalStateOf({ buyers, sellers, buyerValues, sellerCosts }: DoubleAuctionOptions) {
  const values = supportOf(buyerValues);
  const costs = supportOf(sellerCosts);
  if (values.low === values.high || costs.low === costs.high) return box(buyers + sellers);
  const bounds = (side: 'low' | 'high'): number[] => [
    ...new Array<number>(buyers).fill(values[side]),
    ...new Array<number>(sellers).fill(costs[side]),
  ];
  return box(buyers + sellers, { low: bounds('low'), high: bounds('high') });
}
