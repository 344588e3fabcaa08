import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import {
  createEnvironment,
  createEnvironmentCatalog,
  defineBatchedEnvironment,
  type Environment,
  type EnvironmentDefinition,
  environmentCatalog,
  findEnvironment,
} from '../../../src/envs/index.js';
import { binary, box, composite, discrete, hierarchical, observed, type Space } from '../../../src/spaces/index.js';
import { countingEnvironment } from './counting-environment.js';

const definition = (overrides: Partial<EnvironmentDefinition> = {}): EnvironmentDefinition => ({
  id: 'counting-v1',
  description: '',
  options: Type.Object({ size: Type.Integer({ default: 2, minimum: 1 }) }, { additionalProperties: false }),
  create: () => countingEnvironment(),
  ...overrides,
});
const invalid = (where: string) =>
  expect.objectContaining({ code: 'ENV_DEFINITION_INVALID', data: expect.objectContaining({ where }) });

describe('defineBatchedEnvironment', () => {
  it('returns what it was given', () => {
    const given = definition();
    expect(defineBatchedEnvironment(given)).toBe(given);
  });

  it.each(['Counting-v1', 'counting', 'counting-1', '-v1', 'a--b-v1', '', '../x-v1'])('refuses the id %j', (id) => {
    expect(() => defineBatchedEnvironment(definition({ id }))).toThrow(invalid('id'));
  });

  it('refuses an option without a default', () => {
    const options = Type.Object({ size: Type.Integer() });
    expect(() => defineBatchedEnvironment(definition({ options }))).toThrow(/defaults do not fit/);
  });
});

describe('createEnvironment', () => {
  it('fills in defaults without touching what was given', () => {
    const seen: unknown[] = [];
    const given = {};
    const create = (options: unknown) => {
      seen.push(options);
      return countingEnvironment();
    };
    createEnvironment(definition({ create }), given);
    createEnvironment(definition({ create }));
    expect(seen).toEqual([{ size: 2 }, { size: 2 }]);
    expect(given).toEqual({});
  });

  it.each([
    [{ size: 0 }, '/size'],
    [{ size: '2' }, '/size'],
    [{ sizes: 2 }, '/sizes'],
    [[], ''],
  ])('refuses the options %j', (options, pointer) => {
    expect(() => createEnvironment(definition(), options)).toThrow(
      expect.objectContaining({
        code: 'ENV_OPTIONS_INVALID',
        data: expect.objectContaining({ faults: expect.arrayContaining([expect.objectContaining({ pointer })]) }),
      }),
    );
  });

  const agent = countingEnvironment().agents[0];
  const cases: readonly (readonly [string, Partial<Environment>])[] = [
    ['agents', { agents: [] }],
    ['agents[0]', { agents: [{ ...agent, id: 'a b' }] }],
    ['agents[1]', { agents: [agent, agent] }],
    ['agents[0] (even).actionSpace', { agents: [{ ...agent, actionSpace: discrete(0) }] }],
    ['agents[0] (even).observationSpace', { agents: [{ ...agent, observationSpace: box([]) }] }],
    [
      'agents[0] (even).observationSpace',
      { agents: [{ ...agent, observationSpace: discrete(2) as Space as typeof agent.observationSpace }] },
    ],
    ['agents[0] (even)', { agents: [{ ...agent, masked: true }] }],
    ['rewardHeads', { rewardHeads: [] }],
    ['rewardHeads[1]', { rewardHeads: ['score', 'score'] }],
    ['episodeMetrics[0]', { episodeMetrics: ['in game'] }],
    ['globalState', { globalState: box(1, { low: 1, high: 0 }) }],
    ['state.2', { state: { 2: { dtype: 'f32' } } }],
    ['state.grid', { state: { grid: { dtype: 'f32', shape: [2, 0] } } }],
    ['state.grid', { state: { grid: { dtype: 'f16' as 'f32' } } }],
  ];
  it.each(cases)('names %s when it is wrong', (where, overrides) => {
    expect(() => createEnvironment(definition({ create: () => countingEnvironment(overrides) }))).toThrow(
      invalid(where),
    );
  });

  it.each<[string, Partial<Environment>]>([
    ['globalState: element 0 has low 1, which', { globalState: box(1, { low: 1, high: 0 }) }],
    [
      'agents[0] (even).actionSpace, level "first": count is 0',
      { agents: [{ ...agent, actionSpace: hierarchical([{ name: 'first', space: discrete(0) }]) }] },
    ],
  ])('tells once where a space is wrong: %s', (told, overrides) => {
    const create = () => createEnvironment(definition({ create: () => countingEnvironment(overrides) }));
    expect(create).toThrow(`environment "counting-v1", ${told}`);
  });
});

