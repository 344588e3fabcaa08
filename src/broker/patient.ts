import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type Clock, type Logger, MarlinError, silentLogger, systemClock } from '../base/index.js';
import type {
  Actors,
  Broker,
  JobEvent,
  JobRecord,
  ServedPolicies,
  ServedPolicyRecord,
  StoredJob,
  StoredServedPolicy,
  TaskLease,
} from './port.js';
import { assertInteger } from './validate.js';

export interface PatientOptions {
  /** How long one call goes on trying; default 10 minutes, at least 1. */
  readonly patienceMs?: number;
}

export interface PatientModules {
  /** Measures patience; default the system's. */
  readonly clock?: Clock;
  /** Told when a call begins to wait; default nobody. */
  readonly logger?: Logger;
  /** Told as well, for whoever has to show it. */
  readonly onWaiting?: (error: MarlinError) => void;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1000;

/** The same broker for those who would rather wait than fail: a call that fails with a retryable error is made again until it
 *  succeeds, its signal aborts, or its patience is over. For learners and actors, which have nothing better to do while Redis is
 *  away or out of memory; a server that must answer uses the broker itself. Closing it closes the broker.
 *  Throws BROKER_ARGUMENT_INVALID. */
export function createPatientBroker(
  broker: Broker,
  options: PatientOptions = {},
  modules: PatientModules = {},
): Broker {
  const { patienceMs = 600_000 } = options;
  assertInteger('patienceMs', patienceMs, 1);
  const { tasks, trajectories, weights, parts, jobs, events, actors, learners, credentials, servedPolicies } = broker;

  const retry: Retry = async (call, signal) => {
    const { clock = systemClock, logger = silentLogger } = modules;
    const begun = clock.monotonic();
    for (let pauseMs = FIRST_PAUSE_MS, failures = 0; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS), failures++) {
      try {
        return await call(failures > 0);
      } catch (error) {
        const passes = error instanceof MarlinError && error.retryable;
        if (!passes || clock.monotonic() - begun + pauseMs > patienceMs) throw error;
        if (failures === 0) {
          logger.warn({ code: error.code, error: error.message }, 'the broker cannot serve now; waiting for it');
          modules.onWaiting?.(error);
        }
        await pause(pauseMs, signal);
      }
    }
  };

