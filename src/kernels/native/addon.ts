import { createRequire } from 'node:module';
import { packageFile } from '../../base/index.js';
import { kernelError } from '../errors.js';
import type { KernelExports } from '../wasm/exports.js';

/** Floats per vector: 128, 256 and 512 bits. */
export type VectorWidth = 4 | 8 | 16;

export type NativeExports = Pick<
  KernelExports,
  | 'denseForward'
  | 'denseBackward'
  | 'adam'
  | 'sum'
  | 'sumOfSquares'
  | 'sumRows'
  | 'squaresAround'
  | 'gaussianSample'
  | 'gaussianLogProb'
  | 'gaussianBackward'
  | 'clippedObjective'
> & {
  /** The layers that are written down at `chain`, see `chain.h`; dInput 0 is none. */
  chainForward(chain: number, parameters: number, input: number, B: number, scratch: number): void;
  chainBackward(
    chain: number,
    parameters: number,
    input: number,
    dOutput: number,
    gradients: number,
    dInput: number,
    B: number,
    scratch: number,
  ): void;
  /** output[r] = input[rows[r]] of n rows. */
  gatherFloats(input: number, rows: number, output: number, n: number): void;
  /** output[j] = f(input[j]); f: 0 exp, 1 log, 4 tanh, 5 sigmoid, 6 softplus. */
  elementwise(f: number, input: number, output: number, n: number): void;
};

/** What `addon.c` exports. */
export interface NativeAddon {
  /** The most floats per vector that this processor has. */
  readonly widestVectors: VectorWidth;
  /** The kernels over a memory that never moves; throws for a width that the processor lacks. */
  open(memory: Uint8Array, vectorWidth: VectorWidth): NativeExports;
}

let loaded: NativeAddon | undefined;

/** The addon of this system and processor, loaded once per thread. Throws KERNEL_NATIVE_MISSING, with the loader's error as its
 *  cause. */
export function nativeAddon(): NativeAddon {
  loaded ??= load(packageFile(`dist/kernels/native/${process.platform}-${process.arch}.node`));
  return loaded;
}

function load(path: string): NativeAddon {
  try {
    return createRequire(import.meta.url)(path) as NativeAddon;
  } catch (cause) {
    throw kernelError(
      'KERNEL_NATIVE_MISSING',
      `The native kernels could not be loaded from ${path}. WebAssembly gives the same results, slower; for native ones install a C compiler (gcc or clang) and run \`npm run build\`.`,
      { data: { path }, cause },
    );
  }
}

/** The vector widths that this processor has. Throws KERNEL_NATIVE_MISSING. */
export function nativeVectorWidths(): readonly VectorWidth[] {
  const { widestVectors } = nativeAddon();
  return ([4, 8, 16] as const).filter((width) => width <= widestVectors);
}
