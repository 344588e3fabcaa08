import { describe, expect, test, vi } from 'vitest';
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

interface Leaving {
  readonly leaving?: AbortController;
  readonly patienceMs?: number;
}

/** The same workers; `before` is told of each piece of work, and waited for. As threads do, they begin the next updates ahead. */
const watched = (workers: Workers, before: (kind: string) => Promise<void> | void = () => {}): Workers => ({
  size: 1,
  run: async (jobId, kind, request) => {
    await before(kind);
    return await workers.run(jobId, kind, request);
  },
  open: (job) => workers.open(job),
  closeJob: (jobId) => workers.closeJob(jobId),
  close: () => workers.close(),
});

/** A fleet in this thread: what its members say to each other are the messages that processes send. */
class Room {
  readonly broker = createMemoryBroker();
  readonly checkpoints = createMemoryCheckpointStore({ clock: systemClock });
  readonly events: TrainingEvent[] = [];
  hasRoom: () => Promise<boolean> = () => this.broker.hasRoom();
  /** Words of holders that nobody heard. */
  refused = 0;
  /** Words that the job's learner said. */
  asked = 0;
  /** part → iterations that were made of it elsewhere. */
  readonly made: number[] = [];
  private readonly directory = new JobDirectory(this.broker, []);
  private readonly end = new AbortController();
  private actor = new AbortController();

  static async open(of: JobSpec): Promise<Room> {
    const room = new Room();
    const { parts } = room.broker;
    const send = parts.send.bind(parts);
    vi.spyOn(parts, 'send').mockImplementation(async (...said) => {
      if (said[1] === 'leader') room.asked++;
      await send(...said);
    });
    const record = { jobId: 'job', state: 'running', spec: JSON.stringify(of), createdAt: 1, updatedAt: 1 } as const;
    await room.broker.jobs.submit(record);
    await room.startActor();
    return room;
  }

  async startActor(): Promise<void> {
    this.actor = new AbortController();
    this.end.signal.addEventListener('abort', this.stopActor);
    void runActor(this.wired(), await this.workers(), this.actor.signal);
  }

  /** Resolves when there is as much as may be before the next iteration is made. */
  async untilCollected(): Promise<void> {
    const { spec: of } = await this.directory.planOf('job');
    const cursors = async () =>
      Promise.all(
        Array.from({ length: of.rollout.shards }, async (_, s) => (await this.broker.trajectories.cursor('job', s)).k),
      );
    let before: readonly number[] = [];
    const standing = async (): Promise<boolean> => {
      const last = before;
      before = await cursors();
      return before.every((k, s) => k === last[s]);
    };
    await vi.waitUntil(standing, { interval: 30 });
  }

  /** Nothing is collected from now on. */
  readonly stopActor = (): void => this.actor.abort();

  async workers(): Promise<Workers> {
    const workers = watched(new InlineWorkers(systemClock));
    const plan = await this.directory.planOf('job');
    await workers.open({ jobId: 'job', spec: plan.spec, environmentModules: [] });
    return workers;
  }

