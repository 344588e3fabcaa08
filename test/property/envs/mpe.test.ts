import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import { createBatch, createEnvironment, environmentCatalog, findEnvironment } from '../../../src/envs/index.js';
import { elementSize, type Space } from '../../../src/spaces/index.js';
import { type SlowAction, type SlowOptions, startSlowly } from '../../helpers/envs/mpe-slow.js';

const INSTANCES = 12;
const SILENT: SlowAction = { push: [0, 0], words: [] };

/** Agents who move, and who are in the game at all. */
const CASES: readonly (readonly [id: string, moving: readonly boolean[], options: SlowOptions])[] = [
  ['simple-spread-v1', new Array(3).fill(true), {}],
  ['simple-spread-v1', new Array(4).fill(true), { agents: 4, landmarks: 2, localRatio: 0.875, actions: 'continuous' }],
  ['simple-spread-v1', new Array(2).fill(true), { agents: 2, localRatio: 0 }],
  ['simple-tag-v1', new Array(4).fill(true), {}],
  ['simple-tag-v1', new Array(5).fill(true), { agents: 3, adversaries: 2, obstacles: 0, actions: 'continuous' }],
  ['simple-tag-v1', new Array(2).fill(true), { agents: 1, adversaries: 1, obstacles: 5 }],
  ['simple-adversary-v1', new Array(3).fill(true), {}],
  ['simple-adversary-v1', new Array(4).fill(true), { agents: 3, landmarks: 5, actions: 'continuous' }],
  ['simple-reference-v1', [true, true], {}],
  ['simple-reference-v1', [true, true], { landmarks: 5, words: 2, localRatio: 1, actions: 'multiDiscrete' }],
  ['simple-reference-v1', [true, true], { landmarks: 2, words: 4, localRatio: 0.25, actions: 'continuous' }],
  ['simple-speaker-listener-v1', [false, true], {}],
  ['simple-speaker-listener-v1', [false, true], { landmarks: 4, words: 6, actions: 'continuous' }],
];

const PUSHES = [
  [0, 0],
  [-1, 0],
  [1, 0],
  [0, -1],
  [0, 1],
] as const;

/** Draws an action: its numbers, and what they mean. */
function draw(space: Space, moves: boolean, words: number, random: RandomStream): [number[], SlowAction] {
  const said = (word: number): number[] => Array.from({ length: words }, (_, w) => (w === word ? 1 : 0));
  const move = moves ? random.integer(5) : 0;
  const word = words === 0 ? 0 : random.integer(words);
  if (space.kind === 'box') {
    const numbers = Array.from({ length: elementSize(space) }, () => random.uniform());
    const [, left, right, down, up] = moves ? numbers : [0, 0, 0, 0, 0];
    return [numbers, { push: [right - left, up - down], words: moves ? numbers.slice(5) : numbers }];
  }
  const meaning: SlowAction = { push: PUSHES[move], words: said(word) };
  if (space.kind === 'multiDiscrete') return [[move, word], meaning];
  return [[moves ? move + 5 * word : word], meaning];
}

/** Compares without an assertion per number, of which there are a million. */
function expectNear(actual: ArrayLike<number>, expected: readonly number[], what: string): void {
  const j = expected.findIndex((value, at) => !(Math.abs(actual[at] - value) <= 1e-6 * Math.max(1, Math.abs(value))));
  if (j >= 0) expect.fail(`${what}[${j}] is ${actual[j]}, not ${expected[j]}`);
}

describe.each(CASES)('%s, agents moving: %j, %j', (id, moving, options) => {
  it('agrees with the slow form in random play, episode after episode', () => {
    const environment = createEnvironment(findEnvironment(environmentCatalog, id), { steps: 40, ...options });
    const { agents } = environment;
    const batch = createBatch(environment, INSTANCES);
    const random = new RandomStream(11, 'test');
    const list = Int32Array.from({ length: INSTANCES }, (_, b) => b);
    const fields = Object.fromEntries(Object.entries(environment.state).map(([name, { shape = [] }]) => [name, shape]));
    const shown = fields.position[0];
    const defaults: SlowOptions = { localRatio: 0.5, adversaries: 3, words: { 'simple-reference-v1': 10 }[id] ?? 3 };
    const filled: SlowOptions = { ...defaults, ...options };
    const speaks = (i: number): number =>
      id === 'simple-reference-v1' || (id === 'simple-speaker-listener-v1' && i === 0) ? Number(filled.words) : 0;

    const startOf = (b: number) => {
      const places = Array.from({ length: shown }, (_, k): [number, number] => {
        const at = (b * shown + k) * 2;
        return [batch.state.position[at], batch.state.position[at + 1]];
      });
      // The speaker stands nowhere.
      if (!moving[0]) places.unshift([0, 0]);
      const goals = batch.state.goal;
      const width = fields.goal?.[0] ?? 1;
      return startSlowly(
        id,
        filled,
        agents.length,
        places,
        goals === undefined ? [] : [...goals.slice(b * width, (b + 1) * width)],
      );
    };
    const compare = (b: number, slow: ReturnType<typeof startOf>, what: string): void => {
      const expected = slow.observations();
      expected.forEach((seen, i) => {
        expect(elementSize(agents[i].observationSpace)).toBe(seen.length);
        const got = batch.observation[i].subarray(b * seen.length, (b + 1) * seen.length);
        expectNear(got, seen, `${what}: observation of ${agents[i].id}`);
      });
      const all = expected.flat();
      expectNear(batch.globalState.subarray(b * all.length, (b + 1) * all.length), all, `${what}: global state`);
    };

    for (let episode = 0; episode < 2; episode++) {
      environment.reset(batch, list, INSTANCES, random);
      // Every other instance begins crowded, so that there are contacts.
      const slow = Array.from({ length: INSTANCES }, (_, b) => startOf(b));
      slow.forEach((game, b) => compare(b, game, `episode ${episode}, start of ${b}`));
      for (let b = 0; b < INSTANCES; b += 2) {
        for (let k = 0; k < shown * 2; k++) batch.state.position[b * shown * 2 + k] *= 0.4;
        slow[b] = startOf(b);
      }
      for (let t = 1; t <= 40; t++) {
        const meanings = slow.map((): SlowAction[] => new Array(agents.length).fill(SILENT));
        agents.forEach(({ actionSpace }, i) => {
          for (let b = 0; b < INSTANCES; b++) {
            const [numbers, meaning] = draw(actionSpace, moving[i], speaks(i), random);
            batch.action[i].set(numbers, b * numbers.length);
            meanings[b][i] = meaning;
          }
        });
        batch.truncated.fill(0);
        environment.step(batch, random);
        slow.forEach((game, b) => {
          const what = `episode ${episode}, instance ${b}, step ${t}`;
          const rewards = batch.reward.map((reward) => reward[b]);
          expectNear(rewards, game.step(meanings[b]), `${what}: rewards`);
          compare(b, game, what);
        });
        expect(batch.truncated.every((flag) => flag === (t === 40 ? 1 : 0))).toBe(true);
        expect(batch.terminated.every((flag) => flag === 0)).toBe(true);
      }
    }
  });
});
