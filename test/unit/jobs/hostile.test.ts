import { describe, expect, it } from 'vitest';
import { MAX_SPEC_BYTES, validateJobText } from '../../../src/jobs/index.js';
import { catalogs, faultsOf, median, messagesOf } from './catalogs.js';

function textFaults(text: string): string[] {
  const result = validateJobText(text, catalogs);
  return result.ok ? [] : result.faults.map((fault) => fault.message);
}

describe('hostile text', () => {
  it.each([
    ['no JSON', '{"env": }', /^The job spec is not JSON: /],
    ['100,000 lists in each other', '['.repeat(100_000), /nested 100000 levels deep, but at most 32 are allowed$/],
    ['100,000 objects in each other', '{"a":'.repeat(100_000), /nested 100000 levels deep/],
    ['a megabyte too many', ' '.repeat(MAX_SPEC_BYTES + 1), /is longer than 1048576 bytes$/],
    ['two-byte characters over the limit', `"${'é'.repeat(MAX_SPEC_BYTES / 2)}"`, /is longer than 1048576 bytes$/],
  ])('%s is one fault', (_, text, message) => {
    expect(textFaults(text)).toEqual([expect.stringMatching(message)]);
  });

  it('counts brackets in texts for nothing', () => {
    expect(
      textFaults(JSON.stringify(median({ name: 'a', policies: {} })).replace('"a"', `"${'['.repeat(50)}"`)),
    ).toEqual([expect.stringMatching(/^\/name is "\[/)]);
    expect(textFaults('{"env":{"id":"median-v1"},"name":"\\"[["}')).toEqual([expect.stringMatching(/^\/name is/)]);
  });

  it('refuses numbers beyond all bounds and __proto__ at any depth, and pollutes nothing', () => {
    const text =
      '{"env":{"id":"median-v1","options":{"__proto__":{"polluted":1}}},"__proto__":{"polluted":1},"stop":{"return":1e999}}';
    expect(textFaults(text)).toEqual([
      '/env/options/__proto__ is a name that is never allowed',
      '/__proto__ is a name that is never allowed',
      '/stop/return is Infinity, but must be a finite number',
    ]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('takes "constructor" and the like for the unknown names that they are', () => {
    expect(faultsOf(median({ constructor: {}, toString: 1 })).map((fault) => fault.pointer)).toEqual([
      '/constructor',
      '/toString',
    ]);
    expect(faultsOf(median({ policies: { constructor: {} } })).map((fault) => fault.pointer)).toEqual([
      '/policies/constructor',
    ]);
    expect(faultsOf(median({ policyMapping: { toString: 'a' } })).map((fault) => fault.pointer)).toContain(
      '/policyMapping/toString',
    );
  });
});

describe('very many faults', () => {
  const policies = Object.fromEntries(Array.from({ length: 4000 }, (_, i) => [`agnet-${i}`, {}]));
  const spec = median({ env: { id: 'median-v1', options: { agents: 4096 } }, policies });

  it('are a hundred and how many more, and what each name may have meant is looked for in those', () => {
    const messages = messagesOf(spec);
    expect(messages).toHaveLength(101);
    expect(messages[99]).toMatch(
      /^\/policies\/agnet-99 is no policy here; did you mean "agent-99"\? Known: \*, agent-0/,
    );
    expect(messages[100]).toBe('The job spec has 3900 more faults; correct these first');
  });

  it('can be sent', () => {
    expect(JSON.parse(JSON.stringify(faultsOf(spec)))[7]).toMatchObject({
      suggestion: 'agent-7',
      pointer: '/policies/agnet-7',
    });
  });
});

describe('hostile objects', () => {
  it('are told from JSON data: cycles, functions, class instances, sparse lists', () => {
    const cycle: Record<string, unknown> = median();
    cycle.env = { id: 'median-v1', options: { again: cycle } };
    expect(messagesOf(cycle)).toEqual(['/env/options/again contains itself; a job spec is a tree']);
    expect(messagesOf(median({ seed: () => 1 }))).toEqual(['/seed is a function, but must be JSON data']);
    expect(messagesOf(median({ policies: new Map() }))).toEqual([
      '/policies is an instance of a class, but must be a plain object or a list',
    ]);
    expect(messagesOf(median({ seed: 1n, name: Symbol('x') }))).toHaveLength(2);
    const sparse: unknown[] = [];
    sparse[1] = 8;
    expect(messagesOf(median({ policies: { '*': { network: { hidden: sparse } } } }))).toEqual([
      '/policies/*/network/hidden/0 is nothing, but must be JSON data',
    ]);
  });

  it('may hold the same part twice without being a cycle', () => {
    const network = { hidden: [8] };
    expect(messagesOf(median({ policies: { 'agent-0': { network }, 'agent-1': { network } } }))).toEqual([]);
  });

  it('cost no more than the limit, and getters that throw are faults', () => {
    const wide = Array.from({ length: 1000 }, () => new Array<number>(1000).fill(1));
    expect(messagesOf(median({ env: wide }))).toEqual(['The job spec holds more than 524288 values']);
    expect(messagesOf(median({ env: new Array(2 ** 32 - 1) }))).toEqual(['The job spec holds more than 524288 values']);
    const getter = Object.defineProperty({}, 'env', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    });
    expect(messagesOf(getter)).toEqual(['The job spec cannot be read: no']);
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(faultsOf(median({ env: deep }))[0]?.message).toMatch(/is nested deeper than 32 levels$/);
  });
});
