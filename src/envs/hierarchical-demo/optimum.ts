import type { ActionProfile } from '../port.js';

const POINTS = 41;

/** The lines of x from −1 to 1 with the best decoupled policy beside them: decide 1 where x > b, 0 where x < −b, and offer |x|.
 *  Between, either decision loses b, so the offer's target s·x may be either. */
export function demoProfiles(agent: string, offerReward: number): readonly ActionProfile[] {
  const points = Array.from({ length: POINTS }, (_, k) => (2 * k) / (POINTS - 1) - 1);
  const line = { agent, label: 'x', points, observations: points.map((x) => [x]) };
  const decided = (best: (x: number) => number) => points.map((x) => (Math.abs(x) > offerReward ? best(x) : null));
  return [
    {
      ...line,
      element: 0,
      quantity: 'decision',
      reference: { label: 'optimum', quantity: decided((x) => (x > 0 ? 1 : 0)) },
    },
    { ...line, element: 1, quantity: 'offer', reference: { label: 'optimum', quantity: decided(Math.abs) } },
  ];
}
