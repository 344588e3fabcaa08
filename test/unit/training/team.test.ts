import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import type { Environment } from '../../../src/envs/index.js';
import { createPlainKernels } from '../../../src/kernels/index.js';
import { createPolicy, type Policy } from '../../../src/policies/index.js';
import {
  binary,
  box,
  composite,
  contains,
  describeAction,
  discrete,
  elementSize,
  hierarchical,
  observed,
  type Space,
} from '../../../src/spaces/index.js';
import { createTeam } from '../../../src/training/index.js';
import { environmentOf, openInline, planOf } from './planning.js';

const environment: Environment = {
  agents: [
    { id: 'pilot', observationSpace: box(3), actionSpace: box(2, { low: -1, high: 1 }) },
    { id: 'chooser', observationSpace: box(2), actionSpace: discrete(4), masked: true },
    { id: 'wing', observationSpace: box(3), actionSpace: box(2, { low: -1, high: 1 }) },
  ],
  state: {},
  reset() {},
  step() {},
};
const environments = [environmentOf('flight-v1', environment)];
const planned = planOf(
  {
    env: { id: 'flight-v1' },
    policies: { '*': { network: { hidden: [5], outputGain: 1 } } },
    policyMapping: { pilot: 'fly', chooser: 'choose', wing: 'fly' },
  },
  environments,
);
const { units, layouts } = await openInline(planned);
const weights = Object.fromEntries(
  planned.plan.policies.map(({ policyId }, p) => [
    policyId,
    new Float32Array(units[p].tensors.slice().buffer, 0, layouts[p].acting[0].count),
  ]),
);
const team = createTeam(planned.spec, weights, environments);

/** The agent's policy on its own, on other kernels. */
function policyOf(agent: string) {
  const kernels = createPlainKernels();
  const index = environment.agents.findIndex(({ id }) => id === agent);
  const { observationSpace, actionSpace, masked = false } = environment.agents[index];
  const { policySpec, policyId } = planned.plan.policies[planned.plan.policyOf[index]];
  const options = {
    observationSize: elementSize(observationSpace),
    space: actionSpace,
    masked,
    spec: policySpec,
    maxRows: 1,
  };
  const place = (values: ArrayLike<number>) => {
    const array = kernels.f32(values.length);
    array.set(values);
    return array;
  };
  const policy: Policy = createPolicy(kernels, options);
  return { kernels, policy, place, parameters: place(weights[policyId]), actions: kernels.f32(policy.actionSize) };
}

