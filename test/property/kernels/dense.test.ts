import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ACTIVATIONS, createPlainKernels, type Kernels, reference } from '../../../src/kernels/index.js';
import { difference, distance, matrix, numbers, place, type Values, values } from './arrays.js';
import { ENGINES } from './engines.js';

const shape = fc.record({
  B: fc.integer({ min: 1, max: 40 }),
  I: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 110 })),
  O: fc.oneof(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 90 })),
  activation: fc.constantFrom(...ACTIVATIONS),
  seed: fc.integer({ min: 0 }),
});
type Shape = typeof shape extends fc.Arbitrary<infer S> ? S : never;

interface DenseCase extends Shape {
  readonly kind: Values;
}

function run(kernels: Kernels, { B, I, O, activation, seed, kind }: DenseCase): Record<string, Float32Array> {
  const next = numbers(seed);
  const input = place(kernels, values(next, B * I, kind));
  const weights = place(kernels, values(next, I * O, kind));
  const bias = place(kernels, values(next, O, kind));
  const output = place(kernels, values(next, B * O, kind));
  const dOutput = place(kernels, values(next, B * O, kind));
  const dInput = place(kernels, values(next, B * I, kind));
  const dWeights = place(kernels, values(next, I * O, kind));
  const dBias = place(kernels, values(next, O, kind));
  kernels.denseForward(input, weights, bias, output, B, I, O, activation);
  // A first layer's inputs have no gradient: then what is there stays.
  const asked = seed % 3 === 0 ? null : dInput;
  kernels.denseBackward(input, weights, output, dOutput, asked, dWeights, dBias, B, I, O, activation);
  const made = { input, weights, bias, output, dOutput, dInput, dWeights, dBias };
  const result = Object.fromEntries(Object.entries(made).map(([name, array]) => [name, Float32Array.from(array)]));
  for (const array of Object.values(made)) kernels.free(array);
  return result;
}

const chainShape = fc.record({
  B: fc.integer({ min: 1, max: 150 }),
  widths: fc.array(
    fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constantFrom(16, 32, 64), fc.integer({ min: 1, max: 90 })),
    {
      minLength: 2,
      maxLength: 5,
    },
  ),
  activation: fc.constantFrom(...ACTIVATIONS),
  outputActivation: fc.constantFrom(...ACTIVATIONS),
  asksForInputGradient: fc.boolean(),
  seed: fc.integer({ min: 0 }),
});

function runChain(
  kernels: Kernels,
  {
    B,
    widths,
    activation,
    outputActivation,
    asksForInputGradient,
    seed,
  }: typeof chainShape extends fc.Arbitrary<infer S> ? S : never,
): Record<string, Float32Array> {
  const next = numbers(seed);
  let at = 0;
  const layers = widths.slice(1).map((outputs, l) => {
    const inputs = widths[l];
    const weightsAt = at;
    at += (inputs + 1) * outputs;
    return {
      inputs,
      outputs,
      activation: l === widths.length - 2 ? outputActivation : activation,
      weightsAt,
      biasAt: at - outputs,
      output: place(kernels, values(next, B * outputs)),
    };
  });
  const parameters = place(kernels, values(next, at));
  const gradients = place(kernels, values(next, at));
  const input = place(kernels, values(next, B * widths[0]));
  const dInput = place(kernels, values(next, B * widths[0]));
  const dOutput = place(kernels, values(next, B * widths.at(-1)!));
  const before = kernels.allocatedBytes;
  const chain = kernels.denseChain(layers, B);
  chain.forward(parameters, input, B);
  chain.backward(parameters, input, dOutput, gradients, B, asksForInputGradient ? dInput : null);
  chain.dispose();
  expect(kernels.allocatedBytes).toBe(before);
  const made = { parameters, gradients, input, dInput, dOutput };
  const outputs = layers.map(({ output }, l) => [`output ${l}`, output] as const);
  const arrays = [...Object.entries(made), ...outputs];
  const result = Object.fromEntries(arrays.map(([name, array]) => [name, Float32Array.from(array)]));
  for (const [, array] of arrays) kernels.free(array);
  return result;
}

