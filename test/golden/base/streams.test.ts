import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { RandomStream, type StreamIdentity } from '../../../src/base/index.js';

interface Entry {
  readonly seed: number;
  readonly purpose: string;
  readonly indices: number[];
  readonly identity: StreamIdentity;
  readonly words: string[];
  readonly normals: string[];
  readonly permutation: number[];
}

const { streams } = JSON.parse(readFileSync(new URL('../random-streams.json', import.meta.url), 'utf8')) as {
  readonly streams: Entry[];
};

const hex = (words: Uint32Array): string[] => Array.from(words, (word) => word.toString(16).padStart(8, '0'));

test.each(streams)('stream ($seed, "$purpose", $indices) is what it always was', (entry) => {
  const make = (): RandomStream => new RandomStream(entry.seed, entry.purpose, ...entry.indices);
  expect(make().identity).toEqual(entry.identity);
  const random = make();
  expect(hex(Uint32Array.from({ length: 8 }, () => random.uint32()))).toEqual(entry.words);
  const normals = new Float32Array(8);
  make().fillNormal(normals, 0, 8);
  expect(hex(new Uint32Array(normals.buffer))).toEqual(entry.normals);
  const order = new Int32Array(10);
  make().permutation(order, 10);
  expect([...order]).toEqual(entry.permutation);
});

test('the file holds streams', () => {
  expect(streams.length).toBeGreaterThan(5);
});
