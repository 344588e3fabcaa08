import { describe, expect, it } from 'vitest';
import { type Broker, createMemoryBroker } from '../../../src/broker/index.js';
import { BROKER_CHECKS } from './broker-suite.js';
import { CONTRACT_OPTIONS } from './check.js';

/** How long a broken fake is given for an answer that never comes. */
const PATIENCE_MS = 60;

interface Fake {
  readonly defect: string;
  /** Names of checks that must notice, by their beginning. */
  readonly noticed: readonly string[];
  breaks(broker: Broker): Broker;
}

const FAKES: readonly Fake[] = [
  {
    defect: 'forgets the cursor check: a duplicate or a gap is stored',
    noticed: ['trajectories: a duplicate is dropped', 'trajectories: a gap is refused'],
    breaks: (broker) => ({
      ...broker,
      trajectories: bind(broker.trajectories, {
        commit: async (task, entry) => {
          const outcome = await broker.trajectories.commit(task, entry);
          return outcome === 'duplicate' || outcome === 'gap' ? 'ok' : outcome;
        },
      }),
    }),
  },
  {
    defect: 'drops fencing: commits of every epoch count as the current one',
    noticed: ['trajectories: opening again raises the epoch'],
    breaks: (broker) => {
      let epoch = 0;
      return {
        ...broker,
        trajectories: bind(broker.trajectories, {
          open: async (...args) => {
            epoch = await broker.trajectories.open(...args);
            return epoch;
          },
          commit: (task, entry) => broker.trajectories.commit({ ...task, epoch }, entry),
        }),
      };
    },
  },
  {
    defect: 'loses a retry',
    noticed: ['tasks: a retryable failure hands the task out again'],
    breaks: (broker) => ({
      ...broker,
      tasks: bind(broker.tasks, {
        take: async (signal) => {
          const lease = await broker.tasks.take(signal);
          return { ...lease, fail: () => lease.complete() };
        },
      }),
    }),
  },
  {
    defect: 'retries for ever: what should be reported is handed out again',
    noticed: ['tasks: a retryable failure', 'tasks: a failure that retrying cannot mend'],
    breaks: (broker) => ({
      ...broker,
      tasks: bind(broker.tasks, {
        take: async (signal) => {
          const lease = await broker.tasks.take(signal);
          const again = async () => {
            await lease.complete();
            await broker.tasks.issue([lease.task]);
          };
          return { ...lease, fail: again };
        },
      }),
    }),
  },
  {
    defect: 'doubles a task that is issued twice',
    noticed: ['tasks: one waiting or out is not doubled'],
    breaks: (broker) => {
      let epoch = 0;
      return {
        ...broker,
        tasks: bind(broker.tasks, {
          issue: (tasks) => broker.tasks.issue(tasks.map((task) => ({ ...task, epoch: ++epoch }))),
        }),
      };
    },
  },
  {
    defect: 'serves jobs one after the other',
    noticed: ['tasks: jobs take turns'],
    breaks: (broker) => {
      const backlog: Parameters<Broker['tasks']['issue']>[0][number][] = [];
      return {
        ...broker,
        tasks: bind(broker.tasks, {
          issue: async (tasks) => void backlog.push(...tasks),
          take: async (signal) => {
            await broker.tasks.issue(backlog.splice(0, 1));
            return broker.tasks.take(signal);
          },
        }),
      };
    },
  },
  {
    defect: 'never says full',
    noticed: ['trajectories: a full shard refuses'],
    breaks: (broker) => ({
      ...broker,
      trajectories: bind(broker.trajectories, {
        open: (jobId, cursors) => broker.trajectories.open(jobId, cursors, 1_000_000),
      }),
    }),
  },
  {
    defect: 'keeps the entries beyond the cursors of a job that is opened again',
    noticed: ['trajectories: opening at a cursor drops'],
    breaks: (broker) => {
      const kept = new Map<string, Awaited<ReturnType<Broker['trajectories']['read']>>>();
      return {
        ...broker,
        trajectories: bind(broker.trajectories, {
          commit: async (task, entry) => {
            if (!kept.has(`${task.shard}/${task.k}`)) kept.set(`${task.shard}/${task.k}`, entry);
            return broker.trajectories.commit(task, entry);
          },
          read: async (jobId, shard, k, signal) =>
            kept.get(`${shard}/${k}`) ?? broker.trajectories.read(jobId, shard, k, signal),
        }),
      };
    },
  },
  {
    defect: 'does not tell that a job was removed',
    noticed: ['jobs: changes tells'],
    breaks: (broker) => {
      const removed = new Set<string>();
      return {
        ...broker,
        jobs: bind(broker.jobs, {
          remove: async (jobId) => {
            removed.add(jobId);
            await broker.jobs.remove(jobId);
          },
          changes: async (mark) => {
            const { jobIds, ...rest } = await broker.jobs.changes(mark);
            return { jobIds: jobIds?.filter((jobId) => !removed.has(jobId)) ?? null, ...rest };
          },
        }),
      };
    },
  },
  {
    defect: 'lets a fenced learner publish',
    noticed: ['weights: a fenced learner cannot publish'],
    breaks: (broker) => ({
      ...broker,
      weights: bind(broker.weights, {
        publish: (jobId, version, epoch, weights) =>
          broker.weights.publish(jobId, version, epoch, weights).catch(() => undefined),
      }),
    }),
  },
  {
    defect: 'lets a fenced learner take away what is another’s',
    noticed: ['tasks: a fenced learner', 'trajectories: a fenced learner', 'weights: a fenced learner prunes'],
    breaks: (broker) => ({
      ...broker,
      tasks: bind(broker.tasks, { withdraw: (jobId) => broker.tasks.withdraw(jobId) }),
      trajectories: bind(broker.trajectories, { release: (jobId, k) => broker.trajectories.release(jobId, k) }),
      weights: bind(broker.weights, { prune: (jobId, version) => broker.weights.prune(jobId, version) }),
    }),
  },
  {
    defect: 'hands a part to whoever asks for one',
    noticed: ['parts: each is claimed once'],
    breaks: (broker) => ({
      ...broker,
      parts: bind(broker.parts, {
        claim: async (learnerId, leaseMs, signal) =>
          broker.parts
            .claim(learnerId, leaseMs, signal)
            .catch(() => ({ jobId: 'job', epoch: 1, part: 1, fence: 1, offeredBy: 'leader', learnerId })),
      }),
    }),
  },
  {
    defect: 'hears who has lost a part',
    noticed: ['parts: whoever has lost a part'],
    breaks: (broker) => ({
      ...broker,
      parts: bind(broker.parts, {
        send: async (hold, speaker, said) => {
          const holder = (await broker.parts.holders(hold.jobId, hold.epoch)).find(({ part }) => part === hold.part);
          await broker.parts.send({ ...hold, fence: holder?.fence ?? hold.fence }, speaker, said);
        },
      }),
    }),
  },
  {
    defect: 'takes back a part that was handed over',
    noticed: ['parts: one that is given back'],
    breaks: (broker) => ({
      ...broker,
      parts: bind(broker.parts, {
        release: async (hold) => {
          await broker.parts.release(hold);
          return true;
        },
      }),
    }),
  },
  {
    defect: 'shows whoever has claimed a part as one that holds it',
    noticed: ['parts: whoever shows them'],
    breaks: (broker) => ({
      ...broker,
      parts: bind(broker.parts, {
        offered: async (jobId) => {
          const told = await broker.parts.offered(jobId);
          const alive = <H extends object | null>(holder: H): H => holder && { ...holder, alive: true };
          return told && { ...told, parts: told.parts.map((part) => ({ ...part, holder: alive(part.holder) })) };
        },
      }),
    }),
  },
  {
    defect: 'lets a stale holder speak',
    noticed: ['parts: those of an old epoch'],
    breaks: (broker) => ({
      ...broker,
      parts: bind(broker.parts, { send: (...said) => broker.parts.send(...said).catch(() => {}) }),
    }),
  },
  {
    defect: 'forgets the pieces of a batch',
    noticed: ['parts: pieces of a batch'],
    breaks: (broker) => ({
      ...broker,
      trajectories: bind(broker.trajectories, {
        commit: (task, { batch, state }) => broker.trajectories.commit(task, { batch, state }),
      }),
    }),
  },
  {
    defect: 'says that it copies what it keeps by reference',
    noticed: ['trajectories: memory may be used again'],
    breaks: (broker) => ({ ...broker, trajectories: bind(broker.trajectories, { copiesCommitted: true }) }),
  },
  {
    defect: 'writes a job record without looking at its revision',
    noticed: ['jobs: compare-and-set writes only', 'jobs: of two writers at once'],
    breaks: (broker) => ({
      ...broker,
      jobs: bind(broker.jobs, {
        compareAndSet: async (_revision, record) => {
          for (let stored = await broker.jobs.get(record.jobId); stored !== null; ) {
            const written = await broker.jobs.compareAndSet(stored.revision, record);
            if (written !== null) return written;
            stored = await broker.jobs.get(record.jobId);
          }
          return null;
        },
      }),
    }),
  },
  {
    defect: 'shows followers only what was there when they came',
    noticed: ['events: a follower gets what is there and what comes'],
    breaks: (broker) => ({
      ...broker,
      events: bind(broker.events, {
        follow: async function* (jobId, sequence) {
          yield* await broker.events.read(jobId, sequence);
        },
      }),
    }),
  },
  {
    defect: 'loses a job whose lease is released',
    noticed: ['jobs: one that was released'],
    breaks: (broker) => ({
      ...broker,
      jobs: bind(broker.jobs, {
        take: async (signal) => {
          const lease = await broker.jobs.take(signal);
          return { ...lease, release: () => lease.complete() };
        },
      }),
    }),
  },
  {
    defect: 'counts a task that is given back as failed',
    noticed: ['tasks: one that is given back comes next'],
    breaks: (broker) => ({
      ...broker,
      tasks: bind(broker.tasks, {
        take: async (signal) => {
          const lease = await broker.tasks.take(signal);
          return { ...lease, release: () => lease.fail({ code: 'X', message: 'x', retryable: true, data: {} }) };
        },
      }),
    }),
  },
  {
    defect: 'never forgets an actor',
    noticed: ['actors: one that stops beating'],
    breaks: (broker) => ({
      ...broker,
      actors: bind(broker.actors, { beat: (record) => broker.actors.beat(record, 1_000_000) }),
    }),
  },
  {
    defect: 'says that every actor was heard of just now',
    noticed: ['actors: each is as old as its last heartbeat'],
    breaks: (broker) => ({
      ...broker,
      actors: bind(broker.actors, {
        list: async () => (await broker.actors.list()).map((actor) => ({ ...actor, ageMs: 0 })),
      }),
    }),
  },
  {
    defect: 'writes a served policy without looking at its revision',
    noticed: ['served policies: compare-and-set writes only', 'served policies: of writers at once'],
    breaks: (broker) => ({
      ...broker,
      servedPolicies: bind(broker.servedPolicies, {
        compareAndSet: async (_revision, record) => {
          for (;;) {
            const stored = await broker.servedPolicies.get(record.name);
            const written = await broker.servedPolicies.compareAndSet(stored?.revision ?? null, record);
            if (written !== null) return written;
          }
        },
      }),
    }),
  },
  {
    defect: 'does not wake those who wait when it closes',
    noticed: ['close: waiting calls'],
    breaks: (broker) => ({ ...broker, close: async () => {} }),
  },
];

