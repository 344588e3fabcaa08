import { describe, expect, test } from 'vitest';
import { createEnvironmentCatalog } from '../../../src/envs/index.js';
import type { JobSpecInput } from '../../../src/jobs/index.js';
import { planJob } from '../../../src/training/plan.js';
import { UnitUpdates } from '../../../src/training/unit-updates.js';
import type { UnitLayout, UnitState, UpdateRequest, UpdateResult } from '../../../src/training/update-runner.js';
import type { Workers } from '../../../src/training/workers.js';
import { resolve, smallJob } from '../../helpers/training.js';

const bytes = (value: number): Uint8Array => new Uint8Array(new SharedArrayBuffer(4)).fill(value);
const stateOf = (value: number): UnitState => ({ tensors: bytes(value), counters: {}, replay: null });

interface Asked {
  /** The first of those that go together, and the units of all. */
  readonly request: UpdateRequest;
  readonly units: readonly number[];
  /** The units' states get this value and those above it, in order. */
  finish(value: number): Promise<void>;
  fail(error: Error): Promise<void>;
}

/** Threads whose updates end when the test says so. */
function heldWorkers(size: number): { readonly workers: Workers; readonly asked: Asked[] } {
  const asked: Asked[] = [];
  const workers = {
    size,
    run: (_job: string, _kind: string, requests: readonly UpdateRequest[]) =>
      new Promise<readonly UpdateResult[]>((resolveResults, reject) => {
        const settled = async (act: () => void): Promise<void> => {
          act();
          for (let turn = 0; turn < 20; turn++) await Promise.resolve();
        };
        asked.push({
          request: requests[0]!,
          units: requests.map(({ unit }) => unit),
          finish: (value) =>
            settled(() =>
              resolveResults(
                requests.map(({ unit }) => ({
                  state: stateOf(value + unit - requests[0]!.unit),
                  metrics: {},
                  seconds: { transfer: 0, update: 0 },
                })),
              ),
            ),
          fail: (error) => settled(() => reject(error)),
        });
      }),
  } as unknown as Workers;
  return { workers, asked };
}

function setUp({
  job = smallJob,
  size = 2,
  arrived = 9,
}: {
  job?: JobSpecInput;
  size?: number;
  arrived?: number;
} = {}) {
  const plan = planJob('job', resolve(job), createEnvironmentCatalog([]));
  const layouts = plan.units.map((_, u): UnitLayout => {
    const { id } = plan.policies[plan.units[u]!.policies[0]!]!.algorithm;
    return { unitId: `${u}`, tensors: [], acting: [], replay: id === 'dqn' ? ({} as UnitLayout['replay']) : null };
  });
  const { workers, asked } = heldWorkers(size);
  const updates = new UnitUpdates(plan, layouts, workers, (k) => (k < arrived ? [bytes(100 + k)] : null));
  const begin = (iteration: number, units: readonly UnitState[]) =>
    updates.run({ iteration, units, batches: [bytes(100 + iteration)], weights: bytes(iteration) });
  return { asked, begin, updates, units: plan.units.map((_, u) => stateOf(u)) };
}

const iterations = (asked: readonly Asked[]): readonly string[] =>
  asked.map(({ request }) => `${request.unit}@${request.iteration}`);

