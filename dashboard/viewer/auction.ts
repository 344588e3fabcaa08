import type { Act, Recording } from './recording.js';

export interface Trader {
  readonly agent: string;
  readonly side: 'buyer' | 'seller';
  /** What the good is worth to it, or costs it; undefined where that was not recorded. */
  readonly value: number | undefined;
  /** null: it stays away. */
  readonly quote: number | null;
  readonly gain: number;
  readonly traded: boolean;
  /** At which it traded, as its gain tells. */
  readonly price: number | null;
}

export interface Round {
  readonly buyers: readonly Trader[];
  readonly sellers: readonly Trader[];
  readonly trades: number;
  /** The one price at which everybody traded; null where there was no trade, or several prices. */
  readonly price: number | null;
  /** What all traders gained together. */
  readonly gain: number;
  /** What they would gain if the highest values traded with the lowest costs; null where values were not recorded. */
  readonly possible: number | null;
}

/** Gains that are float32 rewards are told apart from nothing above this. */
const NOTHING = 1e-6;
const SAME_PRICE = 1e-4;

/** A round of the double auction, read from what the traders did and were paid. */
export function roundOf(recording: Recording, step: number, options: Readonly<Record<string, unknown>>): Round {
  const { participationCost = 0 } = options as { readonly participationCost?: number };
  const acts = recording.at(step);
  const count = Number(options.buyers ?? acts.length / 2);
  const traders = acts.map((act, i) =>
    traderOf(
      act,
      i < count ? 'buyer' : 'seller',
      participationCost,
      options.actions === 'price' || options.actions === undefined,
    ),
  );
  const buyers = traders.filter(({ side }) => side === 'buyer');
  const sellers = traders.filter(({ side }) => side === 'seller');
  const prices = traders.flatMap(({ price }) => price ?? []);
  const one = prices.length > 0 && prices.every((price) => Math.abs(price - prices[0]!) < SAME_PRICE);
  return {
    buyers,
    sellers,
    trades: buyers.filter(({ traded }) => traded).length,
    price: one ? prices[0]! : null,
    gain: traders.reduce((sum, { gain }) => sum + gain, 0),
    possible: possibleGain(buyers, sellers),
  };
}

function traderOf(
  { agent, action, reward, observation }: Act,
  side: Trader['side'],
  cost: number,
  always: boolean,
): Trader {
  const [first = 0] = action;
  const offered = always || first !== 0;
  const gain = reward + (offered ? cost : 0);
  const traded = offered && Math.abs(gain) > NOTHING;
  const value = observation?.[0];
  return {
    agent,
    side,
    value,
    quote: offered ? (action[action.length - 1] ?? null) : null,
    gain: traded ? gain : 0,
    traded,
    price: traded && value !== undefined ? (side === 'buyer' ? value - gain : value + gain) : null,
  };
}

function possibleGain(buyers: readonly Trader[], sellers: readonly Trader[]): number | null {
  const of = (traders: readonly Trader[]): number[] => traders.flatMap(({ value }) => value ?? []);
  const values = of(buyers).sort((a, b) => b - a);
  const costs = of(sellers).sort((a, b) => a - b);
  if (values.length < buyers.length || costs.length < sellers.length) return null;
  let sum = 0;
  for (let k = 0; k < Math.min(values.length, costs.length); k++) sum += Math.max(0, values[k]! - costs[k]!);
  return sum;
}
