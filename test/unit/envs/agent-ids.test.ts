import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import {
  agentIdentities,
  createBatch,
  createEnvironment,
  createStepper,
  type Environment,
  environmentCatalog,
  findEnvironment,
  loadState,
  saveState,
  withAgentIds,
} from '../../../src/envs/index.js';
import { boundOf, box, discrete, elementSize } from '../../../src/spaces/index.js';

const make = (id: string, options: object = {}): Environment =>
  createEnvironment(findEnvironment(environmentCatalog, id), options);

/** Wrapped with one group of all agents, and as it is. */
function both(id: string, options: object, groups?: readonly (readonly string[])[]) {
  const plain = make(id, options);
  const identities = agentIdentities(plain.agents, groups ?? [plain.agents.map((agent) => agent.id)]);
  return { plain, identities, wrapped: withAgentIds(plain, identities) };
}

/** Steps of random actions: everything that a batch holds after each, and what its final observations were. */
function play(environment: Environment, sizes: readonly number[], steps: number, restart = -1) {
  const batch = createBatch(environment, 3);
  const finals: number[][] = [];
  const stepper = createStepper(environment, batch, {
    environmentId: 'test',
    onEnded: (ended, count) => {
      for (let e = 0; e < count; e++) {
        finals.push(
          batch.observation.flatMap((rows, i) => {
            const width = elementSize(environment.agents[i]!.observationSpace);
            return [...rows.subarray(ended[e]! * width, ended[e]! * width + sizes[i]!)];
          }),
        );
      }
    },
  });
  const random = new RandomStream(1, 'play');
  const actions = new RandomStream(2, 'actions');
  stepper.resetAll(random);
  const seen: unknown[] = [];
  for (let t = 0; t < steps; t++) {
    if (t === restart) {
      stepper.restart(Int32Array.of(1), 1, random);
    }
    // Other arrays at every step, as in training.
    batch.observation = batch.observation.map((array) => new Float32Array(array).fill(99));
    batch.reward = batch.reward.map((array) => new Float32Array(array.length));
    batch.action = environment.agents.map(({ actionSpace }) =>
      Float32Array.from({ length: 3 * elementSize(actionSpace) }, () =>
        actionSpace.kind === 'discrete' ? Math.floor(actions.uniform() * actionSpace.count) : actions.normal(),
      ),
    );
    stepper.step(random);
    stepper.assertFinite();
    seen.push({
      reward: batch.reward.map((array) => [...array]),
      state: [...saveState(batch)],
      ended: [...batch.truncated, ...batch.terminated],
      metrics: batch.episodeMetric.map((array) => [...array]),
      masks: batch.actionMask.map((array) => [...array]),
      globalState: [...batch.globalState],
    });
  }
  const observation = batch.observation.map((array) => [...array]);
  return { seen, observation, finals, batch };
}

describe.each([
  ['median-v1', { steps: 4 }, undefined],
  ['kuhn-poker-v1', {}, undefined],
  ['simple-spread-v1', {}, [['agent_0', 'agent_2']]],
] as const)('%s with agent ids', (id, options, groups) => {
  test('plays as without them, and shows each agent who it is, behind what it saw before', () => {
    const { plain, wrapped, identities } = both(id, options, groups);
    const sizes = plain.agents.map(({ observationSpace }) => elementSize(observationSpace));
    const [without, with_] = [play(plain, sizes, 11, 6), play(wrapped, sizes, 11, 6)];
    expect(with_.seen).toEqual(without.seen);
    expect(with_.finals).toEqual(without.finals);
    for (const [i, size] of sizes.entries()) {
      const identity = identities[i]!;
      const expected = [0, 1, 2].flatMap((b) => [
        ...without.observation[i]!.slice(b * size, (b + 1) * size),
        ...identity,
      ]);
      expect(with_.observation[i]).toEqual(expected);
    }
  });

  test('declares longer observations, and profiles to match', () => {
    const { plain, wrapped, identities } = both(id, options, groups);
    for (const [i, { observationSpace, ...agent }] of plain.agents.entries()) {
      const { observationSpace: longer, ...rest } = wrapped.agents[i]!;
      expect(rest).toEqual(agent);
      expect(elementSize(longer)).toBe(elementSize(observationSpace) + identities[i]!.length);
      for (let j = 0; j < elementSize(observationSpace); j++) {
        for (const side of ['low', 'high'] as const) {
          const none = side === 'low' ? -Infinity : Infinity;
          expect(boundOf(longer, side, j) ?? none).toBe(boundOf(observationSpace, side, j) ?? none);
        }
      }
    }
    for (const [p, { observations, agent }] of (wrapped.profiles ?? []).entries()) {
      const identity = identities[plain.agents.findIndex((each) => each.id === agent)]!;
      expect(observations).toEqual(plain.profiles![p]!.observations.map((row) => [...row, ...identity]));
    }
  });
});

