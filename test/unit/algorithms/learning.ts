import { Value } from 'typebox/value';
import { findAlgorithm, type Updater, type UpdaterContext, type UpdateTurn } from '../../../src/algorithms/index.js';
import { creditChannels } from '../../../src/algorithms/shared/credit.js';
import { RandomStream } from '../../../src/base/index.js';
import { choiceGroups } from '../../../src/envs/outputs.js';
import type { PolicyBatch } from '../../../src/experience/index.js';
import type { F32, Kernels } from '../../../src/kernels/index.js';
import { createPolicy, PolicySpec } from '../../../src/policies/index.js';
import { activeLevels, box, elementSize, maskSize, placeLevels, type Space } from '../../../src/spaces/index.js';

export interface Setting {
  readonly actionSpace?: Space;
  readonly masked?: boolean;
  readonly observationSize?: number;
  readonly hidden?: readonly number[];
  readonly distribution?: Partial<PolicySpec['distribution']>;
  readonly shape?: UpdaterContext['batchShape'];
  readonly levelNetworks?: 'shared' | 'separate';
  readonly rewardHeads?: readonly string[];
  readonly normalizeInput?: boolean;
  /** Numbers that the policy remembers; absent is none. */
  readonly memory?: number;
}

/** What an actor–critic is told where there is one decision and one reward. */
export const ONE_CHANNEL = { channels: [{ name: '', levels: [0], heads: [0] }], learningRates: {} };

/** Numbers of the global state, and of what agents beside the learner observe. */
const [GLOBAL_STATE, OTHERS] = [4, 3];

/** A policy's context with every default filled in; the options are those of the algorithm's schema. */
export function contextOf(kernels: Kernels, algorithm: string, options: object, setting: Setting = {}): UpdaterContext {
  const { actionSpace = box(1), masked = false, observationSize = 2, hidden = [3], distribution = {} } = setting;
  const { levelNetworks: networks = 'shared', rewardHeads = ['reward'] } = setting;
  const spec = {
    network: {
      hidden,
      initialization: 'xavierUniform',
      outputGain: 1,
      ...(setting.normalizeInput && { normalizeInput: true }),
      ...(setting.memory === undefined ? {} : { recurrent: { kind: 'gru', size: setting.memory } }),
    },
    distribution,
    levelNetworks: networks,
  };
  const {
    network,
    distribution: law,
    levelNetworks,
    levels,
  } = Value.Parse(PolicySpec, Value.Default(PolicySpec, structuredClone(spec)));
  const policy = {
    policyId: 'learner',
    // As a job resolves it: a value network that is not set has the shape of the policy's.
    spec: { network, distribution: law, levelNetworks, levels },
    observationSpace: box(observationSize),
    actionSpace,
    masked,
    agents: [0],
  };
  const batchShape = setting.shape ?? { segments: 2, horizon: 6, instances: 3 };
  return {
    ...policy,
    kernels,
    members: [policy],
    globalStateSize: GLOBAL_STATE,
    joinedObservationSize: observationSize + OTHERS,
    rewardHeads,
    options: Value.Default(findAlgorithm(algorithm).options, structuredClone(options)),
    batchShape,
    batchShapes: [batchShape],
  };
}

/** The turn of an update that reads its batch and nothing else. */
export const FIRST_TURN: UpdateTurn = { iteration: 0, batches: [], replay: null, peers: {} };

export async function createUpdater(context: UpdaterContext, algorithm: string): Promise<Updater> {
  return (await findAlgorithm(algorithm).load()).createUpdater(context);
}

export function place(kernels: Kernels, values: ArrayLike<number>): F32 {
  const array = kernels.f32(values.length);
  array.set(values);
  return array;
}

/** How samples end: 't' terminates, 'c' is cut off, anything else goes on. */
export type Ends = (n: number) => 't' | 'c' | '';

/** A batch of normal observations and rewards, legal actions drawn by the policy of `parameters` (with its log-probabilities),
 *  and random masks. Observations after an end are those of a new episode; the final ones are listed apart. */
