// Which benchmarks there are, and which of them some words choose.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from './setup.mjs';

/** Paths of all benchmarks, bench/<room>/<question>.mjs; what lies deeper is shared by them and measures nothing alone. */
export function listBenchmarks() {
  const rooms = readdirSync(join(projectFolder, 'bench'), { withFileTypes: true });
  return rooms
    .filter((entry) => entry.isDirectory())
    .flatMap((room) => readdirSync(join(projectFolder, 'bench', room.name)).map((name) => `bench/${room.name}/${name}`))
    .filter((path) => path.endsWith('.mjs'))
    .sort();
}

/** Those whose path contains one of the words, all without a word; but a soak, which takes many minutes, only where a word
 *  says "soak". */
export function chooseBenchmarks(paths, words) {
  const wanted = words.length === 0 ? [''] : words;
  return paths.filter((path) =>
    wanted.some((word) => path.includes(word) && (!path.includes(SOAK) || word.includes(SOAK))),
  );
}

const SOAK = 'soak';

/** Where a benchmark writes its JSON when it is not told: bench/results/<room>-<question>.json. */
export const resultPath = (path) => path.replace(/^bench\/([^/]+)\/([^/]+)\.mjs$/, 'bench/results/$1-$2.json');

/** A Markdown table of the figures of all runs, and of what has failed or measured nothing.
 *  runs: [{ path, passed, seconds, report }]; a report's `figures` are [{ what, value, min?, max? }], its other contents are its own. */
export function summaryTable(runs) {
  const rows = runs.flatMap(({ path, passed, seconds, report }) => {
    const figures = report?.figures ?? [];
    const ending = `${passed ? 'passed' : 'FAILED'}${report === null ? ', without a result' : ''}, ${Math.round(seconds)} s`;
    return [
      `| ${path} | ${ending} | | |`,
      ...figures.map(({ what, value, min, max }) => {
        const spread = min === undefined ? '' : `${digits(min)} … ${digits(max)}`;
        return `| | ${what} | ${digits(value)} | ${spread} |`;
      }),
    ];
  });
  return ['| bench | figure | value | least … greatest |', '|---|---|---|---|', ...rows].join('\n');
}

/** Three significant digits, or all of a whole number. */
function digits(value) {
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)));
}
