import type { ChainLayer, DenseChain, F32, I32, Kernels } from '../port.js';
import { activationCode, type ChainExports } from './exports.js';

/** Writes a chain down as the kernels read it, in 32-bit words: number of layers, then of each inputs, outputs, activation, weightsAt,
 *  biasAt, address of its output. Whoever asks for it frees it. Throws KERNEL_MEMORY_EXHAUSTED. */
export function writeChain(kernels: Kernels, layers: readonly ChainLayer[]): I32 {
  const words = layers.flatMap(({ inputs, outputs, activation, weightsAt, biasAt, output }) => [
    inputs,
    outputs,
    activationCode(activation),
    weightsAt,
    biasAt,
    output.byteOffset,
  ]);
  const chain = kernels.i32(1 + words.length);
  chain.set([layers.length, ...words]);
  return chain;
}

/** A chain that is one call, whatever its layers: `assembly/chain.ts` and `native/chain.h` read what is written down here. */
export class AddressedChain implements DenseChain {
  readonly #kernels: Kernels;
  readonly #exports: ChainExports;
  /** See `writeChain`. */
  readonly #chain: I32;
  readonly #scratch: () => number;

  constructor(kernels: Kernels, exports: ChainExports, layers: readonly ChainLayer[], scratch: () => number) {
    this.#kernels = kernels;
    this.#exports = exports;
    this.#scratch = scratch;
    this.#chain = writeChain(kernels, layers);
  }

  forward(parameters: F32, input: F32, B: number): void {
    this.#exports.chainForward(this.#chain.byteOffset, parameters.byteOffset, input.byteOffset, B, this.#scratch());
  }

  backward(parameters: F32, input: F32, dOutput: F32, gradients: F32, B: number, dInput: F32 | null): void {
    this.#exports.chainBackward(
      this.#chain.byteOffset,
      parameters.byteOffset,
      input.byteOffset,
      dOutput.byteOffset,
      gradients.byteOffset,
      dInput === null ? 0 : dInput.byteOffset,
      B,
      this.#scratch(),
    );
  }

  dispose(): void {
    this.#kernels.free(this.#chain);
  }
}
