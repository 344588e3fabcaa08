import type { Script } from './mpe-play.js';

/** Scripted policies for the particle environments with their default options, which bound what learners reach. */

/** The five moves: none, left, right, down, up. */
const MOVES = [
  [0, 0],
  [-1, 0],
  [1, 0],
  [0, -1],
  [0, 1],
] as const;

/** Steps that scripts look ahead unless told. */
const AHEAD = 3;

/** Any of `count` actions. */
export const uniform =
  (count: number): Script =>
  (_seen, random) =>
    random.integer(count);

/** How far a mover with velocity v comes in `ahead` steps, of which it pushes in the first only. */
function shift(v: number, force: number, ahead: number): number {
  const next = 0.75 * v + 0.1 * force;
  return 0.1 * v + (0.1 * next * (1 - 0.75 ** (ahead - 1))) / 0.25;
}

/** The move after which, `ahead` steps later, a mover with velocity (vx, vy) is nearest to (x, y), seen from where it is. */
export function moveTowards(x: number, y: number, vx: number, vy: number, ahead = AHEAD, sensitivity = 5): number {
  return bestMove(([pushX, pushY]) => {
    const offX = x - shift(vx, pushX * sensitivity, ahead);
    const offY = y - shift(vy, pushY * sensitivity, ahead);
    return -Math.hypot(offX, offY);
  });
}

function bestMove(score: (push: readonly [number, number]) => number): number {
  let best = 0;
  let most = -Infinity;
  MOVES.forEach((push, move) => {
    const value = score(push);
    if (value <= most) return;
    most = value;
    best = move;
  });
  return best;
}

/** simple-spread: at every step all work out the assignment of agents to landmarks with the least sum of distances, the same for
 *  all, and each goes to its own. */
export function spreadScript(agent: string, ahead = AHEAD): Script {
  const self = Number(agent.split('-')[1]);
  const orders = permutations(3);
  return (seen) => {
    const place = (j: number): readonly [number, number] => {
      if (j === self) return [0, 0];
      const at = 10 + 2 * (j < self ? j : j - 1);
      return [seen[at], seen[at + 1]];
    };
    const distances = [0, 1, 2].map((j) => {
      const [x, y] = place(j);
      return [0, 1, 2].map((l) => Math.hypot(seen[4 + 2 * l] - x, seen[5 + 2 * l] - y));
    });
    const own = 4 + 2 * cheapest(orders, distances)[self];
    return moveTowards(seen[own], seen[own + 1], seen[0], seen[1], ahead);
  };
}

/** The order with the least Σ_j distances[j][order[j]]. */
function cheapest(
  orders: readonly (readonly number[])[],
  distances: readonly (readonly number[])[],
): readonly number[] {
  const costs = orders.map((order) => order.reduce((sum, l, j) => sum + distances[j][l], 0));
  return orders[costs.indexOf(Math.min(...costs))];
}

function permutations(n: number): number[][] {
  if (n === 0) return [[]];
  return permutations(n - 1).flatMap((rest) =>
    Array.from({ length: n }, (_, at) => [...rest.slice(0, at), n - 1, ...rest.slice(at)]),
  );
}

/** simple-tag, an adversary: goes to where the good agent will be two steps later. */
export const chase: Script = (seen) =>
  moveTowards(seen[12] + 0.2 * seen[14], seen[13] + 0.2 * seen[15], seen[0], seen[1], AHEAD, 3);

/** simple-tag, the good agent: moves to where, three steps later, the nearest adversary is farthest away (if adversaries stand still),
 *  less what it pays for leaving the square. */
export const flee: Script = (seen) =>
  bestMove(([pushX, pushY]) => {
    const x = shift(seen[0], 4 * pushX, AHEAD);
    const y = shift(seen[1], 4 * pushY, AHEAD);
    const nearest = Math.min(...[8, 10, 12].map((at) => Math.hypot(seen[at] - x, seen[at + 1] - y)));
    const outside = (place: number): number => Math.max(0, Math.abs(place) - 0.9);
    return nearest - 10 * (outside(seen[2] + x) + outside(seen[3] + y));
  });

