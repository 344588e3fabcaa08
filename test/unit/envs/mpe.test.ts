import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import type { Environment, EnvironmentBatch } from '../../../src/envs/index.js';
import { box, discrete, multiDiscrete } from '../../../src/spaces/index.js';
import { make, started } from './rounds.js';

const random = new RandomStream(1, 'test');
const LEFT = 1;
const RIGHT = 2;
const UP = 4;

/** One instance with everything where it is told, at rest: agents, then landmarks. */
function placed(environment: Environment, places: readonly (readonly number[])[], goals: readonly number[] = []) {
  const batch = started(environment, 1);
  batch.state.position.set(places.flat());
  batch.state.goal?.set(goals);
  /** Everybody's action: numbers, or one for a choice. */
  const step = (...actions: readonly (number | readonly number[])[]): number[] => {
    actions.forEach((action, i) => batch.action[i].set(typeof action === 'number' ? [action] : action));
    environment.step(batch, random);
    return batch.reward.map((reward) => reward[0]);
  };
  return { batch, step };
}

/** Velocity and place of mover i. */
const motion = ({ state }: EnvironmentBatch, i: number): number[] => [
  state.velocity[2 * i],
  state.velocity[2 * i + 1],
  state.position[2 * i],
  state.position[2 * i + 1],
];

const close = (actual: ArrayLike<number>, expected: readonly number[], digits = 6): void => {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, j) => expect(actual[j]).toBeCloseTo(value, digits));
};

const FAR = [
  [50, 0],
  [0, 50],
  [-50, 0],
];

describe('the world', () => {
  it('moves by the old velocity, keeps three quarters of it and adds half a push', () => {
    const { batch, step } = placed(make('simple-spread-v1'), [[0, 0], ...FAR.slice(1), [0, 0], [0, 0], [0, 0]]);
    step(RIGHT, 0, 0);
    close(motion(batch, 0), [0.5, 0, 0, 0], 12);
    step(RIGHT, 0, 0);
    close(motion(batch, 0), [0.875, 0, 0.05, 0], 12);
    step(UP, 0, 0);
    close(motion(batch, 0), [0.65625, 0.5, 0.1375, 0], 12);
    step(LEFT, 0, 0);
    close(motion(batch, 0), [-0.0078125, 0.375, 0.203125, 0.05], 12);
    close(motion(batch, 1), [0, 0, 0, 50], 12);
  });

  it.each([
    // distance, what each is pushed away with: 0.1 · 100 · 0.001 · ln(1 + exp((0.3 − distance) / 0.001))
    [0.2, 1],
    [0.299, 0.01 * Math.log(1 + Math.E)],
    [0.3, 0.01 * Math.LN2],
    [0.301, 0.01 * Math.log(1 + 1 / Math.E)],
    [0.32, 0.01 * Math.log1p(Math.exp(-20))],
    [1.2, 0],
    [0, 0],
  ])('pushes agents at distance %d apart with %d', (distance, speed) => {
    // Along (3, 4) / 5.
    const environment = make('simple-spread-v1', { agents: 2 });
    const { batch, step } = placed(environment, [[0.6 * distance, 0.8 * distance], [0, 0], ...FAR.slice(0, 2)]);
    step(0, 0);
    const [vx, vy, x, y] = motion(batch, 0);
    close([vx, vy, x, y], [0.6 * speed, 0.8 * speed, 0.6 * distance, 0.8 * distance], 12);
    close(motion(batch, 1), [-0.6 * speed, -0.8 * speed, 0, 0], 12);
  });

  it('keeps to the speed limit, whatever the direction', () => {
    const { batch, step } = placed(make('simple-tag-v1', { adversaries: 1, obstacles: 0 }), [
      [50, 0],
      [0, 0],
    ]);
    const speeds = Array.from({ length: 8 }, () => {
      step(RIGHT, RIGHT);
      return [batch.state.velocity[0], batch.state.velocity[2]];
    });
    close(speeds[0], [0.3, 0.4], 12);
    close(speeds[1], [0.525, 0.7], 12);
    close(speeds[4], [1.2 * (1 - 0.75 ** 5), 1.6 * (1 - 0.75 ** 5)], 12);
    close(speeds[7], [1, 1.3], 12);
    step(UP, UP);
    const [vx, vy] = motion(batch, 1);
    close([Math.hypot(vx, vy), vy / vx], [Math.hypot(0.975, 0.4), 0.4 / 0.975], 12);
  });

  it('lets obstacles push who runs into them, and stay', () => {
    const { batch, step } = placed(make('simple-tag-v1', { adversaries: 1, obstacles: 1 }), [
      [0.175, 0],
      [50, 0],
      [0, 0],
    ]);
    step(0, 0);
    close(motion(batch, 0), [1, 0, 0.175, 0], 12);
    expect([...batch.state.position].slice(4)).toEqual([0, 0]);
  });

  it('starts with agents in the square and obstacles within 0.9 of its middle, at rest', () => {
    const batch = started(make('simple-tag-v1'), 4000);
    const places = Array.from({ length: 4000 }, (_, b) => [...batch.state.position.slice(b * 12, (b + 1) * 12)]);
    const reach = (from: number, to: number) => {
      const numbers = places.flatMap((row) => row.slice(from, to));
      return [Math.min(...numbers), Math.max(...numbers)];
    };
    close(reach(0, 8), [-1, 1], 2);
    close(reach(8, 12), [-0.9, 0.9], 2);
    expect(reach(0, 8)[0]).toBeGreaterThanOrEqual(-1);
    expect(reach(8, 12)[0]).toBeGreaterThanOrEqual(-0.9);
    expect(batch.state.velocity.every((v) => v === 0)).toBe(true);
  });

  it('clips forces and adds opposite ones', () => {
    const environment = make('simple-spread-v1', { agents: 2, actions: 'continuous' });
    expect(environment.agents[0].actionSpace).toEqual(box(5, { low: 0, high: 1 }));
    const { batch, step } = placed(environment, [[0, 0], ...FAR]);
    step([1, 0.25, 0.75, 0, 0.5], [0, -1, 3, 2, 0.5]);
    close([...batch.state.velocity], [0.25, 0.25, 0.5, -0.25], 12);
  });
});

