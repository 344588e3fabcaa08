import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, validateJobSpec, validateJobText } from '../../../src/jobs/index.js';
import { catalogs, median } from '../../unit/jobs/catalogs.js';

/** A field of a spec, right or wrong. */
const name = fc.constantFrom(
  'env',
  'id',
  'options',
  'policies',
  '*',
  'network',
  'hidden',
  'algorithm',
  'rollout',
  'stop',
  'agents',
  'x',
);
const leaf = fc.oneof(
  fc.constantFrom(
    'median-v1',
    'cartpole-v1',
    'ppo',
    'reinforce',
    'shared',
    null,
    true,
    -1,
    0,
    1,
    2.5,
    64,
    Number.NaN,
    undefined,
    1n,
  ),
  fc.anything(),
);
const almostSpec = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 5 }),
  ),
})).value;

const valid = fc.record(
  {
    name: fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/),
    seed: fc.nat(),
    env: fc.record({ id: fc.constant('median-v1'), options: fc.record({ agents: fc.integer({ min: 3, max: 5 }) }) }),
    policyMapping: fc.constantFrom('independent', 'shared'),
    policies: fc.record({
      '*': fc.record(
        {
          network: fc.record({ hidden: fc.array(fc.integer({ min: 1, max: 99 }), { maxLength: 3 }) }),
          valueNetwork: fc.record({ activation: fc.constantFrom('tanh', 'relu') }),
          algorithm: fc.record(
            {
              id: fc.constantFrom('ppo', 'reinforce'),
              options: fc.record({ gamma: fc.double({ min: 0, max: 1, noNaN: true }) }),
            },
            { requiredKeys: [] },
          ),
        },
        { requiredKeys: [] },
      ),
    }),
    algorithm: fc.record({ id: fc.constantFrom('ppo', 'reinforce') }),
    stop: fc.record(
      { iterations: fc.integer({ min: 1 }), return: fc.double({ noNaN: true, noDefaultInfinity: true }) },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ['env'] },
);

describe('validation', () => {
  it('answers anything with a spec or with faults, and never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          almostSpec,
          almostSpec.map((value) => median({ policies: value })),
          fc.anything({ withNullPrototype: true }),
        ),
        (input) => {
          const result = validateJobSpec(input, catalogs);
          if (!result.ok) {
            expect(result.faults.length).toBeGreaterThan(0);
            for (const fault of result.faults) {
              expect(fault.pointer).toMatch(/^(\/.*)?$/s);
              expect(fault.message.length).toBeLessThan(4000);
            }
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it('answers any text likewise', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string(), fc.string({ unit: fc.constantFrom(...'{}[]":,\\e1-') })), (text) => {
        expect(validateJobText(text, catalogs)).toHaveProperty('ok');
      }),
      { numRuns: 300 },
    );
  });

  it('leaves a resolved spec as it is, to the byte', () => {
    fc.assert(
      fc.property(valid, (input) => {
        const once = validateJobSpec(input, catalogs);
        expect(once).toMatchObject({ ok: true });
        if (!once.ok) return;
        expect(validateJobSpec(JSON.parse(JSON.stringify(once.spec)), catalogs)).toEqual({ ok: true, spec: once.spec });
      }),
      { numRuns: 200 },
    );
  });
});

describe('canonical JSON', () => {
  it('is the same for the same data in any order, and parses to the data', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (data) => {
        const shuffled = Object.fromEntries(Object.entries(data).reverse());
        expect(canonicalJson(shuffled)).toBe(canonicalJson(data));
        expect(JSON.parse(canonicalJson(data))).toEqual(JSON.parse(JSON.stringify(data)));
      }),
    );
  });
});
