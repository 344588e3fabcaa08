/** Question: how fast does a batch of environments step, with rewards, observations, ended episodes handed over and reset, and
 *  nothing else? The median game with 3 agents, cartpole, and simple-spread with 3 agents. Actions are drawn beforehand.
 *  Rivals, in the same run: the median game batched in NumPy and in PyTorch (bench/rivals/env_stepping.py).
 *
 *    npm run build && node bench/environments/stepping.mjs [--ms 300] [--repetitions 7] [--python python3] [--json <file>]
 *
 *  Everything on one core; compare ratios within one run only. */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { RandomStream } from '../../dist/src/base/index.js';
import { createBatch, createEnvironment, createStepper, environmentCatalog } from '../../dist/src/envs/index.js';
import { canPin, PIN, runPinned } from '../training/parts/processes.mjs';
import { circumstances, toJson, writeResult } from '../training/parts/report.mjs';
import { summary } from '../training/parts/statistics.mjs';

const { values: options } = parseArgs({
  options: {
    ms: { type: 'string', default: '300' },
    repetitions: { type: 'string', default: '7' },
    python: { type: 'string', default: 'python3' },
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

/** agentSteps per second of each repetition. */
function measure({ id, options: environmentOptions }, instances) {
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
  const budget = Number(options.ms);
  const rates = [];
  // The first repetition compiles and is not counted.
  for (let repetition = 0; repetition <= Number(options.repetitions); repetition++) {
    const start = performance.now();
    let passes = 0;
    do {
      runAll();
      passes++;
    } while (performance.now() - start < budget);
    const seconds = (performance.now() - start) / 1000;
    if (repetition > 0) rates.push((passes * STEPS * instances * environment.agents.length) / seconds);
  }
  return rates;
}

/** One line per rival and number of instances; none where the rival is not installed. */
async function measureRival(kind) {
  const { status } = spawnSync(options.python, ['-c', `import numpy, ${kind}`]);
  if (status !== 0) {
    console.log(`The rival is not installed: ${options.python} has no ${kind} (pip install numpy torch).`);
    return [];
  }
  return runPinned([0], options.python, ['bench/rivals/env_stepping.py', '--what', kind]);
}

// This process itself is to stay on one core, so it starts again, pinned.
if (canPin && !options.pinned) {
  const command = ['-c', '0', process.execPath, ...process.argv.slice(1), '--pinned'];
  process.exit(spawnSync(PIN, command, { stdio: 'inherit' }).status ?? 1);
}

const millions = (rate) => (rate / 1e6).toFixed(2).padStart(7);
const results = [];
console.log('million agentSteps/s                 | instances |  median (min … max)');
const tell = (engine, title, instances, rate) => {
  results.push({ engine, title, instances, agentStepsPerSecond: rate });
  const name = `${title}, ${engine}`.padEnd(36);
  console.log(
    `${name} | ${String(instances).padStart(9)} | ${millions(rate.median)} (${millions(rate.min)} … ${millions(rate.max)})`,
  );
};
for (const work of WORK) {
  for (const instances of BATCHES) tell('marlin', work.title, instances, summary(measure(work, instances)));
  if (work.rival !== true) continue;
  for (const kind of ['numpy', 'torch']) {
    for (const { config, value, min, max, repeats } of await measureRival(kind)) {
      tell(kind, work.title, config.envs, { median: value, min, max, repetitions: repeats });
    }
  }
}
writeResult(options.json, toJson({ bench: 'environments/stepping', ...circumstances(), pinned: canPin, results }));