describe('a team', () => {
  test('has the environment’s agents, in its order', () => {
    expect(team.agents).toEqual(['pilot', 'chooser', 'wing']);
  });

  test.each([
    ['pilot', [0.5, -1, 2], []],
    ['wing', [-0.5, 1, 0], []],
    ['chooser', [1, -2], [1, 1, 1, 1]],
    ['chooser', [1, -2], [0, 1, 0, 1]],
  ])('acts by the mode of the agent’s policy: %s', (agent, observation, mask) => {
    const { policy, place, parameters, actions } = policyOf(agent);
    policy.actMode(parameters, place(observation), Uint8Array.from(mask), actions, 1);
    expect([...team.act(agent, observation, mask.length > 0 ? { mask } : {})]).toEqual([...actions]);
  });

  test.each([
    ['pilot', [0.5, -1, 2], []],
    ['chooser', [1, -2], [0, 1, 1, 1]],
  ])('draws from the agent’s policy when it is given a stream: %s', (agent, observation, mask) => {
    const { kernels, policy, place, parameters, actions } = policyOf(agent);
    const noise = kernels.f32(policy.noiseSize);
    const position = new RandomStream(9, 'draw').takeBlocks(1);
    if (policy.noiseKind === 'normal') kernels.fillNormal(position, noise, policy.noiseSize);
    else kernels.fillUniform(position, noise, policy.noiseSize);
    policy.act(parameters, place(observation), Uint8Array.from(mask), noise, actions, kernels.f32(1), 1);
    const sample = new RandomStream(9, 'draw');
    const options = mask.length > 0 ? { mask, sample } : { sample };
    expect([...team.act(agent, observation, options)]).toEqual([...actions]);
    // The stream moves on.
    const draws = Array.from({ length: 20 }, () => String(team.act(agent, observation, options)));
    expect(new Set(draws).size).toBeGreaterThan(1);
  });

  test('without a mask allows everything, whatever was masked before', () => {
    const best = team.act('chooser', [1, -2])[0];
    const mask = [1, 1, 1, 1].map((_, choice) => (choice === best ? 0 : 1));
    expect(team.act('chooser', [1, -2], { mask })[0]).not.toBe(best);
    expect(team.act('chooser', [1, -2])[0]).toBe(best);
  });

  test.each([
    ['pilot', [0.5, -1, 2], [], [0.25, -0.5]],
    ['chooser', [1, -2], [0, 1, 0, 1], [3]],
  ])('tells how probable an action is, as the agent’s policy has it: %s', (agent, observation, mask, action) => {
    const { kernels, policy, place, parameters } = policyOf(agent);
    const logProbs = kernels.f32(1);
    const row = [place(observation), Uint8Array.from(mask), place(action)] as const;
    policy.evaluate(parameters, ...row, logProbs, kernels.f32(1), 1);
    const options = mask.length > 0 ? { mask } : {};
    expect(team.logProbability(agent, observation, action, options)).toBe(logProbs[0]);
  });

  test('has probabilities that add up to 1 over the choices that are legal', () => {
    const mask = [1, 0, 1, 1];
    const probabilities = [0, 1, 2, 3].map((choice) =>
      Math.exp(team.logProbability('chooser', [1, 2], [choice], { mask })),
    );
    expect(probabilities[1]).toBe(0);
    expect(probabilities.reduce((sum, probability) => sum + probability, 0)).toBeCloseTo(1, 6);
    expect(Math.min(probabilities[0], probabilities[2], probabilities[3])).toBeGreaterThan(0);
  });

  test('gives each caller an array of its own', () => {
    const first = team.act('pilot', [1, 2, 3]);
    const kept = [...first];
    team.act('pilot', [-3, -2, -1]);
    expect([...first]).toEqual(kept);
  });
});

describe('a team refuses', () => {
  const refusal = (code: string, message: string) =>
    expect.objectContaining({ code, message: expect.stringContaining(message) }) as Error;

  test.each([
    ['an agent it does not have', 'nobody', [1], {}, 'TEAM_AGENT_UNKNOWN', 'pilot, chooser, wing'],
    ['too few numbers', 'pilot', [1, 2], {}, 'TEAM_OBSERVATION_INVALID', 'has 2 numbers, but the agent sees 3'],
    ['too many', 'pilot', [1, 2, 3, 4], {}, 'TEAM_OBSERVATION_INVALID', 'has 4 numbers'],
    ['NaN', 'pilot', [1, NaN, 3], {}, 'TEAM_OBSERVATION_INVALID', 'has NaN at 1'],
    ['infinity', 'pilot', [1, 2, -Infinity], {}, 'TEAM_OBSERVATION_INVALID', 'has -Infinity at 2'],
    ['a short mask', 'chooser', [1, 2], { mask: [1, 0] }, 'TEAM_OBSERVATION_INVALID', '2 numbers, but the agent has 4'],
    ['a long mask', 'chooser', [1, 2], { mask: [1, 1, 1, 1, 1] }, 'TEAM_OBSERVATION_INVALID', 'action mask'],
    ['a mask without a choice', 'chooser', [1, 2], { mask: [0, 0, 0, 0] }, 'POLICY_MASK_EMPTY', ''],
  ] as const)('%s', (_, agent, observation, options, code, message) => {
    expect(() => team.act(agent, observation, options)).toThrowError(refusal(code, message));
  });

  test('weights that are missing or of another size', () => {
    const { choose: _, ...without } = weights;
    expect(() => createTeam(planned.spec, without, environments)).toThrowError(
      refusal('TRAINING_CHECKPOINT_INCOMPLETE', 'policy "choose" are missing'),
    );
    const longer = { ...weights, fly: new Float32Array(weights.fly.length + 1) };
    expect(() => createTeam(planned.spec, longer, environments)).toThrowError(
      refusal(
        'TRAINING_CHECKPOINT_INCOMPLETE',
        `are ${weights.fly.length + 1} numbers instead of ${weights.fly.length}`,
      ),
    );
  });
});

