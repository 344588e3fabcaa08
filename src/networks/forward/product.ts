import type { F32, Kernels } from '../../kernels/index.js';
import type { LayerActivation } from '../layers/index.js';

/** output[b, o] = activation(bias[o] + Σ_i input[b, i]·weights[i, o]) with the activations of layers, of which the kernels' product has
 *  all but one. */
export function product(
  kernels: Kernels,
  input: F32,
  weights: F32,
  bias: F32,
  output: F32,
  B: number,
  I: number,
  O: number,
  activation: LayerActivation,
): void {
  const fused = activation === 'sigmoid' ? 'none' : activation;
  kernels.denseForward(input, weights, bias, output, B, I, O, fused);
  if (activation === 'sigmoid') kernels.elementwise('sigmoid', output, output, B * O);
}