describe('what is declared for metrics and reports', () => {
  const profile = {
    agent: 'even',
    label: 'count',
    quantity: 'number',
    element: 0,
    points: [0, 1],
    observations: [
      [0, 0],
      [1, 0],
    ],
  };
  const create = (overrides: Partial<Environment>) =>
    createEnvironment(definition({ create: () => countingEnvironment(overrides) }));

  it('is taken where it refers to what there is', () => {
    const declared = {
      returnHead: 'cost',
      episodeMetrics: ['length', 'wins'],
      ratioMetrics: { winShare: ['wins', 'length'] },
      profiles: [{ ...profile, reference: { label: 'best', quantity: [null, 1], participation: [0, 1] } }],
    } as const;
    expect(create(declared)).toMatchObject(declared);
    // The one head that there is where none is declared.
    const { rewardHeads: _, ...oneHead } = countingEnvironment({ returnHead: 'reward' });
    expect(createEnvironment(definition({ create: () => oneHead })).returnHead).toBe('reward');
  });

  it.each<[string, string, Partial<Environment>, string]>([
    ['a head of returns', 'returnHead', { returnHead: 'profit' }, 'is "profit", but the reward heads are score, cost'],
    [
      'the default head beside declared ones',
      'returnHead',
      { returnHead: 'reward' },
      'is "reward", but the reward heads are score, cost',
    ],
    [
      'a ratio of no metric',
      'ratioMetrics.share',
      { ratioMetrics: { share: ['wins', 'length'] } },
      '"wins" is not among the episode metrics',
    ],
    [
      'a ratio to no metric',
      'ratioMetrics.share',
      { ratioMetrics: { share: ['length', 'steps'] } },
      '"steps" is not among the episode metrics',
    ],
    [
      'a ratio with the name of a metric',
      'ratioMetrics.length',
      { ratioMetrics: { length: ['length', 'length'] } },
      'is the name of an episode metric too',
    ],
    ['a ratio with no name', 'ratioMetrics[0]', { ratioMetrics: { '': ['length', 'length'] } }, ''],
    ['a profile of nobody', 'profiles[0]', { profiles: [{ ...profile, agent: 'eve' }] }, 'there is no agent "eve"'],
    [
      'a profile without points',
      'profiles[0]',
      { profiles: [{ ...profile, points: [], observations: [] }] },
      'has 0 points and 0 observations',
    ],
    [
      'a second profile with too few observations',
      'profiles[1]',
      { profiles: [profile, { ...profile, observations: [[0, 0]] }] },
      'has 2 points and 1 observations; there must be one for each point',
    ],
    [
      'an observation of another size',
      'profiles[0]',
      { profiles: [{ ...profile, observations: [[0, 0], [1]] }] },
      'an observation is not 2 finite numbers, which agent "even" sees',
    ],
    [
      'an observation that is not finite',
      'profiles[0]',
      {
        profiles: [
          {
            ...profile,
            observations: [
              [0, 0],
              [Infinity, 0],
            ],
          },
        ],
      },
      'an observation is not 2 finite numbers',
    ],
    [
      'an element that the action has not',
      'profiles[0]',
      { profiles: [{ ...profile, element: 1 }] },
      'element 1 is drawn, but an action of agent "even" has elements 0 to 0',
    ],
    ['half an element', 'profiles[0]', { profiles: [{ ...profile, element: 0.5 }] }, 'element 0.5 is drawn'],
    [
      'a reference quantity of another length',
      'profiles[0]',
      { profiles: [{ ...profile, reference: { label: 'best', quantity: [1, 2, 3] } }] },
      'the reference has 3 numbers for 2 points',
    ],
    [
      'a reference participation of another length',
      'profiles[0]',
      { profiles: [{ ...profile, reference: { label: 'best', quantity: [1, 2], participation: [1] } }] },
      'the reference has 1 numbers for 2 points',
    ],
  ])('is refused: %s', (_, where, overrides, message) => {
    expect(() => create(overrides)).toThrow(invalid(where));
    expect(() => create(overrides)).toThrow(`environment "counting-v1", ${where}: ${message}`);
  });
});

