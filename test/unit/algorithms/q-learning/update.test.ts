import { describe, expect, it } from 'vitest';
import type { UpdaterContext, UpdateTurn } from '../../../../src/algorithms/index.js';
import { findAlgorithm } from '../../../../src/algorithms/index.js';
import type { QLearningOptions } from '../../../../src/algorithms/shared/q-learning/options.js';
import { scheduled } from '../../../../src/algorithms/shared/schedule.js';
import { RandomStream } from '../../../../src/base/index.js';
import { createReplayMemory, type PolicyBatch, Replay } from '../../../../src/experience/index.js';
import { createPlainKernels, createWasmKernels, type Kernels } from '../../../../src/kernels/index.js';
import { binary, discrete, multiDiscrete } from '../../../../src/spaces/index.js';
import { createUpdater, stateOf } from '../learning.js';
import { type Row, type SlowSettings, slowTotals } from './slow.js';
import { type Team, teamBatches, teamContext } from './team.js';

/** Steps of plain gradient descent, so that parameters tell the gradient. */
const plain = {
  learningRate: 0.1,
  optimizer: { kind: 'sgd' },
  maxGradientNorm: 1e6,
  batchSize: 9,
  updatesPerIteration: 1,
  learningStarts: 0,
  huberDelta: 0.7,
  gamma: 0.8,
  nStep: 2,
};
const lone: Team = { players: [{ agents: [0, 1], actionSpace: discrete(3), observationSize: 2 }] };
const choosy: Team = {
  players: [{ agents: [0], actionSpace: multiDiscrete([2, 3]), observationSize: 2, masked: true }],
};
const yesNo: Team = { players: [{ agents: [0], actionSpace: binary(2), observationSize: 2 }] };
const mixed: Team = {
  players: [
    { agents: [0, 2], actionSpace: discrete(3), observationSize: 2, masked: true },
    { agents: [1], actionSpace: binary(2), observationSize: 3, hidden: [4] },
  ],
};
const stateful: Team = { ...mixed, globalStateSize: 3 };
const embedding = { embeddingSize: 4 };

interface Job {
  readonly name: string;
  readonly algorithm: 'dqn' | 'vdn' | 'qmix';
  readonly options: object;
  readonly team: Team;
  readonly mixing: SlowSettings['mixing'];
}

const JOBS: readonly Job[] = [
  { name: 'dqn', algorithm: 'dqn', options: {}, team: lone, mixing: 'sum' },
  { name: 'dqn without double', algorithm: 'dqn', options: { double: false }, team: lone, mixing: 'sum' },
  { name: 'dueling dqn of masked choices', algorithm: 'dqn', options: { dueling: true }, team: choosy, mixing: 'sum' },
  { name: 'dqn of yes or no, by priority', algorithm: 'dqn', options: { prioritized: {} }, team: yesNo, mixing: 'sum' },
  { name: 'vdn', algorithm: 'vdn', options: { teamReward: 'sum' }, team: mixed, mixing: 'sum' },
  { name: 'dueling vdn', algorithm: 'vdn', options: { dueling: true, prioritized: {} }, team: mixed, mixing: 'sum' },
  { name: 'qmix', algorithm: 'qmix', options: embedding, team: stateful, mixing: { embedding: 4, state: 'state' } },
  {
    name: 'qmix by observations',
    algorithm: 'qmix',
    options: { ...embedding, double: false, dueling: true },
    team: mixed,
    mixing: { embedding: 4, state: 'observations' },
  },
];

async function begin(kernels: Kernels, { algorithm, options, team }: Job, change: object = {}) {
  const context = teamContext(kernels, algorithm, { ...plain, ...options, ...change }, team);
  const updater = await createUpdater(context, algorithm);
  updater.initialize(new RandomStream(3, 'initialize'));
  const spec = findAlgorithm(algorithm).replay!(context)!;
  return { context, updater, replay: new Replay(spec, createReplayMemory(spec)) };
}

const turnOf = (iteration: number, batches: readonly PolicyBatch[], replay: Replay): UpdateTurn => ({
  iteration,
  batches,
  replay,
  peers: {},
});

const rowsAt = (replay: Replay, indices: Int32Array): Row[] =>
  [...indices].map((place) =>
    Object.fromEntries(
      replay.spec.fields.map(({ name, width }) => [
        name,
        [...replay.field(name).slice(place * width, (place + 1) * width)],
      ]),
    ),
  );

