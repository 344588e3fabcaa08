import { describe, expect, test } from 'vitest';
import { fillNormalFrom, fillUniformFrom, philox4x32, RandomStream } from '../../../src/base/index.js';

const stream = (...indices: number[]): RandomStream => new RandomStream(17, 'test', ...indices);
const draw = <T>(n: number, next: () => T): T[] => Array.from({ length: n }, next);

describe('Philox4x32-10', () => {
  test.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])('gives the published vector of counter %j', (counter, [key0, key1], expected) => {
    const words = new Uint32Array(counter);
    philox4x32(words, key0, key1, words);
    expect([...words]).toEqual(expected);
  });
});

describe('identity', () => {
  test('is a function of seed, purpose and indices', () => {
    expect(stream(1, 2).identity).toEqual(stream(1, 2).identity);
  });

  test('differs wherever one of them differs, whatever they look like side by side', () => {
    const keys: [number, string, ...number[]][] = [
      [1, 'a'],
      [2, 'a'],
      [1, 'a', 0],
      [1, 'a', 0, 0],
      [1, 'a', 1],
      [1, 'a1'],
      [1, ''],
      [1, '', 97],
      [1, 'a\0'],
      [1, 'ä'],
      [1, 'a', 2 ** 32],
      [1, 'a', 2 ** 53 - 1],
      [2 ** 32 + 1, 'a'],
      [1, 'abcdefgh'],
      [1, 'abcdefgh\0'],
      [1, 'abcdefgh', 0],
    ];
    const identities = keys.map((key) => JSON.stringify(new RandomStream(...key).identity));
    expect(new Set(identities).size).toBe(keys.length);
  });

  test.each([
    [-1, []],
    [1.5, []],
    [2 ** 53, []],
    [NaN, []],
    [1, [-1]],
    [1, [0, Infinity]],
  ])('seed %o with indices %j is refused', (seed, indices) => {
    expect(() => new RandomStream(seed, 'x', ...indices)).toThrow(
      expect.objectContaining({ code: 'RANDOM_KEY_INVALID' }),
    );
  });
});

describe('draws', () => {
  test('words are those of consecutive blocks of the counter', () => {
    const random = stream();
    const { key0, key1, high0, high1 } = random.identity;
    const words = new Uint32Array(4);
    for (let block = 0; block < 3; block++) {
      philox4x32(new Uint32Array([block, 0, high0, high1]), key0, key1, words);
      expect(draw(4, () => random.uint32())).toEqual([...words]);
      expect(random.block).toBe(block + 1);
    }
  });

  test('uniform is the upper 24 bits of a word, uniformF64 27 bits of one and 26 of the next', () => {
    const [words, floats, doubles] = [stream(), stream(), stream()];
    for (let k = 0; k < 20; k++) {
      const a = words.uint32();
      const b = words.uint32();
      expect(floats.uniform()).toBe(Math.floor(a / 256) / 2 ** 24);
      expect(floats.uniform()).toBe(Math.floor(b / 256) / 2 ** 24);
      expect(doubles.uniformF64()).toBe((Math.floor(a / 32) * 2 ** 26 + Math.floor(b / 64)) / 2 ** 53);
    }
  });

  test.each([1, 2, 3, 4, 5, 7, 8, 21])('%i scalar draws are the bulk fill', (n) => {
    const out = new Float32Array(n + 2).fill(9);
    stream().fillUniform(out, 1, n);
    const uniforms = stream();
    expect([...out]).toEqual([9, ...draw(n, () => uniforms.uniform()), 9]);
    stream().fillNormal(out, 1, n);
    const normals = stream();
    expect([...out]).toEqual([9, ...draw(n, () => normals.normal()), 9]);
  });

  test('a normal after an odd word takes the next pair of words', () => {
    const random = stream();
    random.uint32();
    const out = new Float32Array(4);
    stream().fillNormal(out, 0, 4);
    expect(draw(2, () => random.normal())).toEqual([out[2], out[3]]);
  });

  test('blocks that are taken are the ones that the fills of a position read', () => {
    const [random, other] = [stream(), stream()];
    random.uint32();
    const position = random.takeBlocks(3);
    expect(position).toEqual({ ...random.identity, block: 1 });
    expect(random.block).toBe(4);
    other.uint32();
    const [a, b] = [new Float32Array(9), new Float32Array(9)];
    fillNormalFrom(position, a, 0, 9);
    other.fillNormal(b, 0, 9);
    expect(a).toEqual(b);
    expect(other.block).toBe(4);
    expect(other.uint32()).toBe(random.uint32());
  });

  test('the block number goes beyond 32 bits', () => {
    const { identity } = stream();
    const [low, high] = [new Float32Array(4), new Float32Array(8)];
    fillUniformFrom({ ...identity, block: 2 ** 32 }, low, 0, 4);
    fillUniformFrom({ ...identity, block: 2 ** 32 - 1 }, high, 0, 8);
    expect(high.subarray(4)).toEqual(low);
    fillUniformFrom({ ...identity, block: 0 }, high, 0, 4);
    expect(high.subarray(0, 4)).not.toEqual(low);
  });

  test('a second normal of a pair is not handed out after a bulk draw', () => {
    const [random, fresh] = [stream(), stream()];
    random.normal();
    random.takeBlocks(0);
    fresh.takeBlocks(1);
    expect(random.normal()).toBe(fresh.normal());
  });
});