describe('simple-spread-v1', () => {
  const LANDMARKS = [
    [0, 0],
    [1, 0],
    [0, 1],
  ];

  it('pays for landmarks that are far from everybody, and for touching', () => {
    // Two agents 0.2 apart, the third on a landmark; the nearest to (1, 0) is at distance 0.8, to (0, 1) at 1.
    const places = [[0, 0], [0.2, 0], [0, 2], ...LANDMARKS];
    const { batch, step } = placed(make('simple-spread-v1', { steps: 1 }), places);
    const global = -(0 + 0.8 + 1);
    close(step(0, 0, 0), [global / 2 - 0.5, global / 2 - 0.5, global / 2]);
    close(batch.episodeMetric[0], [1, 0.6, 1 / 3]);
    close(batch.episodeMetric[2], [0, 0.6, 1 / 3]);
    expect(batch.truncated[0]).toBe(1);
    close(placed(make('simple-spread-v1', { localRatio: 0.25 }), places).step(0, 0, 0), [
      0.75 * global - 0.25,
      0.75 * global - 0.25,
      0.75 * global,
    ]);
  });

  it('counts landmarks as covered below 0.1, and touches below 0.3', () => {
    const environment = make('simple-spread-v1', { agents: 2, steps: 1 });
    const { batch, step } = placed(environment, [
      [0.0999, 0],
      [2, 0],
      [0, 0],
      [2.1001, 0],
    ]);
    step(0, 0);
    close(batch.episodeMetric[0], [0, 0.1, 0.5]);
    const touching = placed(environment, [
      [0.2999, 0],
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    touching.step(0, 0);
    expect(touching.batch.episodeMetric[0][0]).toBe(1);
  });

  it('shows velocity, place, landmarks, others, and words that nobody says', () => {
    const { batch, step } = placed(make('simple-spread-v1'), [[0, 0], [3, 4], [-4, 3], ...LANDMARKS]);
    step(UP, 0, 0);
    close(batch.observation[0], [0, 0.5, 0, 0, 0, 0, 1, 0, 0, 1, 3, 4, -4, 3, 0, 0, 0, 0]);
    close(batch.observation[1], [0, 0, 3, 4, -3, -4, -2, -4, -3, -3, -3, -4, -7, -1, 0, 0, 0, 0]);
    expect([...batch.globalState]).toEqual(batch.observation.flatMap((seen) => [...seen]));
  });

  it('has as many landmarks as agents unless told', () => {
    const features = (options: object) => make('simple-spread-v1', options).agents[0].observationSpace.shape[0];
    expect([features({}), features({ agents: 5 }), features({ agents: 5, landmarks: 1 })]).toEqual([18, 30, 22]);
  });
});

describe('simple-tag-v1', () => {
  it('pays every adversary for each touch of anybody, and charges who is touched', () => {
    const environment = make('simple-tag-v1', { agents: 2, adversaries: 2, obstacles: 0, steps: 1 });
    expect(environment.agents.map(({ id }) => id)).toEqual(['adversary-0', 'adversary-1', 'agent-0', 'agent-1']);
    const { batch, step } = placed(environment, [
      [0, 0],
      [0.2, 0],
      [0.1, 0],
      [-0.1, 0],
    ]);
    expect(step(0, 0, 0, 0)).toEqual([30, 30, -20, -10]);
    expect(batch.episodeMetric.map((metric) => metric[0])).toEqual([2, 1, 2, 1]);
  });

  it.each([
    [[0.89, -0.5], 0],
    [[0.95, 0], 0.5],
    [[0, -0.95], 0.5],
    [[-1, 0.99], 1 + 0.9],
    [[1.5, 0], Math.E],
    [[3, -4], 20],
  ])('charges the agent at %j for the boundary: %d', (place, penalty) => {
    const { batch, step } = placed(make('simple-tag-v1', { adversaries: 1, obstacles: 0, steps: 1 }), [[9, 9], place]);
    close(step(0, 0), [0, -penalty], 5);
    close([...batch.episodeMetric[0], ...batch.episodeMetric[1]], [0, 0, 0, penalty], 5);
  });

  it('shows how good agents move, to all others', () => {
    const environment = make('simple-tag-v1', { agents: 1, adversaries: 1, obstacles: 1 });
    const { batch, step } = placed(environment, [
      [1, 0],
      [0, 2],
      [5, 5],
    ]);
    step(LEFT, UP);
    close(batch.observation[0], [-0.3, 0, 1, 0, 4, 5, -1, 2, 0, 0.4]);
    close(batch.observation[1], [0, 0.4, 0, 2, 5, 3, 1, -2]);
  });
});

describe('simple-adversary-v1', () => {
  it('pays by distances to the goal, which the adversary does not see', () => {
    const environment = make('simple-adversary-v1', { steps: 1 });
    const places = [
      [3, 4],
      [0, 2],
      [1, 0],
      [7, 7],
      [0, 0],
    ];
    const { batch, step } = placed(environment, places, [1]);
    close(step(0, 0, 0), [-5, 4, 4]);
    expect(batch.episodeMetric.map((metric) => [...metric])).toEqual([
      [5, 1],
      [2, 1],
      [1, 1],
    ]);
    close(batch.observation[0], [4, 3, -3, -4, -3, -2, -2, -4]);
    close(batch.observation[1], [0, -2, 7, 5, 0, -2, 3, 2, 1, -2]);
  });

  it('draws every landmark as the goal equally often', () => {
    const batch = started(make('simple-adversary-v1', { landmarks: 4 }), 8000);
    for (const goal of [0, 1, 2, 3]) {
      expect(Math.abs([...batch.state.goal].filter((drawn) => drawn === goal).length - 2000)).toBeLessThan(200);
    }
  });
});

describe('simple-reference-v1', () => {
  const PLACES = [
    [0, 0],
    [3, 0],
    [3, 4],
    [0, 4],
    [1, 1],
  ];
  const NO_WORD = new Array(10).fill(0);
  const word = (k: number) => NO_WORD.map((_, j) => (j === k ? 1 : 0));

  it('pays half for the partner’s distance to the landmark that one knows, half for the mean', () => {
    // Agent 0 knows that agent 1 has to go to (3, 4): 4 away. Agent 1 knows that agent 0 has to go there too: 5 away.
    const { batch, step } = placed(make('simple-reference-v1', { steps: 1 }), PLACES, [0, 0]);
    close(step(0, 0), [-0.5 * 4.5 - 0.5 * 4, -0.5 * 4.5 - 0.5 * 5]);
    close(batch.episodeMetric[0], [5, 5]);
    close(batch.episodeMetric[1], [4, 4]);
    close(placed(make('simple-reference-v1', { localRatio: 1 }), PLACES, [0, 0]).step(0, 0), [-4, -5]);
  });

  it.each([
    ['discrete', discrete(50), 37, 3],
    ['multiDiscrete', multiDiscrete([5, 10]), [2, 7], [3, 0]],
  ])(
    'with %s actions moves and speaks at once; the partner hears it after the step',
    (actions, space, first, second) => {
      const environment = make('simple-reference-v1', { actions });
      expect(environment.agents[0].actionSpace).toEqual(space);
      const { batch, step } = placed(environment, PLACES, [2, 1]);
      step(first, second);
      close(batch.observation[0], [0.5, 0, 3, 4, 0, 4, 1, 1, 0.25, 0.25, 0.75, ...word(0)]);
      close(batch.observation[1], [0, -0.5, 0, 4, -3, 4, -2, 1, 0.25, 0.75, 0.25, ...word(7)]);
    },
  );

  it('hears numbers where actions are continuous, and nothing before the first step', () => {
    const environment = make('simple-reference-v1', { actions: 'continuous', words: 2, landmarks: 2 });
    expect(environment.agents[0].actionSpace).toEqual(box(7, { low: 0, high: 1 }));
    const batch = started(environment, 1);
    expect([...batch.observation[1].slice(8)]).toEqual([0, 0]);
    batch.action[0].set([0, 0, 0, 0, 1, 0.25, 1.5]);
    environment.step(batch, random);
    expect([...batch.observation[1].slice(8)]).toEqual([0.25, 1]);
    close(batch.observation[0].slice(0, 2), [0, 0.5]);
  });
});

describe('simple-speaker-listener-v1', () => {
  it('pays both by the squared distance, and tells the listener what is said', () => {
    const environment = make('simple-speaker-listener-v1', { steps: 1 });
    expect(environment.agents.map(({ actionSpace }) => actionSpace)).toEqual([discrete(3), discrete(5)]);
    const places = [
      [0, 0],
      [3, 4],
      [1, 1],
      [0, 2],
    ];
    const { batch, step } = placed(environment, places, [0]);
    expect(step(2, LEFT)).toEqual([-25, -25]);
    close(batch.observation[0], [0.65, 0.15, 0.15]);
    close(batch.observation[1], [-0.5, 0, 3, 4, 1, 1, 0, 2, 0, 0, 1]);
    expect([...batch.episodeMetric[0]]).toEqual([5, 5]);
    expect(batch.globalState.length).toBe(14);
  });

  it('speaks in numbers where actions are continuous', () => {
    const environment = make('simple-speaker-listener-v1', { actions: 'continuous' });
    expect(environment.agents.map(({ actionSpace }) => actionSpace)).toEqual([
      box(3, { low: 0, high: 1 }),
      box(5, { low: 0, high: 1 }),
    ]);
    const batch = started(environment, 1);
    batch.action[0].set([0.5, 0, 0.25]);
    environment.step(batch, random);
    expect([...batch.observation[1].slice(8)]).toEqual([0.5, 0, 0.25]);
  });
});

describe('episodes', () => {
  it.each(['spread', 'tag', 'adversary', 'reference', 'speaker-listener'])(
    'of simple-%s-v1 are cut off after `steps` steps, and metrics begin anew',
    (name) => {
      const environment = make(`simple-${name}-v1`, { steps: 3 });
      const batch = started(environment, 2);
      const list = Int32Array.of(0, 1);
      const metrics: number[][] = [];
      for (let episode = 0; episode < 2; episode++) {
        environment.reset(batch, list, 2, new RandomStream(5, 'test'));
        for (let t = 1; t <= 3; t++) {
          batch.truncated.fill(0);
          environment.step(batch, random);
          expect([...batch.truncated]).toEqual(t === 3 ? [1, 1] : [0, 0]);
        }
        metrics.push(batch.episodeMetric.flatMap((values) => [...values]));
      }
      expect(metrics[1]).toEqual(metrics[0]);
      expect(metrics[0].every(Number.isFinite)).toBe(true);
    },
  );

  it.each<[string, object, string]>([
    ['simple-spread-v1', { agents: 1 }, '/agents'],
    ['simple-spread-v1', { landmarks: 0 }, '/landmarks'],
    ['simple-spread-v1', { localRatio: 1.5 }, '/localRatio'],
    ['simple-spread-v1', { actions: 'multiDiscrete' }, '/actions'],
    ['simple-tag-v1', { adversaries: 0 }, '/adversaries'],
    ['simple-tag-v1', { obstacles: -1 }, '/obstacles'],
    ['simple-adversary-v1', { steps: 0 }, '/steps'],
    ['simple-reference-v1', { words: 0 }, '/words'],
    ['simple-reference-v1', { landmarks: 1 }, '/landmarks'],
    ['simple-speaker-listener-v1', { localRatio: 0.5 }, ''],
  ])('%s refuses the options %j', (id, options, pointer) => {
    expect(() => make(id, options)).toThrow(
      expect.objectContaining({
        code: 'ENV_OPTIONS_INVALID',
        data: expect.objectContaining({ faults: expect.arrayContaining([expect.objectContaining({ pointer })]) }),
      }),
    );
  });
});