/** L of the rows, as the class comment of the updater has it, for parameters that differ from those that made the goals. */
function slowLoss(
  context: UpdaterContext,
  job: Job,
  acting: readonly number[],
  targets: readonly number[],
  rows: Row[],
  weights: readonly number[],
) {
  const { double, huberDelta: delta } = context.options as QLearningOptions;
  const team = slowTotals({ context, mixing: job.mixing, single: job.algorithm === 'dqn' });
  const goals = rows.map(
    (row) => row.reward![0]! + row.discount![0]! * team.next(targets, double ? acting : targets, row),
  );
  const errors = (parameters: readonly number[]) => rows.map((row, r) => team.total(parameters, row) - goals[r]!);
  const loss = (parameters: readonly number[]) =>
    errors(parameters).reduce((sum, error, r) => {
      const size = Math.abs(error);
      const huber = size <= delta ? error ** 2 / 2 : delta * (size - delta / 2);
      return sum + (weights[r]! * huber) / rows.length;
    }, 0);
  return { errors, loss };
}

describe.each(JOBS)('$name', (job) => {
  it('goes down the slope of the loss, as finite differences of its paper form have it', async () => {
    const kernels = createPlainKernels();
    const { context, updater, replay } = await begin(kernels, job);
    const [parameters, targets] = updater.state;
    // Targets of their own, so that it shows who chooses and who values.
    // Not the first update, which begins with equal targets.
    updater.counters = { ...updater.counters, optimizerSteps: 1 };
    const random = new RandomStream(5, 'targets');
    for (let j = 0; j < targets!.data.length; j++) targets!.data[j] = targets!.data[j]! + 0.3 * random.normal();
    const [before, aims] = [[...parameters!.data], [...targets!.data]];
    const [past, batches] = [1, 2].map((seed) => teamBatches(kernels, job.algorithm, job.team, { seed })) as [
      PolicyBatch[],
      PolicyBatch[],
    ];
    // The rows that the update will draw: from what it will have inserted, by the stream that it will get.
    const twin = new Replay(replay.spec, createReplayMemory(replay.spec));
    const writer = await begin(createPlainKernels(), job, { learningStarts: 1e9 });
    const insert = (held: Replay, inserted: readonly PolicyBatch[]): void => {
      writer.updater.update(inserted[0]!, random, turnOf(0, inserted, held));
    };
    const { prioritized } = context.options as QLearningOptions;
    const weights = new Float32Array(9).fill(1);
    const indices = new Int32Array(9);
    for (const held of [replay, twin]) {
      insert(held, past);
      const places = Int32Array.from({ length: held.size }, (_, place) => place);
      const unequal = Float32Array.from(places, (place) => 0.1 + (place % 5));
      if (prioritized !== undefined) held.setPriorities(places, unequal, held.size, 1);
    }
    insert(twin, batches);
    const metrics = updater.update(batches[0]!, new RandomStream(7, 'update'), turnOf(3, batches, replay));
    if (prioritized === undefined) twin.sampleUniform(new RandomStream(7, 'update'), indices, 9);
    else twin.samplePrioritized(new RandomStream(7, 'update'), scheduled(prioritized.beta, 3), indices, weights, 9);
    const rows = rowsAt(twin, indices);

    const { errors, loss } = slowLoss(context, job, before, aims, rows, [...weights]);
    expect(metrics.valueLoss).toBeCloseTo(loss(before), 5);
    expect(metrics.temporalDifference).toBeCloseTo(
      errors(before).reduce((sum, error) => sum + Math.abs(error) / 9, 0),
      5,
    );
    const epsilons = updater.acting.map(({ offset, count }) => offset + count - 1);
    const h = 1e-4;
    for (let j = 0; j < before.length; j++) {
      if (epsilons.includes(j)) continue;
      const slope = (loss(before.with(j, before[j]! + h)) - loss(before.with(j, before[j]! - h))) / (2 * h);
      expect(Math.abs((before[j]! - parameters!.data[j]!) / 0.1 - slope)).toBeLessThan(2e-4);
    }
    for (const j of epsilons)
      expect(parameters!.data[j]).toBe(
        Math.fround(scheduled({ kind: 'linear', from: 1, to: 0.05, iterations: 100 }, 4)),
      );
    expect([...targets!.data]).toEqual(aims);
    if (prioritized === undefined) return;
    // What was drawn is drawn by its error from now on.
    twin.setPriorities(
      indices,
      Float32Array.from(errors(before), (error) => Math.abs(error) + 1e-6),
      9,
      prioritized.alpha,
    );
    const [expected, found] = [twin, replay].map((held) => new Float64Array(held.pack().slice(-8 * held.size).buffer));
    for (const [place, weight] of expected!.entries()) expect(found![place]).toBeCloseTo(weight, 3);
  });

  it('state, counters and replay are all that the next update depends on', async () => {
    const usual = {
      optimizer: { kind: 'adam' },
      updatesPerIteration: 3,
      targetUpdateEvery: 2,
      maxGradientNorm: 0.5,
      tau: 0.5,
    };
    const change = { ...usual, replayCapacity: 50 };
    const [here, there] = [createWasmKernels(), createPlainKernels()];
    const first = await begin(here, job, change);
    const second = await begin(there, job, change);
    const update = ({ updater, replay }: typeof first, kernels: Kernels, seed: number) => {
      const batches = teamBatches(kernels, job.algorithm, job.team, { seed });
      return updater.update(batches[0]!, new RandomStream(seed, 'update'), turnOf(seed, batches, replay));
    };
    update(first, here, 1);
    update(second, there, 99);
    update(second, there, 98);
    second.updater.state.forEach(({ data }, i) => data.set(first.updater.state[i]!.data));
    second.updater.counters = { ...first.updater.counters };
    second.replay.unpack(first.replay.pack());
    const begun = stateOf(first.updater).parameters;
    for (const seed of [2, 3]) {
      expect(update(second, there, seed)).toEqual(update(first, here, seed));
      expect(stateOf(second.updater)).toEqual(stateOf(first.updater));
    }
    expect(second.updater.counters).toEqual(first.updater.counters);
    expect(second.replay.pack()).toEqual(first.replay.pack());
    expect(stateOf(first.updater).parameters).not.toEqual(begun);
  });
});

