import type { ChainLayer } from './port.js';
import { activationCode } from './wasm/exports.js';

/** A chain as the kernels read it, in 32-bit words: number of layers, then of each inputs, outputs, activation, weightsAt, biasAt,
 *  address of its output. */
export function chainWords(layers: readonly ChainLayer[]): readonly number[] {
  const words = layers.flatMap(({ inputs, outputs, activation, weightsAt, biasAt, output }) => [
    inputs,
    outputs,
    activationCode(activation),
    weightsAt,
    biasAt,
    output.byteOffset,
  ]);
  return [layers.length, ...words];
}
