import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import {
  createBatch,
  createEnvironment,
  createStepper,
  environmentCatalog,
  findEnvironment,
} from '../../../src/envs/index.js';
import { elementSize } from '../../../src/spaces/index.js';

const random = new RandomStream(1, 'test');
const create = (options = {}) => createEnvironment(findEnvironment(environmentCatalog, 'median-v1'), options);

function start(options: Record<string, unknown>, instances = 1) {
  const environment = create(options);
  const batch = createBatch(environment, instances);
  const metrics: number[][][] = [];
  const stepper = createStepper(environment, batch, {
    environmentId: 'median-v1',
    onEnded: () => metrics.push(batch.episodeMetric.map((values) => [...values])),
  });
  stepper.resetAll(random);
  /** Plays actions[agent] in instance 0 and returns what each agent then observes there. */
  const play = (actions: readonly number[]): number[][] => {
    actions.forEach((action, i) => (batch.action[i][0] = action));
    stepper.step(random);
    return environment.agents.map(({ observationSpace }, i) => [
      ...batch.observation[i].subarray(0, elementSize(observationSpace)),
    ]);
  };
  return { batch, play, metrics };
}

describe('median-v1', () => {
  it('has three agents that observe one number and say one, by default', () => {
    const { agents, episodeMetrics } = create();
    expect(agents.map(({ id }) => id)).toEqual(['agent-0', 'agent-1', 'agent-2']);
    expect(agents.map(({ observationSpace }) => elementSize(observationSpace))).toEqual([1, 1, 1]);
    expect(agents.every(({ actionSpace }) => actionSpace.kind === 'box' && actionSpace.low === undefined)).toBe(true);
    expect(episodeMetrics).toEqual(['stepWinShare', 'gameWon']);
  });

  it('first observes uniform numbers', () => {
    const { batch } = start({}, 2000);
    for (const observation of batch.observation) {
      expect(observation.every((value) => value >= 0 && value < 1)).toBe(true);
      expect(observation.reduce((sum, value) => sum + value, 0) / 2000).toBeCloseTo(0.5, 1);
      expect(new Set(observation).size).toBeGreaterThan(1990);
    }
  });

  it('counts step wins, ties for all, and names the winners when the game ends', () => {
    const { play, metrics, batch } = start({ steps: 4 });
    play([1, 2, 3]);
    play([2, 2, 5]);
    play([0, 9, 4]);
    expect(batch.terminated[0]).toBe(0);
    play([7, 7, 7]);
    expect(batch.terminated[0]).toBe(1);
    expect(metrics).toEqual([
      [
        [0.5, 0],
        [0.75, 1],
        [0.5, 0],
      ],
    ]);
    for (let t = 0; t < 4; t++) play([1, 2, 2]);
    expect(metrics[1]).toEqual([
      [0, 0],
      [1, 1],
      [1, 1],
    ]);
  });

  it('takes the lower median of an even number', () => {
    const { play, batch } = start({ agents: 4 });
    play([4, 1, 2, 3]);
    expect(batch.reward.map((reward) => reward[0] + 0)).toEqual([-4, -1, 0, -1]);
  });

  it('keeps the mean of small actions beside a large one', () => {
    const { play } = start({ agents: 4 });
    expect(play([1e30, 1, 2, 3])[0]).toEqual([2]);
  });

  it('shows each neighbor as a feature, in the agents’ order', () => {
    const adjacency = [
      [0, 1, 1],
      [0, 0, 1],
      [1, 1, 1],
    ];
    const { play } = start({ adjacency, observation: 'others' });
    expect(play([10, 20, 30])).toEqual([[20, 30], [30], [10, 20, 30]]);
    expect(start({ observation: 'others' }).play([10, 20, 30])).toEqual([
      [20, 30],
      [10, 30],
      [10, 20],
    ]);
  });

  it('shows the mean of the neighbors', () => {
    const adjacency = [
      [0, 1, 1],
      [0, 0, 1],
      [1, 1, 1],
    ];
    expect(start({ adjacency }).play([10, 20, 30])).toEqual([[25], [30], [20]]);
  });

  it('stacks observations, newest first, and forgets them at the end of a game', () => {
    const { play, batch } = start({ history: 3, steps: 3, observation: 'others' });
    const initial = [...batch.observation[0]];
    expect(initial.slice(2)).toEqual([0, 0, 0, 0]);
    expect(play([1, 2, 3])[0]).toEqual([2, 3, ...initial.slice(0, 2), 0, 0]);
    expect(play([4, 5, 6])[2]).toEqual([4, 5, 1, 2, ...batch.observation[2].slice(4)]);
    const afterReset = play([7, 8, 9])[1];
    expect(batch.terminated[0]).toBe(1);
    expect(afterReset.slice(2)).toEqual([0, 0, 0, 0]);
    expect(play([1, 1, 2])[1].slice(0, 4)).toEqual([1, 2, ...afterReset.slice(0, 2)]);
  });

  it.each([
    [{ agents: 1 }, '/agents'],
    [{ agents: 10_001 }, '/agents'],
    [{ adjacency: [[0, 1]] }, '/adjacency'],
    [{ agents: 2, adjacency: [[0, 1], [1]] }, '/adjacency'],
    [
      {
        adjacency: [
          [0, 1],
          [1, 0],
        ],
      },
      '/adjacency',
    ],
    [
      {
        agents: 2,
        adjacency: [
          [0, 1, 0],
          [1, 0, 0],
        ],
      },
      '/adjacency/0',
    ],
    [
      {
        agents: 2,
        adjacency: [
          [0, 1],
          [0, 0],
        ],
      },
      '/adjacency/1',
    ],
    [
      {
        agents: 2,
        adjacency: [
          [0, 2],
          [1, 0],
        ],
      },
      '/adjacency',
    ],
    [{ agents: 10_000, observation: 'others' }, '/history'],
    [{ observation: 'mean' }, '/observation'],
  ])('refuses the options %j', (options, pointer) => {
    const named = expect.objectContaining({ pointer: expect.stringContaining(pointer) });
    expect(() => create(options)).toThrow(
      expect.objectContaining({
        code: 'ENV_OPTIONS_INVALID',
        data: expect.objectContaining({ faults: expect.arrayContaining([named]) }),
      }),
    );
  });
});
