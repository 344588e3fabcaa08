import { onTestFinished } from 'vitest';
import { type Logger, silentLogger, systemClock } from '../../../src/base/index.js';
import type { Broker, RolloutTask, TrajectoryEntry } from '../../../src/broker/index.js';
import { createRedisBroker, type RedisBrokerOptions } from '../../../src/broker/redis/index.js';
import { deleteUnder, redisUrl, uniquePrefix } from './testing.js';

export type BrokerSettings = Partial<RedisBrokerOptions> & { readonly logger?: Logger };

/** A broker of the running test's own, closed when it ends; what is under its prefix is deleted then. */
export async function openBroker({ logger = silentLogger, ...options }: BrokerSettings = {}): Promise<Broker> {
  const url = options.url ?? redisUrl();
  const prefix = options.prefix ?? uniquePrefix();
  onTestFinished(() => deleteUnder(prefix, url).catch(() => {}));
  const broker = await createRedisBroker({ ...options, url, prefix }, { logger, clock: systemClock });
  onTestFinished(() => broker.close());
  return broker;
}

export const rolloutTask = (part: Partial<RolloutTask> = {}): RolloutTask => ({
  jobId: 'job',
  shard: 0,
  k: 0,
  version: 0,
  epoch: 1,
  ...part,
});

export const trajectoryEntry = (fill: number, batchBytes = 16): TrajectoryEntry => ({
  batch: new Uint8Array(batchBytes).fill(fill),
  state: new Uint8Array(8).fill(fill + 1),
});

export const openShards = (broker: Broker, shards = 1, capacity = 8, jobId = 'job'): Promise<number> =>
  broker.trajectories.open(jobId, new Array(shards).fill({ k: 0, state: null }), capacity);

/** Long enough for everything, short enough to end a test that waits in vain. */
export const patience = (): AbortSignal => AbortSignal.timeout(20_000);
