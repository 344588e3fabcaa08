import { describe, expect, test } from 'vitest';
import { Transitions } from '../../../../src/algorithms/shared/transitions.js';
import { createPlainKernels, createWasmKernels } from '../../../../src/kernels/index.js';
import {
  BARE,
  drawnRows,
  emptyReplay,
  expectClose,
  gradientGone,
  type Row,
  startIn,
  tensor,
  update,
} from './harness.js';
import { type Bounds, dense, denseCount, gradientOf, mean, squash } from './slow.js';
import { PLAYERS, SHARDS, STEPS, teamBatches, teamContext } from './team.js';

const POLICIES = [
  [2, 3, 1],
  [1, 3, 2],
];
const BOUNDS: readonly Bounds[] = [
  [[-1, 1]],
  [
    [0, 4],
    [0, 4],
  ],
];
/** What all see and do: 2 + 1, 2 + 1 and 1 + 2. */
const CRITIC = [9, 3, 1];
const Q = denseCount(CRITIC);
/** Each with the two parameters of its noise. */
const P = POLICIES.map((widths) => denseCount(widths) + 2);
const policyAt = [0, P[0]!];
const criticAt = (m: number, critics: number): number => P[0]! + P[1]! + m * critics * Q;

/** The team: member by member, so agents 0, 2 and 1 of the environment. Widths in a joint row, and who acts by which policy. */
const TEAM = [
  { member: 0, o: [0, 2], a: [0, 1] },
  { member: 0, o: [2, 4], a: [1, 2] },
  { member: 1, o: [4, 5], a: [2, 4] },
] as const;

const seen = (observations: readonly number[], i: number): number[] => observations.slice(...TEAM[i]!.o);
const done = (actions: readonly number[], i: number): number[] => actions.slice(...TEAM[i]!.a);

const act = (parameters: readonly number[], i: number, observations: readonly number[]): number[] => {
  const { member } = TEAM[i]!;
  return squash(dense(parameters, policyAt[member]!, POLICIES[member]!, seen(observations, i)), BOUNDS[member]!);
};

/** Q_j of agent i: it comes first, then the others in their order. */
const valueAt = (
  parameters: readonly number[],
  at: number,
  i: number,
  observations: readonly number[],
  actions: readonly number[][],
): number => {
  const order = [i, ...[0, 1, 2].filter((other) => other !== i)];
  const input = order.flatMap((other) => [...seen(observations, other), ...actions[other]!]);
  return dense(parameters, at, CRITIC, input)[0]!;
};

describe.each([
  ['plain', createPlainKernels],
  ['wasm', createWasmKernels],
] as const)('maddpg on %s kernels', (_, create) => {
  test.each([1, 2] as const)('makes the steps of the paper with %i critics of each policy', async (critics) => {
    const kernels = create();
    const context = teamContext(kernels, { ...BARE, nStep: 2, critics });
    const { updater, replay } = await startIn(context, 'maddpg');
    expect(updater.acting).toEqual([
      { offset: 0, count: P[0] },
      { offset: P[0], count: P[1] },
    ]);
    const before = tensor(updater, 'parameters');
    const targets = tensor(updater, 'targets');
    const metrics = update(updater, teamBatches(kernels), replay, 7);
    const after = tensor(updater, 'parameters');
    const { rows } = drawnRows(replay, 5, 7);

    let valueLoss = 0;
    let policyLoss = 0;
    for (const m of [0, 1]) {
      const agents = [0, 1, 2].filter((i) => TEAM[i]!.member === m);
      const at = (j: number): number => criticAt(m, critics) + j * Q;
      const each = [0, 1].slice(0, critics);
      const valueTarget = (row: Row, i: number): number => {
        const nextActions = [0, 1, 2].map((k) => act(targets, k, row.nextObservations!));
        const values = each.map((j) => valueAt(targets, at(j), i, row.nextObservations!, nextActions));
        return row.rewards![i]! + row.discount![0]! * Math.min(...values);
      };
      const taken = (row: Row) => [0, 1, 2].map((k) => done(row.actions!, k));
      const criticLoss = (own: readonly number[]): number => {
        const parameters = before.toSpliced(at(0), own.length, ...own);
        return each.reduce(
          (sum, j) =>
            sum +
            mean(
              agents.flatMap((i) =>
                rows.map((row) => {
                  const error = valueAt(parameters, at(j), i, row.observations!, taken(row)) - valueTarget(row, i);
                  return 0.5 * error * error;
                }),
              ),
            ),
          0,
        );
      };
      const ownCritics = before.slice(at(0), at(critics));
      expectClose(gradientGone(ownCritics, after.slice(at(0), at(critics))), gradientOf(criticLoss, ownCritics));
      valueLoss += criticLoss(ownCritics) / critics / 2;

      const network = P[m]! - 2;
      const start = policyAt[m]!;
      const loss = (own: readonly number[]): number => {
        const parameters = after.toSpliced(start, network, ...own);
        return -mean(
          agents.flatMap((i) =>
            rows.map((row) => {
              const actions = taken(row).with(i, act(parameters, i, row.observations!));
              return valueAt(parameters, at(0), i, row.observations!, actions);
            }),
          ),
        );
      };
      const own = before.slice(start, start + network);
      expectClose(gradientGone(own, after.slice(start, start + network)), gradientOf(loss, own));
      policyLoss += loss(own) / 2;
    }
    const learned = (parameters: readonly number[]): number[] =>
      parameters.toSpliced(P[0]! + P[1]! - 2, 2).toSpliced(P[0]! - 2, 2);
    expectClose(
      learned(tensor(updater, 'targets')),
      learned(targets.map((value, j) => value + 0.25 * (after[j]! - value))),
    );
    expectClose([metrics.valueLoss!, metrics.policyLoss!], [valueLoss, policyLoss]);
  });
});

