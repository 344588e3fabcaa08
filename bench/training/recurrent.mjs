/** Question: what does a memory cost? Recalled cues (observations of 7, 4 choices), ppo of 4 epochs in 4 minibatches, a batch of
 *  64 instances × 64 steps: a dense network of 64 · 64, and a GRU of 64 behind a dense layer of 64, with gradients over the whole
 *  horizon and cut every 16 steps.
 *
 *    npm run build && node bench/training/recurrent.mjs [--seconds 2] [--repetitions 3] [--json <file>]
 *
 *  Milliseconds of collecting a batch and of learning from it, in one thread, all in turns on the same machine; ratios are to the
 *  dense network in the same run. */
import { parseArgs } from 'node:util';
import { algorithmCatalog } from '../../dist/src/algorithms/index.js';
import { systemClock } from '../../dist/src/base/index.js';
import { environmentCatalog } from '../../dist/src/envs/index.js';
import { resolveJobSpec } from '../../dist/src/jobs/index.js';
import { Workbench } from '../../dist/src/training/workbench.js';
import { circumstances, toJson, writeResult } from './parts/report.mjs';
import { summary } from './parts/statistics.mjs';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '2' },
    repetitions: { type: 'string', default: '3' },
    json: { type: 'string', default: 'bench/results/training-recurrent.json' },
  },
});

const [INSTANCES, STEPS] = [64, 64];
const memory = { hidden: [64], recurrent: { kind: 'gru', size: 64 } };
const NETWORKS = [
  { title: 'dense 64 · 64', network: { hidden: [64, 64] }, own: {} },
  { title: 'gru 64', network: memory, own: {} },
  { title: 'gru 64, cut at 16', network: memory, own: { sequenceLength: 16 } },
];

async function prepare({ title, network, own }) {
  const spec = resolveJobSpec(
    {
      env: { id: 'cue-recall-v1' },
      policies: { '*': { network } },
      algorithm: { options: { epochs: 4, minibatches: 4, ...own } },
      rollout: { shards: 1, envsPerShard: INSTANCES, horizon: STEPS },
    },
    { environments: environmentCatalog, algorithms: algorithmCatalog },
  );
  const workbench = new Workbench(systemClock);
  await workbench.open({ jobId: title, spec, environmentModules: [] });
  const initialized = workbench.run(title, 'initialize', { unit: 0 });
  const [{ offset, count }] = initialized.layout.acting;
  const { tensors } = initialized.state;
  const weights = new Uint8Array(tensors.buffer, tensors.byteOffset + 4 * offset, 4 * count).slice();
  let collected = { state: null };
  let { state } = initialized;
  const work = {
    collect(k) {
      collected = workbench.run(title, 'collect', { shard: 0, k, version: 0, weights, state: collected.state });
    },
    update(iteration) {
      [{ state }] = workbench.run(title, 'update', [
        { unit: 0, iteration, state, batches: [collected.batch], weights },
      ]);
    },
  };
  for (let k = 0; k < 5; k++) {
    work.collect(k);
    work.update(k);
  }
  return { title, work, milliseconds: { collect: [], update: [] } };
}

const rivals = [];
for (const network of NETWORKS) rivals.push(await prepare(network));
for (let round = 0; round < Number(options.repetitions); round++) {
  for (const kind of ['collect', 'update']) {
    for (const { work, milliseconds } of rivals) {
      const begun = systemClock.monotonic();
      let times = 0;
      let elapsed = 0;
      while (elapsed < 1000 * Number(options.seconds)) {
        work[kind](times++);
        elapsed = systemClock.monotonic() - begun;
      }
      milliseconds[kind].push(elapsed / times);
    }
  }
}

const rows = rivals.map(({ title, milliseconds }) => ({
  network: title,
  collect: summary(milliseconds.collect),
  update: summary(milliseconds.update),
}));
const [base] = rows;
console.log('network              collect, ms   × dense   update, ms   × dense');
for (const { network, collect, update } of rows) {
  console.log(
    `${network.padEnd(20)} ${collect.median.toFixed(2).padStart(11)} ${(collect.median / base.collect.median).toFixed(2).padStart(9)} ` +
      `${update.median.toFixed(2).padStart(12)} ${(update.median / base.update.median).toFixed(2).padStart(9)}`,
  );
}
writeResult(options.json, toJson({ circumstances: circumstances(), instances: INSTANCES, steps: STEPS, rows }));
process.exit(0);
