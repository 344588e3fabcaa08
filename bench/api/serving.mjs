/** Question: how long does one action take over HTTP, and how many observations a second do batches come to? A 2×64 MLP that was trained
 *  by the server itself: `marlin serve`, and an API process over Redis.
 *
 *    npm run build && node bench/api/serving.mjs [--seconds 5] [--hidden 64,64] [--env cartpole-v1] [--rows 256,4096]
 *      [--json bench/results/api-serving.json]
 *
 *  Single observations as JSON, one after another over so many connections, and evenly at 200 a second, each counted from when it was
 *  due. Batches as bytes and as JSON, over two connections. One thread acts (API_POLICY_THREADS=1) where a request is too much for the
 *  event loop. The client runs in this process, on the same cores; that of single observations is a socket and no HTTP client
 *  (parts/tight-client.mjs). Cores are what the API process used, of which the event loop and the thread
 *  each have at most one. */
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Service, startServer } from '../fleet/parts/fleet.mjs';
import { circumstances, loadAverage, toJson, writeResult } from '../training/parts/report.mjs';
import { quantiles } from './parts/requests.mjs';
import { askTightly } from './parts/tight-client.mjs';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    hidden: { type: 'string', default: '64,64' },
    env: { type: 'string', default: 'cartpole-v1' },
    rows: { type: 'string', default: '256,4096' },
    json: { type: 'string', default: 'bench/results/api-serving.json' },
  },
});
const SECONDS = Number(options.seconds);
const EVEN_RATE = 200;
const WARM_SECONDS = 1;
const UNLIMITED = { API_RATE_PER_MINUTE: '10000000', API_ACTS_PER_MINUTE: '100000000', API_BODY_BYTES: '16777216' };
const OCTETS = 'application/octet-stream';

const spec = {
  env: { id: options.env },
  policies: { '*': { network: { hidden: options.hidden.split(',').map(Number) } } },
  rollout: { shards: 1, envsPerShard: 16, horizon: 64 },
  evaluation: { every: 0, episodes: 1 },
  stop: { iterations: 3 },
};