  /** Trains the job from its newest checkpoint. */
  async lead(interrupted: AbortSignal = signal()): Promise<TrainingResult> {
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
        signal: interrupted,
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

  /** Updates a part; is told to leave while it makes its `leavesAfter`th iteration, or when `leaving` aborts. */
  async hold(
    claim: PartClaim,
    leavesAfter = Number.POSITIVE_INFINITY,
    workers?: Workers,
    { leaving = new AbortController(), patienceMs = 60_000 }: Leaving = {},
  ): Promise<void> {
    let made = 0;
    const own = workers ?? (await this.workers());
    const learner = new PartLearner(
      await this.directory.planOf('job'),
      {
        broker: this.wired(),
        workers: watched(own, (kind) => {
          if (kind === 'update' && made + 1 >= leavesAfter) leaving.abort();
        }),
      },
      {
        claim,
        signal: this.end.signal,
        leaving: leaving.signal,
        patienceMs: () => patienceMs,
        onRefused: () => {
          this.refused++;
        },
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
  const sleepy = watched(workers, async (kind) => {
    if (kind !== 'update' || ++updates !== 6) return;
    clearInterval(renewing);
    await asleep;
  });
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
  expect(room.refused).toBe(1);
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
  const slow = watched(workers, async (kind) => {
    if (kind === 'update') await renewed;
  });
  const holding = (async () => room.hold(await room.claim(), Number.POSITIVE_INFINITY, slow))();
  const { parts } = room.broker;
  const holders = parts.holders.bind(parts);
  let looks = 0;
  vi.spyOn(parts, 'holders').mockImplementation(async (...of) => {
    const found = await holders(...of);
    if (room.asked === 0) return found;
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
  const failing = watched(workers, (kind) => {
    if (kind === 'update')
      throw new MarlinError('TRAINING_DIVERGED', 'a loss is NaN', false, { data: { policy: 'p' } });
  });
  const holding = (async () => room.hold(await room.claim(), Number.POSITIVE_INFINITY, failing))();
  const failed = expect(holding).rejects.toMatchObject({ code: 'TRAINING_DIVERGED' });
  await expect(room.lead()).rejects.toMatchObject({ code: 'TRAINING_DIVERGED', data: { policy: 'p' } });
  room.close();
  await failed;
});

test('one that has lost its part hears nothing that is said to the next, and fails nothing when it fails', async () => {
  const room = await Room.open(spec(2));
  const failing = watched(await room.workers(), (kind) => {
    if (kind === 'update') throw new MarlinError('TRAINING_DIVERGED', 'a loss is NaN', false);
  });
  const holding = (async () => {
    // Over at once: the part is offered again, and claimed in the same name.
    const lost = room.hold(await room.claim(1), Number.POSITIVE_INFINITY, failing);
    await room.hold(await room.claim());
    await lost;
  })();
  const result = await room.lead();
  await holding;
  room.close();
  expect(room.made[1]).toBeGreaterThan(0);
  expect(result.digest).toBe((await embedded(spec(2))).digest);
});

describe('who is to leave', () => {
  const NEVER = Number.POSITIVE_INFINITY;

  /** Trains until all is made that `leaves` lets be made, then goes on with the rest without it. */
  async function train(leaves: (room: Room, claim: PartClaim, leaving: AbortController) => Promise<void>) {
    const room = await Room.open(spec(2));
    const training = room.lead();
    const leaving = new AbortController();
    await leaves(room, await room.claim(), leaving);
    expect(leaving.signal.aborted).toBe(true);
    const result = await training;
    room.close();
    expect(result.digest).toBe((await embedded(spec(2))).digest);
    expect(room.events.filter(({ type }) => type === 'iteration')).toHaveLength(ITERATIONS);
    return room;
  }

  test('while it waits for its next word goes at once; whatever is asked next is answered with the part', async () => {
    const { made } = await train(async (room, claim, leaving) => {
      const holding = room.hold(claim, NEVER, undefined, { leaving });
      await vi.waitUntil(() => (room.made[1] ?? 0) >= 2, { interval: 1 });
      room.stopActor();
      const standing = async () => {
        const before = room.made[1];
        await new Promise((resolve) => setTimeout(resolve, 20));
        return room.made[1] === before;
      };
      await vi.waitUntil(standing);
      leaving.abort();
      await holding;
      await room.startActor();
    });
    expect(made[1]).toBeLessThan(ITERATIONS);
  });

  test('while it waits for trajectories goes at once; who asked makes the iteration', async () => {
    const { made } = await train(async (room, claim, leaving) => {
      const { trajectories } = room.broker;
      const readPiece = trajectories.readPiece.bind(trajectories);
      // Of its own part; the other reads it as well once it has it back.
      vi.spyOn(trajectories, 'readPiece').mockImplementation(async (...piece) => {
        const [, , k, , signal] = piece;
        if (k < 3 || leaving.signal.aborted) return await readPiece(...piece);
        return await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      });
      const holding = room.hold(claim, NEVER, undefined, { leaving });
      await vi.waitUntil(() => (room.made[1] ?? 0) === 3, { interval: 1 });
      await vi.waitUntil(() => room.asked >= 4, { interval: 1 });
      leaving.abort();
      await holding;
    });
    expect(made[1]).toBe(3);
  });

  test('in an update that takes too long gives it up; who asked makes the iteration', async () => {
    let goOn: () => void = () => {};
    const { made } = await train(async (room, claim, leaving) => {
      let updates = 0;
      const over = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      const { trajectories } = room.broker;
      const readPiece = trajectories.readPiece.bind(trajectories);
      // Longer than it takes to begin an update.
      vi.spyOn(trajectories, 'readPiece').mockImplementation(async (...piece) => {
        const found = await readPiece(...piece);
        for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
        return found;
      });
      const slow = watched(await room.workers(), async (kind) => {
        if (kind !== 'update' || ++updates < 6) return;
        // Until the next iteration's batches are with the other, which then begins it ahead.
        await room.untilCollected();
        leaving.abort();
        await over;
      });
      await room.hold(claim, NEVER, slow, { leaving, patienceMs: 1 });
    });
    goOn();
    expect(made[1]).toBe(5);
  });

  test('before it was given the part gives it back, or answers with it where it was just given', async () => {
    const { made } = await train(async (room, claim, leaving) => {
      leaving.abort();
      await room.hold(claim, NEVER, undefined, { leaving });
      vi.spyOn(room.broker.parts, 'release').mockResolvedValue(false);
      await room.hold(await room.claim(), NEVER, undefined, { leaving });
    });
    expect(made[1]).toBeUndefined();
  });
});

test('a leader that is to stop while nothing is collected stops at once, whole; another goes on from there', async () => {
  const room = await Room.open(spec(2));
  const holding = (async () => room.hold(await room.claim()))();
  const stopping = new AbortController();
  const leading = room.lead(stopping.signal);
  const made = () => room.events.filter(({ type }) => type === 'iteration').length;
  await vi.waitUntil(() => made() >= 3, { interval: 1 });
  room.stopActor();
  // What was being collected still comes; then it waits.
  let before = -1;
  while (before !== made()) {
    before = made();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  stopping.abort();
  const stopped = await leading;
  expect(stopped).toMatchObject({ state: 'cancelled', reason: 'interrupted', iterations: made() });
  expect(made()).toBeLessThan(ITERATIONS);
  await holding;
  await room.startActor();
  const result = await room.lead();
  room.close();
  expect(result.digest).toBe((await embedded(spec(2))).digest);
  expect(room.events.filter(({ type }) => type === 'iteration')).toHaveLength(ITERATIONS);
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
