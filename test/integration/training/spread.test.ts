import { expect, test, vi } from 'vitest';
import { MarlinError, silentLogger, systemClock } from '../../../src/base/index.js';
import { createMemoryBroker, type PartClaim } from '../../../src/broker/index.js';
import { createMemoryCheckpointStore } from '../../../src/checkpoints/index.js';
import type { JobSpec } from '../../../src/jobs/index.js';
import {
  BufferPool,
  JobDirectory,
  Learner,
  PartsHere,
  runActor,
  runTraining,
  type TrainingEvent,
  type TrainingResult,
  type Workers,
} from '../../../src/training/index.js';
import { PartLearner } from '../../../src/training/parts/part-learner.js';
import { createWiredBroker } from '../../../src/training/wired-broker.js';
import { InlineWorkers } from '../../../src/training/workers.js';
import { resolve } from '../../helpers/training.js';

const ITERATIONS = 12;
const signal = (): AbortSignal => new AbortController().signal;

const spec = (learners: number, more: object = {}): JobSpec =>
  resolve({
    seed: 5,
    env: { id: 'median-v1', options: { steps: 10 } },
    policies: { '*': { network: { hidden: [4] } } },
    rollout: { shards: 2, envsPerShard: 3, horizon: 15 },
    evaluation: { every: 0, episodes: 2 },
    checkpoint: { every: 4 },
    stop: { iterations: ITERATIONS },
    learners,
    ...more,
  });

const embedded = (of: JobSpec): Promise<TrainingResult> => runTraining('embedded', of, { actors: 0, learners: 0 });

/** A fleet in this thread: what its members say to each other are the messages that processes send. */
class Room {
  readonly broker = createMemoryBroker();
  readonly checkpoints = createMemoryCheckpointStore({ clock: systemClock });
  readonly events: TrainingEvent[] = [];
  hasRoom: () => Promise<boolean> = () => this.broker.hasRoom();
  /** part → iterations that were made of it elsewhere. */
  readonly made: number[] = [];
  private readonly directory = new JobDirectory(this.broker, []);
  private readonly end = new AbortController();

  static async open(of: JobSpec): Promise<Room> {
    const room = new Room();
    const record = { jobId: 'job', state: 'running', spec: JSON.stringify(of), createdAt: 1, updatedAt: 1 } as const;
    await room.broker.jobs.submit(record);
    void runActor(room.wired(), await room.workers(), room.end.signal);
    return room;
  }

  async workers(): Promise<Workers> {
    const workers = new InlineWorkers(systemClock);
    const plan = await this.directory.planOf('job');
    await workers.open({ jobId: 'job', spec: plan.spec, environmentModules: [] });
    return workers;
  }

  /** Trains the job from its newest checkpoint. */
  async lead(): Promise<TrainingResult> {
    const plan = await this.directory.planOf('job');
    const here = new PartsHere(plan.parts.length);
    const broker = this.wired(() => [...here.parts]);
    const { parts } = this.broker;
    const { pieces } = broker;
    const hasRoom = () => this.hasRoom();
    const spread = { parts, pieces, learnerId: 'leader', here, hasRoom, logger: silentLogger };
    const learner = new Learner(
      plan,
      {
        broker,
        workers: await this.workers(),
        checkpoints: this.checkpoints,
        clock: systemClock,
        logger: silentLogger,
        spread,
      },
      {
        resume: 'ifAny',
        signal: signal(),
        onEvent: (event) => void this.events.push(event),
        actors: 1,
        engine: 'wasm',
        takeCollectSeconds: null,
        buffers: new BufferPool(8),
      },
    );
    return await learner.run();
  }

  async claim(leaseMs = 60_000): Promise<PartClaim> {
    return await this.broker.parts.claim('holder', leaseMs, this.end.signal);
  }

