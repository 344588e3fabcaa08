import { describe, expect, test } from 'vitest';
import {
  type PolicyBatchShape,
  PolicyBatchStorage,
  readTrajectory,
  type TrajectoryShape,
} from '../../../src/experience/index.js';
import { createPlainKernels, createWasmKernels, type Kernels } from '../../../src/kernels/index.js';
import { binary, box, discrete, hierarchical, placeLevels } from '../../../src/spaces/index.js';
import { createTrajectoryCodec } from '../../../src/wire/index.js';
import { play, writerFor } from './collecting.js';

const ORDER = placeLevels(
  hierarchical([
    { name: 'enter', space: binary(1) },
    { name: 'kind', space: discrete(3), when: { level: 'enter', is: [1] } },
    { name: 'size', space: box(2), when: { level: 'kind', is: [0, 2] } },
  ]),
);
const [L, A] = [3, 4];
/** Agents 0 and 2 act by the policy that learns, in three levels; agent 1 has one. */
const shape: TrajectoryShape = {
  horizon: 3,
  instances: 2,
  rewardHeads: 3,
  globalStateSize: 0,
  episodeMetrics: 0,
  agents: [
    { observationSize: 2, actionSize: A, maskSize: 0, levelCount: L },
    { observationSize: 1, actionSize: 1, maskSize: 0 },
    { observationSize: 2, actionSize: A, maskSize: 0, levelCount: L },
  ],
};
const [T, B, H] = [shape.horizon, shape.instances, shape.rewardHeads];
const AGENTS = [0, 2];
const SAMPLES = 2 * AGENTS.length * T * B;

/** Actions of every kind of activity, by turns. */
const ACTIONS = [
  [1, 0, 0.5, -0.5],
  [0, 0, 0, 0],
  [1, 1, 0, 0],
  [1, 2, 1.5, 0],
];
const ACTIVE = [
  [1, 1, 1],
  [1, 0, 0],
  [1, 1, 0],
  [1, 1, 1],
];

/** The batches of two shards. */
function shards() {
  const { writer, layout } = writerFor(shape);
  return [0, 1].map((shard) => {
    const batch = readTrajectory(layout, Uint8Array.from(play(writer, { shard, seed: shard + 1 }).bytes));
    for (const agent of AGENTS) {
      for (let row = 0; row < T * B; row++) {
        batch.agents[agent].action.set(ACTIONS[(row + agent + shard) % 4], row * A);
      }
    }
    return batch;
  });
}

function load(kernels: Kernels, over: Partial<PolicyBatchShape> = {}) {
  const storage = new PolicyBatchStorage(kernels, {
    segments: 2 * AGENTS.length,
    horizon: T,
    instances: B,
    observationSize: 2,
    actionSize: A,
    maskSize: 0,
    rewardHeads: H,
    levels: ORDER,
    ...over,
  });
  const batches = shards();
  storage.load(batches, AGENTS);
  return { storage, parts: batches.flatMap((batch) => AGENTS.map((agent) => batch.agents[agent])) };
}

describe.each([
  ['plain', createPlainKernels],
  ['wasm', createWasmKernels],
] as const)('a policy batch of actions in levels, on %s kernels', (_, create) => {
  test('has a log-probability per level, and knows which were decided', () => {
    const { storage, parts } = load(create());
    expect(storage.behaviorLogProbs).toHaveLength(SAMPLES * L);
    expect([...storage.behaviorLogProbs]).toEqual(parts.flatMap((part) => [...part.behaviorLogProb]));
    const expected = [0, 1].flatMap((shard) =>
      AGENTS.flatMap((agent) => Array.from({ length: T * B }, (_row, row) => ACTIVE[(row + agent + shard) % 4]).flat()),
    );
    expect([...storage.levelActive]).toEqual(expected);
  });

  test.each<[string, PolicyBatchShape['rewardChannels'], number[][]]>([
    ['one of all heads where nothing is said', undefined, [[0, 1, 2]]],
    ['one head each', [[2], [0], [1]], [[2], [0], [1]]],
    ['sums of some, and a head twice', [[0], [2, 1], [0]], [[0], [2, 1], [0]]],
  ])('has rewards by channel, one after the other: %s', (_name, rewardChannels, heads) => {
    const { storage, parts } = load(create(), rewardChannels === undefined ? {} : { rewardChannels });
    const expected = heads.flatMap((own) =>
      parts.flatMap(({ reward }) =>
        Array.from({ length: T * B }, (_row, row) => own.reduce((sum, h) => sum + reward[row * H + h], 0)),
      ),
    );
    expect([...storage.rewards]).toEqual([...Float32Array.from(expected)]);
  });

  test('is filled anew: what was decided before is forgotten', () => {
    const { storage } = load(create());
    const batches = shards();
    for (const batch of batches) for (const agent of AGENTS) batch.agents[agent].action.fill(0);
    storage.load(batches, AGENTS);
    expect([...storage.levelActive]).toEqual(Array.from({ length: SAMPLES }, () => [1, 0, 0]).flat());
  });

  test('gives its memory back', () => {
    const kernels = create();
    const before = kernels.allocatedBytes;
    load(kernels, { rewardChannels: [[0], [1], [2]] }).storage.dispose();
    expect(kernels.allocatedBytes).toBe(before);
  });
});

test('every agent has the log-probabilities of its own levels, over the wire too', () => {
  const { writer, layout } = writerFor(shape);
  const codec = createTrajectoryCodec(layout);
  const { bytes, agents } = play(writer, { seed: 5, ended: () => [1] });
  const received = readTrajectory(layout, codec.decode(codec.encode(bytes)));
  expect(received.agents.map(({ behaviorLogProb }) => behaviorLogProb.length)).toEqual([T * B * L, T * B, T * B * L]);
  received.agents.forEach((part, i) => {
    expect([...part.behaviorLogProb]).toEqual(agents[i].behaviorLogProb);
    expect([...part.reward]).toEqual(agents[i].reward);
  });
});

test.each([
  [3, 2],
  [3, 1],
  [1, 3],
])('a batch of %i levels is not taken for one of %i', (sent, expected) => {
  const codecOf = (levelCount: number) => {
    const [first] = shape.agents;
    const { writer, layout } = writerFor({ ...shape, agents: [{ ...first, levelCount }] });
    return { writer, codec: createTrajectoryCodec(layout) };
  };
  const { writer, codec } = codecOf(sent);
  const wire = codec.encode(play(writer).bytes);
  expect(() => codecOf(expected).codec.decode(wire)).toThrow(/agent\/0\/behavior_log_prob/);
});
