import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { packageFile } from '../../base/index.js';
import { kernelError } from '../errors.js';
import type { KernelExports } from '../wasm/exports.js';

/** Floats per vector: 128, 256 and 512 bits. */
export type VectorWidth = 4 | 8 | 16;

export type NativeExports = Pick<
  KernelExports,
  | 'chainForward'
  | 'chainBackward'
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
  | 'weightedObjective'
  | 'categoricalSample'
  | 'categoricalEvaluate'
  | 'categoricalBackward'
  | 'squash'
  | 'unsquash'
  | 'normalsOfUniforms'
  | 'binarySample'
  | 'binaryEvaluate'
  | 'binaryBackward'
  | 'networkStd'
  | 'boundedSample'
  | 'boundedEvaluate'
  | 'boundedBackward'
  | 'boundedPathwise'
  | 'compositeSample'
  | 'compositeEvaluate'
  | 'compositeBackward'
  | 'gaussianActs'
  | 'clippedStep'
  | 'fillUniform'
  | 'fillNormal'
> & {
  /** output[r] = input[rows[r]] of n rows. */
  gatherFloats(input: number, rows: number, output: number, n: number): void;
  /** output[j] = f(input[j]); f: 0 exp, 1 log, 4 tanh, 5 sigmoid, 6 softplus. */
  elementwise(f: number, input: number, output: number, n: number): void;
};

/** What `addon.c` exports. */
export interface NativeAddon {
  /** Hash of the sources that it was built of. */
  readonly sources: string;
  /** The most floats per vector that this processor has. */
  readonly widestVectors: VectorWidth;
  /** The kernels over a memory that never moves. They know its address alone: whoever calls them keeps the memory. Nothing is checked
   *  but the width, for which it throws where the processor lacks it: `AddressedKernels` gives addresses of arrays that it made. */
  open(memory: Uint8Array, vectorWidth: VectorWidth): NativeExports;
}

let loaded: NativeAddon | undefined;

/** The addon of this system and processor, loaded once per thread. Throws KERNEL_NATIVE_MISSING, with why as its cause. */
export function nativeAddon(): NativeAddon {
  loaded ??= loadAddon(packageFile('dist/kernels/native'));
  return loaded;
}

/** The addon of this system in a folder that `scripts/build-native.mjs` has filled. One of other sources would take its arguments
 *  for something else, and half of one ends the process that loads it: neither is loaded. Throws KERNEL_NATIVE_MISSING, with why as
 *  its cause. */
export function loadAddon(folder: string): NativeAddon {
  const system = `${process.platform}-${process.arch}`;
  const path = join(folder, `${system}.node`);
  try {
    const built = JSON.parse(readFileSync(join(folder, 'built.json'), 'utf8')) as Built;
    const expected = built.bytes[system];
    if (expected === undefined) throw new Error(`it was not built for ${system}`);
    const { size } = statSync(path);
    if (size !== expected) throw new Error(`the file has ${size} bytes of the ${expected} that were built`);
    const addon = createRequire(import.meta.url)(path) as Partial<NativeAddon>;
    if (addon.sources !== built.sources) throw new Error('it was built of other sources than this version of Marlin');
    return addon as NativeAddon;
  } catch (cause) {
    const why = (cause instanceof Error ? cause.message : String(cause)).split('\n', 1)[0];
    throw kernelError(
      'KERNEL_NATIVE_MISSING',
      `The native kernels could not be loaded from ${path}: ${why}. WebAssembly gives the same results, slower.`,
      { data: { path }, cause },
    );
  }
}

/** What `scripts/build-native.mjs` writes down: the sources' hash, and the length of each system's addon. */
interface Built {
  readonly sources: string;
  readonly bytes: Readonly<Record<string, number>>;
}

/** The vector widths that this processor has. Throws KERNEL_NATIVE_MISSING. */
export function nativeVectorWidths(): readonly VectorWidth[] {
  const { widestVectors } = nativeAddon();
  return ([4, 8, 16] as const).filter((width) => width <= widestVectors);
}
