import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import type { Environment } from '../../../src/envs/index.js';
import { createPlainKernels } from '../../../src/kernels/index.js';
import { createPolicy, type Policy } from '../../../src/policies/index.js';
import { box, discrete, elementSize } from '../../../src/spaces/index.js';
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
const { policies, layouts } = await openInline(planned);
const weights = Object.fromEntries(
  planned.plan.policies.map(({ policyId }, p) => [
    policyId,
    new Float32Array(policies[p].tensors.slice().buffer, 0, layouts[p].actingParameterCount),
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
