import { describe, expect, it } from 'vitest';
import { type AgentSpaces, type PolicyMapping, resolvePolicyMapping } from '../../../src/policies/index.js';
import {
  binary,
  box,
  composite,
  discrete,
  hierarchical,
  type Level,
  multiDiscrete,
  observed,
} from '../../../src/spaces/index.js';

const agent = (id: string, over: Partial<AgentSpaces> = {}): AgentSpaces => ({
  id,
  observationSpace: box(2),
  actionSpace: box(1),
  ...over,
});
/** Agents whose second levels differ. */
const inLevels = (
  what: string,
  lasts: readonly Partial<Level>[],
  difference: string,
): [string, Partial<AgentSpaces>, Partial<AgentSpaces>, string][] => {
  const [a, b] = lasts.map((last) => ({
    actionSpace: hierarchical([
      { name: 'first', space: binary() },
      { name: 'last', space: binary(), ...last },
    ]),
  }));
  return [[`level ${what}`, a, b, difference]];
};
const three = [agent('a'), agent('b'), agent('c')];

describe('resolvePolicyMapping', () => {
  it.each<[string, PolicyMapping, [string, string[]][]]>([
    [
      'independent',
      'independent',
      [
        ['a', ['a']],
        ['b', ['b']],
        ['c', ['c']],
      ],
    ],
    ['shared', 'shared', [['shared', ['a', 'b', 'c']]]],
    [
      'explicit, in the order of the first agents',
      { c: 'x', b: 'y', a: 'x' },
      [
        ['x', ['a', 'c']],
        ['y', ['b']],
      ],
    ],
  ])('%s', (_, mapping, expected) => {
    expect(resolvePolicyMapping(three, mapping)).toEqual(
      expected.map(([policyId, agentIds]) => ({ policyId, agentIds })),
    );
  });

  it('lets agents of different policies differ', () => {
    expect(resolvePolicyMapping([agent('a'), agent('b', { actionSpace: discrete(2) })], 'independent')).toHaveLength(2);
  });

  it('takes bounds written in either form for equal', () => {
    const agents = [
      agent('a', { actionSpace: box(2, { low: -1, high: 1 }) }),
      agent('b', { actionSpace: box(2, { low: [-1, -1], high: [1, 1] }), masked: false }),
    ];
    expect(resolvePolicyMapping(agents, 'shared')).toHaveLength(1);
  });

  it('takes levels for equal that say the same', () => {
    const levels = () =>
      hierarchical([
        { name: 'enter', space: binary(), reward: 'entry' },
        { name: 'price', space: box(1, { low: observed(0) }), when: { level: 'enter', is: [1] } },
      ]);
    const agents = [agent('a', { actionSpace: levels() }), agent('b', { actionSpace: levels() })];
    expect(resolvePolicyMapping(agents, 'shared')).toHaveLength(1);
    const offers = ['a', 'b'].map((id) => agent(id, { actionSpace: composite('buyer', observed(1)) }));
    expect(resolvePolicyMapping(offers, 'shared')).toHaveLength(1);
  });

  it('is not fooled by names that every object has', () => {
    expect(() => resolvePolicyMapping([agent('constructor')], {})).toThrow(
      expect.objectContaining({ code: 'POLICY_AGENT_UNMAPPED' }),
    );
  });

  it.each<[string, string, PolicyMapping, RegExp]>([
    [
      'an unknown agent',
      'POLICY_AGENT_UNKNOWN',
      { a: 'x', b: 'x', c: 'x', zebra: 'x' },
      /no agent "zebra".*"a", "b", "c"/,
    ],
    ['agents without a policy', 'POLICY_AGENT_UNMAPPED', { b: 'x' }, /no policy for "a", "c"/],
  ])('refuses %s', (_, code, mapping, message) => {
    expect(() => resolvePolicyMapping(three, mapping)).toThrow(expect.objectContaining({ code }));
    expect(() => resolvePolicyMapping(three, mapping)).toThrow(message);
  });

  it('names the agent that a misspelt one most likely means', () => {
    const agents = [agent('agent-0'), agent('agent-1')];
    expect(() => resolvePolicyMapping(agents, { 'agent-0': 'x', 'agnet-1': 'x' })).toThrow(/did you mean "agent-1"\?/);
  });

  it('shortens long lists', () => {
    const many = Array.from({ length: 50 }, (_, j) => agent(`agent-${j}`));
    expect(() => resolvePolicyMapping(many, {})).toThrow(/"agent-7" and 42 more/);
  });

  it.each<[string, Partial<AgentSpaces>, Partial<AgentSpaces>, string]>([
    [
      'observation shape',
      { observationSpace: box(2) },
      { observationSpace: box(3) },
      'observation space: shape [2] and [3]',
    ],
    ['action kind', { actionSpace: box(1) }, { actionSpace: discrete(2) }, 'action space: kind box and discrete'],
    [
      'low',
      { actionSpace: box(1, { low: 0 }) },
      { actionSpace: box(1) },
      'action space: low of element 0 0 and -Infinity',
    ],
    ['high', { actionSpace: box(1, { high: 1 }) }, { actionSpace: box(1, { high: 2 }) }, 'high of element 0 1 and 2'],
    ['count', { actionSpace: discrete(2) }, { actionSpace: discrete(3) }, 'count 2 and 3'],
    ['counts', { actionSpace: multiDiscrete([2]) }, { actionSpace: multiDiscrete([2, 2]) }, 'counts [2] and [2,2]'],
    ['size', { actionSpace: binary(1) }, { actionSpace: binary(2) }, 'size 1 and 2'],
    ['masks', { actionSpace: discrete(2) }, { actionSpace: discrete(2), masked: true }, 'action masks'],
    [
      'an observed bound',
      { actionSpace: box(1, { low: observed(0) }) },
      { actionSpace: box(1, { low: observed(1) }) },
      'action space: low of element 0 element 0 of the observation and element 1 of the observation',
    ],
    [
      'side',
      { actionSpace: composite('seller', 1) },
      { actionSpace: composite('buyer', 1) },
      'action space: side seller and buyer',
    ],
    [
      'reservation',
      { actionSpace: composite('seller', observed(0)) },
      { actionSpace: composite('seller', 1) },
      'action space: reservation element 0 of the observation and 1',
    ],
    ...inLevels('names', [{ name: 'enter' }, { name: 'entry' }], 'levels [first, enter] and [first, entry]'),
    ...inLevels('spaces', [{ space: binary(2) }, { space: binary(3) }], ', level "last": size 2 and 3'),
    ...inLevels(
      'bounds',
      [{ space: box(1, { low: observed(0) }) }, { space: box(1, { low: 0 }) }],
      ', level "last": low of element 0 element 0 of the observation and 0',
    ),
    ...inLevels('kinds', [{ space: discrete(2) }, {}], ', level "last": kind discrete and binary'),
    ...inLevels(
      'conditions',
      [{ when: { level: 'first', is: [1] } }, { when: { level: 'first', is: [0, 1] } }],
      ', level "last": when {"level":"first","is":[1]} and {"level":"first","is":[0,1]}',
    ),
    ...inLevels('having a condition', [{}, { when: { level: 'first', is: [1] } }], ': when none and {"level"'),
    ...inLevels('rewards', [{ reward: 'gain' }, { reward: 'cost' }], ', level "last": reward "gain" and "cost"'),
  ])('refuses a shared policy for agents that differ in %s', (_, first, second, difference) => {
    const resolve = () => resolvePolicyMapping([agent('a', first), agent('b', second)], 'shared');
    expect(resolve).toThrow(expect.objectContaining({ code: 'POLICY_SPACES_DIFFER' }));
    expect(resolve).toThrow(`Agents "a" and "b" share policy "shared" but differ in`);
    expect(resolve).toThrow(difference);
  });
});
