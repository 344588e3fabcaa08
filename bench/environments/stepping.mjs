/** Question: how fast does a batch of environments step, with rewards, observations, ended episodes handed over and reset, and
 *  nothing else? The median game with 3 agents, cartpole, and simple-spread with 3 agents. Actions are drawn beforehand.
 *  Rivals, in the same run: the median game batched in NumPy and in PyTorch (bench/rivals/env_stepping.py).
 *
 *    npm run build && node bench/environments/stepping.mjs [--ms 300] [--repetitions 5] [--python python3] [--json <file>]
 *
 *  Everything on core 0, ours and the rivals' in turns, round by round; compare ratios within one run only. */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { RandomStream } from '../../dist/src/base/index.js';
import { createBatch, createEnvironment, createStepper, environmentCatalog } from '../../dist/src/envs/index.js';
import { canPin, libraryVersion, PIN, PYTHON, REPETITIONS, runPinned } from '../training/parts/processes.mjs';
import { circumstances, toJson, writeResult } from '../training/parts/report.mjs';
import { ratioOf, writeRatio } from '../training/parts/rounds.mjs';
import { summary } from '../training/parts/statistics.mjs';

const { values: options } = parseArgs({
  options: {
    ms: { type: 'string', default: '300' },
    repetitions: { type: 'string', default: REPETITIONS },
    python: { type: 'string', default: PYTHON },
    pinned: { type: 'boolean', default: false },
    json: { type: 'string', default: 'bench/results/environments-stepping.json' },
  },
});
const BATCHES = [1, 256, 4096];
/** Steps after which the same actions come again. */
const STEPS = 128;
const WORK = [
  { id: 'median-v1', options: {}, title: 'median game, observation 1', rival: true },
  { id: 'median-v1', options: { history: 8 }, title: 'median game, observation 8' },
  { id: 'cartpole-v1', options: {}, title: 'cartpole' },
  { id: 'simple-spread-v1', options: {}, title: 'simple-spread, 3 agents' },
];

/** A function that steps for `ms` milliseconds and gives agentSteps per second. */
function prepare({ id, options: environmentOptions }, instances) {
  const environment = createEnvironment(environmentCatalog.get(id), environmentOptions);
  const batch = createBatch(environment, instances);
  const stepper = createStepper(environment, batch, { environmentId: id });
  const random = new RandomStream(1, 'bench');
  const drawn = Array.from({ length: STEPS }, () =>
    environment.agents.map(({ actionSpace }) =>
      Float32Array.from({ length: instances }, () =>
        actionSpace.kind === 'discrete' ? random.integer(actionSpace.count) : random.normal(),
      ),
    ),
  );
  stepper.resetAll(random);
  const runAll = () => {
    for (let t = 0; t < STEPS; t++) {
      batch.action = drawn[t];
      stepper.step(random);
    }
  };
  return () => {
    const start = performance.now();
    let passes = 0;
    let elapsed = 0;
    do {
      runAll();
      passes++;
      elapsed = performance.now() - start;
    } while (elapsed < Number(options.ms));
    return (1000 * passes * STEPS * instances * environment.agents.length) / elapsed;
  };
}

// This process itself is to stay on one core, so it starts again, pinned.
if (canPin && !options.pinned) {
  const command = ['-c', '0', process.execPath, ...process.argv.slice(1), '--pinned'];
  process.exit(spawnSync(PIN, command, { stdio: 'inherit' }).status ?? 1);
}

const kinds = ['numpy', 'torch'].filter((kind) => {
  const there = libraryVersion(options.python, kind) !== null;
  if (!there) console.log(`The rival is not installed: ${options.python} has no ${kind} (pip install numpy torch).`);
  return there;
});
const cells = WORK.flatMap((work) => [
  ...BATCHES.map((instances) => ({ work, instances, engine: 'marlin', measure: prepare(work, instances), rates: [] })),
  ...(work.rival ? kinds : []).flatMap((engine) =>
    BATCHES.map((instances) => ({ work, instances, engine, rates: [] })),
  ),
]);
// What is compiled in the first round is not counted.
for (let round = 0; round <= Number(options.repetitions); round++) {
  for (const { measure, rates } of cells) {
    if (measure === undefined) continue;
    const rate = measure();
    if (round > 0) rates.push(rate);
  }
  if (round === 0) continue;
  for (const kind of kinds) {
    const lines = await runPinned([0], options.python, [
      ...['bench/rivals/env_stepping.py', '--what', kind, '--repeats', '1', '--seconds', String(options.ms / 1000)],
      ...['--envs', ...BATCHES.map(String)],
    ]);
    for (const { config, value } of lines) {
      cells.find(({ engine, instances }) => engine === kind && instances === config.envs).rates.push(value);
    }
  }
}

const millions = (rate) => (rate / 1e6).toFixed(2);
console.log(
  '| game | engine | instances | million agentSteps/s, median | min … max | marlin, × |\n|---|---|---|---|---|---|',
);
const figures = [];
const results = cells.map(({ work, instances, engine, rates }) => {
  const rate = summary(rates);
  const ours = cells.find((one) => one.engine === 'marlin' && one.work === work && one.instances === instances);
  const ratio = engine === 'marlin' ? null : ratioOf(summary(ours.rates), rate);
  if (ratio !== null) {
    const what = `${work.title}, ${instances} instances, × ${engine}`;
    figures.push({ what, value: ratio.median, min: ratio.min, max: ratio.max });
  }
  const spread = `${millions(rate.min)} … ${millions(rate.max)}`;
  const against = ratio === null ? '' : writeRatio(ratio);
  console.log(`| ${work.title} | ${engine} | ${instances} | ${millions(rate.median)} | ${spread} | ${against} |`);
  return { engine, title: work.title, instances, agentStepsPerSecond: rate, ratio };
});
writeResult(
  options.json,
  toJson({ bench: 'environments/stepping', ...circumstances(), pinned: canPin, figures, results }),
);