test('profiles of agents with ids show them', () => {
  const ids = make('double-auction-v1').agents.map(({ id }) => id);
  const { plain, wrapped } = both('double-auction-v1', {});
  expect(new Set(plain.profiles!.map(({ agent }) => agent)).size).toBe(2);
  for (const [p, { observations, agent }] of wrapped.profiles!.entries()) {
    const identity = ids.map((id) => (id === agent ? 1 : 0));
    expect(observations).toEqual(plain.profiles![p]!.observations.map((row) => [...row, ...identity]));
  }
});

test('who is alone, or in no group, sees nothing more', () => {
  const agents = ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id }));
  expect(agentIdentities(agents, [['b', 'd', 'e'], ['a']])).toEqual([[], [1, 0, 0], [], [0, 1, 0], [0, 0, 1]]);
  const plain = make('median-v1');
  expect(withAgentIds(plain, [[], [], []])).toBe(plain);
});

test('bounds of a shape of several axes stay with their elements', () => {
  const plain: Environment = {
    agents: ['a', 'b'].map((id) => ({
      id,
      observationSpace: box([2, 2], { low: [-1, -2, -3, -4] }),
      actionSpace: discrete(2),
    })),
    state: {},
    reset() {},
    step() {},
  };
  const [a] = withAgentIds(plain, [
    [1, 0],
    [0, 1],
  ]).agents;
  expect(a!.observationSpace).toEqual({ kind: 'box', shape: [6], low: [-1, -2, -3, -4, 0, 0] });
});

test('batches of different sizes, and state that is put back, do not get in each other’s way', () => {
  const { plain, wrapped } = both('median-v1', { steps: 40 });
  const sizes = plain.agents.map(({ observationSpace }) => elementSize(observationSpace));
  const alone = play(wrapped, sizes, 5).observation;
  const other = createBatch(wrapped, 2);
  wrapped.reset(other, Int32Array.of(0, 1), 2, new RandomStream(5, 'other'));
  expect(play(wrapped, sizes, 5).observation).toEqual(alone);
  // A batch that was never reset here, as of a shard that another process collected before.
  const { batch } = play(wrapped, sizes, 3);
  const taken = createBatch(wrapped, 3);
  loadState(taken, saveState(batch));
  for (const each of [batch, taken]) {
    each.action.forEach((action) => action.fill(0.25));
    wrapped.step(each, new RandomStream(9, 'step'));
  }
  expect(taken.observation).toEqual(batch.observation);
});

test('a reset writes the rows of its instances, and no others', () => {
  const { wrapped } = both('median-v1', {});
  const batch = createBatch(wrapped, 3);
  batch.observation.forEach((rows) => rows.fill(7));
  wrapped.reset(batch, Int32Array.of(1, 0), 1, new RandomStream(1, 'reset'));
  for (const rows of batch.observation) {
    const width = rows.length / 3;
    expect(new Set([...rows.slice(0, width), ...rows.slice(2 * width)])).toEqual(new Set([7]));
    expect([...rows.slice(width, 2 * width)]).not.toContain(7);
  }
});

test('stepping allocates no observations', () => {
  const { wrapped } = both('median-v1', {});
  const batch = createBatch(wrapped, 2);
  const inside: unknown[] = [];
  const spied = withAgentIds(
    { ...make('median-v1'), step: (inner) => void inside.push(inner.observation[0]) },
    wrapped.agents.map((_, i) => [i, 1]),
  );
  spied.step(batch, new RandomStream(1, 'step'));
  spied.step(batch, new RandomStream(1, 'step'));
  expect(inside[1]).toBe(inside[0]);
});
