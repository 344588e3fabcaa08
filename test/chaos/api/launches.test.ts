import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createClient, type Job } from '../../../client/index.js';
import { RandomStream, systemClock } from '../../../src/base/index.js';
import { Service } from '../../helpers/fleet/service.js';
import { openBroker } from '../../helpers/redis/brokers.js';
import { TestRedis } from '../../helpers/redis/server.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

// `npm run chaos -- --launches 200` asks for more, and for a record.
const launches = Number(process.env.CHAOS_LAUNCHES ?? 60);
const kills = Number(process.env.CHAOS_KILLS ?? 5);
const seed = Number(process.env.CHAOS_SEED ?? 1);
const record = process.env.CHAOS_RECORD;

/** Requests at a time. */
const CLIENTS = 8;
/** A kill comes so long after an answer, at most: anywhere between the arrival of the next requests and their answers. */
const LONGEST_WAIT_MS = 12;

test(
  `${launches} launches while the API is killed ${kills} times, seed ${seed}: each makes one job, and is answered`,
  async () => {
    const redis = await TestRedis.start();
    const env = { REDIS_URL: redis.url, CHECKPOINT_DIR: temporaryFolder(), API_ACTIVE_JOBS: '1000000' };
    const start = async (port: string) => {
      const service = new Service('api', { ...env, API_PORT: port });
      const { url } = await service.logged('the API is served');
      return { service, url: url as string };
    };
    let api = await start('0');
    const { url } = api;
    const { port } = new URL(url);

    const retries: string[] = [];
    const answered: { readonly launch: number; readonly job: Job }[] = [];
    const looks = new Set<() => void>();
    let next = 0;
    const launchAll = async (): Promise<void> => {
      const client = createClient({ url, attempts: 100, onRetry: ({ error }) => retries.push(error.code) });
      for (let launch = next++; launch < launches; launch = next++) {
        const spec = { name: `launch-${launch}`, env: { id: 'median-v1' }, seed: launch } as const;
        answered.push({ launch, job: await client.launchJob({ spec }) });
        for (const look of [...looks]) look();
      }
    };
    const reached = (count: number): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (answered.length < count) return;
          looks.delete(look);
          resolve();
        };
        looks.add(look);
        look();
      });

    const random = new RandomStream(seed, 'chaos');
    // None so late that nobody asks any more.
    const times = Array.from({ length: kills }, () => random.integer(launches - CLIENTS)).sort((a, b) => a - b);
    const inFlight: number[] = [];
    const begun = systemClock.monotonic();
    const killing = async (): Promise<void> => {
      for (const time of times) {
        const waitMs = LONGEST_WAIT_MS * random.uniform();
        await reached(time);
        await sleep(waitMs);
        inFlight.push(Math.min(next, launches) - answered.length);
        await api.service.kill();
        api = await start(port);
      }
    };
    await Promise.all([killing(), ...Array.from({ length: CLIENTS }, launchAll)]);
    const seconds = Math.round((systemClock.monotonic() - begun) / 1000);

    const broker = await openBroker({ url: redis.url, prefix: 'marlin' });
    const stored = await broker.jobs.list();
    if (record !== undefined) {
      const verdict = { launches, kills, seed, seconds, inFlight, retries: retries.length, jobs: stored.length };
      appendFileSync(record, `${JSON.stringify(verdict)}\n`);
    }
    // Each launch has its answer, and the job that it names is the only one of that launch.
    expect(answered.map(({ launch }) => launch).sort((a, b) => a - b)).toEqual(Array.from(Array(launches).keys()));
    const jobOf = new Map(
      stored.map(({ record: { jobId, spec } }) => [jobId, (JSON.parse(spec) as { seed: number }).seed]),
    );
    expect(stored).toHaveLength(launches);
    for (const { launch, job } of answered) expect([job.id, jobOf.get(job.id)]).toEqual([job.id, launch]);
    // And each is handed to a learner.
    const taken = new Set<string>();
    for (let n = 0; n < launches; n++) taken.add((await broker.jobs.take(AbortSignal.timeout(30_000))).jobId);
    expect(taken).toEqual(new Set(jobOf.keys()));
    // The kills hit requests: as a whole, not each.
    expect(inFlight).toHaveLength(kills);
    expect(retries.length).toBeGreaterThan(0);
    expect((await api.service.stop()).code).toBe(0);
  },
  60_000 + 500 * launches + 15_000 * kills,
);
