import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { TaskFailure } from '../../../src/broker/index.js';
import { openBroker, openShards, patience, rolloutTask } from '../../helpers/redis/brokers.js';
import { redisUrl, uniquePrefix, withRedis } from '../../helpers/redis/testing.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

/** A process that takes one task, or one job, says so and then holds it for ever. */
async function startHolder(prefix: string, what: 'tasks' | 'jobs', options: object = {}): Promise<ChildProcess> {
  const door = new URL('../../../dist/src/broker/redis/index.js', import.meta.url);
  const folder = temporaryFolder({
    'hold.mjs': `
      import { createRedisBroker } from ${JSON.stringify(door.href)};
      const quiet = () => {};
      const broker = await createRedisBroker(
        ${JSON.stringify({ url: redisUrl(), prefix, ...options })},
        {
          logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
          clock: { now: () => Date.now(), monotonic: () => performance.now() },
        },
      );
      await broker.${what}.take(new AbortController().signal);
      console.log('taken');
    `,
  });
  const child = spawn(process.execPath, [`${folder}/hold.mjs`], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  expect(line).toBe('taken');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

const failure = (retryable: boolean): TaskFailure => ({ code: 'X', message: 'x', retryable, data: {} });

describe('a lease over Redis', () => {
  it('of an actor that was killed goes to another within 5 s, with the default settings', async () => {
    const prefix = uniquePrefix();
    const broker = await openBroker({ prefix });
    await broker.tasks.issue([rolloutTask()]);
    const actor = await startHolder(prefix, 'tasks');
    const taking = broker.tasks.take(patience());
    await kill(actor);
    const begun = performance.now();
    const lease = await taking;
    expect(performance.now() - begun).toBeLessThan(5000);
    expect([lease.task, lease.attempt]).toEqual([rolloutTask(), 1]);
  });

  it('of a learner that was killed goes to another, also when its job was running', async () => {
    const prefix = uniquePrefix();
    const broker = await openBroker({ prefix });
    const record = { jobId: 'job', state: 'queued', spec: '{}', createdAt: 1, updatedAt: 1 } as const;
    const { revision } = await broker.jobs.submit(record);
    const learner = await startHolder(prefix, 'jobs');
    await broker.jobs.compareAndSet(revision, { ...record, state: 'running' });
    const taking = broker.jobs.take(patience());
    await kill(learner);
    const begun = performance.now();
    const lease = await taking;
    expect(performance.now() - begun).toBeLessThan(5000);
    expect([lease.jobId, lease.attempt]).toEqual(['job', 1]);
  });

  it('lasts as long as its holder lives', async () => {
    const prefix = uniquePrefix();
    const settings = { prefix, leaseMs: 200, checkMs: 50 };
    const [holder, other] = [await openBroker(settings), await openBroker(settings)];
    await holder.tasks.issue([rolloutTask()]);
    const held = await holder.tasks.take(patience());
    await expect(other.tasks.take(AbortSignal.timeout(1500))).rejects.toMatchObject({ name: 'TimeoutError' });
    await held.complete();
  });

  it('is given back at once by a broker that closes in good order', async () => {
    const settings = { prefix: uniquePrefix(), leaseMs: 60_000 };
    const [leaving, staying] = [await openBroker(settings), await openBroker(settings)];
    const record = { jobId: 'job', state: 'queued', spec: '{}', createdAt: 1, updatedAt: 1 } as const;
    await staying.jobs.submit(record);
    await staying.tasks.issue([rolloutTask()]);
    await leaving.tasks.take(patience());
    await leaving.jobs.take(patience());
    await leaving.close();
    expect((await staying.tasks.take(patience())).task).toEqual(rolloutTask());
    expect((await staying.jobs.take(patience())).jobId).toBe('job');
  });

  it('that was lost is settled without effect: the task is another’s', async () => {
    const settings = { prefix: uniquePrefix(), leaseMs: 60_000, checkMs: 50 };
    const [frozen, other] = [await openBroker(settings), await openBroker(settings)];
    const epoch = await openShards(other);
    await other.tasks.issue([rolloutTask({ epoch })]);
    const lost = await frozen.tasks.take(patience());
    // As if its process had slept for longer than its lease.
    await withRedis((redis) => redis.del(`${settings.prefix}:{job}:tasks:0-0-${epoch}:lock`));
    const held = await other.tasks.take(patience());
    await lost.fail(failure(false));
    await lost.complete();
    await held.fail(failure(true));
    const again = await other.tasks.take(patience());
    expect([again.task.shard, again.attempt]).toEqual([0, 2]);
  });

  it('survives more killed actors than a task may fail, and is reported when it survives too many', async () => {
    const settings = { prefix: uniquePrefix(), leaseMs: 60_000, checkMs: 25, maxAttempts: 2, maxLost: 4 };
    const broker = await openBroker(settings);
    const epoch = await openShards(broker);
    await broker.tasks.issue([rolloutTask({ epoch })]);
    const key = `${settings.prefix}:{job}:tasks:0-0-${epoch}:lock`;
    for (let lost = 0; lost <= settings.maxLost; lost++) {
      const lease = await broker.tasks.take(patience());
      expect(lease.attempt).toBe(lost);
      await withRedis((redis) => redis.del(key));
    }
    const waiting = broker.tasks.take(AbortSignal.timeout(2000)).catch(() => 'nothing');
    const { task, failure: reported } = await broker.tasks.failure('job', patience());
    expect(task).toEqual(rolloutTask({ epoch }));
    expect(reported).toMatchObject({ code: 'BROKER_TASK_LOST', retryable: false });
    expect(await waiting).toBe('nothing');
  });
});

describe('jobs that share a fleet', () => {
  it('are served in turn, whichever actors take the tasks', async () => {
    const prefix = uniquePrefix();
    const actors = await Promise.all([0, 1, 2].map(() => openBroker({ prefix })));
    const [learner] = actors;
    await learner!.tasks.issue(Array.from({ length: 60 }, (_, shard) => rolloutTask({ jobId: 'large', shard })));
    await learner!.tasks.issue(Array.from({ length: 10 }, (_, shard) => rolloutTask({ jobId: 'small', shard })));
    const order: string[] = [];
    for (let i = 0; i < 24; i++) {
      const lease = await actors[i % 3]!.tasks.take(patience());
      order.push(lease.task.jobId);
      await lease.complete();
    }
    expect(order.filter((jobId) => jobId === 'small').length).toBeGreaterThanOrEqual(9);
  });

  it('lose no task with an actor that dies between taking a turn and giving it back', async () => {
    const settings = { prefix: uniquePrefix(), checkMs: 50 };
    const broker = await openBroker(settings);
    await broker.tasks.issue([rolloutTask()]);
    await withRedis((redis) => redis.zpopmin(`${settings.prefix}:{#}:turns`));
    expect((await broker.tasks.take(patience())).task).toEqual(rolloutTask());
  });

  it('lose no job with a process that dies between writing and queuing it', async () => {
    const settings = { prefix: uniquePrefix(), checkMs: 50 };
    const broker = await openBroker(settings);
    const record = { jobId: 'job', state: 'queued', spec: '{}', createdAt: 1, updatedAt: 1 } as const;
    await broker.jobs.submit(record);
    await withRedis(async (redis) => {
      await redis.del(`${settings.prefix}:{#}:jobs:wait`);
      const [element] = (await redis.keys(`${settings.prefix}:{#}:jobs:job-*`)) as [string];
      await redis.del(element);
      await redis.zadd(`${settings.prefix}:{#}:outbox`, Date.now() - 60_000, 'job');
    });
    const lease = await broker.jobs.take(patience());
    expect(lease.jobId).toBe('job');
    await lease.complete();
    const none = broker.jobs.take(AbortSignal.timeout(300));
    await expect(none).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});
