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

/** Options with which a benchmark only shows that it runs: seconds instead of minutes, and figures that mean nothing. */
export const QUICK = {
  'bench/api/list.mjs': '--jobs 80 --rate 20 --seconds 1 --changes 5',
  'bench/api/serving.mjs': '--seconds 0.2 --rows 8',
  'bench/api/watchers.mjs': '--watchers 5 --seconds 1 --rounds 1',
  'bench/broker/redis.mjs': '--bytes 1000 --count 5',
  'bench/cli/startup.mjs': '--repetitions 1',
  'bench/environments/stepping.mjs': '--ms 5 --repetitions 1',
  'bench/experience/replay.mjs': '--ms 5 --capacities 1000',
  'bench/export/acting.mjs': '--repetitions 1',
  'bench/fleet/bytes.mjs': '--batches 8',
  'bench/fleet/capacity.mjs': '--actors 2 --iterations 2',
  'bench/fleet/ingest.mjs': '--clients 1 --sizes 4x8 --seconds 0.2',
  'bench/fleet/memory.mjs': '--iterations 3 --svg <folder>/memory.svg',
  'bench/fleet/throughput.mjs': '--only linear --repetitions 1 --iterations 2 --hops 5',
  'bench/fleet/uneven.mjs': '--seconds 1 --shards 2 --seeds 1',
  'bench/kernels/dense.mjs': '--repetitions 1 --ms 5 --rivals wasm,native',
  'bench/metrics/tensorboard.mjs': '--iterations 3',
  'bench/networks/tensorflow.mjs': '--ms 5',
  'bench/policies/laws.mjs': '--ms 1 --repetitions 1 --rows 64',
  'bench/training/collection.mjs': '--only linear --repetitions 1 --seconds 0.1',
  'bench/training/credit.mjs': '--seeds 1 --iterations 2 --batches 2',
  'bench/training/lag.mjs': '--seeds 1 --iterations 3 --lags 0,1',
  'bench/training/levels.mjs': '--repetitions 1 --hidden 8',
  'bench/training/median.mjs': '--only linear --shuffles instances --repetitions 1 --seconds 0.1 --iterations 1',
  'bench/training/notebook.mjs': '--variants fixed --repetitions 1 --seconds 0.1',
  'bench/training/recurrent.mjs': '--repetitions 1 --seconds 0.1',
  'bench/training/scaling.mjs': '--only instances --repetitions 1 --seconds 0.1 --svg <folder>/scaling.svg',
  // Too short for it to say that nothing grows.
  'bench/training/soak.mjs': '--minutes 0.1 --interval 1 --svg <folder>/soak.svg',
  'bench/training/updates.mjs': '--only ppo,dqn --repetitions 1 --seconds 0.1',
  'bench/wire/codec.mjs': '--repetitions 2',
};

/** Arguments of a quick run of a benchmark that writes to `folder` and its JSON to `file`. */
export const quickArguments = (path, folder, file) => [
  ...QUICK[path].split(' ').map((part) => part.replace('<folder>', folder)),
  '--json',
  file,
];

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
