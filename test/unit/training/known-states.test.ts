import { describe, expect, it, onTestFinished } from 'vitest';
import { type Broker, createMemoryBroker, type RolloutTask } from '../../../src/broker/index.js';
import { KnownStates, runActor } from '../../../src/training/index.js';
import type { Workers } from '../../../src/training/workers.js';

const task = (fields: Partial<RolloutTask> = {}): RolloutTask => ({
  jobId: 'job',
  shard: 0,
  k: 3,
  version: 0,
  epoch: 7,
  ...fields,
});
const state = Uint8Array.of(1, 2);

describe('a state that was committed here', () => {
  it('is known for the batch that follows it under the same epoch, and for no other', () => {
    const states = new KnownStates();
    states.committed(task(), state, 'ok');
    expect(states.before(task({ k: 4 }))).toBe(state);
    for (const other of [{ k: 3 }, { k: 5 }, { k: 4, epoch: 8 }, { k: 4, shard: 1 }, { k: 4, jobId: 'other' }]) {
      expect(states.before(task(other)), JSON.stringify(other)).toBeUndefined();
    }
  });

  it.each(['duplicate', 'gap', 'full', 'fenced'] as const)(
    'is forgotten where the commit was refused (%s)',
    (outcome) => {
      const states = new KnownStates();
      states.committed(task(), state, 'ok');
      states.committed(task({ k: 4 }), Uint8Array.of(9), outcome);
      expect([4, 5].map((k) => states.before(task({ k })))).toEqual([undefined, undefined]);
    },
  );

  it('gives way to newer ones beyond the limit, also of its own shard', () => {
    const states = new KnownStates(5);
    for (const k of [3, 4, 5]) states.committed(task({ k }), state, 'ok');
    states.committed(task({ shard: 1 }), state, 'ok');
    const known = () => [0, 1, 2].map((shard) => states.before(task({ shard, k: shard === 0 ? 6 : 4 })) !== undefined);
    expect(known()).toEqual([true, true, false]);
    states.committed(task({ shard: 2 }), state, 'ok');
    expect(known()).toEqual([false, true, true]);
  });
});

/** One shard, an actor that remembers states, and what it was given to collect from. */
async function setUp() {
  const broker = createMemoryBroker();
  const asked: number[] = [];
  const begun: { readonly k: number; readonly state: readonly number[] }[] = [];
  const open = (k: number, bytes: Uint8Array | null) => broker.trajectories.open('job', [{ k, state: bytes }], 8);
  const workers = {
    run: async (_jobId: string, _kind: string, request: { k: number; state: Uint8Array | null }) => {
      begun.push({ k: request.k, state: [...(request.state ?? [])] });
      return {
        batch: new Uint8Array(new SharedArrayBuffer(4)),
        state: Uint8Array.of(request.k, 1),
        seconds: { environment: 1, policy: 0, transfer: 0 },
      };
    },
  } as unknown as Workers;
  const watched: Broker = {
    ...broker,
    trajectories: Object.assign(Object.create(broker.trajectories) as Broker['trajectories'], {
      cursor: (jobId: string, shard: number) => {
        asked.push(shard);
        return broker.trajectories.cursor(jobId, shard);
      },
      commit: (...args: Parameters<Broker['trajectories']['commit']>) => broker.trajectories.commit(...args),
    }),
  };
  const stopping = new AbortController();
  let done = 0;
  const acting = runActor(watched, workers, stopping.signal, { states: new KnownStates(), onDone: () => void done++ });
  onTestFinished(async () => {
    stopping.abort();
    await broker.close();
    await acting;
  });
  const work = async (k: number, epoch: number) => {
    const before = done;
    await broker.tasks.issue([task({ k, epoch })]);
    await expect.poll(() => done).toBe(before + 1);
  };
  return { broker, open, work, asked, begun };
}

describe('an actor that goes on with a shard', () => {
  it('does not ask for the state that it has just sent away', async () => {
    const { broker, open, work, asked, begun } = await setUp();
    const epoch = await open(0, null);
    await broker.weights.publish('job', 0, epoch, Uint8Array.of(0));
    for (const k of [0, 1, 2]) await work(k, epoch);
    expect(begun).toEqual([
      { k: 0, state: [] },
      { k: 1, state: [0, 1] },
      { k: 2, state: [1, 1] },
    ]);
    expect(asked).toHaveLength(1);
  });

  it('takes that of another actor, or of another learner, which were there meanwhile', async () => {
    const { broker, open, work, asked, begun } = await setUp();
    const epoch = await open(0, null);
    await broker.weights.publish('job', 0, epoch, Uint8Array.of(0));
    await work(0, epoch);
    await broker.trajectories.commit(task({ k: 1, epoch }), { batch: Uint8Array.of(1), state: Uint8Array.of(5, 5) });
    await work(2, epoch);
    const later = await open(3, Uint8Array.of(6, 6));
    await broker.weights.publish('job', 0, later, Uint8Array.of(0));
    await work(3, later);
    expect(begun.slice(1)).toEqual([
      { k: 2, state: [5, 5] },
      { k: 3, state: [6, 6] },
    ]);
    expect(asked).toHaveLength(3);
  });

  it('finds out that a task was done meanwhile when its weights are gone', async () => {
    const { broker, open, work, begun } = await setUp();
    const epoch = await open(0, null);
    await broker.weights.publish('job', 0, epoch, Uint8Array.of(0));
    await work(0, epoch);
    await broker.trajectories.commit(task({ k: 1, epoch }), { batch: Uint8Array.of(1), state: Uint8Array.of(5, 5) });
    await broker.weights.prune('job', 1, epoch);
    await work(1, epoch);
    expect(begun.map(({ k }) => k)).toEqual([0]);
  });
});
