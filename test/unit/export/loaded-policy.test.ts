import { describe, expect, it } from 'vitest';
import { createLoadedPolicy, encodePolicyFile, loadPolicy } from '../../../src/export/index.js';
import { createDescribed } from '../../../src/export/parameters.js';
import { createWasmKernels } from '../../../src/kernels/index.js';
import { box, contains, discrete } from '../../../src/spaces/index.js';
import { layersCases, look, makeCase, policyCases, trainedModes } from '../../helpers/export/policies.js';
import { expectAllOrNothing } from '../../helpers/short-memory.js';

const ROWS = 200;

describe.each([...policyCases, ...layersCases])('a policy out of a file: $name', (made) => {
  const seen = look(made, ROWS);
  const load = () => loadPolicy(encodePolicyFile(made.card, made.parameters));

  it('acts by modes to the same bits as training, in batches and alone', async () => {
    const policy = await load();
    const modes = policy.actBatch(seen.observations, ROWS, { mask: seen.mask });
    expect(modes).toEqual(trainedModes(made, seen));
    // Each number of the action differs between rows: that something is decided at all is no accident.
    for (let j = 0; j < policy.actionSize; j++) {
      expect(new Set(modes.filter((_, k) => k % policy.actionSize === j)).size).toBeGreaterThan(1);
    }
    const { observationSize: F, maskSize: M, actionSize: A } = policy;
    for (const b of [0, 1, ROWS - 1]) {
      const mask = seen.mask.subarray(b * M, (b + 1) * M);
      const alone = policy.act(seen.observations.subarray(b * F, (b + 1) * F), M === 0 ? {} : { mask });
      expect(alone).toEqual(modes.subarray(b * A, (b + 1) * A));
    }
  });

  it('draws actions of the space, the same ones for the same seed on any kernels', async () => {
    const policy = await load();
    const options = { mask: seen.mask, seed: 5 };
    const drawn = policy.actBatch(seen.observations, ROWS, options);
    const { card, parameters } = made;
    const fast = createLoadedPolicy(card, parameters, { kernels: createWasmKernels(), maxRows: 32 });
    expect(fast.actBatch(seen.observations, ROWS, options)).toEqual(drawn);
    const { actionSpace, actionSize: A, observationSize: F } = policy;
    for (let b = 0; b < ROWS; b++) {
      const observation = { values: seen.observations, offset: b * F };
      expect(contains(actionSpace, drawn, b * A, observation)).toBe(true);
    }
  });
});

describe('drawing', () => {
  const made = makeCase('drawing', discrete(5));
  const policy = createLoadedPolicy(made.card, made.parameters);
  const { observations } = look(made, 64);

  it('differs by seed and by index, and repeats', () => {
    const draw = (seed: number, index?: number) =>
      policy.actBatch(observations, 64, index === undefined ? { seed } : { seed, index }).join();
    expect(draw(1)).toBe(draw(1, 0));
    expect(draw(1)).not.toBe(draw(2));
    expect(draw(1, 1)).not.toBe(draw(1));
    expect(draw(1, 1)).toBe(draw(1, 1));
  });

  it('writes to the array it is given', () => {
    const out = new Float32Array(70);
    expect(policy.actBatch(observations, 64, { seed: 1, out })).toBe(out);
    expect(out.subarray(0, 64).join()).toBe(policy.actBatch(observations, 64, { seed: 1 }).join());
  });
});

it('tells agents that share it apart by who they are', () => {
  const base = makeCase('ids', box(2));
  const card = { ...base.card, policy: { ...base.card.policy, agents: ['a', 'b'], agentIds: true } };
  const policy = createLoadedPolicy(card, base.parameters);
  expect(policy.observationSize).toBe(3);
  const whole = createLoadedPolicy(base.card, base.parameters);
  for (const [agent, identity] of [
    ['a', [1, 0]],
    ['b', [0, 1]],
  ] as const) {
    const rows = [1, 2, 3, -1, 0, 1];
    const expected = whole.actBatch([...rows.slice(0, 3), ...identity, ...rows.slice(3), ...identity], 2, { seed: 3 });
    expect(policy.actBatch(rows, 2, { agent, seed: 3 })).toEqual(expected);
  }
  expect(() => policy.act([1, 2, 3])).toThrow(/no agent was named of policy "agent-0", by which a, b act/);
  expect(() => policy.act([1, 2, 3], { agent: 'c' })).toThrow(/no agent "c"/);
});

