import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { Actor, Algorithm, Environment, Learner, Queues, Scaling } from '../../../services/api/schemas/catalog.js';
import { algorithmCatalog } from '../../../src/algorithms/catalog.js';
import { environmentCatalog } from '../../../src/envs/index.js';
import { encodeHeartbeat } from '../../../src/wire/index.js';
import { testApi } from '../../helpers/api/server.js';

const beat = (actorId: string, slots: number) => ({
  actorId,
  heartbeat: encodeHeartbeat({ actorId, host: 'h', pid: 7, slots, tasksDone: 5, agentSteps: 50, since: 1000 }),
});

describe('the catalogs', () => {
  it('show every environment and algorithm with the schema of its options', async () => {
    const { app } = await testApi();
    const { environments } = (await app.inject('/v1/environments')).json();
    expect(environments.map(({ id }: { id: string }) => id)).toEqual([...environmentCatalog.keys()]);
    for (const id of environmentCatalog.keys()) {
      const shown = (await app.inject(`/v1/environments/${id}`)).json();
      expect(Value.Errors(Environment, shown)).toEqual([]);
      expect(shown.options).toEqual(JSON.parse(JSON.stringify(environmentCatalog.get(id)!.options)));
    }
    const { algorithms } = (await app.inject('/v1/algorithms')).json();
    expect(algorithms.map(({ id }: { id: string }) => id)).toEqual(algorithmCatalog.map(({ id }) => id));
    for (const shown of algorithms) expect(Value.Errors(Algorithm, shown)).toEqual([]);
    expect((await app.inject('/v1/algorithms/ppo')).json()).toEqual(algorithms[0]);
    expect((await app.inject('/v1/job-schema')).json().properties.env.properties.id.oneOf).toHaveLength(
      environments.length,
    );
  });
});

describe('the fleet', () => {
  it('is those who beat, what waits for them, and how many there should be', async () => {
    const { app, broker } = await testApi();
    await broker.actors.beat(beat('a1', 4), 60_000);
    await broker.actors.beat({ actorId: 'garbled', heartbeat: new Uint8Array([1, 2]) }, 60_000);
    await broker.learners.beat(beat('l1', 2), 60_000);
    const { actors } = (await app.inject('/v1/actors')).json();
    expect(actors).toEqual([
      {
        id: 'a1',
        host: 'h',
        pid: 7,
        slots: 4,
        agentSteps: 50,
        since: '1970-01-01T00:00:01.000Z',
        heartbeatAge: expect.any(Number),
        tasksDone: 5,
      },
    ]);
    expect(Value.Errors(Actor, actors[0])).toEqual([]);
    const { learners } = (await app.inject('/v1/learners')).json();
    expect(learners).toMatchObject([{ id: 'l1', iterations: 5 }]);
    expect(Value.Errors(Learner, learners[0])).toEqual([]);

    const payload = { spec: { env: { id: 'median-v1' }, rollout: { shards: 9 } } };
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) ids.push((await app.inject({ method: 'POST', url: '/v1/jobs', payload })).json().id);
    const stored = (await broker.jobs.get(ids[0]!))!;
    await broker.jobs.compareAndSet(stored.revision, { ...stored.record, state: 'running' });
    const task = (shard: number) => ({ jobId: ids[0]!, shard, k: 0, version: 0, epoch: 1 });
    await broker.tasks.issue([task(0), task(1)]);
    const answers = await poll(async () => {
      const queues = (await app.inject('/v1/queues')).json();
      return queues.jobs.running === 1 ? queues : undefined;
    });
    expect(Value.Errors(Queues, answers)).toEqual([]);
    expect(answers).toMatchObject({
      jobs: { queued: 2, running: 1 },
      tasks: [{ jobId: ids[0], waiting: 2 }],
      waiting: 2,
    });
    const scaling = (await app.inject('/v1/scaling')).json();
    expect(Value.Errors(Scaling, scaling)).toEqual([]);
    expect(scaling).toEqual({
      actors: 1,
      actorSlots: 4,
      actorsWanted: 3,
      waitingTasks: 2,
      learners: 1,
      learnerSlots: 2,
      learnersWanted: 2,
      queuedJobs: 2,
      runningJobs: 1,
    });
  });
});

/** Asks until there is an answer: lists follow what others write after a moment. */
async function poll<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('the probes', () => {
  it('tell whether the server gets its work done, and count it', async () => {
    let ready = true;
    const { app } = await testApi({ keysRequired: true }, { ready: () => ({ ready, reasons: ['secret'] }) });
    expect((await app.inject('/livez')).body).toBe('alive\n');
    expect((await app.inject('/readyz')).statusCode).toBe(200);
    ready = false;
    const answer = await app.inject('/readyz');
    expect([answer.statusCode, answer.body]).toEqual([503, 'not ready\n']);
    expect((await app.inject('/metrics')).statusCode).toBe(401);
  });

  it('count requests by the routes that there are, whatever is asked for', async () => {
    const { app } = await testApi();
    for (const url of ['/v1/jobs/a', '/v1/jobs/b', '/nowhere', '/elsewhere']) await app.inject(url);
    await app.inject({ method: 'PUT', url: '/v1/jobs' });
    const { body, headers } = await app.inject('/metrics');
    expect(headers['content-type']).toContain('text/plain');
    expect(body).toContain('marlin_api_requests_total{method="GET",route="/v1/jobs/:jobId",status="404"} 2');
    expect(body).toContain('marlin_api_requests_total{method="none",route="none",status="404"} 2');
    expect(body).toContain('marlin_api_requests_total{method="none",route="none",status="405"} 1');
    expect(body).toContain('marlin_api_request_seconds_count{route="/v1/jobs/:jobId"} 2');
  });
});
