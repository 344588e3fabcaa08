import { expect, test } from 'vitest';
import { PolicyBatchStorage, readTrajectory, type TrajectoryShape } from '../../../src/experience/index.js';
import { createWasmKernels } from '../../../src/kernels/index.js';
import { play, writerFor } from './collecting.js';

/** Agents 0 and 2 act by the policy that learns; agent 1 by another one, of other sizes. */
const shape: TrajectoryShape = {
  horizon: 3,
  instances: 2,
  rewardHeads: 2,
  globalStateSize: 0,
  episodeMetrics: 0,
  agents: [
    { observationSize: 2, actionSize: 1, maskSize: 3, stateSize: 2 },
    { observationSize: 7, actionSize: 4, maskSize: 0 },
    { observationSize: 2, actionSize: 1, maskSize: 3, stateSize: 2 },
  ],
};
const [T, B] = [shape.horizon, shape.instances];
const AGENTS = [0, 2];

/** The batches of two shards, of different ends and versions. */
function shards(ends: readonly ((t: number) => number[])[], rewardHeads = 2) {
  const { writer, layout } = writerFor({ ...shape, rewardHeads });
  return ends.map((ended, shard) => {
    const kept = play(writer, { shard, policyVersion: 4 - shard, seed: shard + 1, ended });
    return { ...kept, batch: readTrajectory(layout, kept.bytes) };
  });
}

const storageFor = (rewardHeads = 2) =>
  new PolicyBatchStorage(createWasmKernels(), {
    segments: 2 * AGENTS.length,
    horizon: T,
    instances: B,
    observationSize: 2,
    actionSize: 1,
    maskSize: 3,
    stateSize: 2,
    rewardHeads,
  });

const f32 = (values: readonly number[]): number[] => [...Float32Array.from(values)];

test('segments follow one another by shard, then by agent, each time-major', () => {
  const played = shards([(t) => (t === 1 ? [0] : []), (t) => (t === 0 ? [0, 1] : t === 2 ? [1] : [])]);
  const storage = storageFor();
  storage.load(
    played.map(({ batch }) => batch),
    AGENTS,
  );
  const segments = played.flatMap((each) => AGENTS.map((agent) => ({ ...each, of: each.agents[agent] })));
  expect(storage.samples).toBe(4 * T * B);
  expect([...storage.observations]).toEqual(segments.flatMap(({ of }) => of.observation.slice(0, T * B * 2)));
  expect([...storage.lastObservations]).toEqual(segments.flatMap(({ of }) => of.observation.slice(T * B * 2)));
  expect([...storage.states]).toEqual(segments.flatMap(({ of }) => of.state));
  expect([...storage.actions]).toEqual(segments.flatMap(({ of }) => of.action));
  expect([...storage.behaviorLogProbs]).toEqual(segments.flatMap(({ of }) => of.behaviorLogProb));
  expect([...storage.actionMasks]).toEqual(segments.flatMap(({ of }) => of.actionMask.slice(0, T * B * 3)));
  expect([...storage.terminated]).toEqual(segments.flatMap(({ terminated }) => terminated));
  expect([...storage.truncated]).toEqual(segments.flatMap(({ truncated }) => truncated));
  expect(storage.policyVersion).toBe(3);

  const heads = ({ of }: (typeof segments)[number]): number[] =>
    Array.from({ length: T * B }, (_, n) => of.reward[2 * n] + of.reward[2 * n + 1]);
  expect([...storage.rewards]).toEqual(f32(segments.flatMap(heads)));
});

test('finals of all segments, each under its own sample', () => {
  const played = shards([(t) => (t === 1 ? [0] : []), (t) => (t === 0 ? [0, 1] : t === 2 ? [1] : [])]);
  const storage = storageFor();
  storage.load(
    played.map(({ batch }) => batch),
    AGENTS,
  );
  // Rows t·B + b of the shards: [2] and [0, 1, 5]; a segment has 6 samples.
  expect([...storage.finalSamples.subarray(0, storage.finalCount)]).toEqual([2, 6 + 2, 12, 13, 17, 18, 19, 23]);
  const expected = played.flatMap(({ agents }) => AGENTS.flatMap((agent) => agents[agent].finalObservation));
  expect([...storage.finalObservations.subarray(0, 2 * storage.finalCount)]).toEqual(expected);
});

test('one reward head is taken as it is', () => {
  const played = shards([() => [], () => []], 1);
  const storage = storageFor(1);
  storage.load(
    played.map(({ batch }) => batch),
    AGENTS,
  );
  expect([...storage.rewards]).toEqual(played.flatMap(({ agents }) => AGENTS.flatMap((agent) => agents[agent].reward)));
});

test('storage is filled anew: fewer ends leave nothing of the batch before', () => {
  const storage = storageFor();
  const all = (): number[] => [0, 1];
  const load = (ends: readonly ((t: number) => number[])[]): void =>
    storage.load(
      shards(ends).map(({ batch }) => batch),
      AGENTS,
    );
  load([all, all]);
  expect(storage.finalCount).toBe(4 * T * B);
  load([() => [], (t) => (t === 2 ? [1] : [])]);
  expect([...storage.finalSamples.subarray(0, storage.finalCount)]).toEqual([17, 23]);
  load([() => [], () => []]);
  expect(storage.finalCount).toBe(0);
  expect(storage.terminated.every((flag) => flag === 0)).toBe(true);
});

test('storage gives its memory back, also what grew', () => {
  const kernels = createWasmKernels();
  const before = kernels.allocatedBytes;
  const storage = new PolicyBatchStorage(kernels, storageFor().shape);
  const played = shards([() => [0, 1], () => [0]]);
  storage.load(
    played.map(({ batch }) => batch),
    AGENTS,
  );
  storage.dispose();
  expect(kernels.allocatedBytes).toBe(before);
});
