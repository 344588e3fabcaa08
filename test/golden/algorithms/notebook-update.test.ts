import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { findAlgorithm, type LearningPolicy } from '../../../src/algorithms/index.js';
import { RandomStream } from '../../../src/base/index.js';
import type { PolicyBatch } from '../../../src/experience/index.js';
import { createPlainKernels, createWasmKernels, type F32, type Kernels } from '../../../src/kernels/index.js';
import { box } from '../../../src/spaces/index.js';

interface Variant {
  readonly observations_used: number[][][];
  readonly rewards: number[][][];
  readonly loss_gradients_at_start: readonly {
    readonly agent: number;
    readonly step: number;
    readonly loss: number;
    readonly d_weight: number;
    readonly d_bias: number;
  }[];
  readonly after_learning: { readonly weight: number[]; readonly bias: number[] };
}

interface Golden {
  readonly gamma: number;
  readonly initial_obs: number[][];
  readonly weight: number[];
  readonly bias: number[];
  readonly as_written: Variant;
  readonly fixed: Variant;
}

const golden = JSON.parse(readFileSync(new URL('../notebook-update.json', import.meta.url), 'utf8')) as Golden;

/** One agent's game: T steps of S samples. The notebook form needs the observation after each step, so all but the first
 *  are one row later than they are used, and the last is the final observation of the ended game. */
function batchOf(kernels: Kernels, variant: Variant, agent: number, asWritten: boolean): PolicyBatch {
  const used = variant.observations_used.map((rows) => rows.map((row) => row[agent]));
  const [T, S] = [used.length, used[0].length];
  const first = golden.initial_obs.map((row) => row[agent]);
  const acted = asWritten ? [first, ...used.slice(0, -1)] : used;
  const last = asWritten ? used[T - 1] : first;
  const place = (values: readonly number[]): F32 => {
    const array = kernels.f32(values.length);
    array.set(values);
    return array;
  };
  const ended = new Uint8Array(T * S);
  ended.fill(1, (T - 1) * S);
  return {
    shape: { segments: 1, horizon: T, instances: S, observationSize: 1, actionSize: 1, maskSize: 0, rewardHeads: 1 },
    samples: T * S,
    observations: place(acted.flat()),
    // What a new game starts with: must not be taken for the observation after the last step.
    lastObservations: place(first.map(() => 123)),
    actions: kernels.f32(T * S),
    states: kernels.f32(0),
    actionMasks: new Uint8Array(0),
    lastActionMasks: new Uint8Array(0),
    behaviorLogProbs: kernels.f32(T * S),
    levelActive: new Uint8Array(0),
    rewards: place(variant.rewards.flatMap((rows) => rows.map((row) => row[agent]))),
    terminated: ended,
    truncated: new Uint8Array(T * S),
    finalCount: S,
    finalSamples: Int32Array.from({ length: S }, (_, s) => (T - 1) * S + s),
    finalObservations: place(last),
    policyVersion: 0,
    critic: null,
  };
}

async function learn(kernels: Kernels, variant: Variant, agent: number, asWritten: boolean, learningRate = 1e-3) {
  const [T, S] = [variant.rewards.length, variant.rewards[0].length];
  const algorithm = await findAlgorithm('notebook').load();
  const policy = {
    policyId: `agent-${agent}`,
    spec: {
      network: { kind: 'mlp', hidden: [], activation: 'tanh', initialization: 'orthogonal' },
      distribution: { kind: 'deterministic', initialLogStd: 0, logStdBounds: [-10, 2] },
      levelNetworks: 'shared',
      levels: {},
    },
    observationSpace: box(1),
    actionSpace: box(1),
    masked: false,
    agents: [agent],
  } satisfies LearningPolicy;
  const batchShape = { segments: 1, horizon: T, instances: S };
  const updater = algorithm.createUpdater({
    ...policy,
    kernels,
    members: [policy],
    globalStateSize: 0,
    joinedObservationSize: 1,
    rewardHeads: ['reward'],
    options: { learningRate, gamma: golden.gamma, asWritten },
    batchShape,
    batchShapes: [batchShape],
  });
  const parameters = updater.state[0].data;
  parameters.set([golden.weight[agent], golden.bias[agent]]);
  const metrics = updater.update(batchOf(kernels, variant, agent, asWritten), new RandomStream(0, 'unused'), {
    iteration: 0,
    batches: [],
    replay: null,
    peers: {},
  });
  return { parameters, metrics, state: updater.state };
}

describe.each([
  ['plain', createPlainKernels],
  ['wasm', createWasmKernels],
])('the notebook’s update on %s kernels', (_, create) => {
  test.each([
    ['fixed', golden.fixed, false],
    ['as written', golden.as_written, true],
  ] as const)('%s: weights after one game equal PyTorch’s', async (_name, variant, asWritten) => {
    for (let agent = 0; agent < 3; agent++) {
      const { parameters } = await learn(create(), variant, agent, asWritten);
      expect(parameters[0]).toBeCloseTo(variant.after_learning.weight[agent], 5);
      expect(parameters[1]).toBeCloseTo(variant.after_learning.bias[agent], 5);
    }
  });

  test.each([
    ['fixed', golden.fixed, false],
    ['as written', golden.as_written, true],
  ] as const)('%s: losses at the starting weights equal PyTorch’s', async (_name, variant, asWritten) => {
    for (let agent = 0; agent < 3; agent++) {
      // With a vanishing step size every loss is taken at the starting weights.
      const { metrics, state } = await learn(create(), variant, agent, asWritten, 1e-30);
      const mine = variant.loss_gradients_at_start.filter((entry) => entry.agent === agent);
      const loss = mine.reduce((sum, entry) => sum + entry.loss, 0);
      const samples = variant.rewards.length * variant.rewards[0].length;
      expect(Math.abs(metrics.policyLoss * samples - loss)).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(loss)));
      const gradients = state.find((tensor) => tensor.name === 'gradients')!.data;
      const counted = asWritten ? mine : mine.slice(-1);
      const sum = (name: 'd_weight' | 'd_bias'): number => counted.reduce((total, entry) => total + entry[name], 0);
      expect(Math.abs(gradients[0] - sum('d_weight'))).toBeLessThanOrEqual(
        1e-5 * Math.max(1, Math.abs(sum('d_weight'))),
      );
      expect(Math.abs(gradients[1] - sum('d_bias'))).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(sum('d_bias'))));
    }
  });
});
