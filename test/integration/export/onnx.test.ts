import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { createLoadedPolicy, exportPolicy } from '../../../src/export/index.js';
import { box } from '../../../src/spaces/index.js';
import {
  layersCases,
  look,
  makeCase,
  policyCases,
  recurrentCases,
  trainedModes,
} from '../../helpers/export/policies.js';

const ROWS = 400;

describe.each([...policyCases, ...layersCases])('as ONNX: $name', (made) => {
  const seen = look(made, ROWS);
  const { bytes } = exportPolicy(made.card, made.parameters, 'onnx').model[0]!;
  const A = trainedModes(made, look(made, 1)).length;

  async function run(rows: number) {
    const session = await InferenceSession.create(bytes, { logSeverityLevel: 4 });
    const F = seen.observations.length / ROWS;
    const M = seen.mask.length / ROWS;
    const feeds: Record<string, Tensor> = {
      observation: new Tensor('float32', seen.observations.subarray(0, rows * F), [rows, F]),
    };
    if (M > 0) feeds.mask = new Tensor('bool', seen.mask.subarray(0, rows * M), [rows, M]);
    return { session, outputs: await session.run(feeds) };
  }

  it('acts as it does here, within 1e-5', async () => {
    const { outputs } = await run(ROWS);
    const { data, dims } = outputs.action!;
    expect(dims).toEqual([ROWS, A]);
    const expected = trainedModes(made, seen);
    let worst = 0;
    for (let k = 0; k < expected.length; k++) worst = Math.max(worst, Math.abs(Number(data[k]) - expected[k]!));
    expect(worst).toBeLessThan(1e-5);
  });

  it('takes one row, and tells the outputs of its networks', async () => {
    const { session, outputs } = await run(1);
    expect(outputs.action!.dims).toEqual([1, A]);
    const levels = made.card.actions.map(({ level }) => (level === null ? 'outputs' : `outputs.${level}`));
    expect([...session.outputNames].sort()).toEqual(['action', ...levels].sort());
    for (const { level, outputs: count } of made.card.actions) {
      expect(outputs[level === null ? 'outputs' : `outputs.${level}`]!.dims).toEqual([1, count]);
    }
  });
});

it('tells agents that share it apart by an input', async () => {
  const base = makeCase('ids', box(2, { low: -1, high: 1 }));
  const card = { ...base.card, policy: { ...base.card.policy, agents: ['a', 'b'], agentIds: true } };
  const { bytes } = exportPolicy(card, base.parameters, 'onnx').model[0]!;
  const session = await InferenceSession.create(bytes);
  const policy = createLoadedPolicy(card, base.parameters);
  for (const [agent, place] of [
    ['a', [1, 0]],
    ['b', [0, 1]],
  ] as const) {
    const { action } = await session.run({
      observation: new Tensor('float32', Float32Array.of(1, -2, 0.5), [1, 3]),
      agent: new Tensor('float32', Float32Array.from(place), [1, 2]),
    });
    const expected = policy.act([1, -2, 0.5], { agent });
    for (const j of [0, 1]) expect(Number(action!.data[j])).toBeCloseTo(expected[j]!, 5);
  }
});

describe.each(recurrentCases)('as ONNX: $name', (made) => {
  it('remembers as it does here, step after step', async () => {
    const { card, parameters } = made;
    const session = await InferenceSession.create(exportPolicy(card, parameters, 'onnx').model[0]!.bytes);
    const policy = createLoadedPolicy(card, parameters);
    const state = new Float32Array(2 * policy.stateSize);
    let carried = new Tensor('float32', new Float32Array(state.length), [2, policy.stateSize]);
    for (let t = 0; t < 5; t++) {
      const { observations } = look(made, 2, t);
      const expected = policy.actBatch(observations, 2, { state });
      const observation = new Tensor('float32', observations, [2, observations.length / 2]);
      const { action, next_state } = await session.run({ observation, state: carried });
      carried = next_state as typeof carried;
      expect(worstOf(action!.data as Float32Array, expected)).toBeLessThan(1e-5);
      expect(worstOf(carried.data as Float32Array, state)).toBeLessThan(1e-5);
    }
  });
});

const worstOf = (one: ArrayLike<number>, other: Float32Array): number =>
  other.reduce((worst, value, k) => Math.max(worst, Math.abs(one[k]! - value)), 0);
