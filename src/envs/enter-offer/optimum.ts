import type { ActionProfile } from '../port.js';

const POINTS = 41;

/** The line of costs 0 … 1 with the best policy beside it: enter where c < 1 − 2√F, at p* = (1 + c) / 2. `element` is the
 *  price's place in the action. */
export function enterOfferProfile(entryCost: number, element: number): ActionProfile {
  const points = Array.from({ length: POINTS }, (_, k) => k / (POINTS - 1));
  const enters = points.map((cost) => cost < 1 - 2 * Math.sqrt(entryCost));
  return {
    agent: 'seller',
    label: 'cost',
    points,
    observations: points.map((cost) => [cost]),
    element,
    quantity: 'price',
    reference: {
      label: 'optimum',
      quantity: points.map((cost, k) => (enters[k] ? (1 + cost) / 2 : null)),
      participation: enters.map((enter) => (enter ? 1 : 0)),
    },
  };
}
