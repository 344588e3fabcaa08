import { expect, it } from 'vitest';
import { openBroker, openShards, rolloutTask, trajectoryEntry } from '../../helpers/redis/brokers.js';
import { uniquePrefix, withRedis } from '../../helpers/redis/testing.js';

it('a batch wakes who trains the job, an event who follows it, and weights nobody', async () => {
  const prefix = uniquePrefix();
  const broker = await openBroker({ prefix });
  await withRedis(async (redis) => {
    const heard: string[] = [];
    redis.on('pmessage', (_pattern: string, channel: string, topic: string) => heard.push(`${channel}: ${topic}`));
    await redis.psubscribe(`${prefix}:*`);
    const epoch = await openShards(broker);
    await broker.weights.publish('job', 0, epoch, Uint8Array.of(1));
    await broker.trajectories.commit(rolloutTask({ epoch }), trajectoryEntry(1));
    await broker.events.append('job', 'iteration', '{}');
    const job = `${prefix}:{job}`;
    await expect.poll(() => heard).toEqual([`${job}:wake: *`, `${job}:wake: t0`, `${job}:told: e`]);
  });
});
