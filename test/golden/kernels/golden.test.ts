import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createPlainKernels, createWasmKernels, type F32, type Kernels } from '../../../src/kernels/index.js';
import { place } from '../../property/kernels/arrays.js';

type Rows = number[][];

interface EstimatorCase {
  readonly gamma: number;
  readonly lambda: number;
}

interface Estimators {
  readonly inputs: Readonly<Record<'reward' | 'value' | 'done' | 'truncated' | 'final_value' | 'log_rho', Rows>> & {
    readonly bootstrap_value: number[];
  };
  readonly discounted_returns: readonly { readonly gamma: number; readonly returns: Rows }[];
  readonly gae: readonly (EstimatorCase & { readonly advantage: Rows })[];
  readonly gae_truncated: readonly (EstimatorCase & { readonly advantage: Rows })[];
  readonly vtrace: readonly (EstimatorCase & {
    readonly rho_bar: number | null;
    readonly c_bar: number | null;
    readonly pg_rho_bar: number | null;
    readonly vs: Rows;
    readonly pg_advantage: Rows;
  })[];
}

interface Adam {
  readonly cases: readonly {
    readonly lr: number;
    readonly beta1: number;
    readonly beta2: number;
    readonly eps: number;
    readonly weight_decay: number;
    readonly param: number[];
    readonly grads: Rows;
    readonly after: readonly { readonly param: number[]; readonly m: number[]; readonly v: number[] }[];
  }[];
}

interface Mlp {
  readonly x: Rows;
  readonly y: Rows;
  readonly layers: readonly { readonly W: Rows; readonly b: number[]; readonly dW: Rows; readonly db: number[] }[];
  readonly out: Rows;
  readonly loss: number;
}