test('a team’s weights are its own', () => {
  const mine = Object.fromEntries(Object.entries(weights).map(([id, values]) => [id, values.slice()]));
  const other = createTeam(planned.spec, mine, environments);
  const before = [...other.act('pilot', [1, 2, 3])];
  for (const values of Object.values(mine)) values.fill(0);
  expect([...other.act('pilot', [1, 2, 3])]).toEqual(before);
});

describe('a team that acts in levels', () => {
  const orders = hierarchical([
    { name: 'enter', space: binary() },
    { name: 'kind', space: discrete(3), when: { level: 'enter', is: [1] } },
    { name: 'sizes', space: box(2, { low: observed(0) }), when: { level: 'kind', is: [0, 2] } },
  ]);
  const market: Environment = {
    agents: [
      { id: 'trader', observationSpace: box(2), actionSpace: orders, masked: true },
      { id: 'seller', observationSpace: box(1), actionSpace: composite('seller', observed(0)) },
    ],
    state: {},
    reset() {},
    step() {},
  };
  const shop = [environmentOf('shop-v1', market)];
  const job = planOf({ env: { id: 'shop-v1' }, policies: { '*': { network: { outputGain: 1 } } } }, shop);
  /** Every agent by weights of its own. */
  const traders = async () => {
    const opened = await openInline(job);
    const own = job.plan.policies.map(({ policyId }, p) => [
      policyId,
      new Float32Array(opened.units[p].tensors.slice().buffer, 0, opened.layouts[p].acting[0].count),
    ]);
    return createTeam(job.spec, Object.fromEntries(own) as Record<string, Float32Array>, shop);
  };
  // Of float32 numbers, as the policies see them.
  const rows = Array.from({ length: 60 }, (_, n) => [Math.fround(Math.sin(n)), Math.fround(3 * Math.cos(2 * n))]);
  const isAllowed = (space: Space, values: Float32Array, observation: readonly number[]): boolean =>
    contains(space, values, 0, { values: observation, offset: 0 });

  test('gives the numbers of all levels, 0 where one was not decided, drawn or not', async () => {
    const team = await traders();
    const sample = new RandomStream(3, 'draw');
    const seen = new Set<string>();
    for (const observation of rows) {
      for (const options of [{}, { sample }]) {
        const action = team.act('trader', observation, options);
        expect(action).toHaveLength(4);
        expect(isAllowed(orders, action, observation), `${action} at ${observation}`).toBe(true);
        const told = describeAction(orders, action);
        expect(Object.keys(told)).toEqual(['enter', 'kind', 'sizes']);
        expect(told.kind === null).toBe(told.enter === 0);
        seen.add(`${told.kind === null}, ${told.sizes === null}`);
      }
    }
    expect([...seen].sort()).toEqual(['false, false', 'false, true', 'true, true']);
  });

  test('keeps to masks of every level', async () => {
    const team = await traders();
    const sample = new RandomStream(3, 'draw');
    for (const observation of rows) {
      expect([...team.act('trader', observation, { sample, mask: [1, 0, 1, 1, 1] })]).toEqual([0, 0, 0, 0]);
      expect([...team.act('trader', observation, { mask: [0, 1, 0, 1, 0] })]).toEqual([1, 1, 0, 0]);
    }
    // Where nobody enters no kind is needed; where somebody does, one is.
    expect([...team.act('trader', [0, 0], { mask: [1, 0, 0, 0, 0] })]).toEqual([0, 0, 0, 0]);
    expect(() => team.act('trader', [0, 0], { mask: [0, 1, 0, 0, 0] })).toThrow(
      expect.objectContaining({ code: 'POLICY_MASK_EMPTY' }),
    );
  });

  test('gives one number for a composite action, which is 0 or a price that may be asked', async () => {
    const team = await traders();
    const sample = new RandomStream(3, 'draw');
    const prices = rows.map(([x]) => {
      const action = team.act('seller', [x], { sample });
      expect(action).toHaveLength(1);
      expect(isAllowed(market.agents[1].actionSpace, action, [x]), `${action} at ${x}`).toBe(true);
      return action[0];
    });
    expect(prices.filter((price) => price === 0).length).toBeGreaterThan(5);
    expect(prices.filter((price) => price !== 0).length).toBeGreaterThan(5);
  });
});
