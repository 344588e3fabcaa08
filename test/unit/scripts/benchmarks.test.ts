import { expect, it } from 'vitest';
import { projectFolder } from '../../helpers/project.js';

const { chooseBenchmarks, listBenchmarks } = (await import(`${projectFolder}/scripts/benchmarks.mjs`)) as {
  chooseBenchmarks(paths: readonly string[], words: readonly string[]): string[];
  listBenchmarks(): string[];
};

const paths = ['bench/fleet/ingest.mjs', 'bench/training/median.mjs', 'bench/training/soak.mjs'];

it.each([
  ['no word', [], ['bench/fleet/ingest.mjs', 'bench/training/median.mjs']],
  ['a room', ['training'], ['bench/training/median.mjs']],
  ['the name of a soak', ['soak'], ['bench/training/soak.mjs']],
  ['its path', ['training/soak'], ['bench/training/soak.mjs']],
  ['two words', ['ingest', 'median'], ['bench/fleet/ingest.mjs', 'bench/training/median.mjs']],
  ['what there is not', ['other'], []],
])('%s', (_, words, chosen) => {
  expect(chooseBenchmarks(paths, words)).toEqual(chosen);
});

it('the soak of this repository is known, and left out', () => {
  const all = listBenchmarks();
  expect(all).toContain('bench/training/soak.mjs');
  expect(chooseBenchmarks(all, [])).toEqual(all.filter((path) => path !== 'bench/training/soak.mjs'));
});