test('a joint row tells what all agents saw, did and got in the same step of the same instance', async () => {
  const kernels = createPlainKernels();
  const context = teamContext(kernels, { ...BARE, nStep: 2, learningStarts: 1000 });
  const { updater } = await startIn(context, 'maddpg');
  const replay = emptyReplay(context, 'maddpg');
  const batches = teamBatches(kernels);
  update(updater, batches, replay, 1);
  expect(replay.size).toBe(SHARDS * STEPS);
  const told = PLAYERS.map(({ observationSize }, m) => {
    const shape = context.batchShapes[m]!;
    const transitions = new Transitions(shape, { observationSize, maskSize: 0, gamma: 0.9, steps: 2 });
    transitions.fill(batches[m]!);
    return transitions;
  });
  const slots = [0, 1, 0];
  for (let r = 0; r < replay.size; r++) {
    for (const [i, { member, o, a }] of TEAM.entries()) {
      const A = PLAYERS[member]!.agents.length;
      const n = (Math.floor(r / STEPS) * A + slots[i]!) * STEPS + (r % STEPS);
      const part = (array: ArrayLike<number>, width: number, row: number, [from, to]: readonly [number, number]) =>
        Array.from({ length: to - from }, (_, j) => array[row * width + from + j]!);
      const own = (array: ArrayLike<number>, [from, to]: readonly [number, number]) =>
        part(array, to - from, n, [0, to - from]);
      expect(part(replay.field('observations'), 5, r, o)).toEqual(own(batches[member]!.observations, o));
      expect(part(replay.field('nextObservations'), 5, r, o)).toEqual(own(told[member]!.nextObservations, o));
      expect(part(replay.field('actions'), 4, r, a)).toEqual(own(batches[member]!.actions, a));
      expect(replay.field('rewards')[3 * r + i]).toBe(told[member]!.rewards[n]);
      expect(replay.field('discount')[r]).toBe(told[member]!.discounts[n]);
    }
  }
});

test('all explore alike, uniformly until learning starts', async () => {
  const kernels = createPlainKernels();
  const explorationNoise = { kind: 'linear', from: 1, to: 0.5, iterations: 2 };
  const context = teamContext(kernels, { ...BARE, learningStarts: 60, explorationNoise });
  const { updater, replay } = await startIn(context, 'maddpg');
  const noises = () => {
    const parameters = tensor(updater, 'parameters');
    return [parameters.slice(P[0]! - 2, P[0]), parameters.slice(P[0]! + P[1]! - 2, P[0]! + P[1]!)];
  };
  expect(noises()).toEqual([
    [1, 1],
    [1, 1],
  ]);
  expect(update(updater, teamBatches(kernels, 1), replay, 1, 0)).toEqual({
    replaySize: 36,
    updates: 0,
    explorationNoise: 0.75,
  });
  expect(noises()).toEqual([
    [0.75, 1],
    [0.75, 1],
  ]);
  expect(update(updater, teamBatches(kernels, 2), replay, 2, 1)).toHaveProperty('valueLoss');
  expect(noises()).toEqual([
    [0.5, 0],
    [0.5, 0],
  ]);
});