const results = [];
for (const [where, start] of [
  ['marlin serve', startEmbedded],
  ['API over Redis', startFleet],
]) {
  const folder = mkdtempSync(join(tmpdir(), 'marlin-bench-'));
  const running = await start(folder);
  try {
    await measureAll(where, running.api);
  } finally {
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
const report = { ...circumstances(), spec, seconds: SECONDS, results };
writeResult(options.json, toJson(report));
if (results.some(({ failed }) => failed > 0)) process.exitCode = 1;

async function startEmbedded(folder) {
  const env = { ...UNLIMITED, API_PORT: '0', CHECKPOINT_DIR: folder, API_KEYS_FILE: join(folder, 'keys') };
  const api = new Service('serve', { ...env, ACTOR_SLOTS: '1', LEARNER_THREADS: '1' });
  await api.started;
  await trainAndServe(api.url);
  return { api, stop: () => api.stop() };
}

async function startFleet(folder) {
  const server = await startServer();
  const env = { REDIS_URL: server.url, CHECKPOINT_DIR: folder };
  const api = new Service('api', { ...env, ...UNLIMITED, API_PORT: '0' });
  const workers = [new Service('learner', { ...env, LEARNER_THREADS: '1' }), new Service('actor', env)];
  await Promise.all([api, ...workers].map((service) => service.started));
  await trainAndServe(api.url);
  await Promise.all(workers.map((worker) => worker.stop()));
  return {
    api,
    async stop() {
      await api.stop();
      await server.stop();
    },
  };
}

async function trainAndServe(url) {
  const headers = { 'content-type': 'application/json' };
  const ask = async (method, path, body) => {
    const answer = await fetch(`${url}${path}`, { method, ...(body && { headers, body: JSON.stringify(body) }) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
    return answer.json();
  };
  const { id } = await ask('POST', '/v1/jobs', { spec });
  while ((await ask('GET', `/v1/jobs/${id}`)).state !== 'succeeded') await pause(100);
  const { policies } = (await ask('POST', '/v1/jobs?dryRun=true', { spec })).preview ?? {};
  const policy = policies?.[0]?.policyId;
  await ask('PUT', '/v1/policies/bench', { job: id, checkpoint: 'newest', ...(policy && { policy }) });
}

async function measureAll(where, api) {
  const at = `${api.url}/v1/policies/bench`;
  const { observationSize: F, maskSize: M } = await (await fetch(at)).json();
  const row = (b) => Array.from({ length: F }, (_, j) => Math.fround(0.1 * Math.sin(b + j)));
  const single = json({ observation: row(0), ...(M > 0 && { mask: new Array(M).fill(1) }) });
  console.log(`\n${where}: ${F} numbers of an observation, load ${loadAverage()}`);
  console.log(
    '| asked | observations/s | requests/s | p50, ms | p99, ms | p99.9, ms | API, cores |\n|---|---|---|---|---|---|---|',
  );
  await askTightly(`${at}/act`, single, 1, WARM_SECONDS);
  for (const connections of [1, 8, 32]) {
    await measure(where, api, `1 row, JSON, ${connections} connections`, 1, () =>
      askTightly(`${at}/act`, single, connections, SECONDS),
    );
  }
  await measure(where, api, `1 row, JSON, ${EVEN_RATE}/s evenly`, 1, () => askEvenly(at, single, EVEN_RATE, SECONDS));
  for (const rows of options.rows.split(',').map(Number)) {
    const observations = Array.from({ length: rows }, (_, b) => row(b));
    const floats = Buffer.from(Float32Array.from(observations.flat()).buffer);
    const bytes = { type: OCTETS, body: Buffer.concat([floats, Buffer.alloc(rows * M, 1)]) };
    for (const [form, body] of [
      ['bytes', bytes],
      ['JSON', json({ observations })],
    ]) {
      await ask(at, body, 2, WARM_SECONDS);
      await measure(where, api, `${rows} rows, ${form}, 2 connections`, rows, () => ask(at, body, 2, SECONDS));
    }
  }
}

async function measure(where, api, asked, rows, run) {
  const cpuOf = async () => (await api.metrics()).process_cpu_seconds_total;
  const [cpu, begun] = [await cpuOf(), performance.now()];
  const { latencies, failed } = await run();
  const seconds = (performance.now() - begun) / 1000;
  const cores = ((await cpuOf()) - cpu) / seconds;
  const perSecond = latencies.length / seconds;
  const result = {
    where,
    asked,
    observations: perSecond * rows,
    requests: perSecond,
    ...quantiles(latencies),
    failed,
    cores,
  };
  results.push({ ...result, load: loadAverage() });
  const { p50, p99, p999 } = result;
  const numbers = [p50.toFixed(3), p99.toFixed(3), p999.toFixed(3), cores.toFixed(2)].join(' | ');
  console.log(
    `| ${asked} | ${Math.round(result.observations)} | ${Math.round(perSecond)} | ${numbers} |${failed > 0 ? ` ${failed} failed` : ''}`,
  );
}

function json(value) {
  return { type: 'application/json', body: Buffer.from(JSON.stringify(value)) };
}

/** Asks over so many connections, on each one request after another. */
async function ask(at, body, connections, seconds) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const until = performance.now() + 1000 * seconds;
  const latencies = [];
  let failed = 0;
  const one = async () => {
    while (performance.now() < until) {
      const begun = performance.now();
      if ((await post(`${at}/act`, body, agent)) === 200) latencies.push(performance.now() - begun);
      else failed++;
    }
  };
  await Promise.all(Array.from({ length: connections }, one));
  agent.destroy();
  return { latencies, failed };
}

/** Asks one request every 1/rate s, whatever became of those before. */
async function askEvenly(at, body, rate, seconds) {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const latencies = [];
  const pending = [];
  let failed = 0;
  const begun = performance.now();
  for (let i = 0; i < rate * seconds; i++) {
    const due = begun + (1000 * i) / rate;
    // A timer is late by a millisecond, which is none of the server's.
    while (due - performance.now() > 2) await pause(1);
    while (performance.now() < due) await new Promise(setImmediate);
    const sent = performance.now();
    pending.push(
      post(`${at}/act`, body, agent).then((status) => {
        if (status === 200) latencies.push(performance.now() - sent);
        else failed++;
      }),
    );
  }
  await Promise.all(pending);
  agent.destroy();
  return { latencies, failed };
}

function post(url, { type, body }, agent) {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': type, 'content-length': body.byteLength };
    const sending = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode));
      response.once('error', reject);
    });
    sending.once('error', reject);
    sending.end(body);
  });
}
