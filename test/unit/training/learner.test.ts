import { describe, expect, test } from 'vitest';
import { silentLogger, systemClock } from '../../../src/base/index.js';
import { type Broker, type CommitOutcome, createMemoryBroker, type RolloutTask } from '../../../src/broker/index.js';
import { createMemoryCheckpointStore } from '../../../src/checkpoints/index.js';
import type { JobSpecInput } from '../../../src/jobs/index.js';
import { runActor } from '../../../src/training/actor.js';
import { BufferPool } from '../../../src/training/buffers.js';
import { runTraining, type TrainingEvent } from '../../../src/training/index.js';
import { Learner } from '../../../src/training/learner.js';
import type { UpdateRequest } from '../../../src/training/update-runner.js';
import type { Workers } from '../../../src/training/workers.js';
import { recorder, resolve, smallJob } from '../../helpers/training.js';
import { openInline, planOf } from './planning.js';

/** A learner and one actor in this thread, over a broker that the test may have changed. */
async function train(
  input: JobSpecInput,
  watch: (broker: Broker) => Broker,
  employ: (workers: Workers) => Workers = (workers) => workers,
  onEvent: (event: TrainingEvent) => void = () => {},
) {
  const { plan, ...rest } = planOf(input);
  const { workers } = await openInline({ plan, ...rest });
  const broker = watch(createMemoryBroker());
  const stopping = new AbortController();
  const buffers = new BufferPool(99);
  const learner = new Learner(
    plan,
    {
      broker,
      workers: employ(workers),
      checkpoints: createMemoryCheckpointStore(),
      clock: systemClock,
      logger: silentLogger,
    },
    {
      resume: false,
      signal: new AbortController().signal,
      onEvent,
      actors: 1,
      engine: 'wasm',
      takeCollectSeconds: null,
      buffers,
    },
  );
  const acting = runActor(broker, workers, stopping.signal, { buffers });
  try {
    return await learner.run();
  } finally {
    stopping.abort();
    await broker.close();
    await acting.catch(() => {});
  }
}

test.each([0, 1, 2])('a place is free before a task is issued that needs it, lag %i', async (lag) => {
  let released = 0;
  const issued: RolloutTask[] = [];
  await train({ ...smallJob, schedule: { lag } }, (broker) => ({
    ...broker,
    tasks: wrap(broker.tasks, {
      issue: async (tasks: readonly RolloutTask[]) => {
        for (const task of tasks) expect(task.k - released, `batch ${task.k}`).toBeLessThanOrEqual(lag);
        issued.push(...tasks);
        await broker.tasks.issue(tasks);
      },
    }),
    trajectories: wrap(broker.trajectories, {
      release: async (jobId: string, k: number) => {
        await aWhile();
        await broker.trajectories.release(jobId, k);
        released = k;
      },
    }),
  }));
  expect(issued).toHaveLength(3 * 8);
});

describe('a commit that is refused', () => {
  const refusing = (outcome: CommitOutcome, times: number) => (broker: Broker) => ({
    ...broker,
    trajectories: wrap(broker.trajectories, {
      commit: async (task: RolloutTask, entry: Parameters<Broker['trajectories']['commit']>[1]) => {
        if (task.shard === 1 && task.k === 2 && times-- > 0) return outcome;
        return broker.trajectories.commit(task, entry);
      },
    }),
  });

  test.each(['full', 'gap'] as const)(
    'as %s is tried again, and training goes on with the same weights',
    async (outcome) => {
      const { digest } = await train(smallJob, refusing(outcome, 2));
      expect(digest).toBe((await runTraining('job', resolve(smallJob), { actors: 0, learners: 0 })).digest);
    },
  );

  test('again and again ends the job: it does not wait for ever', async () => {
    await expect(train(smallJob, refusing('full', Infinity))).rejects.toMatchObject({
      code: 'TRAINING_COMMIT_REFUSED',
      data: { shard: 1, k: 2, outcome: 'full' },
    });
  });
});

describe('nothing of a job is under way when its run has ended,', () => {
  const failure = { code: 'ENV_OUTPUT_INVALID', message: 'broken', retryable: false, data: {} };

  /** Updates that take a while, counted; `under` is told of each that begins. */
  function slowUpdates(begun: (policy: number) => void) {
    const updates = { underWay: 0 };
    const employ = (workers: Workers): Workers =>
      wrap(workers, {
        run: async (jobId, kind, request) => {
          if (kind !== 'update') return workers.run(jobId, kind, request);
          updates.underWay++;
          try {
            for (const { unit } of request as readonly UpdateRequest[]) begun(unit);
            await aWhile();
            return await workers.run(jobId, kind, request);
          } finally {
            updates.underWay--;
          }
        },
      });
    return { updates, employ };
  }

  test('although a task failed in the middle of an iteration', async () => {
    let fail: () => void = () => {};
    const failed = new Promise<void>((resolve) => {
      fail = resolve;
    });
    const { updates, employ } = slowUpdates(() => fail());
    const task = { jobId: 'job', shard: 2, k: 1, version: 0, epoch: 1 };
    const failing = (broker: Broker): Broker => ({
      ...broker,
      tasks: wrap(broker.tasks, { failure: () => failed.then(() => ({ task, failure })) }),
    });
    await expect(train(smallJob, failing, employ)).rejects.toMatchObject({
      code: failure.code,
      data: { shard: 2, k: 1 },
    });
    expect(updates.underWay).toBe(0);
  });

  test('although the update of one policy failed before the others were made', async () => {
    const { updates, employ } = slowUpdates((policy) => {
      if (policy === 1) throw new Error('diverged');
    });
    await expect(train(smallJob, (broker) => broker, employ)).rejects.toThrow('diverged');
    expect(updates.underWay).toBe(0);
  });
});

