import type { Activation } from '../port.js';

/** Numbers by row: matrices are [row][column]. Everything here is float64 and written as papers write it. */
export type Matrix = readonly (readonly number[])[];

export interface DenseGradients {
  readonly dInput: number[][];
  readonly dWeights: number[][];
  readonly dBias: number[];
}

function activate(activation: Activation, x: number): number {
  if (activation === 'tanh') return Math.tanh(x);
  return activation === 'relu' ? Math.max(0, x) : x;
}

function derivative(activation: Activation, y: number): number {
  if (activation === 'tanh') return 1 - y * y;
  return activation === 'relu' ? Number(y > 0) : 1;
}

/** y[b][o] = f(bias[o] + Σ_i x[b][i]·w[i][o]). */
export function denseForward(x: Matrix, w: Matrix, bias: readonly number[], activation: Activation): number[][] {
  return x.map((row) =>
    bias.map((start, o) => {
      let sum = start;
      for (let i = 0; i < row.length; i++) sum += row[i] * w[i][o];
      return activate(activation, sum);
    }),
  );
}

/** Gradients of a loss L with dL/dy given: d = dL/dy · f'(y), dL/dx = d·wᵀ, dL/dw = xᵀ·d, dL/dbias = Σ_b d. */
export function denseBackward(x: Matrix, w: Matrix, y: Matrix, dY: Matrix, activation: Activation): DenseGradients {
  const d = dY.map((row, b) => row.map((value, o) => value * derivative(activation, y[b][o])));
  const outputs = w[0].map((_, o) => o);
  return {
    dInput: d.map((row) => w.map((weights) => weights.reduce((sum, weight, o) => sum + row[o] * weight, 0))),
    dWeights: w.map((_, i) => outputs.map((o) => d.reduce((sum, row, b) => sum + x[b][i] * row[o], 0))),
    dBias: outputs.map((o) => d.reduce((sum, row) => sum + row[o], 0)),
  };
}