  return {
    tasks: {
      issue: (issued) => retry(() => tasks.issue(issued)),
      take: async (signal) => patientLease(await retry(() => tasks.take(signal), signal), retry),
      withdraw: (jobId, epoch) => retry(() => tasks.withdraw(jobId, epoch)),
      backlog: () => retry(() => tasks.backlog()),
      failure: (jobId, signal) => retry(() => tasks.failure(jobId, signal), signal),
    },
    trajectories: {
      copiesCommitted: trajectories.copiesCommitted,
      open: (jobId, cursors, capacity) => retry(() => trajectories.open(jobId, cursors, capacity)),
      commit: (task, entry) => retry(() => trajectories.commit(task, entry)),
      cursor: (jobId, shard) => retry(() => trajectories.cursor(jobId, shard)),
      read: (jobId, shard, k, signal) => retry(() => trajectories.read(jobId, shard, k, signal), signal),
      readPiece: (jobId, shard, k, piece, signal) =>
        retry(() => trajectories.readPiece(jobId, shard, k, piece, signal), signal),
      release: (jobId, k, epoch) => retry(() => trajectories.release(jobId, k, epoch)),
      close: (jobId) => retry(() => trajectories.close(jobId)),
    },
    weights: {
      publish: (jobId, version, epoch, bytes) => retry(() => weights.publish(jobId, version, epoch, bytes)),
      fetch: (jobId, version) => retry(() => weights.fetch(jobId, version)),
      newest: (jobId, epoch) => retry(() => weights.newest(jobId, epoch)),
      prune: (jobId, version, epoch) => retry(() => weights.prune(jobId, version, epoch)),
    },
    parts: {
      offer: (jobId, epoch, offered, learnerId) => retry(() => parts.offer(jobId, epoch, offered, learnerId)),
      claim: (learnerId, leaseMs, signal) => retry(() => parts.claim(learnerId, leaseMs, signal), signal),
      renew: (hold, leaseMs) => retry(() => parts.renew(hold, leaseMs)),
      release: (hold) =>
        retry(async (again) => {
          try {
            return await parts.release(hold);
          } catch (error) {
            // An earlier try, whose answer was lost, has given it back.
            if (again && error instanceof MarlinError && error.code === 'BROKER_PART_FENCED') return true;
            throw error;
          }
        }),
      holders: (jobId, epoch) => retry(() => parts.holders(jobId, epoch)),
      send: (hold, speaker, said) => retry(() => parts.send(hold, speaker, said)),
      receive: (hold, speaker, after, signal) => retry(() => parts.receive(hold, speaker, after, signal), signal),
      offered: (jobId) => retry(() => parts.offered(jobId)),
      withdraw: (jobId, epoch) => retry(() => parts.withdraw(jobId, epoch)),
    },
    jobs: {
      submit: (record) =>
        retry(async (again) => {
          try {
            return await jobs.submit(record);
          } catch (error) {
            const exists = error instanceof MarlinError && error.code === 'BROKER_JOB_EXISTS';
            const written = again && exists ? await sameJob(broker, record) : null;
            if (written === null) throw error;
            return written;
          }
        }),
      get: (jobId) => retry(() => jobs.get(jobId)),
      list: () => retry(() => jobs.list()),
      revisions: () => retry(() => jobs.revisions()),
      changes: (mark) => retry(() => jobs.changes(mark)),
      compareAndSet: (revision, record) =>
        retry(async (again) => {
          const written = await jobs.compareAndSet(revision, record);
          return written === null && again ? sameJob(broker, record) : written;
        }),
      take: async (signal) => {
        const lease = await retry(() => jobs.take(signal), signal);
        return {
          ...lease,
          complete: () => retry(() => lease.complete()),
          release: () => retry(() => lease.release()),
        };
      },
      remove: (jobId) => retry(() => jobs.remove(jobId)),
    },
    events: {
      append: (jobId, type, payload, token = randomUUID()) => retry(() => events.append(jobId, type, payload, token)),
      read: (jobId, sequence, limit) => retry(() => events.read(jobId, sequence, limit)),
      follow: (jobId, sequence, signal) => follow(broker, retry, jobId, sequence, signal),
    },
    actors: patientActors(actors, retry),
    learners: patientActors(learners, retry),
    credentials: {
      put: (record) => retry(() => credentials.put(record)),
      get: (keyId) => retry(() => credentials.get(keyId)),
      list: () => retry(() => credentials.list()),
      remove: (keyId) => retry(() => credentials.remove(keyId)),
    },
    servedPolicies: {
      get: (name) => retry(() => servedPolicies.get(name)),
      list: () => retry(() => servedPolicies.list()),
      compareAndSet: (revision, record) =>
        retry(async (again) => {
          const written = await servedPolicies.compareAndSet(revision, record);
          return written === null && again ? samePolicy(servedPolicies, record) : written;
        }),
      remove: (name, revision) => retry(() => servedPolicies.remove(name, revision)),
    },
    hasRoom: () => retry(() => broker.hasRoom()),
    close: () => broker.close(),
  };
}

/** Makes a call until it succeeds; the call is told whether it is made again. */
type Retry = <T>(call: (again: boolean) => Promise<T>, signal?: AbortSignal) => Promise<T>;

const patientActors = (actors: Actors, retry: Retry): Actors => ({
  beat: (record, ttlMs) => retry(() => actors.beat(record, ttlMs)),
  list: () => retry(() => actors.list()),
  leave: (actorId) => retry(() => actors.leave(actorId)),
});

const patientLease = (lease: TaskLease, retry: Retry): TaskLease => ({
  ...lease,
  complete: () => retry(() => lease.complete()),
  fail: (failure) => retry(() => lease.fail(failure)),
  release: () => retry(() => lease.release()),
});

/** The stored job when it is what an earlier try, whose answer was lost, meant to write. */
async function sameJob(broker: Broker, record: JobRecord): Promise<StoredJob | null> {
  const stored = await broker.jobs.get(record.jobId);
  return stored !== null && isDeepStrictEqual({ ...stored.record }, { ...record }) ? stored : null;
}

/** As `sameJob`. */
async function samePolicy(
  servedPolicies: ServedPolicies,
  record: ServedPolicyRecord,
): Promise<StoredServedPolicy | null> {
  const stored = await servedPolicies.get(record.name);
  return stored?.record.policy === record.policy ? stored : null;
}

async function* follow(
  broker: Broker,
  retry: Retry,
  jobId: string,
  sequence: number,
  signal: AbortSignal,
): AsyncIterable<JobEvent> {
  let last = sequence;
  let followed = broker.events.follow(jobId, last, signal)[Symbol.asyncIterator]();
  for (;;) {
    const next = await retry((again) => {
      if (again) followed = broker.events.follow(jobId, last, signal)[Symbol.asyncIterator]();
      return followed.next();
    }, signal);
    if (next.done === true) return;
    last = next.value.sequence;
    yield next.value;
  }
}

/** Rejects with the signal's reason. */
function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
