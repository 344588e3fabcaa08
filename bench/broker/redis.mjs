/** Question: what does the Redis broker cost per rollout task and per batch, beside the memory broker in the same run?
 *
 *    npm run build && node bench/broker/redis.mjs [--bytes 600000] [--count 300] [--json <file>]
 *
 *  Needs REDIS_URL, or starts a redis-server that keeps nothing. Times are of single calls in microseconds, medians and (best) tenth
 *  percentiles, one client and one server on one machine; "pipeline of 8" has eight batches or tasks on their way at once and says what one costs. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { silentLogger, systemClock } from '../../dist/src/base/index.js';
import { createMemoryBroker } from '../../dist/src/broker/index.js';
import { createRedisBroker } from '../../dist/src/broker/redis/index.js';
import { startRedis } from '../../scripts/redis-server.mjs';
import { ensureRedis } from '../../scripts/setup.mjs';

const { values: options } = parseArgs({
  options: {
    bytes: { type: 'string', default: '600000' },
    count: { type: 'string', default: '300' },
    json: { type: 'string', default: 'bench/results/broker-redis.json' },
  },
});
const BYTES = Number(options.bytes);
const COUNT = Number(options.count);
const WIDTH = 8;
const { signal } = new AbortController();

const server = process.env.REDIS_URL ? null : await startRedis(ensureRedis());
const url = process.env.REDIS_URL ?? server.url;
const results = {};
const prefix = `bench-${randomUUID()}`;
const redis = await createRedisBroker({ url, prefix }, { logger: silentLogger, clock: systemClock });
for (const [name, broker] of [
  ['redis', redis],
  ['memory', createMemoryBroker()],
]) {
  results[name] = await measure(broker);
  await broker.jobs.remove('job');
  await broker.close();
}
await server?.stop();

console.log(`${'microseconds'.padEnd(44)}${'redis'.padStart(10)}${'(best)'.padStart(10)}${'memory'.padStart(10)}`);
for (const [what, { median, best }] of Object.entries(results.redis)) {
  const memory = results.memory[what].median.toFixed(1);
  console.log(what.padEnd(44) + median.toFixed(0).padStart(10) + best.toFixed(0).padStart(10) + memory.padStart(10));
}
if (options.json !== '') {
  mkdirSync(dirname(options.json), { recursive: true });
  const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
  const setup = {
    commit,
    node: process.version,
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    bytes: BYTES,
    count: COUNT,
  };
  const figures = Object.entries(results.redis).map(([what, { median }]) => ({ what: `${what}, µs`, value: median }));
  writeFileSync(options.json, `${JSON.stringify({ ...setup, figures, microseconds: results }, null, 2)}\n`);
}

async function measure(broker) {
  const state = new Uint8Array(8000);
  const batch = new Uint8Array(new SharedArrayBuffer(BYTES)).fill(7);
  const epoch = await broker.trajectories.open('job', new Array(WIDTH).fill({ k: 0, state: null }), 2);
  const task = (shard, k) => ({ jobId: 'job', shard, k, version: 0, epoch });
  const times = { issue: [], take: [], complete: [], commit: [], read: [], release: [], publish: [], fetch: [] };
  const timed = async (what, call) => {
    const begun = performance.now();
    const result = await call();
    times[what].push((performance.now() - begun) * 1000);
    return result;
  };
  let k = 0;
  for (; k < COUNT; k++) {
    await timed('issue', () => broker.tasks.issue([task(0, k)]));
    const lease = await timed('take', () => broker.tasks.take(signal));
    await timed('commit', () => broker.trajectories.commit(lease.task, { batch, state }));
    await timed('complete', () => lease.complete());
    await timed('read', () => broker.trajectories.read('job', 0, k, signal));
    await timed('release', () => broker.trajectories.release('job', k + 1));
    await timed('publish', () => broker.weights.publish('job', k, epoch, batch.subarray(0, 40_000)));
    await timed('fetch', () => broker.weights.fetch('job', k));
    await broker.weights.prune('job', k + 1);
  }
  const wide = async (call) => {
    const each = [];
    for (let round = 0; round < COUNT / WIDTH; round++) {
      const begun = performance.now();
      await call(round);
      each.push(((performance.now() - begun) * 1000) / WIDTH);
    }
    return summary(each);
  };
  const shards = Array.from({ length: WIDTH }, (_, shard) => shard);
  const tasksWide = await wide(async (round) => {
    await broker.tasks.issue(shards.map((shard) => task(shard, 1_000_000 + round)));
    await Promise.all(shards.map(async () => (await broker.tasks.take(signal)).complete()));
  });
  await broker.trajectories.open('job', new Array(WIDTH).fill({ k: 0, state: null }), 2);
  const current = await broker.trajectories.open('job', new Array(WIDTH).fill({ k: 0, state: null }), 2);
  const batchesWide = await wide(async (round) => {
    await Promise.all(
      shards.map(async (shard) => {
        await broker.trajectories.commit({ ...task(shard, round), epoch: current }, { batch, state });
        await broker.trajectories.read('job', shard, round, signal);
      }),
    );
    await broker.trajectories.release('job', round + 1);
  });
  const kB = `${Math.round(BYTES / 1000)} kB`;
  return {
    'issue a task': summary(times.issue),
    'take a task that waits': summary(times.take),
    'complete a task': summary(times.complete),
    'one task, alone (issue + take + complete)': summary(
      times.issue.map((issue, i) => issue + times.take[i] + times.complete[i]),
    ),
    [`one task, pipeline of ${WIDTH}`]: tasksWide,
    [`commit ${kB}`]: summary(times.commit),
    [`read ${kB}`]: summary(times.read),
    release: summary(times.release),
    [`commit + read ${kB}, pipeline of ${WIDTH}`]: batchesWide,
    'publish weights, 40 kB': summary(times.publish),
    'fetch weights, 40 kB': summary(times.fetch),
  };
}

function summary(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: sorted[Math.floor(sorted.length / 2)] ?? 0, best: sorted[Math.floor(sorted.length / 10)] ?? 0 };
}