describe('the updates of units', () => {
  test('go on with the next iteration while others still learn, from the state they came to and its batches', async () => {
    const { asked, begin, units } = setUp();
    const done = begin(0, units);
    expect(iterations(asked)).toEqual(['0@0', '1@0', '2@0']);
    await asked[1]!.finish(50);
    expect(iterations(asked).slice(3)).toEqual(['1@1']);
    expect(asked[3]!.request.state.tensors[0]).toBe(50);
    expect(asked[3]!.request.batches[0]![0]).toBe(101);

    await asked[0]!.finish(51);
    await asked[2]!.finish(52);
    const results = await done;
    expect(results.map(({ state }) => state.tensors[0])).toEqual([51, 50, 52]);

    const next = begin(
      1,
      results.map(({ state }) => state),
    );
    expect(iterations(asked)).toHaveLength(6);
    for (const [unit, at] of [3, 4, 5].entries()) await asked[at]!.finish(60 + unit);
    expect((await next).map(({ state }) => state.tensors[0])).toEqual([61, 60, 62]);
  });

  test('go to threads in groups of neighbors where they are many, whose results keep their order', async () => {
    const job = { ...smallJob, env: { id: 'median-v1', options: { agents: 18 } } };
    const { asked, begin, units } = setUp({ job });
    const done = begin(0, units);
    expect(asked.map((message) => message.units)).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
      [6, 7, 8],
      [9, 10],
      [11, 12],
      [13, 14],
      [15, 16, 17],
    ]);
    await asked[3]!.finish(6);
    expect(asked[8]!.units).toEqual([6, 7, 8]);
    expect(asked[8]!.request.iteration).toBe(1);
    expect(asked[8]!.request.state.tensors[0]).toBe(6);
    for (const message of asked.slice(0, 8)) await message.finish(message.units[0]!);
    const results = await done;
    expect(results.map(({ state }) => state.tensors[0])).toEqual(units.map((_, u) => u));
  });

  test('with a replay go alone, however many', async () => {
    const job = {
      ...smallJob,
      env: { id: 'level-foraging-v1', options: { agents: 9, size: 10 } },
      algorithm: { id: 'dqn' },
    };
    const { asked, begin, units } = setUp({ job });
    void begin(0, units);
    expect(asked.map((message) => message.units)).toEqual(units.map((_, u) => [u]));
  });

  test('wait where the next batches are not there, and begin when their iteration comes', async () => {
    const { asked, begin, units } = setUp({ arrived: 1 });
    const done = begin(0, units);
    for (const update of [...asked]) await update.finish(7);
    const results = await done;
    expect(asked).toHaveLength(3);
    void begin(
      1,
      results.map(({ state }) => state),
    );
    expect(iterations(asked).slice(3)).toEqual(['0@1', '1@1', '2@1']);
  });

  test.each([
    ['a replay, which is written in place', { ...smallJob, env: { id: 'cartpole-v1' }, algorithm: { id: 'dqn' } }, 2],
    ['no threads', smallJob, 0],
  ])('never run ahead with %s', async (_why, job: JobSpecInput, size) => {
    const { asked, begin, units } = setUp({ job, size });
    const done = begin(0, units);
    for (const update of [...asked]) await update.finish(7);
    await done;
    expect(asked).toHaveLength(units.length);
  });

  test('never run ahead where they look at the weights of others', async () => {
    const policies = { 'agent-0': { algorithm: { id: 'pool', options: { of: 'agent-1' } } } };
    const { asked, begin, units } = setUp({ job: { ...smallJob, policies } });
    const done = begin(0, units);
    for (const update of [...asked]) await update.finish(7);
    await done;
    expect(iterations(asked).slice(3)).toEqual(['1@1', '2@1']);
  });

  test('an update that failed ahead of its iteration fails that iteration and none before', async () => {
    const { asked, begin, units } = setUp();
    const done = begin(0, units);
    await asked[0]!.finish(1);
    await asked[3]!.fail(new Error('weights are NaN'));
    await asked[1]!.finish(1);
    await asked[2]!.finish(1);
    const results = await done;
    const next = begin(
      1,
      results.map(({ state }) => state),
    );
    const outcome = expect(next).rejects.toThrow('weights are NaN');
    for (const update of asked.slice(4)) await update.finish(2);
    await outcome;
  });

  test('take the memory of states that were replaced, each once', async () => {
    const { asked, begin, updates, units } = setUp({ arrived: 0 });
    const done = begin(0, units);
    for (const update of [...asked]) await update.finish(7);
    const results = await done;
    expect(asked.every(({ request }) => request.target === undefined)).toBe(true);
    updates.recycle(units);
    void begin(
      1,
      results.map(({ state }) => state),
    );
    expect(asked.slice(3).map(({ request }) => request.target)).toEqual(units.map(({ tensors }) => tensors.buffer));
    void begin(
      2,
      results.map(({ state }) => state),
    );
    expect(asked.slice(6).every(({ request }) => request.target === undefined)).toBe(true);
  });
});