  /** Updates a part; `leavesAfter` so many iterations. */
  async hold(claim: PartClaim, leavesAfter = Number.POSITIVE_INFINITY, workers?: Workers): Promise<void> {
    let made = 0;
    const learner = new PartLearner(
      await this.directory.planOf('job'),
      { broker: this.wired(), workers: workers ?? (await this.workers()) },
      {
        claim,
        signal: this.end.signal,
        leaving: () => made + 1 >= leavesAfter,
        onIteration: () => {
          made++;
          this.made[claim.part] = (this.made[claim.part] ?? 0) + 1;
        },
        buffers: new BufferPool(8),
      },
    );
    await learner.run();
  }

  close(): void {
    this.end.abort();
  }

  private wired(piecesHere?: () => readonly number[]) {
    const layoutOf = (jobId: string) => this.directory.layoutOf(jobId);
    return createWiredBroker(this.broker, {
      layoutOf,
      buffers: new BufferPool(8),
      ...(piecesHere === undefined ? {} : { piecesHere }),
    });
  }
}

const joined = { algorithm: { id: 'mappo', options: { criticInput: 'observations' } } };

test.each([
  ['all by itself', 3, 0, {}],
  ['with one other', 2, 1, {}],
  ['with two others', 3, 2, {}],
  ['with fewer others than parts', 3, 1, {}],
  ['with two others whose critics see all observations', 3, 2, joined],
])(
  'a learner trains %s: the digest, the weights and what is told of agents are the same',
  async (_, learners, others, more) => {
    const room = await Room.open(spec(learners, more));
    const holding = Array.from({ length: others }, async () => room.hold(await room.claim()));
    // They are ready before the first iteration: how many share the job is no matter of chance here.
    const alone = await embedded(spec(learners, more));
    const result = await room.lead();
    await Promise.all(holding);
    room.close();
    expect(result.digest).toBe(alone.digest);
    expect(result.weights).toEqual(alone.weights);
    expect(room.made.flat().length).toBe(others);
    for (const made of Object.values(room.made)) expect(made).toBeGreaterThan(ITERATIONS / 2);
    const iterations = room.events.filter(({ type }) => type === 'iteration');
    expect(iterations).toHaveLength(ITERATIONS);
    expect(iterations.every((event) => JSON.stringify(event).includes('"policyLoss"'))).toBe(true);
  },
);

test('parts change hands between iterations: no bit changes, and nothing is made twice', async () => {
  const room = await Room.open(spec(2));
  const holding = (async () => {
    await room.hold(await room.claim(), 3);
    await room.hold(await room.claim(), 2);
  })();
  const result = await room.lead();
  await holding;
  room.close();
  expect(room.made[1]).toBe(5);
  expect(result.digest).toBe((await embedded(spec(2))).digest);
  expect(room.events.filter(({ type }) => type === 'iteration')).toHaveLength(ITERATIONS);
});

test('one that is gone is noticed; the job goes on from its checkpoint, and whoever wakes up later lets go', async () => {
  const room = await Room.open(spec(2));
  const workers = await room.workers();
  let wake: () => void = () => {};
  const asleep = new Promise<void>((resolve) => {
    wake = resolve;
  });
  let updates = 0;
  // Falls asleep in the middle of its sixth update, so that its claim is renewed no more.
  const sleepy: Workers = {
    size: 0,
    run: async (jobId, kind, request) => {
      if (kind === 'update' && ++updates === 6) {
        clearInterval(renewing);
        await asleep;
      }
      return await workers.run(jobId, kind, request);
    },
    open: (job) => workers.open(job),
    closeJob: (jobId) => workers.closeJob(jobId),
    close: () => workers.close(),
  };
  let renewing: NodeJS.Timeout | undefined;
  const stale = (async () => {
    const claim = await room.claim(2000);
    renewing = setInterval(() => void room.broker.parts.renew(claim, 2000).catch(() => {}), 50);
    const holding = room.hold(claim, Number.POSITIVE_INFINITY, sleepy);
    await holding;
  })();
  await expect(room.lead()).rejects.toMatchObject({ code: 'TRAINING_PART_LOST', retryable: true, data: { part: 1 } });
  const second = room.lead();
  wake();
  await stale;
  clearInterval(renewing);
  const result = await second;
  room.close();
  expect(result.digest).toBe((await embedded(spec(2))).digest);
  const begun = room.events.flatMap((event) => (event.type === 'started' ? [event.iteration] : []));
  expect(begun).toEqual([0, 4]);
}, 20_000);

