import { tanhF32 } from '../../base/math/index.js';
import type { Activation } from '../port.js';

const { fround } = Math;

/** output[b, o] = activation(bias[o] + Σ_i input[b, i]·weights[i, o]): the accumulator starts at the bias and takes the
 *  products in ascending i, each product and each sum rounded to float32. */
export function denseForward(
  input: Float32Array,
  weights: Float32Array,
  bias: Float32Array,
  output: Float32Array,
  B: number,
  I: number,
  O: number,
  activation: Activation,
): void {
  for (let b = 0; b < B; b++) {
    const row = b * O;
    for (let o = 0; o < O; o++) output[row + o] = bias[o];
    for (let i = 0; i < I; i++) {
      const x = input[b * I + i];
      const from = i * O;
      for (let o = 0; o < O; o++) output[row + o] = fround(output[row + o] + fround(x * weights[from + o]));
    }
  }
  if (activation === 'none') return;
  for (let j = 0; j < B * O; j++) output[j] = activation === 'tanh' ? tanhF32(output[j]) : relu(output[j]);
}

/** See `Kernels.denseBackward`. Gradients of weights and bias go on from the value they have, rows in ascending b; dInput
 *  starts at +0 and takes the outputs in ascending o. */
export function denseBackward(
  input: Float32Array,
  weights: Float32Array,
  output: Float32Array,
  dOutput: Float32Array,
  dInput: Float32Array | null,
  dWeights: Float32Array,
  dBias: Float32Array,
  B: number,
  I: number,
  O: number,
  activation: Activation,
): void {
  activationGradient(output, dOutput, B * O, activation);
  for (let b = 0; b < B; b++) {
    const row = b * O;
    for (let o = 0; o < O; o++) dBias[o] = fround(dBias[o] + dOutput[row + o]);
    for (let i = 0; i < I; i++) {
      const x = input[b * I + i];
      const to = i * O;
      for (let o = 0; o < O; o++) dWeights[to + o] = fround(dWeights[to + o] + fround(x * dOutput[row + o]));
    }
  }
  if (dInput === null) return;
  for (let b = 0; b < B; b++) {
    for (let i = 0; i < I; i++) {
      let sum = 0;
      for (let o = 0; o < O; o++) sum = fround(sum + fround(dOutput[b * O + o] * weights[i * O + o]));
      dInput[b * I + i] = sum;
    }
  }
}

function activationGradient(output: Float32Array, dOutput: Float32Array, n: number, activation: Activation): void {
  if (activation === 'tanh') {
    for (let j = 0; j < n; j++) dOutput[j] = fround(dOutput[j] * fround(1 - fround(output[j] * output[j])));
  } else if (activation === 'relu') {
    for (let j = 0; j < n; j++) dOutput[j] = output[j] > 0 ? dOutput[j] : 0;
  }
}

/** NaN stays NaN; −0 becomes +0. */
function relu(x: number): number {
  return x <= 0 ? 0 : x;
}
