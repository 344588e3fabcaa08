import { describe, expect, it } from 'vitest';
import { environmentCatalog } from '../../../src/envs/index.js';
import { resolvePolicies } from '../../../src/jobs/index.js';
import { faultsOf, median, resolved } from './catalogs.js';

/** Two sellers' worth of demo: agents agent-0 and agent-1, levels decision and offer (a box without bounds). */
const demo = (fields: Readonly<Record<string, unknown>> = {}) => ({ env: { id: 'hierarchical-demo-v1' }, ...fields });
/** One seller: levels enter and price (a box with a bound). */
const market = (fields: Readonly<Record<string, unknown>> = {}) => ({ env: { id: 'enter-offer-v1' }, ...fields });
const told = (input: unknown) => faultsOf(input).map(({ pointer, suggestion }) => [pointer, suggestion]);
const separate = { levelNetworks: 'separate' };

describe('settings by level', () => {
  it('are taken, from all layers, and filled in', () => {
    const spec = resolved(
      demo({
        algorithm: { options: { levels: { offer: { gamma: 0.5, lambda: 0.5 } } } },
        policies: {
          '*': { ...separate, levels: { offer: { distribution: { initialLogStd: -1 } } } },
          'agent-1': {
            levels: { offer: { distribution: { kind: 'deterministic' } } },
            algorithm: { options: { levels: { offer: { gamma: 0.25 }, decision: { learningRate: 0.1 } } } },
          },
        },
      }),
    );
    // What a level does not set stays unset: the policy's own holds.
    const environment = environmentCatalog.get('hierarchical-demo-v1')!.create(spec.env.options);
    const [first, second] = resolvePolicies(spec, environment);
    expect(first.policySpec).toMatchObject({
      levelNetworks: 'separate',
      levels: { offer: { distribution: { initialLogStd: -1 } } },
    });
    expect(first.algorithm.options).toMatchObject({
      credit: 'decoupled',
      levels: { offer: { gamma: 0.5, lambda: 0.5 } },
    });
    expect(second.policySpec.levels).toEqual({ offer: { distribution: { initialLogStd: -1, kind: 'deterministic' } } });
    expect(second.algorithm.options.levels).toEqual({
      offer: { gamma: 0.25, lambda: 0.5 },
      decision: { learningRate: 0.1 },
    });
  });

  it.each<[string, unknown, (string | undefined)[][]]>([
    [
      'of a job’s algorithm',
      demo({ algorithm: { options: { levels: { ofer: { gamma: 0.5 } } } } }),
      [['/algorithm/options/levels/ofer', 'offer']],
    ],
    [
      'of all policies',
      demo({ policies: { '*': { levels: { decison: {} }, algorithm: { options: { levels: { off: {} } } } } } }),
      [
        ['/policies/*/levels/decison', 'decision'],
        ['/policies/*/algorithm/options/levels/off', 'offer'],
      ],
    ],
    [
      'of one policy',
      demo({ policies: { 'agent-1': { levels: { price: {} } } } }),
      [['/policies/agent-1/levels/price', undefined]],
    ],
    [
      'with characters that pointers escape',
      demo({ algorithm: { options: { levels: { 'a/b~': {} } } } }),
      [['/algorithm/options/levels/a~1b~0', undefined]],
    ],
    [
      'that every object has',
      demo({ algorithm: { options: { levels: { constructor: {} } } } }),
      [['/algorithm/options/levels/constructor', undefined]],
    ],
    [
      'where there are no levels',
      median({ algorithm: { options: { levels: { offer: {} } } } }),
      [['/algorithm/options/levels/offer', undefined]],
    ],
  ])('with names that are no levels: %s', (_, input, expected) => {
    expect(told(input)).toEqual(expected);
  });

  it('name the levels that there are', () => {
    const [fault] = faultsOf(market({ policies: { '*': { levels: { prise: {} } } } }));
    expect(fault.message).toBe(
      '/policies/*/levels/prise is no level here; did you mean "price"? Known: enter and price',
    );
    const [none] = faultsOf(median({ policies: { '*': { levels: { price: {} } } } }));
    expect(none.message).toBe('/policies/*/levels/price is no level here; Known: no level at all');
  });
});

