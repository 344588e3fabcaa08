import { describe, expect, it } from 'vitest';
import { nearestName } from '../../../src/base/index.js';

const NAMES = ['median-v1', 'cartpole-v1', 'horizon', 'shards', 'seed'];

describe('nearestName', () => {
  const cases: readonly (readonly [string, string | undefined, string])[] = [
    ['median-v2', 'median-v1', 'a replaced character'],
    ['medianv1', 'median-v1', 'a missing one'],
    ['horizzon', 'horizon', 'one too many'],
    ['sede', 'seed', 'exchanged neighbors'],
    ['HORIZON', 'horizon', 'another case'],
    ['hrzn', undefined, 'three edits in four characters'],
    ['zebra', undefined, 'nothing alike'],
    ['', undefined, 'nothing at all'],
  ];
  it.each(cases)('%s means %s: %s', (name, expected) => {
    expect(nearestName(name, NAMES)).toBe(expected);
  });

  it('gives the nearest, and the first of equally near ones', () => {
    expect(nearestName('game-v1', ['game-v33', 'games-v1', 'gane-v1'])).toBe('games-v1');
    expect(nearestName('ab', ['cb', 'ac'])).toBe('cb');
  });

  it('costs little for hostile names', () => {
    expect(nearestName('x'.repeat(1e6), ['y'.repeat(1e6), ...NAMES])).toBeUndefined();
  });
});
