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
import { box, discrete, type Space } from '../../../src/spaces/index.js';
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
