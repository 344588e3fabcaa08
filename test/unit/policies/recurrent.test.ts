import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import type { F32 } from '../../../src/kernels/index.js';
import type { NetworkSpec } from '../../../src/networks/index.js';
import { createPolicy, type Policy, policyParameterCount } from '../../../src/policies/index.js';
import { box, discrete, hierarchical, type Space } from '../../../src/spaces/index.js';
import { bits, f32, kernels, noMask, normals, SPEC, uniforms } from './fixtures.js';

const [F, S, T, N] = [3, 5, 4, 6];
const ROWS = T * N;
const network: NetworkSpec = {
  kind: 'mlp',
  hidden: [4],
  activation: 'tanh',
  initialization: 'orthogonal',
  outputGain: 1,
  recurrent: { kind: 'gru', size: S },
};
const LEVELS = hierarchical([
  { name: 'enter', space: discrete(3) },
  { name: 'price', space: box(1, { low: 0, high: 1 }), when: { level: 'enter', is: [1] } },
]);
const SPACES: [string, Space][] = [
  ['one level', discrete(4)],
  ['bounded', box(2, { low: -1, high: 1 })],
  ['several levels', LEVELS],
];

function create(space: Space, maxRows = ROWS): { policy: Policy; parameters: F32 } {
  const policy = createPolicy(kernels, {
    observationSize: F,
    space,
    masked: false,
    spec: { network, distribution: SPEC },
    maxRows,
  });
  const parameters = f32(new Float32Array(policy.parameterCount));
  policy.initialize(parameters, new RandomStream(5, 'initialize'));
  return { policy, parameters };
}

/** Episodes that begin in the middle: the starts u8[T, N]. */
function someStarts(): Uint8Array {
  const starts = new Uint8Array(ROWS);
  for (const row of [N + 2, 2 * N, 2 * N + 3, 3 * N + 2]) starts[row] = 1;
  return starts;
}

/** T steps of N sequences, played one after the other as actors do: the state is zeroed where an episode begins. */
function played(space: Space, maxRows = ROWS) {
  const { policy, parameters } = create(space, maxRows);
  const observations = normals(ROWS * F, 1);
  const noise =
    policy.noiseKind === 'normal' ? normals(ROWS * policy.noiseSize, 2) : uniforms(ROWS * policy.noiseSize, 2);
  const actions = f32(new Float32Array(ROWS * policy.actionSize));
  const logProbs = f32(new Float32Array(ROWS * policy.levelCount));
  const state = normals(N * S, 3);
  const starts = someStarts();
  for (let t = 0; t < T; t++) {
    const step = (array: F32, width: number): F32 => kernels.view(array, t * N * width, N * width);
    for (let n = 0; n < N; n++) if (starts[t * N + n] === 1) state.fill(0, n * S, (n + 1) * S);
    policy.act(
      parameters,
      step(observations, F),
      noMask,
      step(noise, policy.noiseSize),
      step(actions, policy.actionSize),
      step(logProbs, policy.levelCount),
      N,
      { steps: 1, state, starts: null },
    );
  }
  return { policy, parameters, observations, actions, logProbs, state, starts };
}

describe('a recurrent policy', () => {
  it.each(SPACES)(
    'judges what it did step by step to the bit, episodes that begin in between included: %s',
    (_, space) => {
      const { policy, parameters, observations, actions, logProbs, state, starts } = played(space);
      const judged = f32(new Float32Array(ROWS * policy.levelCount).fill(9));
      const entropies = f32(new Float32Array(ROWS * policy.levelCount));
      const carried = normals(N * S, 3);
      policy.evaluate(parameters, observations, noMask, actions, judged, entropies, ROWS, {
        steps: T,
        state: carried,
        starts,
      });
      expect(bits(judged)).toEqual(bits(logProbs));
      expect(bits(carried)).toEqual(bits(state));
      expect(bits(policy.states!.subarray((T - 1) * N * S), N * S)).toEqual(bits(state));
      const remembered = normals(N * S, 3);
      policy.remember(parameters, observations, ROWS, { steps: T, state: remembered, starts });
      expect(bits(remembered)).toEqual(bits(state));
    },
  );

  it.each(SPACES)('acts on many blocks of rows as on one, to the bit: %s', (_, space) => {
    const [whole, blocks] = [played(space), played(space, 4)];
    expect(bits(blocks.actions)).toEqual(bits(whole.actions));
    expect(bits(blocks.state)).toEqual(bits(whole.state));
  });

  it.each(SPACES)('has the gradient that differences have: %s', (_, space) => {
    const { policy, parameters, observations, actions, starts } = played(space);
    const L = policy.levelCount;
    const [dLogProbs, dEntropies] = [normals(ROWS * L, 4), normals(ROWS * L, 5)];
    const logProbs = f32(new Float32Array(ROWS * L));
    const entropies = f32(new Float32Array(ROWS * L));
    const evaluate = (): void =>
      policy.evaluate(parameters, observations, noMask, actions, logProbs, entropies, ROWS, {
        steps: T,
        state: normals(N * S, 3),
        starts,
      });
    const loss = (): number => {
      evaluate();
      let sum = 0;
      for (let k = 0; k < ROWS * L; k++) sum += dLogProbs[k]! * logProbs[k]! + dEntropies[k]! * entropies[k]!;
      return sum;
    };
    const gradients = f32(new Float32Array(policy.parameterCount));
    evaluate();
    policy.backward(parameters, observations, noMask, actions, dLogProbs, dEntropies, gradients, ROWS);
    const scale = Math.max(...gradients.map(Math.abs));
    for (let k = 0; k < policy.parameterCount; k += 7) {
      const value = parameters[k]!;
      const [low, high] = [-1, 1].map((sign) => {
        parameters[k] = value + sign * 2e-3;
        return { at: parameters[k]!, loss: loss() };
      });
      parameters[k] = value;
      const difference = (high!.loss - low!.loss) / (high!.at - low!.at);
      expect(Math.abs(gradients[k]! - difference), `parameter ${k}`).toBeLessThan(3e-3 * scale);
    }
  });

  it.each(SPACES)('has as many parameters as are counted without it: %s', (_, space) => {
    const { policy } = create(space);
    const spec = { network, distribution: SPEC, levelNetworks: 'shared' as const, levels: {} };
    expect(policyParameterCount(F, space, false, spec)).toBe(policy.parameterCount);
    expect(policy.stateSize).toBe(S);
  });

  it('does not act without a state', () => {
    const { policy, parameters } = create(discrete(2));
    const act = () => policy.actMode(parameters, normals(N * F, 1), noMask, f32(new Float32Array(N)), N);
    expect(act).toThrow(expect.objectContaining({ code: 'NETWORK_SEQUENCES_INVALID' }));
  });
});
