import { describe, expect, test } from 'vitest';
import type { RandomStream } from '../../../../src/base/index.js';
import { createPlainKernels, createWasmKernels, type Kernels } from '../../../../src/kernels/index.js';
import { BARE, drawnRows, expectClose, gradientGone, type Row, startIn, tensor, update } from './harness.js';
import { dense, denseCount, gradientOf, mean, squash } from './slow.js';
import { CHOOSERS, SHARDS, STEPS, teamBatches, teamContext } from './team.js';

const CHOICES = 3;
const POLICIES = [
  [2, 3, CHOICES],
  [1, 3, 2],
];
/** What all see and do: 2 + 3, 2 + 3 and 1 + 2. */
const CRITIC = [13, 3, 1];
const Q = denseCount(CRITIC);
/** The second has the two parameters of its noise. */
const P = [denseCount(POLICIES[0]!), denseCount(POLICIES[1]!) + 2] as const;
const policyAt = [0, P[0]];
const criticAt = (m: number): number => P[0] + P[1] + m * Q;

/** Member by member: agents 0 and 2 of the environment, who choose, and 1, who does not. Places in a joint row. */
const TEAM = [
  { member: 0, o: [0, 2], a: 0, mask: 0 },
  { member: 0, o: [2, 4], a: 1, mask: 3 },
  { member: 1, o: [4, 5], a: 2, mask: -1 },
] as const;

const [TEMPERATURE, PENALTY] = [0.7, 0.05];
const relaxed = { relaxation: 'soft', temperature: TEMPERATURE, logitPenalty: PENALTY };

/** Uniform numbers f32[rows, choices] as an update draws them. */
function drawUniforms(kernels: Kernels, random: RandomStream, rows: number): number[][] {
  const uniforms = kernels.f32(rows * CHOICES);
  kernels.fillUniform(random.takeBlocks(Math.ceil((rows * CHOICES) / 4)), uniforms, rows * CHOICES);
  return Array.from({ length: rows }, (_, b) => [...uniforms.subarray(b * CHOICES, (b + 1) * CHOICES)]);
}

const seen = (observations: readonly number[], i: number): number[] => observations.slice(...TEAM[i]!.o);
const legalTo = (masks: readonly number[], i: number): number[] => masks.slice(TEAM[i]!.mask, TEAM[i]!.mask + CHOICES);

