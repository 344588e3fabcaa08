/** Question: how many batches, and bytes, does one learner take in? N simulated actors, each with a broker and a shard of its
 *  own, in at most four processes, commit prepared batches as fast as Redis takes them; one loop reads, decodes and releases
 *  them as a learner does that needs no time to learn.
 *
 *    npm run build && node bench/fleet/ingest.mjs [--clients 1,8,32,64] [--sizes 4x8,64x128] [--seconds 2] [--json <file>]
 *
 *  A size is instances × steps, of three agents. `busy` is the share of the reader's time that its event loop worked:
 *  where it is near 1, the reader is the limit; elsewhere clients, Redis or other programs are. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createTrajectoryCodec, decodeShardState } from '../../dist/src/wire/index.js';
import { circumstances, loadAverage, toJson, writeResult } from '../training/parts/report.mjs';
import { startServer } from './parts/fleet.mjs';
import { batchOf, shapeOf } from './parts/ingest-batch.mjs';

const { values: options } = parseArgs({
  options: {
    clients: { type: 'string', default: '1,8,32,64' },
    sizes: { type: 'string', default: '4x8,64x128' },
    seconds: { type: 'string', default: '2' },
    json: { type: 'string', default: 'bench/results/fleet-ingest.json' },
  },
});
const SECONDS = Number(options.seconds);
const WARM_SECONDS = 0.5;
const PROCESSES = 4;
/** As with lag 1. */
const CAPACITY = 2;
const CLIENT = fileURLToPath(new URL('./parts/ingest-client.mjs', import.meta.url));
const { signal } = new AbortController();

async function measure({ url, broker }, jobId, clients, shape) {
  const codec = createTrajectoryCodec(batchOf(shape).layout);
  const target = new SharedArrayBuffer(batchOf(shape).block.length);
  const epoch = await broker.trajectories.open(jobId, new Array(clients).fill({ k: 0, state: null }), CAPACITY);
  const processes = Array.from({ length: Math.min(PROCESSES, clients) }, (_, p) => {
    const shards = Array.from({ length: clients }, (_, shard) => shard).filter((shard) => shard % PROCESSES === p);
    const settings = { url, jobId, epoch, capacity: CAPACITY, shards, shape };
    return fork(CLIENT, [JSON.stringify(settings)]);
  });
  const ended = Promise.all(processes.map((child) => once(child, 'exit')));
  const failed = ended.then(() => {
    throw new Error('the clients ended while they were read from');
  });
  failed.catch(() => {});
  const readAll = async (k) => {
    const shards = Array.from({ length: clients }, async (_, shard) => {
      const { batch, state, free } = await broker.trajectories.read(jobId, shard, k, signal);
      codec.decode(batch, target);
      decodeShardState(state);
      free?.();
      bytes += batch.length + state.length;
    });
    await Promise.all(shards);
    await broker.trajectories.release(jobId, k + 1);
    for (const child of processes) child.send(k + 1);
  };
  let bytes = 0;
  let k = 0;
  const readFor = async (seconds) => {
    bytes = 0;
    const first = k;
    const begun = performance.now();
    const idle = performance.eventLoopUtilization();
    while (performance.now() - begun < 1000 * seconds) await Promise.race([readAll(k++), failed]);
    const elapsed = (performance.now() - begun) / 1000;
    return {
      batches: ((k - first) * clients) / elapsed,
      megabytes: bytes / 1e6 / elapsed,
      busy: performance.eventLoopUtilization(idle).utilization,
    };
  };
  try {
    // All clients have begun when the first round is read.
    await Promise.race([readAll(k++), failed]);
    await readFor(WARM_SECONDS);
    return await readFor(SECONDS);
  } finally {
    for (const child of processes) child.disconnect();
    await ended;
    await broker.trajectories.close(jobId);
  }
}

const server = await startServer();
const cells = [];
try {
  for (const size of options.sizes.split(',')) {
    const [instances, horizon] = size.split('x').map(Number);
    const shape = shapeOf(instances, horizon);
    const { block } = batchOf(shape);
    console.log(`\n${instances} instances × ${horizon} steps × 3 agents: ${block.length} bytes in memory`);
    console.log('| clients | batches/s | MB/s | thousand agentSteps/s | reader busy | load |');
    console.log('|---|---|---|---|---|---|');
    for (const clients of options.clients.split(',').map(Number)) {
      const cell = await measure(server, `ingest-${size}-${clients}`, clients, shape);
      const load = loadAverage();
      cells.push({ size, clients, ...cell, load });
      const rate = (cell.batches * instances * horizon * 3) / 1000;
      console.log(
        `| ${clients} | ${Math.round(cell.batches).toLocaleString('en-US')} | ${cell.megabytes.toFixed(1)} | ${Math.round(rate).toLocaleString('en-US')} | ${cell.busy.toFixed(2)} | ${load} |`,
      );
    }
  }
} finally {
  await server.stop();
}
writeResult(options.json, toJson({ bench: 'fleet/ingest', ...circumstances(), seconds: SECONDS, cells }));
