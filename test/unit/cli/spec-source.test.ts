import { describe, expect, it } from 'vitest';
import { changeSpec } from '../../../cli/spec-source.js';

describe('--set', () => {
  const spec = { env: { id: 'median-v1' }, policies: { '*': { network: { hidden: [1] } } } };
  const change = (...set: string[]) => changeSpec(spec, { set });

  it.each([
    ['a number', 'rollout.shards=8', { rollout: { shards: 8 } }],
    ['text without quotes', 'engine=plain', { engine: 'plain' }],
    ['text with quotes', 'name="7"', { name: '7' }],
    ['text with an equals sign', 'name=a=b', { name: 'a=b' }],
    ['an object', 'stop={"iterations":3}', { stop: { iterations: 3 } }],
    ['a field of every policy', 'policies.*.network.hidden=[]', { policies: { '*': { network: { hidden: [] } } } }],
    [
      'a new object on the way',
      'algorithm.options.optimizer.kind=sgd',
      { algorithm: { options: { optimizer: { kind: 'sgd' } } } },
    ],
    ['an element of a list', 'policies.*.network.hidden.0=9', { policies: { '*': { network: { hidden: [9] } } } }],
    ['nothing', 'name=', { name: '' }],
  ])('sets %s', (_, set, wanted) => {
    expect(change(set)).toEqual({ ...spec, ...wanted });
  });

  it.each([
    ['no equals sign', 'rollout.shards'],
    ['no path', '=3'],
    ['an empty name', 'a..b=3'],
    ['a prototype', '__proto__.x=3'],
    ['a path through text', 'env.id.x=3'],
  ])('refuses %s', (_, set) => {
    expect(() => change(set)).toThrow(expect.objectContaining({ code: 'CLI_USAGE' }));
  });

  it('comes before --seed and --iterations, and leaves the original', () => {
    const before = structuredClone(spec);
    expect(changeSpec(spec, { set: ['seed=1', 'stop.return=2'], seed: 5, iterations: 6 })).toMatchObject({
      seed: 5,
      stop: { return: 2, iterations: 6 },
    });
    expect(spec).toEqual(before);
  });
});
