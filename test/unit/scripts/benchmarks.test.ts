import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectFolder } from '../../helpers/project.js';

interface BenchmarkRun {
  readonly path: string;
  readonly passed: boolean;
  readonly seconds: number;
  readonly report: { readonly figures?: readonly object[] } | null;
}

const { chooseBenchmarks, listBenchmarks, QUICK, quickArguments, resultPath, summaryTable } = (await import(
  `${projectFolder}/scripts/benchmarks.mjs`
)) as {
  chooseBenchmarks(paths: readonly string[], words: readonly string[]): string[];
  listBenchmarks(): string[];
  readonly QUICK: Readonly<Record<string, string>>;
  quickArguments(path: string, folder: string, file: string): string[];
  resultPath(path: string): string;
  summaryTable(runs: readonly BenchmarkRun[]): string;
};

const read = (path: string) => readFileSync(join(projectFolder, path), 'utf8');

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

it('every benchmark writes its JSON where the summary looks for it', () => {
  const elsewhere = listBenchmarks().filter((path) => !read(path).includes(`'${resultPath(path)}'`));
  expect(elsewhere).toEqual([]);
});

it('every benchmark has a quick run, of options that it has, which keeps its files apart', () => {
  expect(Object.keys(QUICK).toSorted()).toEqual(listBenchmarks());
  for (const path of listBenchmarks()) {
    const names = quickArguments(path, 'quick', 'quick/x.json').filter((part) => part.startsWith('--'));
    const unknown = names.filter((name) => !new RegExp(`^ +'?${name.slice(2)}'?: \\{ type: `, 'm').test(read(path)));
    expect({ path, unknown }).toEqual({ path, unknown: [] });
    expect({ path, svg: names.includes('--svg') }).toEqual({ path, svg: read(path).includes('svg: {') });
  }
});

it('every benchmark says in its header what it asks and how it is run', () => {
  const headless = listBenchmarks().filter((path) => {
    const [header = ''] = read(path).split(/^import /m);
    return !/^(\/\*\*|\/\/) Question: .+\?/s.test(header) || !header.includes(`node ${path}`);
  });
  expect(headless).toEqual([]);
});

it('docs/performance.md lists exactly the benchmarks that there are', () => {
  const listed = [...read('docs/performance.md').matchAll(/^\| `(bench\/[^`]+)` \|/gm)].map(([, path]) => path);
  expect(listed.toSorted()).toEqual(listBenchmarks());
});

it('the summary has a line for each benchmark, its figures, and what failed', () => {
  const table = summaryTable([
    {
      path: 'bench/a/b.mjs',
      passed: true,
      seconds: 1.4,
      report: { figures: [{ what: 'x', value: 1234.5, min: 1, max: 2 }] },
    },
    { path: 'bench/a/c.mjs', passed: false, seconds: 2, report: null },
    { path: 'bench/a/d.mjs', passed: true, seconds: 3, report: { figures: [{ what: 'y', value: 0.12345 }] } },
  ]);
  expect(table.split('\n').slice(2)).toEqual([
    '| bench/a/b.mjs | passed, 1 s | | |',
    '| | x | 1,235 | 1 … 2 |',
    '| bench/a/c.mjs | FAILED, without a result, 2 s | | |',
    '| bench/a/d.mjs | passed, 3 s | | |',
    '| | y | 0.123 |  |',
  ]);
});