describe('integer', () => {
  test('is the upper word of word·n', () => {
    const [random, words] = [stream(3), stream(3)];
    for (const n of [1, 2, 10, 65_536, 65_537, 2 ** 31, 2 ** 32]) {
      const product = BigInt(words.uint32()) * BigInt(n);
      expect(random.integer(n)).toBe(Number(product >> 32n));
    }
  });

  test('draws again where the word would favor some results', () => {
    // For n = 3·2³⁰ one word in four is refused.
    const n = 3 * 2 ** 30;
    const [random, words] = [stream(4), stream(4)];
    let refused = 0;
    for (let k = 0; k < 200; k++) {
      let product = BigInt(words.uint32()) * BigInt(n);
      while ((product & 0xffffffffn) < 2 ** 32 % n) {
        product = BigInt(words.uint32()) * BigInt(n);
        refused++;
      }
      expect(random.integer(n)).toBe(Number(product >> 32n));
    }
    expect(refused).toBeGreaterThan(20);
  });

  test.each([0, -1, 1.5, 2 ** 32 + 1, NaN])('of %o is refused', (n) => {
    expect(() => stream().integer(n)).toThrow(expect.objectContaining({ code: 'RANDOM_ARGUMENT_INVALID' }));
  });
});

describe('bernoulli and categorical', () => {
  test('the certain and the impossible', () => {
    const random = stream();
    for (let k = 0; k < 50; k++) {
      expect(random.bernoulli(1)).toBe(true);
      expect(random.bernoulli(0)).toBe(false);
      expect(random.categorical([0, 0, 2, 0])).toBe(2);
      expect([1, 3]).toContain(random.categorical([9, 0, 1, 0, 1, 9], 1, 4));
    }
  });

  test.each([
    ['a negative entry', [1, -1]],
    ['NaN', [1, NaN]],
    ['nothing', []],
    ['zeros', [0, 0]],
    ['Infinity', [1, Infinity]],
  ])('%s is refused', (_what, probabilities) => {
    expect(() => stream().categorical(probabilities)).toThrow(
      expect.objectContaining({ code: 'RANDOM_ARGUMENT_INVALID' }),
    );
  });

  test.each([-0.1, 1.1, NaN])('probability %o is refused', (p) => {
    expect(() => stream().bernoulli(p)).toThrow(expect.objectContaining({ code: 'RANDOM_ARGUMENT_INVALID' }));
  });
});

describe('permutation', () => {
  test('exchanges from the top with integers of the stream, from a whole block on', () => {
    const [random, plain] = [stream(5), stream(5)];
    random.uint32();
    plain.takeBlocks(1);
    const out = new Int32Array(12).fill(-1);
    random.permutation(out, 10);
    const expected = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    for (let i = 9; i > 0; i--) {
      const j = plain.integer(i + 1);
      [expected[i], expected[j]] = [expected[j], expected[i]];
    }
    expect([...out]).toEqual([...expected, -1, -1]);
    plain.takeBlocks(0);
    expect(random.uint32()).toBe(plain.uint32());
  });

  test.each([-1, 13, 2.5])('of %o elements in an array of 12 is refused', (n) => {
    expect(() => stream().permutation(new Int32Array(12), n)).toThrow(
      expect.objectContaining({ code: 'RANDOM_ARGUMENT_INVALID' }),
    );
  });

  test.each([-1, 0.5, NaN])('%o blocks cannot be taken', (count) => {
    expect(() => stream().takeBlocks(count)).toThrow(expect.objectContaining({ code: 'RANDOM_ARGUMENT_INVALID' }));
  });
});