describe('dense layers', () => {
  const plain = createPlainKernels();

  test.each(ENGINES)('%s: the bits of the plain form, whatever the shape and the values', (_name, create) => {
    const engine = create();
    fc.assert(
      fc.property(shape, fc.constantFrom<Values>('plain', 'tiny', 'wild'), (s, kind) => {
        const expected = run(plain, { ...s, kind });
        const actual = run(engine, { ...s, kind });
        for (const name of Object.keys(expected)) expect(difference(actual[name], expected[name]), name).toBeNull();
      }),
      { numRuns: 120 },
    );
  });

  describe.each(ENGINES)('%s: likewise across row blocks and packed panels', (_name, create) => {
    test.each([
      [300, 1, 1, 'tanh'],
      [131, 3, 2, 'none'],
      [70, 150, 1, 'tanh'],
      [69, 83, 2, 'relu'],
      [67, 149, 3, 'none'],
      [129, 64, 64, 'tanh'],
      [133, 97, 130, 'relu'],
      [260, 130, 9, 'tanh'],
      [17, 100, 96, 'none'],
      [200, 7, 200, 'relu'],
      [150, 300, 70, 'tanh'],
    ] as const)('%i rows, %i → %i, %s', (B, I, O, activation) => {
      const s = { B, I, O, activation, seed: B + I + O, kind: 'plain' } as const;
      const expected = run(plain, s);
      const actual = run(create(), s);
      for (const name of Object.keys(expected)) expect(difference(actual[name], expected[name]), name).toBeNull();
    });
  });

  test.each(ENGINES)('%s: chains of layers have the bits of the plain form', (_name, create) => {
    const engine = create();
    fc.assert(
      fc.property(chainShape, (s) => {
        const expected = runChain(plain, s);
        const actual = runChain(engine, s);
        for (const name of Object.keys(expected)) expect(difference(actual[name], expected[name]), name).toBeNull();
      }),
      { numRuns: 40 },
    );
  });

  test.each(ENGINES)('%s: so have chains of wide layers, across row blocks and packed panels', (_name, create) => {
    const s = {
      B: 135,
      widths: [2, 97, 130, 101, 3],
      activation: 'tanh',
      outputActivation: 'relu',
      asksForInputGradient: true,
      seed: 8,
    } as const;
    const expected = runChain(plain, { ...s, widths: [...s.widths] });
    const actual = runChain(create(), { ...s, widths: [...s.widths] });
    for (const name of Object.keys(expected)) expect(difference(actual[name], expected[name]), name).toBeNull();
  });

  test('the plain form is the paper form within float32 rounding', () => {
    fc.assert(
      fc.property(shape, (s) => {
        const { B, I, O, activation, seed } = s;
        const next = numbers(seed);
        const input = values(next, B * I);
        const weights = values(next, I * O);
        const bias = values(next, O);
        const dOutput = values(next, B * O);
        const x = matrix(input, B, I);
        const w = matrix(weights, I, O);
        const y = reference.denseForward(x, w, [...bias], activation);
        const output = plain.f32(B * O);
        plain.denseForward(place(plain, input), place(plain, weights), place(plain, bias), output, B, I, O, activation);
        expect(distance(output, y.flat())).toBeLessThan(2e-5);
        const seen = matrix(output, B, O);
        const gradients = reference.denseBackward(x, w, seen, matrix(dOutput, B, O), activation);
        const dInput = plain.f32(B * I);
        const dWeights = plain.f32(I * O);
        const dBias = plain.f32(O);
        const d = place(plain, dOutput);
        const [xs, ws] = [place(plain, input), place(plain, weights)];
        plain.denseBackward(xs, ws, output, d, dInput, dWeights, dBias, B, I, O, activation);
        expect(distance(dInput, gradients.dInput.flat())).toBeLessThan(5e-5);
        expect(distance(dWeights, gradients.dWeights.flat())).toBeLessThan(5e-5);
        expect(distance(dBias, gradients.dBias)).toBeLessThan(5e-5);
      }),
      { numRuns: 60 },
    );
  });

  test('the reference gradients are the slopes of the reference outputs', () => {
    const next = numbers(5);
    const [B, I, O] = [3, 4, 2];
    const x = matrix(values(next, B * I), B, I);
    const w = matrix(values(next, I * O), I, O);
    const bias = [0.25, -0.5];
    const dY = matrix(values(next, B * O), B, O);
    const loss = (weights: number[][], inputs: number[][]): number =>
      reference
        .denseForward(inputs, weights, bias, 'tanh')
        .reduce((sum, row, b) => sum + row.reduce((inner, y, o) => inner + y * dY[b][o], 0), 0);
    const { dWeights, dInput } = reference.denseBackward(x, w, reference.denseForward(x, w, bias, 'tanh'), dY, 'tanh');
    const nudged = (m: number[][], r: number, c: number, by: number): number[][] =>
      m.map((row, i) => row.map((value, j) => (i === r && j === c ? value + by : value)));
    const slope = (at: (by: number) => number): number => (at(1e-5) - at(-1e-5)) / 2e-5;
    dWeights.forEach((row, i) => {
      row.forEach((gradient, o) => {
        expect(gradient).toBeCloseTo(
          slope((by) => loss(nudged(w, i, o, by), x)),
          7,
        );
      });
    });
    dInput.forEach((row, b) => {
      row.forEach((gradient, i) => {
        expect(gradient).toBeCloseTo(
          slope((by) => loss(w, nudged(x, b, i, by))),
          7,
        );
      });
    });
  });
});