describe('where publishing takes time,', () => {
  const [units, iterations, fencedVersion] = [3, 8, 4];

  /** A broker as of another process, whose weights take a while to be published, and a log of what happens when. */
  function slowPublishing(fails: (version: number) => boolean = () => false) {
    const log: string[] = [];
    const watch = (broker: Broker): Broker => ({
      ...broker,
      trajectories: wrap(broker.trajectories, {
        copiesCommitted: true,
        commit: async (task, entry) => {
          const batch = new Uint8Array(new SharedArrayBuffer(entry.batch.byteLength));
          batch.set(entry.batch);
          return broker.trajectories.commit(task, { ...entry, batch });
        },
      }),
      weights: wrap(broker.weights, {
        publish: async (jobId, version, epoch, weights) => {
          log.push(`publish ${version}`);
          await aWhile();
          if (fails(version)) throw new Error('fenced');
          await broker.weights.publish(jobId, version, epoch, weights);
          log.push(`published ${version}`);
        },
      }),
      tasks: wrap(broker.tasks, {
        issue: async (tasks) => {
          for (const { version } of tasks) expect(log).toContain(`published ${version}`);
          await broker.tasks.issue(tasks);
        },
      }),
    });
    const employ = (workers: Workers): Workers =>
      wrap(workers, {
        run: (jobId, kind, request) => {
          if (kind === 'update') log.push('update');
          return workers.run(jobId, kind, request);
        },
      });
    const onEvent = ({ type, iteration }: TrainingEvent): void => void log.push(`${type} ${iteration}`);
    const told = (): string[] => log.filter((line) => line.startsWith('iteration'));
    return { log, watch, employ, onEvent, told };
  }

  test.each([
    [0, false],
    [1, true],
  ])('with lag %i the next update begins meanwhile: %s', async (lag, overlapping) => {
    const job = { ...smallJob, schedule: { lag }, stop: { iterations } };
    const { log, watch, employ, onEvent, told } = slowPublishing();
    const { digest } = await train(job, watch, employ, onEvent);
    const updatesBefore = (line: string): number =>
      log.slice(0, log.indexOf(line)).filter((l) => l === 'update').length;
    const early = Array.from(
      { length: iterations - 2 },
      (_, i) => updatesBefore(`published ${i + 1}`) > units * (i + 1),
    );
    expect(early.includes(true)).toBe(overlapping);
    for (let version = 1; version <= iterations; version++) {
      expect(log.indexOf(`iteration ${version}`)).toBeGreaterThan(log.indexOf(`published ${version}`));
      expect(log.indexOf(`publish ${version}`)).toBeGreaterThan(log.indexOf(`published ${version - 1}`));
    }
    expect(told()).toHaveLength(iterations);
    expect(log.indexOf(`finished ${iterations}`)).toBe(log.length - 1);
    expect(digest).toBe((await runTraining('job', resolve(job), { actors: 0, learners: 0 })).digest);
  });

  test('nothing is told of a version that the broker refuses, nor published after it', async () => {
    const { log, watch, employ, onEvent, told } = slowPublishing((version) => version === fencedVersion);
    await expect(train(smallJob, watch, employ, onEvent)).rejects.toThrow('fenced');
    expect(told()).toHaveLength(fencedVersion - 1);
    expect(log).not.toContain(`publish ${fencedVersion + 1}`);
  });
});

describe('a run that stops at a return', () => {
  const options = { actors: 0, learners: 0 };
  // First actions far apart, so that there is something to learn.
  const job: JobSpecInput = {
    ...smallJob,
    policies: { '*': { network: { hidden: [], outputBias: 2 } } },
    evaluation: { every: 2, episodes: 4 },
    stop: { iterations: 12 },
  };
  const reachedAt = (events: readonly TrainingEvent[], goal: number): number | undefined =>
    events.find((event) => event.type === 'evaluation' && Object.values(event.agents).every((a) => a.return >= goal))
      ?.iteration;

  test('and is resumed where it stopped, stops there again', async () => {
    // A goal that is reached by an evaluation in the middle of the run.
    const { events, onEvent } = recorder();
    await runTraining('job', resolve(job), { ...options, onEvent });
    const worst = events.flatMap((event) =>
      event.type === 'evaluation'
        ? [{ at: event.iteration, least: Math.min(...Object.values(event.agents).map((agent) => agent.return)) }]
        : [],
    );
    const goal = worst.find(({ at, least }) => at > 0 && at < 12 && reachedAt(events, least) === at);
    expect(goal).toBeDefined();
    const spec = resolve({ ...job, stop: { return: goal?.least, iterations: 99 }, checkpoint: { every: 1 } });

    const checkpoints = createMemoryCheckpointStore();
    const whole = await runTraining('job', spec, { ...options, checkpoints });
    expect(whole).toMatchObject({ reason: 'return', iterations: goal?.at });
    // Killed after its last checkpoint, before it could say that it is done: that looks like this.
    const resumed = await runTraining('job', spec, { ...options, checkpoints, resume: true });
    expect(resumed).toMatchObject({ reason: 'return', iterations: whole.iterations, digest: whole.digest });
    expect(resumed.evaluation).toEqual(whole.evaluation);
  });
});

/** As long as another machine takes: whatever may go on meanwhile does. */
async function aWhile(): Promise<void> {
  for (let i = 0; i < 40; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** The port with some methods replaced; the others keep their `this`. */
function wrap<Port extends object>(port: Port, methods: Partial<Port>): Port {
  return new Proxy(port, {
    get(target, name) {
      const own = Reflect.get(methods, name) as unknown;
      if (own !== undefined) return own;
      const method = Reflect.get(target, name) as unknown;
      return typeof method === 'function' ? (method.bind(target) as unknown) : method;
    },
  });
}