describe('learning', () => {
  const job = JOBS[0]!;

  it('waits until the replay holds enough, or is full', async () => {
    const kernels = createPlainKernels();
    const batches = teamBatches(kernels, job.algorithm, job.team);
    const updatesAfter = async (change: object) => {
      const { updater, replay } = await begin(kernels, job, { ...change, updatesPerIteration: 2 });
      const before = stateOf(updater).parameters!;
      const metrics = updater.update(batches[0]!, new RandomStream(7, 'update'), turnOf(0, batches, replay));
      return {
        ...metrics,
        moved: stateOf(updater)
          .parameters!.slice(0, -1)
          .some((value, j) => value !== before[j]),
      };
    };
    // 72 transitions come with each batch.
    expect(await updatesAfter({ learningStarts: 73 })).toEqual({
      epsilon: expect.any(Number),
      replaySize: 72,
      updates: 0,
      moved: false,
    });
    expect(await updatesAfter({ learningStarts: 72 })).toMatchObject({ replaySize: 72, updates: 2, moved: true });
    expect(await updatesAfter({ learningStarts: 73, replayCapacity: 30 })).toMatchObject({
      replaySize: 30,
      updates: 2,
    });
  });

  it('moves the targets every so many updates, by the share that it is told', async () => {
    const kernels = createPlainKernels();
    const batches = teamBatches(kernels, job.algorithm, job.team);
    const targetsAfter = async (change: object, updates: number) => {
      const { updater, replay } = await begin(kernels, job, { ...change, updatesPerIteration: updates });
      const begun = stateOf(updater).parameters!;
      updater.update(batches[0]!, new RandomStream(7, 'update'), turnOf(0, batches, replay));
      const { parameters, targets } = stateOf(updater) as { parameters: number[]; targets: number[] };
      return { begun, parameters, targets };
    };
    const still = await targetsAfter({ targetUpdateEvery: 3 }, 2);
    expect(still.targets).toEqual(still.begun);
    const copied = await targetsAfter({ targetUpdateEvery: 3 }, 3);
    expect(copied.targets.slice(0, -1)).toEqual(copied.parameters.slice(0, -1));
    const moved = await targetsAfter({ targetUpdateEvery: 1, tau: 0.25 }, 1);
    for (let j = 0; j < moved.targets.length - 1; j++) {
      expect(moved.targets[j]).toBeCloseTo(0.75 * moved.begun[j]! + 0.25 * moved.parameters[j]!, 6);
    }
  });

  it('ends an update at what is no number, and tells', async () => {
    const kernels = createPlainKernels();
    const prioritized = JOBS[3]!;
    const { updater, replay } = await begin(kernels, prioritized, { updatesPerIteration: 5 });
    updater.state[0]!.data.fill(Number.NaN);
    const batches = teamBatches(kernels, prioritized.algorithm, prioritized.team);
    const metrics = updater.update(batches[0]!, new RandomStream(7, 'update'), turnOf(0, batches, replay));
    expect(metrics.valueLoss).toBeNaN();
    expect(metrics.updates).toBe(1);
  });
});

it('qmix refuses a global state that there is not', () => {
  const context = teamContext(createPlainKernels(), 'qmix', { mixerState: 'globalState' }, mixed);
  expect(() => findAlgorithm('qmix').replay!(context)).toThrow(
    expect.objectContaining({ code: 'ALGORITHM_STATE_ABSENT' }),
  );
});
