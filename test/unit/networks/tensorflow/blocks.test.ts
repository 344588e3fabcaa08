import type { Tensor2D } from '@tensorflow/tfjs';
import { describe, expect } from 'vitest';
import { createWasmKernels } from '../../../../src/kernels/index.js';
import { createFunctionNetwork, type TensorflowFunction } from '../../../../src/networks/tensorflow/index.js';
import { onEachBackend } from '../../../helpers/tensorflow/backends.js';
import { normals } from '../fixtures.js';

/** tanh(x·W), said to make so many numbers of each row; the most rows that it is given at once are noted. */
function productOf(activations: number, seen: number[]): TensorflowFunction {
  return {
    inputSize: 3,
    outputSize: 2,
    parameterLayout: [{ name: 'weights', shape: [3, 2], offset: 0 }],
    activations,
    stateSize: 0,
    initialize: () => {},
    apply(tf, [weights], input) {
      seen.push(input.shape[0]);
      return tf.tanh(tf.matMul(input, weights as Tensor2D));
    },
  };
}

describe('rows that make more than one recording may hold', () => {
  onEachBackend('are walked in blocks, with the outputs and gradients of all at once', (engine) => {
    const before = engine.tensors;
    const results = [1, 2 ** 25].map((activations) => {
      const kernels = createWasmKernels();
      const seen: number[] = [];
      const network = createFunctionNetwork(kernels, engine, productOf(activations, seen), 8);
      const parameters = normals(kernels, 6, 1);
      const input = normals(kernels, 7 * 3, 2);
      const [gradients, dInput] = [kernels.f32(6), kernels.f32(7 * 3)];
      const outputs: number[][] = [];
      for (let update = 0; update < 2; update++) {
        outputs.push([...network.forward(parameters, input, 7).subarray(0, 14)]);
        network.backward(parameters, input, normals(kernels, 14, 3), gradients, 7, dInput);
      }
      network.dispose();
      return { most: Math.max(...seen), numbers: [...outputs.flat(), ...gradients, ...dInput] };
    });
    expect(results.map(({ most }) => most)).toEqual([7, 1]);
    const [whole, blocks] = results.map(({ numbers }) => numbers) as [number[], number[]];
    for (const [i, value] of whole.entries()) expect(blocks[i]).toBeCloseTo(value, 5);
    expect(engine.tensors).toBe(before);
  });
});