describe('actions in levels', () => {
  const { agents } = countingEnvironment();
  const withAction = (actionSpace: Space, overrides: Partial<Environment> = {}) =>
    createEnvironment(
      definition({
        create: () =>
          countingEnvironment({ ...overrides, agents: [agents[0], { ...agents[1], masked: false, actionSpace }] }),
      }),
    );
  const levels = (reward: string) =>
    hierarchical([
      { name: 'enter', space: binary(), reward: 'score' },
      { name: 'price', space: box(1, { low: observed(0) }), when: { level: 'enter', is: [1] }, reward },
    ]);
  const WHERE = 'agents[1] (odd).actionSpace';

  it('are paid by heads that there are', () => {
    expect(withAction(levels('cost')).agents[1].actionSpace).toEqual(levels('cost'));
    expect(() => withAction(levels('costs'))).toThrow(invalid(`${WHERE}, level "price"`));
    expect(() => withAction(levels('costs'))).toThrow(
      `${WHERE}, level "price": is paid by reward head "costs", which nobody declared; the environment's are "score", "cost"`,
    );
    const { rewardHeads: _, ...oneHead } = countingEnvironment();
    const environment = { ...oneHead, agents: [{ ...agents[0], actionSpace: levels('score') }] };
    expect(() => createEnvironment(definition({ create: () => environment }))).toThrow(
      'agents[0] (even).actionSpace, level "enter": is paid by reward head "score", which nobody declared; the environment\'s are "reward"',
    );
  });

  it.each<[string, Space, string]>([
    [
      'a level that depends on none',
      hierarchical([{ name: 'a', space: binary(), when: { level: 'b', is: [1] } }]),
      'level "a": depends on level "b", which does not exist',
    ],
    // The agent sees one number only.
    ['a bound that its own agent does not see', composite('seller', observed(1)), 'the reservation is element 1'],
  ])('are refused as a space would be: %s', (_, space, message) => {
    expect(() => withAction(space)).toThrow(invalid(WHERE));
    expect(() => withAction(space)).toThrow(message);
  });

  it('cannot be seen: bounds of observations are numbers', () => {
    const observationSpace = box(1, { low: observed(0) });
    const environment = countingEnvironment({ agents: [{ ...agents[0], observationSpace }] });
    expect(() => createEnvironment(definition({ create: () => environment }))).toThrow(
      'which only an action can be; give a number',
    );
  });

  it('have masks where any level has choices', () => {
    const masked = (actionSpace: Space) => () =>
      createEnvironment(
        definition({ create: () => countingEnvironment({ agents: [{ ...agents[1], masked: true, actionSpace }] }) }),
      );
    expect(masked(levels('cost'))).not.toThrow();
    expect(masked(composite('seller', 0))).toThrow('is masked, but a composite action has no choices to mask');
    expect(masked(hierarchical([{ name: 'a', space: box(2) }]))).toThrow(
      'is masked, but a hierarchical action has no choices to mask',
    );
  });
});

describe('catalogs', () => {
  it('hold the library’s environments, and a user’s in a copy', () => {
    const mine = definition();
    const catalog = createEnvironmentCatalog([mine]);
    expect([...catalog.keys()]).toEqual([...environmentCatalog.keys(), 'counting-v1']);
    expect(findEnvironment(catalog, 'counting-v1')).toBe(mine);
    expect(environmentCatalog.has('counting-v1')).toBe(false);
  });

  it('refuse two environments of one id, and malformed ones', () => {
    expect(() => createEnvironmentCatalog([definition({ id: 'median-v1' })])).toThrow(invalid('id'));
    expect(() => createEnvironmentCatalog([definition({ id: 'x' })])).toThrow(invalid('id'));
  });

  it('suggest the nearest id', () => {
    expect(() => findEnvironment(environmentCatalog, 'medain-v1')).toThrow(
      expect.objectContaining({ code: 'ENV_UNKNOWN', data: expect.objectContaining({ nearest: 'median-v1' }) }),
    );
    expect(() => findEnvironment(environmentCatalog, '__proto__')).toThrow(/known are median-v1, cartpole-v1/);
  });
});
