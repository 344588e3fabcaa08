import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createPlainKernels, createWasmKernels } from '../../../src/kernels/index.js';
import { createNetwork } from '../../../src/networks/index.js';

interface Golden {
  readonly x: number[][];
  readonly y: number[][];
  readonly layers: { W: number[][]; b: number[]; dW: number[][]; db: number[] }[];
  readonly out: number[][];
  readonly loss: number;
}

const golden = JSON.parse(readFileSync(new URL('../mlp.json', import.meta.url), 'utf8')) as Golden;

describe('the golden tanh network', () => {
  it.each([
    ['plain', createPlainKernels],
    ['wasm', createWasmKernels],
  ])('has its outputs, loss and gradients on %s kernels', (_, createKernels) => {
    const kernels = createKernels();
    const hidden = golden.layers.slice(0, -1).map((layer) => layer.b.length);
    const B = golden.x.length;
    const network = createNetwork(
      kernels,
      { kind: 'mlp', hidden, activation: 'tanh', initialization: 'zeros' },
      { inputSize: golden.x[0]!.length, outputSize: golden.y[0]!.length, maxRows: B, outputGain: 1 },
    );
    const parameters = kernels.f32(network.parameterCount);
    parameters.set(golden.layers.flatMap(({ W, b }) => [...W.flat(), ...b]));
    const input = kernels.f32(golden.x.flat().length);
    input.set(golden.x.flat());

    const outputs = network.forward(parameters, input, B);
    const targets = golden.y.flat();
    const dOutput = kernels.f32(targets.length);
    let loss = 0;
    targets.forEach((target, k) => {
      const error = outputs[k]! - target;
      loss += error ** 2 / targets.length;
      dOutput[k] = (2 * error) / targets.length;
      expect(Math.abs(outputs[k]! - golden.out.flat()[k]!)).toBeLessThan(1e-5);
    });
    expect(Math.abs(loss - golden.loss)).toBeLessThan(1e-5);

    const gradients = kernels.f32(network.parameterCount);
    network.backward(parameters, input, dOutput, gradients, B);
    const expected = golden.layers.flatMap(({ dW, db }) => [...dW.flat(), ...db]);
    expect(gradients).toHaveLength(expected.length);
    gradients.forEach((value, k) => {
      expect(Math.abs(value - expected[k]!)).toBeLessThan(1e-5);
    });
  });
});