/** The port's own methods, some of them replaced. */
function bind<T extends object>(port: T, replaced: Partial<T>): T {
  return new Proxy(port, {
    get(target, key) {
      const own = Reflect.get(replaced, key);
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

describe('the broker contract notices a broker that', () => {
  it.each(FAKES)('$defect', async ({ breaks, noticed }) => {
    for (const beginning of noticed) {
      const found = BROKER_CHECKS.filter((check) => check.name.startsWith(beginning));
      expect(found, beginning).toHaveLength(1);
      const broker = breaks(createMemoryBroker(CONTRACT_OPTIONS));
      const outcome = found[0]?.check(broker, PATIENCE_MS);
      // A fake that does not answer at all is noticed too: the runner's own limit ends it.
      await expect(withLimit(outcome), beginning).rejects.toThrow();
    }
  });

  it('and has no two checks of one name', () => {
    expect(new Set(BROKER_CHECKS.map((check) => check.name)).size).toBe(BROKER_CHECKS.length);
  });
});

function withLimit(outcome: Promise<void> | undefined): Promise<void> {
  const limit = new Promise<void>((_, reject) => {
    AbortSignal.timeout(PATIENCE_MS * 4).addEventListener('abort', () => reject(new Error('no answer')));
  });
  return Promise.race([outcome, limit]).then(() => undefined);
}
