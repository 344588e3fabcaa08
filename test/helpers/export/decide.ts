/** What somebody does who has a policy's networks and its card, and no code of Marlin: the mode of an action, as the card's rules say. */
import type { PolicyCard } from '../../../src/export/index.js';

type Card = PolicyCard;
type AnySpace = Card['policy']['actionSpace'];
/** JSON has no infinities: null is no bound. */
type Bound = number | { readonly observation: number } | null | undefined;

export interface Row {
  readonly observation: readonly number[];
  readonly mask: readonly number[];
}

/** `outputsOf` runs the network of a level. */
export function decide(
  card: Card,
  row: Row,
  outputsOf: (level: string | null, earlier: readonly number[]) => ArrayLike<number>,
): number[] {
  const { actionSpace } = card.policy;
  const levels =
    actionSpace.kind === 'hierarchical' ? actionSpace.levels : [{ name: null, space: actionSpace, when: undefined }];
  const action: number[] = [];
  const decided: boolean[] = [];
  let maskAt = 0;
  for (const [l, { space, when }] of levels.entries()) {
    const { offset, size, earlier, law, level } = card.actions[l]!;
    const choices = choicesOf(space);
    const maskSize = card.policy.masked ? choices.reduce((a, b) => a + b, 0) : 0;
    const mask = row.mask.slice(maskAt, maskAt + maskSize);
    maskAt += maskSize;
    const decider = when === undefined ? -1 : levels.findIndex(({ name }) => name === when.level);
    const active =
      when === undefined ||
      (decided[decider]! && when.is.includes(action[card.actions[decider]!.offset + (when.element ?? 0)]!));
    decided.push(active);
    const levelOf = (element: number) =>
      card.actions.findIndex((a) => element >= a.offset && element < a.offset + a.size);
    const inputs = earlier.flatMap(({ element, choices: count }) => {
      const on = decided[levelOf(element)]!;
      if (count === 0) return [on ? action[element]! : 0];
      return Array.from({ length: count }, (_, c) => (on && action[element] === c ? 1 : 0));
    });
    const numbers = active
      ? mode(space, law, [...Array.from(outputsOf(level, inputs))], mask, row.observation, size)
      : [];
    for (let j = 0; j < size; j++) action[offset + j] = active ? numbers[j]! : 0;
  }
  return action;
}

function mode(
  space: AnySpace,
  law: string,
  outputs: readonly number[],
  mask: readonly number[],
  observation: readonly number[],
  size: number,
): number[] {
  const read = (bound: Bound, absent: number): number =>
    typeof bound === 'object' && bound !== null ? observation[bound.observation]! : (bound ?? absent);
  if (space.kind === 'composite') {
    const r = read(space.reservation, 0);
    const [x, q] = outputs as [number, number];
    return [x > 0 ? (space.side === 'seller' ? Math.max(q, r) : Math.min(q, r)) : 0];
  }
  if (space.kind === 'box') {
    return Array.from({ length: size }, (_, j) => {
      const u = outputs[j]!;
      const of = (side: 'low' | 'high', absent: number) => {
        const bound = space[side];
        return read(Array.isArray(bound) ? bound[j] : (bound as Bound), absent);
      };
      const [low, high] = [of('low', -Infinity), of('high', Infinity)];
      if (law === 'truncatedGaussian') return Math.min(high, Math.max(low, u));
      if (law !== 'squashedGaussian' && law !== 'noisyDeterministic') return u;
      if (low > -Infinity && high < Infinity) return low + ((high - low) / 2) * (Math.tanh(u) + 1);
      if (low > -Infinity) return low + Math.log1p(Math.exp(u));
      return high < Infinity ? high - Math.log1p(Math.exp(u)) : u;
    });
  }
  if (law === 'bernoulli') {
    return outputs.map((x, j) => {
      const [zero, one] = mask.length === 0 ? [1, 1] : [mask[2 * j], mask[2 * j + 1]];
      return one !== 0 && (x > 0 || zero === 0) ? 1 : 0;
    });
  }
  let at = 0;
  return choicesOf(space).map((count) => {
    let best = -1;
    for (let c = 0; c < count; c++) {
      if (mask.length > 0 && mask[at + c] === 0) continue;
      if (best < 0 || outputs[at + c]! > outputs[at + best]!) best = c;
    }
    at += count;
    return best;
  });
}

function choicesOf(space: AnySpace): readonly number[] {
  if (space.kind === 'discrete') return [space.count];
  if (space.kind === 'multiDiscrete') return space.counts;
  return space.kind === 'binary' ? new Array<number>(space.size).fill(2) : [];
}