describe('level options that are not what they may be', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['gamma', { gamma: 1.5 }, 'gamma'],
    ['lambda', { lambda: -0.1 }, 'lambda'],
    ['entropyCoefficient', { entropyCoefficient: -1 }, 'entropyCoefficient'],
    ['learningRate', { learningRate: 0 }, 'learningRate'],
    ['an option of the whole', { clip: 0.1 }, 'clip'],
  ])('%s', (_, settings, option) => {
    const input = demo({ policies: { '*': separate }, algorithm: { options: { levels: { offer: settings } } } });
    expect(told(input)).toEqual([[`/algorithm/options/levels/offer/${option}`, undefined]]);
  });

  it('lambda, where the algorithm has none', () => {
    const input = demo({ algorithm: { id: 'reinforce', options: { levels: { offer: { lambda: 0.5 } } } } });
    expect(told(input)).toEqual([['/algorithm/options/levels/offer/lambda', undefined]]);
  });
});

describe('credit "shared"', () => {
  it.each<[string, Readonly<Record<string, unknown>>, string]>([
    [
      'beside them',
      { algorithm: { options: { credit: 'shared', levels: { offer: { gamma: 0.5, lambda: 0.5 } } } } },
      '/algorithm/options/levels/offer sets gamma and lambda, but with credit "shared" all levels are paid together; use "decoupled", or set it for all',
    ],
    [
      'of all policies, over the job’s options',
      {
        algorithm: { options: { levels: { offer: { gamma: 0.5 } } } },
        policies: { '*': { algorithm: { options: { credit: 'shared' } } } },
      },
      '/algorithm/options/levels/offer sets gamma, but with credit "shared"',
    ],
    [
      'of one policy, over options of all',
      {
        policies: {
          '*': { algorithm: { options: { levels: { decision: { entropyCoefficient: 1 } } } } },
          'agent-0': { algorithm: { options: { credit: 'shared' } } },
        },
      },
      '/policies/*/algorithm/options/levels/decision sets entropyCoefficient, but with credit "shared"',
    ],
    [
      'of one policy, over options of its own and others of all',
      {
        policies: {
          '*': { algorithm: { options: { levels: { decision: { entropyCoefficient: 1 } } } } },
          'agent-0': {
            ...separate,
            algorithm: { options: { credit: 'shared', levels: { offer: { learningRate: 1 } } } },
          },
        },
      },
      '/policies/*/algorithm/options/levels/decision sets entropyCoefficient, but with credit "shared"',
    ],
  ])('has no use for options by level: %s', (_, fields, message) => {
    const faults = faultsOf(demo(fields));
    expect(faults.map((fault) => fault.message.slice(0, message.length))).toEqual([message]);
  });

  it('goes with step sizes by level', () => {
    const options = { credit: 'shared', levels: { offer: { learningRate: 0.1 } } };
    expect(faultsOf(demo({ policies: { '*': separate }, algorithm: { options } }))).toEqual([]);
  });
});

describe('a level’s learningRate', () => {
  const algorithm = { options: { levels: { offer: { learningRate: 0.1 } } } };
  const POINTER = '/algorithm/options/levels/offer/learningRate';

  it('needs a network of its own', () => {
    const [fault, ...rest] = faultsOf(demo({ algorithm }));
    expect(rest).toEqual([]);
    expect(fault.message).toBe(
      `${POINTER} is set, but the levels share one network and one optimizer; set the policy's levelNetworks to "separate"`,
    );
    expect(faultsOf(demo({ algorithm, policies: { '*': separate } }))).toEqual([]);
  });

  it('is told where it is written, whatever else is said of the level elsewhere', () => {
    const own = { algorithm: { options: { levels: { offer: { gamma: 0.5 } } } } };
    expect(told(demo({ algorithm, policies: { '*': own } }))).toEqual([[POINTER, undefined]]);
    const all = { algorithm: { options: { levels: { offer: { learningRate: 0.2 } } } } };
    expect(
      told(demo({ algorithm: own.algorithm, policies: { '*': all, 'agent-1': { ...own, ...separate } } })),
    ).toEqual([['/policies/*/algorithm/options/levels/offer/learningRate', undefined]]);
  });

  it('needs it in every policy that it is for', () => {
    expect(told(demo({ algorithm, policies: { 'agent-0': separate } }))).toEqual([[POINTER, undefined]]);
    expect(told(demo({ algorithm, policies: { '*': separate, 'agent-1': { levelNetworks: 'shared' } } }))).toEqual([
      [POINTER, undefined],
    ]);
    const both = { 'agent-0': separate, 'agent-1': separate };
    expect(faultsOf(demo({ algorithm, policies: both }))).toEqual([]);
  });
});

