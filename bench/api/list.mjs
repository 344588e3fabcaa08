/** Question: what does a list of jobs cost where there are many? 10,000 jobs in a Redis of its own, one API process; lists of 20,
 *  plain, filtered and sorted, 200 a second, while 20 jobs a second change; and how far lists are behind what others have written.
 *
 *    npm run build && node bench/api/list.mjs [--jobs 10000] [--rate 200] [--seconds 20] [--changes 20]
 *      [--json bench/results/api-list.json]
 *
 *  Evenly: a request every 5 ms, whatever became of those before, counted from when it was due. In bursts: as autocannon does it.
 *  The client runs in this process, on the same cores as the API and Redis. The first of all lists waits for the index: it is asked
 *  for before, and told by itself. */
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { fleetSpec, Service, startServer } from '../fleet/parts/fleet.mjs';
import { circumstances, loadAverage, toJson, writeResult } from '../training/parts/report.mjs';
import { keepChanging, storeJobs } from './parts/jobs.mjs';
import { askEvenly, askInBursts, quantiles } from './parts/requests.mjs';

const { values: options } = parseArgs({
  options: {
    jobs: { type: 'string', default: '10000' },
    rate: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '20' },
    changes: { type: 'string', default: '20' },
    json: { type: 'string', default: 'bench/results/api-list.json' },
  },
});
const [JOBS, RATE, SECONDS, CHANGES] = ['jobs', 'rate', 'seconds', 'changes'].map((name) => Number(options[name]));
const LISTS = [
  ['newest', 'limit=20'],
  ['running, newest', 'state=running&limit=20'],
  ['with a label, by name', 'label=team%3Dt3&sort=name&limit=20'],
  ['part of a name, changed last', 'name=weep-77&sort=-updatedAt&limit=20'],
  ['none fits', 'label=team%3Dnone&limit=20'],
];
const LAGS = 20;
// The last ones stay as they were stored until lags are measured on them.
if (!(JOBS >= 4 * LAGS)) throw new Error(`--jobs ${options.jobs} is no number of at least ${4 * LAGS}`);

const server = await startServer();
const api = new Service('api', {
  REDIS_URL: server.url,
  API_PORT: '0',
  API_RATE_PER_MINUTE: '10000000',
  CHECKPOINT_DIR: '/nonexistent',
});
try {
  await api.started;
  console.log(`storing ${JOBS} jobs ...`);
  const stored = await storeJobs(server.broker, fleetSpec([], 1), JOBS);
  const list = (query) => `${api.url}/v1/jobs?${query}`;
  const firstMs = await first(list('limit=20'));
  const results = [];
  const measure = async (title, query, how, change) => {
    const stop = change > 0 ? keepChanging(server.broker, stored.slice(0, JOBS / 2), change) : async () => 0;
    const before = await api.metrics();
    const measured = await (how === 'evenly' ? askEvenly : askInBursts)(list(query), RATE, SECONDS);
    const cpu = (await api.metrics()).process_cpu_seconds_total - before.process_cpu_seconds_total;
    results.push({
      title,
      query,
      how,
      changes: (await stop()) / SECONDS,
      ...measured,
      cpu: cpu / SECONDS,
      load: loadAverage(),
    });
    console.log(rowOf(results.at(-1)));
  };
  console.log(
    '| list | how | changes/s | p50, ms | p99, ms | max, ms | API, cores | load |\n|---|---|---|---|---|---|---|---|',
  );
  await measure('newest', 'limit=20', 'evenly', 0);
  for (const [title, query] of LISTS) await measure(title, query, 'evenly', CHANGES);
  await measure('newest', 'limit=20', 'in bursts', CHANGES);
  const [quietLags, busyLags] = [
    await lags(list, stored.slice(-2 * LAGS, -LAGS), 1000),
    await lags(list, stored.slice(-LAGS), 0),
  ];
  const { process_resident_memory_bytes: rss } = await api.metrics();
  const report = {
    ...circumstances(),
    jobs: JOBS,
    rate: RATE,
    firstMs,
    results,
    lagMs: { quiet: quantiles(quietLags), busy: quantiles(busyLags) },
    rssMiB: rss / 2 ** 20,
  };
  console.log(`first list: ${firstMs.toFixed(0)} ms; resident memory of the API: ${report.rssMiB.toFixed(0)} MiB`);
  for (const [how, lag] of Object.entries(report.lagMs)) {
    console.log(`behind what others wrote, ${how}: median ${lag.p50.toFixed(0)} ms, at most ${lag.max.toFixed(0)} ms`);
  }
  writeResult(options.json, toJson(report));
  if (results.some(({ failed }) => failed > 0)) process.exitCode = 1;
} finally {
  await api.stop();
  await server.stop();
}

async function first(url) {
  const begun = performance.now();
  for (;;) {
    const answer = await fetch(url);
    const { jobs } = await answer.json();
    if (answer.ok && jobs.length > 0) return performance.now() - begun;
  }
}

/** Milliseconds from the write of another process until a list that is asked for again and again tells it; `quietMs` of silence
 *  before each write. */
async function lags(list, stored, quietMs) {
  const measured = [];
  for (const { record, revision } of stored) {
    await pause(quietMs);
    const written = await server.broker.jobs.compareAndSet(revision, { ...record, updatedAt: Date.now() });
    const begun = performance.now();
    for (;;) {
      const { jobs } = await (await fetch(list('sort=-updatedAt&limit=20'))).json();
      if (jobs.some((job) => job.id === record.jobId && job.revision === written.revision)) break;
      await pause(10);
    }
    measured.push(performance.now() - begun);
  }
  return measured;
}

function rowOf({ title, how, changes, p50, p99, max, cpu, load }) {
  const ms = [p50, p99, max].map((value) => value.toFixed(1)).join(' | ');
  return `| ${title} | ${how} | ${changes.toFixed(0)} | ${ms} | ${cpu.toFixed(2)} | ${load} |`;
}
