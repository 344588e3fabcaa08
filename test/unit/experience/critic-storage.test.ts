import { describe, expect, test } from 'vitest';
import { PolicyBatchStorage, readTrajectory, type TrajectoryShape } from '../../../src/experience/index.js';
import { createWasmKernels } from '../../../src/kernels/index.js';
import { type Kept, play, writerFor } from './collecting.js';

/** Agents 0 and 2 act by one policy; agent 1 by another one, of other sizes. */
const shape: TrajectoryShape = {
  horizon: 3,
  instances: 2,
  rewardHeads: 1,
  globalStateSize: 3,
  episodeMetrics: 0,
  agents: [
    { observationSize: 2, actionSize: 1, maskSize: 0 },
    { observationSize: 4, actionSize: 2, maskSize: 0 },
    { observationSize: 2, actionSize: 1, maskSize: 0 },
  ],
};
const [T, B, G] = [shape.horizon, shape.instances, shape.globalStateSize];
const JOINED = 2 + 4 + 2;
const input = { globalState: G, observations: JOINED };

const { writer, layout } = writerFor(shape);
const shard = (seed: number, ended: (t: number) => readonly number[]) => {
  const kept = play(writer, { seed, ended });
  return { kept, batch: readTrajectory(layout, kept.bytes) };
};
/** One that ends twice at once, one that ends never, and one that ends in its last step. */
const shards = [
  shard(1, (t) => (t === 1 ? [0, 1] : [])),
  shard(2, () => []),
  shard(3, (t) => (t === 2 ? [1] : t === 0 ? [0] : [])),
];

/** All agents' observations of row after row, or the global state. */
const rowsOf = (what: keyof typeof input, agents: readonly number[][], global: number[]): number[][] => {
  const widths = what === 'globalState' ? [G] : shape.agents.map(({ observationSize }) => observationSize);
  const parts = what === 'globalState' ? [global] : agents;
  const rows = parts[0]!.length / widths[0]!;
  return Array.from({ length: rows }, (_, row) =>
    parts.flatMap((part, i) => part.slice(row * widths[i]!, (row + 1) * widths[i]!)),
  );
};
const dense = (what: keyof typeof input, { agents, globalState }: Kept) =>
  rowsOf(
    what,
    agents.map(({ observation }) => observation),
    globalState,
  );
const finals = (what: keyof typeof input, { agents, finalGlobalState }: Kept) =>
  rowsOf(
    what,
    agents.map(({ finalObservation }) => finalObservation),
    finalGlobalState,
  );

const storageOf = (what: keyof typeof input, agents: number, width: number, kernels = createWasmKernels()) =>
  new PolicyBatchStorage(kernels, {
    segments: agents * shards.length,
    horizon: T,
    instances: B,
    observationSize: width,
    actionSize: width / 2,
    maskSize: 0,
    rewardHeads: 1,
    critic: { input: what, size: input[what] },
  });

describe.each(['globalState', 'observations'] as const)('what critics see as %s', (what) => {
  test.each([
    ['one agent', [1], 4],
    ['two agents of one policy', [0, 2], 2],
  ] as const)('is there for every sample of %s, in the batch’s order', (_, agents, width) => {
    const storage = storageOf(what, agents.length, width);
    storage.load(
      shards.map(({ batch }) => batch),
      agents,
    );
    const critic = storage.critic!;
    expect(critic.size).toBe(input[what]);
    // Shard after shard, and in it agent after agent, each with the same rows.
    const each = shards.flatMap(({ kept }) => agents.map(() => kept));
    expect([...critic.observations]).toEqual(each.flatMap((kept) => dense(what, kept).slice(0, T * B)).flat());
    expect([...critic.lastObservations]).toEqual(each.flatMap((kept) => dense(what, kept).slice(T * B)).flat());
    const ended = each.flatMap((kept) => finals(what, kept));
    expect(ended).toHaveLength(4 * agents.length);
    expect(storage.finalCount).toBe(ended.length);
    expect([...critic.finalObservations.subarray(0, ended.length * critic.size)]).toEqual(ended.flat());
    // Each final one is that of the sample that says so.
    for (let e = 0; e < storage.finalCount; e++) {
      const n = storage.finalSamples[e]!;
      expect(storage.terminated[n]! | storage.truncated[n]!).toBe(1);
    }
  });

  test('has behind it, where that is asked for, which of the agents a row is of', () => {
    const size = input[what];
    const told = new PolicyBatchStorage(createWasmKernels(), {
      ...storageOf(what, 2, 2).shape,
      critic: { input: what, size, agentIds: 2 },
    });
    const plain = storageOf(what, 2, 2);
    for (const storage of [told, plain])
      storage.load(
        shards.map(({ batch }) => batch),
        [0, 2],
      );
    expect(told.critic!.size).toBe(size + 2);
    const agentOf = (n: number) => Math.floor(n / (T * B)) % 2;
    const check = (name: 'observations' | 'lastObservations' | 'finalObservations', agents: readonly number[]) => {
      const rows = agents.map((agent, n) => [
        ...plain.critic![name].subarray(n * size, (n + 1) * size),
        ...(agent === 0 ? [1, 0] : [0, 1]),
      ]);
      expect([...told.critic![name].subarray(0, rows.length * (size + 2))]).toEqual(rows.flat());
    };
    check(
      'observations',
      Array.from({ length: told.samples }, (_, n) => agentOf(n)),
    );
    check(
      'lastObservations',
      Array.from({ length: 2 * shards.length * B }, (_, n) => Math.floor(n / B) % 2),
    );
    check('finalObservations', [...told.finalSamples.subarray(0, told.finalCount)].map(agentOf));
  });

  test('is filled anew, whatever was there before', () => {
    const [used, fresh] = [storageOf(what, 1, 4), storageOf(what, 1, 4)];
    const [a, b, c] = shards.map(({ batch }) => batch) as [never, never, never];
    used.load([a, a, c], [1]);
    used.load([b, c, b], [1]);
    fresh.load([b, c, b], [1]);
    expect(used.finalCount).toBe(2);
    for (const name of ['observations', 'lastObservations'] as const)
      expect([...used.critic![name]]).toEqual([...fresh.critic![name]]);
    const count = used.finalCount * input[what];
    expect([...used.critic!.finalObservations.slice(0, count)]).toEqual([
      ...fresh.critic!.finalObservations.slice(0, count),
    ]);
  });

  test('gives its memory back', () => {
    const kernels = createWasmKernels();
    const before = kernels.allocatedBytes;
    const storage = storageOf(what, 2, 2, kernels);
    storage.load(
      shards.map(({ batch }) => batch),
      [0, 2],
    );
    storage.dispose();
    expect(kernels.allocatedBytes).toBe(before);
  });
});

test('an agent’s own part of the joined observations is what its policy sees', () => {
  const storage = storageOf('observations', 2, 2);
  storage.load(
    shards.map(({ batch }) => batch),
    [0, 2],
  );
  for (let n = 0; n < storage.samples; n++) {
    const agent = Math.floor(n / (T * B)) % 2;
    const at = n * JOINED + (agent === 0 ? 0 : 6);
    expect([...storage.critic!.observations.slice(at, at + 2)]).toEqual([
      ...storage.observations.slice(2 * n, 2 * n + 2),
    ]);
  }
});

test('nothing is kept where no critic asks', () => {
  const { critic, ...rest } = storageOf('globalState', 1, 4).shape;
  expect(critic).toBeDefined();
  expect(new PolicyBatchStorage(createWasmKernels(), rest).critic).toBeNull();
});