export function batchOf(
  context: UpdaterContext,
  parameters: ArrayLike<number>,
  { seed = 1, ends = () => '' }: { readonly seed?: number; readonly ends?: Ends } = {},
): PolicyBatch {
  const { kernels, batchShape } = context;
  const { segments: S, horizon: T, instances: B } = batchShape;
  const samples = S * T * B;
  const F = elementSize(context.observationSpace);
  const A = elementSize(context.actionSpace);
  const M = context.masked ? maskSize(context.actionSpace) : 0;
  const random = new RandomStream(seed, 'batch');
  const normals = (count: number): F32 =>
    place(
      kernels,
      Array.from({ length: count }, () => random.normal()),
    );
  const policy = createPolicy(kernels, {
    observationSize: F,
    space: context.actionSpace,
    masked: context.masked,
    spec: context.spec,
    maxRows: 64,
  });
  const observations = normals(samples * F);
  // The first choice of every decision is always legal.
  const firsts = firstChoices(context.actionSpace);
  const actionMasks = Uint8Array.from({ length: samples * M }, (_, j) =>
    firsts.includes(j % M) || random.uniform() < 0.6 ? 1 : 0,
  );
  const actions = kernels.f32(samples * A);
  const behaviorLogProbs = kernels.f32(samples * policy.levelCount);
  const noise = place(
    kernels,
    Array.from({ length: samples * policy.noiseSize }, () =>
      policy.noiseKind === 'normal' ? random.normal() : random.uniform(),
    ),
  );
  const acting = place(kernels, Array.from(parameters).slice(0, policy.parameterCount));
  const memorySize = policy.stateSize;
  const states = normals(S * B * memorySize);
  // Step by step, as actors do: nobody remembers anything where an episode begins.
  const part = (array: F32, width: number, first: number): F32 => kernels.view(array, first * width, B * width);
  for (let s = 0; s < S; s++) {
    const state = place(kernels, part(states, memorySize, s * B));
    for (let t = 0; t < T; t++) {
      const first = (s * T + t) * B;
      for (let b = 0; b < B && t > 0; b++)
        if (ends(first - B + b) !== '') state.fill(0, b * memorySize, (b + 1) * memorySize);
      policy.act(
        acting,
        part(observations, F, first),
        actionMasks.subarray(first * M),
        part(noise, policy.noiseSize, first),
        part(actions, A, first),
        part(behaviorLogProbs, policy.levelCount, first),
        B,
        { steps: 1, state, starts: null },
      );
    }
  }
  const levels = context.actionSpace.kind === 'hierarchical' ? placeLevels(context.actionSpace) : [];
  const L = levels.length;
  const levelActive = new Uint8Array(samples * L);
  for (let n = 0; n < samples; n++) activeLevels(levels, actions, n * A, levelActive, n * L);
  const { credit = 'shared' } = context.options as { readonly credit?: 'decoupled' | 'shared' };
  const channels = creditChannels(context.actionSpace, context.rewardHeads, credit);
  const terminated = Uint8Array.from({ length: samples }, (_, n) => (ends(n) === 't' ? 1 : 0));
  const truncated = Uint8Array.from({ length: samples }, (_, n) => (ends(n) === 'c' ? 1 : 0));
  const finalSamples = Int32Array.from(Array.from({ length: samples }, (_, n) => n).filter((n) => ends(n) !== ''));
  const { criticInput } = context.options as { readonly criticInput?: string };
  const C = criticInput === undefined ? 0 : criticInput === 'globalState' ? GLOBAL_STATE : F + OTHERS;
  return {
    shape: {
      ...batchShape,
      observationSize: F,
      actionSize: A,
      maskSize: M,
      stateSize: memorySize,
      rewardHeads: context.rewardHeads.length,
    },
    samples,
    observations,
    lastObservations: normals(S * B * F),
    actions,
    states,
    actionMasks,
    lastActionMasks: new Uint8Array(S * B * M).fill(1),
    behaviorLogProbs,
    levelActive,
    rewards: normals(samples * channels.length),
    terminated,
    truncated,
    finalCount: finalSamples.length,
    finalSamples,
    finalObservations: normals(Math.max(1, finalSamples.length) * F),
    critic:
      criticInput === undefined
        ? null
        : {
            size: C,
            observations: normals(samples * C),
            lastObservations: normals(S * B * C),
            finalObservations: normals(Math.max(1, finalSamples.length) * C),
          },
    policyVersion: 0,
  };
}

/** Places in a mask where a decision's choices begin. */
function firstChoices(space: Space): readonly number[] {
  let at = 0;
  return choiceGroups(space).map((count) => {
    const first = at;
    at += count;
    return first;
  });
}

/** An updater with its first weights, and a batch that its policy acted in. */
export async function begin(
  kernels: Kernels,
  algorithm: string,
  options: object,
  setting: Setting = {},
  batch: Parameters<typeof batchOf>[2] = {},
) {
  const context = contextOf(kernels, algorithm, options, setting);
  const updater = await createUpdater(context, algorithm);
  updater.initialize(new RandomStream(3, 'initialize'));
  return { context, updater, batch: batchOf(context, updater.state[0].data, batch) };
}

/** All state tensors as copies. */
export const stateOf = (updater: Updater): Record<string, number[]> =>
  Object.fromEntries(updater.state.map(({ name, data }) => [name, [...data]]));