function golden<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../${name}.json`, import.meta.url), 'utf8')) as T;
}

function expectClose(actual: ArrayLike<number>, expected: readonly number[], tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, j) => {
    expect(Math.abs(actual[j] - value), `element ${j}: ${actual[j]}, not ${value}`).toBeLessThanOrEqual(
      tolerance * Math.max(1, Math.abs(value)),
    );
  });
}

const ENGINES: Readonly<Record<string, () => Kernels>> = { plain: createPlainKernels, wasm: createWasmKernels };

describe.each(Object.entries(ENGINES))('golden numbers on %s', (_name, create) => {
  const kernels = create();

  describe('estimators', () => {
    const { inputs, ...cases } = golden<Estimators>('estimators');
    const T = inputs.reward.length;
    const B = inputs.bootstrap_value.length;
    const steps = (rows: Rows): F32 => place(kernels, rows.flat());
    const rewards = steps(inputs.reward);
    const values = steps(inputs.value);
    const continuing = steps([...inputs.value.slice(1), inputs.bootstrap_value]);
    const discounts = (gamma: number): F32 => steps(inputs.done.map((row) => row.map((done) => gamma * (1 - done))));
    const constant = (value: number): F32 => place(kernels, new Float32Array(T * B).fill(value));
    const cutOff = inputs.truncated.map((row, t) => row.map((flag, b) => flag === 1 && inputs.done[t][b] === 0));

    test.each(cases.discounted_returns)('discounted returns, γ = $gamma', ({ gamma, returns }) => {
      const out = kernels.f32(T * B);
      kernels.discountedReturns(rewards, discounts(gamma), place(kernels, inputs.bootstrap_value), out, T, B);
      expectClose(out, returns.flat(), 1e-5);
    });

    test.each(cases.gae)('GAE, γ = $gamma, λ = $lambda', ({ gamma, lambda, advantage }) => {
      const out = kernels.f32(T * B);
      kernels.gae(rewards, discounts(gamma), constant(lambda), values, continuing, out, T, B);
      expectClose(out, advantage.flat(), 1e-5);
    });

    test.each(cases.gae_truncated)('GAE with truncation, γ = $gamma, λ = $lambda', ({ gamma, lambda, advantage }) => {
      const out = kernels.f32(T * B);
      const lambdas = steps(cutOff.map((row) => row.map((cut) => (cut ? 0 : lambda))));
      const nextValues = place(
        kernels,
        cutOff.flatMap((row, t) => row.map((cut, b) => (cut ? inputs.final_value[t][b] : continuing[t * B + b]))),
      );
      kernels.gae(rewards, discounts(gamma), lambdas, values, nextValues, out, T, B);
      expectClose(out, advantage.flat(), 1e-5);
    });

    test.each(cases.vtrace)('V-trace, λ = $lambda, bars $rho_bar, $c_bar, $pg_rho_bar', (c) => {
      const targets = kernels.f32(T * B);
      const advantages = kernels.f32(T * B);
      const ratios = steps(inputs.log_rho.map((row) => row.map(Math.exp)));
      const clips = { rhoBar: c.rho_bar ?? Infinity, cBar: c.c_bar ?? Infinity, pgRhoBar: c.pg_rho_bar ?? Infinity };
      const [discount, lambdas] = [discounts(c.gamma), constant(c.lambda)];
      kernels.vtrace(ratios, rewards, discount, lambdas, values, continuing, targets, advantages, T, B, clips);
      expectClose(targets, c.vs.flat(), 1e-5);
      expectClose(advantages, c.pg_advantage.flat(), 1e-5);
    });
  });

  test.each(golden<Adam>('adam').cases)('Adam, lr = $lr, decay = $weight_decay', (c) => {
    const n = c.param.length;
    const [parameters, mean, variance] = [place(kernels, c.param), kernels.f32(n), kernels.f32(n)];
    c.grads.forEach((gradients, index) => {
      kernels.adam(parameters, place(kernels, gradients), mean, variance, n, {
        learningRate: c.lr,
        beta1: c.beta1,
        beta2: c.beta2,
        epsilon: c.eps,
        weightDecay: c.weight_decay,
        decayMode: 'coupled',
        step: index + 1,
      });
      const after = c.after[index];
      const tolerance = index === 0 ? 1e-5 : 1e-4;
      expectClose(parameters, after.param, tolerance);
      expectClose(mean, after.m, tolerance);
      expectClose(variance, after.v, tolerance);
    });
  });

  test('a tanh network: outputs, loss and every gradient', () => {
    const { x, y, layers, out, loss } = golden<Mlp>('mlp');
    const B = x.length;
    const sizes = [x[0].length, ...layers.map((layer) => layer.b.length)];
    const weights = layers.map((layer) => place(kernels, layer.W.flat()));
    const activations = [place(kernels, x.flat())];
    layers.forEach((layer, l) => {
      const output = kernels.f32(B * sizes[l + 1]);
      const activation = l + 1 < layers.length ? 'tanh' : 'none';
      kernels.denseForward(
        activations[l],
        weights[l],
        place(kernels, layer.b),
        output,
        B,
        sizes[l],
        sizes[l + 1],
        activation,
      );
      activations.push(output);
    });
    const outputs = activations[layers.length];
    expectClose(outputs, out.flat(), 1e-5);
    const errors = outputs.map((value, j) => value - y.flat()[j]);
    expectClose([errors.reduce((sum, e) => sum + e * e, 0) / errors.length], [loss], 1e-5);
    let gradient: F32 = place(
      kernels,
      errors.map((e) => (2 * e) / errors.length),
    );
    for (let l = layers.length - 1; l >= 0; l--) {
      const [I, O] = [sizes[l], sizes[l + 1]];
      const [dInput, dWeights, dBias] = [kernels.f32(B * I), kernels.f32(I * O), kernels.f32(O)];
      const activation = l + 1 < layers.length ? 'tanh' : 'none';
      const [input, output] = [activations[l], activations[l + 1]];
      kernels.denseBackward(
        input,
        weights[l],
        output,
        gradient,
        l === 0 ? null : dInput,
        dWeights,
        dBias,
        B,
        I,
        O,
        activation,
      );
      expectClose(dWeights, layers[l].dW.flat(), 1e-5);
      expectClose(dBias, layers[l].db, 1e-5);
      gradient = dInput;
    }
  });
});