describe('what a policy cannot observe', () => {
  const made = makeCase('refusals', discrete(3), { masked: true });
  const policy = createLoadedPolicy(made.card, made.parameters);
  const row = [0, 0, 0, 0, 0];

  it.each([
    ['too few numbers', () => policy.act([1, 2]), /has 2 numbers, and one is of 5/],
    ['rows that do not fit', () => policy.actBatch(row, 2), /of 2 rows have 5 numbers/],
    ['no rows', () => policy.actBatch([], 0), /rows is 0/],
    ['NaN', () => policy.act([0, Number.NaN, 0, 0, 0]), /row 0 has NaN at 1/],
    ['null, which JSON makes of NaN', () => policy.act([0, null as never, 0, 0, 0]), /row 0 has null at 1/],
    ['a draw without a seed', () => policy.act(row, { index: 3 }), /index 3 tells draws .* no seed was given/],
    ['an infinity in float32', () => policy.actBatch([...row, 0, 0, 0, 0, 1e39], 2), /row 1 has 1e\+39 at 4/],
    ['a short mask', () => policy.act(row, { mask: [1] }), /mask has 1 numbers, and 1 of this policy take 3/],
    ['a mask of halves', () => policy.act(row, { mask: [1, 0.5, 1] }), /mask has 0.5 at 1/],
    ['an out that is too short', () => policy.act(row, { out: new Float32Array(0) }), /out has 0 numbers/],
  ])('is refused: %s', (_, act, message) => {
    expect(act).toThrow(
      expect.objectContaining({ code: 'POLICY_INPUT_INVALID', message: expect.stringMatching(message) }),
    );
  });

  it('a mask without a legal choice is refused with its row', () => {
    const act = () => policy.actBatch([...row, ...row], 2, { mask: [1, 1, 1, 0, 0, 0] });
    expect(act).toThrow(expect.objectContaining({ code: 'POLICY_MASK_EMPTY', data: { row: 1, element: 0 } }));
  });

  it('and it goes on after a refusal', () => {
    expect(policy.act(row, { mask: [0, 1, 0] })).toEqual(Float32Array.of(1));
  });
});

describe('a recurrent policy', () => {
  const made = makeCase('recurrent', box(1), { network: { recurrent: { kind: 'gru', size: 3 } } });
  const policy = createLoadedPolicy(made.card, made.parameters);
  const steps = Array.from({ length: 6 }, (_, t) => look(made, 2, t).observations);

  it('carries its state on in place, to the same bits as training', () => {
    const kernels = createWasmKernels();
    const trained = createDescribed(kernels, made.card.policy, made.parameters.length, 2);
    const parameters = kernels.f32(made.parameters.length);
    parameters.set(made.parameters);
    const [observation, actions, carried] = [kernels.f32(10), kernels.f32(2), kernels.f32(6)];
    const state = new Float32Array(2 * policy.stateSize);
    expect(state.length).toBe(6);
    for (const seen of steps) {
      observation.set(seen);
      trained.actMode(parameters, observation, new Uint8Array(0), actions, 2, {
        steps: 1,
        state: carried,
        starts: null,
      });
      expect([...policy.actBatch(seen, 2, { state })]).toEqual([...actions]);
      expect([...state]).toEqual([...carried]);
    }
    expect(state.every((number) => number !== 0)).toBe(true);
  });

  it('acts on all that it saw, and begins anew with zeros', () => {
    const run = (state: Float32Array) => steps.map((seen) => policy.actBatch(seen, 2, { state }).join()).join(' ');
    const state = new Float32Array(6);
    const first = run(state);
    expect(run(state)).not.toBe(first);
    expect(run(state.fill(0))).toBe(first);
  });

  it('wants a state, and a whole one', () => {
    expect(() => policy.act([0, 0, 0, 0, 0])).toThrow(/is recurrent and needs a state: pass one Float32Array of 3/);
    expect(() => policy.act([0, 0, 0, 0, 0], { state: new Float32Array(2) })).toThrow(/a state of 2 numbers/);
    const state = Float32Array.of(0, Number.NaN, 0);
    expect(() => policy.act([0, 0, 0, 0, 0], { state })).toThrow(/the state has NaN at 1/);
  });

  it('comes out of a file', async () => {
    const { stateSize } = await loadPolicy(encodePolicyFile(made.card, made.parameters));
    expect(stateSize).toBe(3);
  });
});

it('leaves memory as it was where it does not fit with its parameters', () => {
  const { card, parameters } = makeCase('memory', box(2));
  expectAllOrNothing((kernels) => createLoadedPolicy(card, parameters, { kernels, maxRows: 1 }));
});

it('keeps the arrays it has where more do not fit', () => {
  const { card, parameters } = makeCase('memory', box(2));
  const kernels = createWasmKernels({ initialBytes: 65_536, maximumBytes: 2 * 65_536 });
  const policy = createLoadedPolicy(card, parameters, { kernels, maxRows: 4 });
  const observation = new Float32Array(policy.observationSize).fill(0.5);
  const action = policy.act(observation);
  const before = kernels.allocatedBytes;
  // The observations alone would fit.
  const rows = Math.floor((2 * 65_536 - before) / 4 / policy.observationSize) - 64;
  const many = new Float32Array(rows * policy.observationSize);
  expect(() => policy.actBatch(many, rows)).toThrow(expect.objectContaining({ code: 'KERNEL_MEMORY_EXHAUSTED' }));
  expect(kernels.allocatedBytes).toBe(before);
  expect(policy.act(observation)).toEqual(action);
  policy.dispose();
  expect(kernels.allocatedBytes).toBe(0);
});
