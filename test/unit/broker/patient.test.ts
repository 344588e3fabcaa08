import { describe, expect, it } from 'vitest';
import { type Clock, MarlinError, silentLogger } from '../../../src/base/index.js';
import { type Broker, createMemoryBroker, createPatientBroker } from '../../../src/broker/index.js';

const away = () => new MarlinError('BROKER_UNAVAILABLE', 'away', true);
const record = { jobId: 'job', state: 'queued', spec: '{}', createdAt: 1, updatedAt: 1 } as const;

/** A broker of which one call fails so many times, before or after it had its effect. */
function failing<P extends 'jobs' | 'trajectories' | 'events'>(
  part: P,
  method: keyof Broker[P],
  times: number,
  when: 'before' | 'after',
): Broker {
  const broker = createMemoryBroker();
  let left = times;
  const port = new Proxy(broker[part], {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        if (key !== method || left === 0) return value.apply(target, args);
        left--;
        if (when === 'before') return Promise.reject(away());
        return Promise.resolve(value.apply(target, args)).then(() => Promise.reject(away()));
      };
    },
  });
  return { ...broker, [part]: port };
}

/** A clock that leaps a second whenever it is asked. */
function leaping(): Clock {
  let now = 0;
  return { now: () => now, monotonic: () => (now += 1000) };
}

describe('a patient broker', () => {
  it('makes a call again until it succeeds, and says once that it waits', async () => {
    const told: string[] = [];
    const broker = createPatientBroker(
      failing('trajectories', 'open', 3, 'before'),
      {},
      { onWaiting: (error) => void told.push(error.code) },
    );
    expect(await broker.trajectories.open('job', [{ k: 0, state: null }], 1)).toBe(1);
    expect(told).toEqual(['BROKER_UNAVAILABLE']);
  });

  it('gives up when its patience is over', async () => {
    const broker = createPatientBroker(
      failing('jobs', 'list', 1000, 'before'),
      { patienceMs: 3500 },
      { clock: leaping(), logger: silentLogger },
    );
    await expect(broker.jobs.list()).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' });
  });

  it('does not repeat what cannot be mended', async () => {
    const broker = createPatientBroker(createMemoryBroker());
    await expect(broker.trajectories.cursor('job', 0)).rejects.toMatchObject({ code: 'BROKER_JOB_UNKNOWN' });
    expect(() => createPatientBroker(createMemoryBroker(), { patienceMs: 0 })).toThrow('patienceMs');
  });

  it('stops waiting when the signal aborts', async () => {
    const broker = createPatientBroker(failing('jobs', 'take', 1000, 'before'));
    const controller = new AbortController();
    const reason = new Error('stopping');
    const taking = broker.jobs.take(controller.signal);
    controller.abort(reason);
    await expect(taking).rejects.toBe(reason);
  });

  it('knows its own writes when their answers were lost', async () => {
    const submitting = createPatientBroker(failing('jobs', 'submit', 1, 'after'));
    expect((await submitting.jobs.submit(record)).record).toEqual(record);
    await expect(submitting.jobs.submit(record)).rejects.toMatchObject({ code: 'BROKER_JOB_EXISTS' });

    const writing = createPatientBroker(failing('jobs', 'compareAndSet', 1, 'after'));
    const { revision } = await writing.jobs.submit(record);
    const written = await writing.jobs.compareAndSet(revision, { ...record, state: 'running' });
    expect(written).toEqual(await writing.jobs.get('job'));
    expect(await writing.jobs.compareAndSet(revision, { ...record, state: 'running' })).toBeNull();
  });

  it('follows on where it was', async () => {
    const broker = createMemoryBroker();
    let breaks = 1;
    const events: Broker['events'] = {
      append: (...args) => broker.events.append(...args),
      read: (...args) => broker.events.read(...args),
      async *follow(...args) {
        for await (const event of broker.events.follow(...args)) {
          if (event.sequence === 2 && breaks-- > 0) throw away();
          yield event;
        }
      },
    };
    const patient = createPatientBroker({ ...broker, events });
    for (const payload of ['1', '2', '3']) await patient.events.append('job', 'note', payload);
    const controller = new AbortController();
    const got: string[] = [];
    for await (const event of patient.events.follow('job', 0, controller.signal)) {
      got.push(event.payload);
      if (got.length === 3) controller.abort();
    }
    expect(got).toEqual(['1', '2', '3']);
  });
});