/** Shares of the choices. */
function relax(logits: readonly number[], legal: readonly number[], uniforms: readonly number[]): number[] {
  const weights = logits.map((x, c) =>
    legal[c] === 0 ? 0 : Math.exp((x - Math.log(-Math.log(uniforms[c]! + 2 ** -25))) / TEMPERATURE),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

const outputs = (parameters: readonly number[], i: number, observations: readonly number[]): readonly number[] => {
  const { member } = TEAM[i]!;
  return dense(parameters, policyAt[member]!, POLICIES[member]!, seen(observations, i));
};

function act(
  parameters: readonly number[],
  i: number,
  observations: readonly number[],
  masks: readonly number[],
  uniforms: readonly number[] | undefined,
): number[] {
  const u = outputs(parameters, i, observations);
  if (uniforms !== undefined) return relax(u, legalTo(masks, i), uniforms);
  return squash(u, [
    [0, 4],
    [0, 4],
  ]);
}

const taken = (row: Row): number[][] => [
  ...[0, 1].map((i) => [0, 1, 2].map((c) => (row.actions![TEAM[i]!.a] === c ? 1 : 0))),
  row.actions!.slice(2, 4),
];

const valueAt = (
  parameters: readonly number[],
  m: number,
  i: number,
  observations: readonly number[],
  actions: readonly number[][],
): number => {
  const order = [i, ...[0, 1, 2].filter((other) => other !== i)];
  const input = order.flatMap((other) => [...seen(observations, other), ...actions[other]!]);
  return dense(parameters, criticAt(m), CRITIC, input)[0]!;
};

describe.each([
  ['plain', createPlainKernels],
  ['wasm', createWasmKernels],
] as const)('maddpg of choices on %s kernels', (_, create) => {
  test('makes the steps of the relaxed game, and keeps logits small', async () => {
    const kernels = create();
    const context = teamContext(kernels, { ...BARE, nStep: 2, ...relaxed }, CHOOSERS);
    const { updater, replay } = await startIn(context, 'maddpg');
    const before = tensor(updater, 'parameters');
    const targets = tensor(updater, 'targets');
    expect(before).toHaveLength(P[0] + P[1] + 2 * Q);
    const metrics = update(updater, teamBatches(kernels, 1, CHOOSERS), replay, 7);
    const after = tensor(updater, 'parameters');
    const { rows, random } = drawnRows(replay, 5, 7);
    const nextUniforms = [0, 1].map(() => drawUniforms(kernels, random, 5));
    const ownUniforms = [0, 1].map(() => drawUniforms(kernels, random, 5));
    const policyLosses: number[] = [];
    for (const m of [0, 1]) {
      const agents = [0, 1, 2].filter((i) => TEAM[i]!.member === m);
      const each = <T>(of: (row: Row, b: number, i: number) => T): T[] =>
        agents.flatMap((i) => rows.map((row, b) => of(row, b, i)));
      const criticLoss = (own: readonly number[]): number => {
        const parameters = before.toSpliced(criticAt(m), Q, ...own);
        return mean(
          each((row, b, i) => {
            const next = [0, 1, 2].map((k) =>
              act(targets, k, row.nextObservations!, row.nextActionMasks!, nextUniforms[k]?.[b]),
            );
            const nextValue = valueAt(targets, m, i, row.nextObservations!, next);
            const error =
              valueAt(parameters, m, i, row.observations!, taken(row)) -
              (row.rewards![i]! + row.discount![0]! * nextValue);
            return 0.5 * error * error;
          }),
        );
      };
      const critic = before.slice(criticAt(m), criticAt(m) + Q);
      expectClose(gradientGone(critic, after.slice(criticAt(m), criticAt(m) + Q)), gradientOf(criticLoss, critic));

      const network = denseCount(POLICIES[m]!);
      const start = policyAt[m]!;
      const loss = (own: readonly number[]): number => {
        const parameters = after.toSpliced(start, network, ...own);
        return mean(
          each((row, b, i) => {
            const masks = row.actionMasks!;
            const action = act(parameters, i, row.observations!, masks, ownUniforms[i]?.[b]);
            const value = valueAt(parameters, m, i, row.observations!, taken(row).with(i, action));
            if (m === 1) return -value;
            const squares = outputs(parameters, i, row.observations!).map((x, c) => legalTo(masks, i)[c]! * x * x);
            return PENALTY * mean(squares) - value;
          }),
        );
      };
      const own = before.slice(start, start + network);
      expectClose(gradientGone(own, after.slice(start, start + network)), gradientOf(loss, own));
      policyLosses.push(loss(own));
    }
    expectClose([metrics.policyLoss!], [mean(policyLosses)]);
    // One of the policies has noise.
    expect(metrics).toHaveProperty('explorationNoise');
  });
});

test('joint transitions that were cut off are left out where anybody is masked, and choices are kept as their numbers', async () => {
  const kernels = createPlainKernels();
  const context = teamContext(kernels, { ...BARE, learningStarts: 1000 }, CHOOSERS);
  const { updater, replay } = await startIn(context, 'maddpg');
  const batches = teamBatches(kernels, 1, CHOOSERS);
  const metrics = update(updater, batches, replay, 1);
  const { truncated, terminated, actions, actionMasks } = batches[0]!;
  const samples = Array.from({ length: SHARDS * STEPS }, (_, r) => Math.floor(r / STEPS) * 2 * STEPS + (r % STEPS));
  const kept = samples.filter((n) => truncated[n] === 0);
  expect(kept.length).toBeLessThan(samples.length);
  expect(metrics.replaySize).toBe(kept.length);
  for (const [row, n] of kept.entries()) {
    expect(replay.field('actions')[4 * row]).toBe(actions[n]);
    expect(replay.field('actions')[4 * row + 1]).toBe(actions[n + STEPS]);
    expect([...replay.field('actionMasks').subarray(6 * row, 6 * row + 6)]).toEqual([
      ...actionMasks.subarray(3 * n, 3 * n + 3),
      ...actionMasks.subarray(3 * (n + STEPS), 3 * (n + STEPS) + 3),
    ]);
    const last = n % STEPS >= STEPS - 3;
    const next = [...replay.field('nextActionMasks').subarray(6 * row, 6 * row + 3)];
    if (last || terminated[n] !== 0) expect(next).toEqual([1, 1, 1]);
    else expect(next).toEqual([...actionMasks.subarray(3 * (n + 3), 3 * (n + 3) + 3)]);
  }
});