test('one whose claim ends for a while, as all do while nothing can be stored, keeps its part', async () => {
  const room = await Room.open(spec(2));
  const workers = await room.workers();
  let goOn: () => void = () => {};
  const renewed = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const slow: Workers = {
    size: 0,
    run: async (jobId, kind, request) => {
      if (kind === 'update') await renewed;
      return await workers.run(jobId, kind, request);
    },
    open: (job) => workers.open(job),
    closeJob: (jobId) => workers.closeJob(jobId),
    close: () => workers.close(),
  };
  const holding = (async () => room.hold(await room.claim(), Number.POSITIVE_INFINITY, slow))();
  const { parts } = room.broker;
  const holders = parts.holders.bind(parts);
  let begun = false;
  const send = parts.send.bind(parts);
  vi.spyOn(parts, 'send').mockImplementation(async (...said) => {
    begun ||= said[3] === 'leader';
    await send(...said);
  });
  let looks = 0;
  vi.spyOn(parts, 'holders').mockImplementation(async (...of) => {
    const found = await holders(...of);
    if (!begun) return found;
    if (++looks === 7) goOn();
    return found.map((holder) => ({ ...holder, alive: looks > 6 }));
  });
  // Twice there is no room; that does not count.
  room.hasRoom = async () => looks > 2;
  const result = await room.lead();
  await holding;
  room.close();
  expect(room.made[1]).toBeGreaterThan(ITERATIONS / 2);
  expect(result.digest).toBe((await embedded(spec(2))).digest);
}, 20_000);

test('what fails elsewhere fails the job, with its own error', async () => {
  const room = await Room.open(spec(2));
  const workers = await room.workers();
  const failing: Workers = {
    size: 0,
    run: async (jobId, kind, request) => {
      if (kind === 'update')
        throw new MarlinError('TRAINING_DIVERGED', 'a loss is NaN', false, { data: { policy: 'p' } });
      return await workers.run(jobId, kind, request);
    },
    open: (job) => workers.open(job),
    closeJob: (jobId) => workers.closeJob(jobId),
    close: () => workers.close(),
  };
  const holding = (async () => room.hold(await room.claim(), Number.POSITIVE_INFINITY, failing))();
  const failed = expect(holding).rejects.toMatchObject({ code: 'TRAINING_DIVERGED' });
  await expect(room.lead()).rejects.toMatchObject({ code: 'TRAINING_DIVERGED', data: { policy: 'p' } });
  room.close();
  await failed;
});

test('a learner that cannot offer its parts lets go of all that it waits for', async () => {
  const room = await Room.open(spec(2));
  const waiting = vi.spyOn(room.broker.tasks, 'failure');
  const refused = new MarlinError('BROKER_FENCED', 'another learner has begun', false);
  vi.spyOn(room.broker.parts, 'offer').mockRejectedValue(refused);
  await expect(room.lead()).rejects.toBe(refused);
  room.close();
  await expect(waiting.mock.results[0]!.value).rejects.toMatchObject({ name: 'AbortError' });
});

test('whether or not its tasks can be withdrawn, a learner that ends gives the others their parts back', async () => {
  const room = await Room.open(spec(2));
  const holding = (async () => room.hold(await room.claim()))();
  vi.spyOn(room.broker.tasks, 'withdraw').mockRejectedValue(new Error('tasks stay'));
  const failing = vi.spyOn(room.broker.weights, 'prune').mockRejectedValue(new Error('weights stay'));
  await expect(room.lead()).rejects.toThrow('stay');
  expect(failing).toHaveBeenCalled();
  await holding;
  room.close();
});
