import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { Actor, Algorithm, Environment, Learner, Queues, Scaling } from '../../../services/api/schemas/catalog.js';
import { Job } from '../../../services/api/schemas/job.js';
import { algorithmCatalog } from '../../../src/algorithms/catalog.js';
import { environmentCatalog } from '../../../src/envs/index.js';
import { encodeHeartbeat } from '../../../src/wire/index.js';
import { testApi } from '../../helpers/api/server.js';
import { resolve } from '../../helpers/training.js';

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
      learnerPartSlots: 0,
      learnersWanted: 2,
      parts: 0,
      waitingParts: 0,
      queuedJobs: 2,
      runningJobs: 1,
    });
  });
});

describe('a job that several learners share', () => {
  const learner = (
    actorId: string,
    more: { readonly jobIds?: readonly string[]; readonly partSlots?: number } = {},
  ) => ({
    actorId,
    heartbeat: encodeHeartbeat({
      actorId,
      host: 'h',
      pid: 7,
      slots: 1,
      tasksDone: 0,
      agentSteps: 0,
      since: 1000,
      ...more,
    }),
  });
  const soon = () => AbortSignal.timeout(5000);

  it('shows who updates which policies, and which parts wait for a learner', async () => {
    const { app, broker } = await testApi();
    // One policy for two agents costs most, and is dealt first.
    const own = Object.fromEntries([0, 1, 2, 3, 4].map((n) => [`agent-${n}`, `agent-${n}`]));
    const policyMapping = { ...own, 'agent-0': 'both', 'agent-3': 'both' };
    const payload = { spec: { env: { id: 'median-v1', options: { agents: 5 } }, policyMapping, learners: 3 } };
    const { id } = (await app.inject({ method: 'POST', url: '/v1/jobs', payload })).json();
    const job = async () => {
      const shown = (await app.inject(`/v1/jobs/${id}`)).json();
      expect(Value.Errors(Job, shown)).toEqual([]);
      return shown.learners;
    };
    const nobody = { state: 'waiting', learnerId: null, heartbeatAge: null };
    const shares = [['both'], ['agent-1', 'agent-4'], ['agent-2']];
    expect(await job()).toEqual({
      wanted: 3,
      fence: null,
      parts: shares.map((policies, part) => ({ part, policies, ...nobody })),
    });
    const scaling = async () => (await app.inject('/v1/scaling')).json();
    // Nobody takes it yet, and it takes three.
    expect(await scaling()).toMatchObject({ learnersWanted: 3, parts: 0 });

    const stored = (await broker.jobs.get(id))!;
    await broker.jobs.compareAndSet(stored.revision, { ...stored.record, state: 'running' });
    const epoch = await broker.trajectories.open(id, [{ k: 0, state: null }], 2);
    await broker.learners.beat(learner('lead', { jobIds: [id], partSlots: 2 }), 60_000);
    await broker.learners.beat(learner('l2', { jobIds: [id], partSlots: 2 }), 60_000);
    await broker.parts.offer(id, epoch, [1, 2], 'lead');
    const claims = [await broker.parts.claim('l2', 60_000, soon()), await broker.parts.claim('l3', 60_000, soon())];
    const [mine, other] = claims.map(({ part }) => part) as [number, number];
    await broker.parts.send(claims[0]!, 'leader', { sequence: 1, message: new Uint8Array(1) });
    const age = expect.any(Number);
    const states = async () => (await job()).parts.map(({ state }: { state: string }) => state);
    expect(await job()).toEqual({
      wanted: 3,
      fence: epoch,
      parts: [
        { part: 0, policies: shares[0], state: 'held', learnerId: 'lead', heartbeatAge: age },
        { part: mine, policies: shares[mine], state: 'held', learnerId: 'l2', heartbeatAge: age },
        { part: other, policies: shares[other], state: 'joining', learnerId: 'l3', heartbeatAge: age },
      ].sort((a, b) => a.part - b.part),
    });
    await broker.parts.renew(claims[1]!, 1);
    await poll(async () => ((await states())[other] === 'lost' ? true : undefined));
    await broker.parts.offer(id, epoch, [other], 'lead');
    expect((await states())[other]).toBe('waiting');

    const queues = await poll(async () => {
      const told = (await app.inject('/v1/queues')).json();
      return told.parts.length > 0 ? told : undefined;
    });
    expect(Value.Errors(Queues, queues)).toEqual([]);
    expect(queues.parts).toEqual([{ jobId: id, parts: 2, waiting: 1 }]);
    // Two more parts, and each learner takes two.
    expect(await scaling()).toMatchObject({ learnerPartSlots: 4, learnersWanted: 2, parts: 2, waitingParts: 1 });
    const { learners } = (await app.inject('/v1/learners')).json();
    expect(learners).toMatchObject([
      { id: 'l2', partSlots: 2, parts: [{ jobId: id, part: mine, state: 'held' }] },
      { id: 'lead', partSlots: 2, parts: [] },
    ]);
    await broker.parts.withdraw(id, epoch);
    await broker.parts.offer(id, epoch, [1], 'lead');
    // One that is too large to be offered stays.
    expect(await job()).toMatchObject({
      wanted: 2,
      parts: [{ state: 'held' }, { state: 'waiting' }, { state: 'kept' }],
    });
    expect(await scaling()).toMatchObject({ learnersWanted: 2, parts: 1, waitingParts: 1 });
    await broker.learners.leave('lead');
    expect((await states())[0]).toBe('lost');

    const running = (await broker.jobs.get(id))!;
    await broker.jobs.compareAndSet(running.revision, { ...running.record, state: 'succeeded' });
    expect(await job()).toEqual({ wanted: 0, fence: null, parts: [] });
  });

  it('is shown where its environment is known to learners only', async () => {
    const { app, broker } = await testApi();
    const spec = JSON.stringify({ ...resolve({ env: { id: 'median-v1' }, learners: 2 }), env: { id: 'elsewhere-v1' } });
    await broker.jobs.submit({ jobId: 'own', state: 'running', spec, createdAt: 1, updatedAt: 1 });
    expect((await app.inject('/v1/jobs/own')).json()).toMatchObject({ env: 'elsewhere-v1', learners: null });
    expect((await app.inject('/v1/scaling')).json()).toMatchObject({ runningJobs: 1, learnersWanted: 1 });
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