describe('a level’s distribution that does not fit', () => {
  const bernoulli = { offer: { distribution: { kind: 'bernoulli' } } };

  it.each<[string, unknown, string, RegExp]>([
    [
      'of all policies',
      demo({ policies: { '*': { levels: bernoulli } } }),
      '/policies/*/levels/offer/distribution',
      /does not fit: level "offer" is box, which "bernoulli" does not fit/,
    ],
    [
      'of one policy',
      demo({ policies: { 'agent-1': { levels: bernoulli } } }),
      '/policies/agent-1/levels/offer/distribution',
      /level "offer" is box/,
    ],
    [
      'of all policies, beside what one policy says of another level',
      demo({ policies: { '*': { levels: bernoulli }, 'agent-1': { levels: { decision: { distribution: {} } } } } }),
      '/policies/*/levels/offer/distribution',
      /level "offer" is box/,
    ],
    [
      'that may leave the bounds',
      market({ policies: { '*': { levels: { price: { distribution: { kind: 'gaussian' } } } } } }),
      '/policies/*/levels/price/distribution',
      /level "price" has element 0 in \[observation 0, Infinity\], but "gaussian" may act outside of bounds/,
    ],
    [
      'by the deviation it begins with',
      demo({ policies: { '*': { levels: { offer: { distribution: { initialLogStd: 4 } } } } } }),
      '/policies/*/levels/offer/distribution',
      /does not fit/,
    ],
    [
      'by bounds of the deviation that cross',
      demo({ policies: { 'agent-0': { levels: { offer: { distribution: { logStdBounds: [2, 1] } } } } } }),
      '/policies/agent-0/levels/offer/distribution',
      /does not fit/,
    ],
    [
      'as the policy’s own does not',
      market({ policies: { '*': { distribution: { kind: 'gaussian' } } } }),
      '/policies/*/distribution/kind',
      /level "price" has element 0/,
    ],
  ])('%s', (_, input, pointer, message) => {
    const faults = faultsOf(input);
    expect(faults.map((fault) => fault.pointer)).toEqual([pointer]);
    expect(faults[0].message).toMatch(message);
  });

  it('a policy’s own may mend it', () => {
    const mended = { levels: { offer: { distribution: { kind: 'gaussian' } } } };
    const policies = { '*': { levels: bernoulli }, 'agent-0': mended, 'agent-1': mended };
    expect(faultsOf(demo({ policies }))).toEqual([]);
  });
});

it.each([
  ['/policies/*/levelNetworks', { policies: { '*': { levelNetworks: 'own' } } }],
  ['/policies/*/levels/offer/network', { policies: { '*': { levels: { offer: { network: {} } } } } }],
  ['/algorithm/options/credit', { algorithm: { options: { credit: 'divided' } } }],
])('a fault at %s is told there', (pointer, fields) => {
  expect(told(demo(fields)).map(([at]) => at)).toEqual([pointer]);
});

it('an algorithm that knows no levels is refused', () => {
  const [fault] = faultsOf(demo({ algorithm: { id: 'notebook' } }));
  expect(fault.pointer).toBe('/algorithm/id');
  expect(fault.message).toContain('agent-0 (hierarchical)');
});

it.each([
  ['/algorithm', { algorithm: [[]] }],
  ['/algorithm', { algorithm: null }],
  ['/algorithm/options', { algorithm: { options: null } }],
  ['/policies', { policies: null }],
  ['/policies/*', { policies: { '*': null } }],
  ['/policies/*/algorithm', { policies: { '*': { algorithm: null } } }],
  ['/policies/*/algorithm/options', { policies: { '*': { algorithm: { options: 7 } } } }],
])('what holds levels may be anything: %s as in %j', (pointer, fields) => {
  expect(told(demo(fields)).map(([at]) => at)).toContain(pointer);
});