/** A mover that does not see its velocity, but knows what it has done: in every instance v ← 0.75 v + 0.5 push. */
function knowingItself(choose: (seen: Float32Array, vx: number, vy: number) => number): Script {
  const velocities: [number, number][] = [];
  return (seen, _random, b) => {
    velocities[b] ??= [0, 0];
    const velocity = velocities[b];
    const move = choose(seen, velocity[0], velocity[1]);
    MOVES[move].forEach((push, axis) => (velocity[axis] = 0.75 * velocity[axis] + 0.5 * push));
    return move;
  };
}

/** simple-adversary, a good agent: goes to the goal. */
export const toGoal = (): Script => knowingItself((seen, vx, vy) => moveTowards(seen[0], seen[1], vx, vy));

/** simple-adversary, a good agent: the two share out the landmarks so that the sum of distances is least, and each goes to its own. */
export const splitUp = (): Script =>
  knowingItself((seen, vx, vy) => {
    const distances = [
      [2, 4].map((l) => Math.hypot(seen[l], seen[l + 1])),
      [2, 4].map((l) => Math.hypot(seen[l] - seen[8], seen[l + 1] - seen[9])),
    ];
    const own = 2 + 2 * cheapest(permutations(2), distances)[0];
    return moveTowards(seen[own], seen[own + 1], vx, vy);
  });

/** simple-adversary, the adversary: goes to the landmark to which both good agents together are nearest. */
export const followAgents = (): Script =>
  knowingItself((seen, vx, vy) => {
    const [first, second] = [0, 2].map(
      (l) =>
        Math.hypot(seen[l] - seen[4], seen[l + 1] - seen[5]) + Math.hypot(seen[l] - seen[6], seen[l + 1] - seen[7]),
    );
    const own = first < second ? 0 : 2;
    return moveTowards(seen[own], seen[own + 1], vx, vy);
  });

/** simple-adversary, the adversary: goes between the landmarks. */
export const toMiddle = (): Script =>
  knowingItself((seen, vx, vy) => moveTowards((seen[0] + seen[2]) / 2, (seen[1] + seen[3]) / 2, vx, vy));

/** Goes to the landmark that the word heard names, and to the middle of the three before it hears one. Landmarks are seen from 2 on. */
function moveAsTold(seen: Float32Array, heardAt: number): number {
  const heard = [0, 1, 2].find((l) => seen[heardAt + l] === 1);
  const x = heard === undefined ? (seen[2] + seen[4] + seen[6]) / 3 : seen[2 + 2 * heard];
  const y = heard === undefined ? (seen[3] + seen[5] + seen[7]) / 3 : seen[3 + 2 * heard];
  return moveTowards(x, y, seen[0], seen[1]);
}

/** The number of the landmark that an agent is shown at seen[at …]. */
const shown = (seen: Float32Array, at: number): number => {
  const colors = [seen[at], seen[at + 1], seen[at + 2]];
  return colors.indexOf(Math.max(...colors));
};

/** simple-reference: says the number of the partner's landmark, and goes to the one it hears of. */
export const tellAndGo: Script = (seen) => moveAsTold(seen, 11) + 5 * shown(seen, 8);

/** simple-reference: says nothing that is true of anything, and goes to the middle of the landmarks. */
export const talkIdly: Script = (seen) => moveAsTold(seen, 11) + 5 * 9;

/** simple-speaker-listener, the speaker: says the number of the goal. */
export const tell: Script = (seen) => shown(seen, 0);

/** simple-speaker-listener, the listener: goes to the landmark it hears of. */
export const goAsTold: Script = (seen) => moveAsTold(seen, 8);

/** simple-speaker-listener, the listener: goes to the middle of the landmarks whatever it hears. */
export const goBetween: Script = (seen) =>
  moveTowards((seen[2] + seen[4] + seen[6]) / 3, (seen[3] + seen[5] + seen[7]) / 3, seen[0], seen[1]);
