import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { algorithmCatalog } from '../../../dist/src/algorithms/index.js';
import { silentLogger, systemClock } from '../../../dist/src/base/index.js';
import { createRedisBroker } from '../../../dist/src/broker/redis/index.js';
import { environmentCatalog } from '../../../dist/src/envs/index.js';
import { resolveJobSpec } from '../../../dist/src/jobs/index.js';
import { startRedis } from '../../../scripts/redis-server.mjs';
import { ensureRedis } from '../../../scripts/setup.mjs';
import { medianJob } from '../../training/parts/job.mjs';
import { projectFolder } from '../../training/parts/processes.mjs';

const STOP_MS = 15_000;
/** Of /proc/<pid>/stat: Linux counts processor time in hundredths of a second for programs. */
const TICKS_PER_SECOND = 100;

/** The median game of the end-to-end benches with every default filled in: 4 shards × 64 envs × 128 steps, lag 1. */
export const fleetSpec = (hidden, iterations) =>
  resolveJobSpec(medianJob({ hidden, history: 1, shuffle: 'samples', shards: 4, stop: { iterations } }), {
    environments: environmentCatalog,
    algorithms: algorithmCatalog,
  });

/** A Redis of its own, and a client and a broker to look at it with. */
export async function startServer() {
  const server = await startRedis(ensureRedis());
  const redis = new Redis(server.url);
  const broker = await createRedisBroker({ url: server.url }, { logger: silentLogger, clock: systemClock });
  return {
    url: server.url,
    redis,
    broker,
    async stop() {
      await broker.close();
      await redis.quit();
      await server.stop();
    },
  };
}

/** A Redis, one learner process and `actors` actor processes of one slot, ready to work. */
export async function startFleet({ actors, threads = 2, nice = 0 }) {
  const server = await startServer();
  const folder = mkdtempSync(join(tmpdir(), 'marlin-bench-'));
  const redisPid = Number(field(await server.redis.info('server'), 'process_id'));
  const services = [];
  const stop = async () => {
    await Promise.all(services.map((service) => service.stop()));
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const start = (kind, env) => services.push(new Service(kind, { REDIS_URL: server.url, ...env }, nice));
  try {
    if (nice > 0) setPriority(redisPid, nice);
    start('learner', { LEARNER_THREADS: String(threads), CHECKPOINT_DIR: folder });
    for (let a = 0; a < actors; a++) start('actor', { ACTOR_SLOTS: '1' });
    await Promise.all(services.map((service) => service.started));
  } catch (error) {
    await stop();
    throw error;
  }
  /** Processor seconds so far: of the learner, of all actors, of Redis. */
  const cpuSeconds = () => {
    const of = (kind) => services.filter((one) => one.kind === kind).reduce((sum, one) => sum + cpuOf(one.pid), 0);
    return { learner: of('learner'), actors: of('actor'), redis: cpuOf(redisPid) };
  };
  return { ...server, services, cpuSeconds, stop };
}

/** Submits a job and follows it to its end; `onIteration` is told of each iteration. Returns iterations and digest. */
export async function runJob({ broker, services }, jobId, spec, onIteration = () => {}) {
  const now = Date.now();
  await broker.jobs.submit({ jobId, state: 'queued', spec: JSON.stringify(spec), createdAt: now, updatedAt: now });
  const stopping = new AbortController();
  for (const service of services) service.ended.then(() => stopping.abort());
  const iterations = [];
  for await (const { payload } of broker.events.follow(jobId, 0, stopping.signal)) {
    const event = JSON.parse(payload);
    if (event.type === 'failed') throw new Error(`job ${jobId} failed: ${event.message}`);
    if (event.type === 'finished') return { iterations, digest: event.digest };
    if (event.type !== 'iteration') continue;
    iterations.push(event);
    onIteration(event);
  }
  throw new Error(`a process ended while job ${jobId} ran:\n${services.map((service) => service.errors).join('\n')}`);
}

/** One process, as `marlin learner` or `marlin actor` starts it. */
export class Service {
  kind;
  started;
  ended;
  /** Where its probes listen. */
  port = 0;
  /** Where an API is served. */
  url = '';
  errors = '';
  #child;

  constructor(kind, env, nice) {
    this.kind = kind;
    const child = spawn(process.execPath, [join(projectFolder, 'dist/cli/main.js'), kind], {
      env: { PATH: process.env.PATH, PROBE_PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    if (nice > 0) setPriority(child.pid, nice);
    this.ended = once(child, 'exit');
    child.stderr.on('data', (text) => {
      this.errors += text;
    });
    this.started = new Promise((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const { msg, port, url, level } = JSON.parse(line);
        if (port !== undefined) this.port = port;
        if (url !== undefined) this.url = url;
        if (level === 'error' || level === 'warn') this.errors += `${line}\n`;
        if (msg === 'started') resolve();
      });
      this.ended.then(() => reject(new Error(`the ${kind} ended at its start:\n${this.errors}`)), reject);
    });
    // Whoever awaits the start hears of it.
    this.started.catch(() => {});
  }

  get pid() {
    return this.#child.pid;
  }

  /** What /metrics says: name → sum over labels. */
  async metrics() {
    const text = await (await fetch(`http://127.0.0.1:${this.port}/metrics`)).text();
    const values = {};
    for (const [, name, value] of text.matchAll(/^(\w+)(?:\{.*\})? (\S+)$/gm)) {
      values[name] = (values[name] ?? 0) + Number(value);
    }
    return values;
  }

  /** Does nothing when it has ended. */
  async stop() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGTERM');
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await this.ended;
    clearTimeout(killer);
  }
}

/** A field of Redis's INFO. */
export const field = (info, name) => info.match(new RegExp(`^${name}:(.*)$`, 'm'))?.[1]?.trim();

function cpuOf(pid) {
  try {
    // The second field, in parentheses, may hold spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return Number.NaN;
  }
}
