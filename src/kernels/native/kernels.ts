import type { Kernels } from '../port.js';
import { AddressedKernels } from '../wasm/addressed-kernels.js';
import type { KernelExports } from '../wasm/exports.js';
import { KernelMemory, MAXIMUM_BYTES } from '../wasm/memory.js';
import { instantiateKernels } from '../wasm/module.js';
import { denseScratch } from '../wasm/scratch.js';
import { type NativeExports, nativeAddon, type VectorWidth } from './addon.js';
import { chainScratchBytes, nativeScratchBytes } from './scratch.js';

/** Multiply-adds below which crossing into the addon (0.1 µs) costs more than it saves. */
const LEAST_PRODUCTS = 2048;
/** Elements of an array, likewise. */
const LEAST_ELEMENTS = 256;

export interface NativeKernelsOptions {
  /** Bytes taken at first, as for `createWasmKernels`. */
  readonly initialBytes?: number;
  readonly maximumBytes?: number;
  /** Floats per vector. Default: the most that the processor has. */
  readonly vectorWidth?: VectorWidth;
  /** Has the native kernels do what is small, too, which is slower: for tests of their bits. */
  readonly always?: boolean;
}

/** The kernels in the processor's own vectors, on the memory and beside the kernels of WebAssembly: what is small or rare stays
 *  there, since both give the same bits. Throws KERNEL_NATIVE_MISSING where the addon is not there or does not load here, and
 *  KERNEL_MODULE_MISSING. */
export function createNativeKernels(options: NativeKernelsOptions = {}): Kernels {
  const addon = nativeAddon();
  const memory = new KernelMemory(options.initialBytes ?? 1 << 20, options.maximumBytes ?? MAXIMUM_BYTES);
  const native = addon.open(new Uint8Array(memory.buffer), options.vectorWidth ?? addon.widestVectors);
  const exports = withNative(instantiateKernels(memory.memory), native, options.always ?? false);
  return new AddressedKernels('native', memory, exports, {
    layer: (I, O) => Math.max(denseScratch.layer(I, O), nativeScratchBytes(I, O)),
    chain: chainScratchBytes,
  });
}

function withNative(wasm: KernelExports, native: NativeExports, always: boolean): KernelExports {
  const dense = (B: number, I: number, O: number) => (always || B * I * O >= LEAST_PRODUCTS ? native : wasm);
  const flat = (n: number) => (always || n >= LEAST_ELEMENTS ? native : wasm);
  const mapped =
    (f: number, small: KernelExports['expArray']): KernelExports['expArray'] =>
    (input, output, n) =>
      flat(n) === wasm ? small(input, output, n) : native.elementwise(f, input, output, n);
  return {
    ...wasm,
    chainForward: native.chainForward,
    chainBackward: native.chainBackward,
    denseForward(input, weights, bias, output, B, I, O, activation, scratch) {
      dense(B, I, O).denseForward(input, weights, bias, output, B, I, O, activation, scratch);
    },
    denseBackward(input, weights, output, dOutput, dInput, dWeights, dBias, B, I, O, activation, scratch) {
      dense(B, I, O).denseBackward(
        input,
        weights,
        output,
        dOutput,
        dInput,
        dWeights,
        dBias,
        B,
        I,
        O,
        activation,
        scratch,
      );
    },
    adam(parameters, gradients, mean, variance, n, ...scalars) {
      flat(n).adam(parameters, gradients, mean, variance, n, ...scalars);
    },
    sum: (values, n) => flat(n).sum(values, n),
    sumOfSquares: (values, n) => flat(n).sumOfSquares(values, n),
    gatherRows(input, rows, output, R, width) {
      if (width === 1 && flat(R) === native) native.gatherFloats(input, rows, output, R);
      else wasm.gatherRows(input, rows, output, R, width);
    },
    sumRows: (values, rows, n) => flat(n).sumRows(values, rows, n),
    squaresAround: (values, rows, n, mean) => flat(n).squaresAround(values, rows, n, mean),
    gaussianSample: (means, logStd, noise, actions, logProbs, B, A, scratch) =>
      flat(B).gaussianSample(means, logStd, noise, actions, logProbs, B, A, scratch),
    gaussianLogProb: (means, logStd, actions, logProbs, B, A, scratch) =>
      flat(B).gaussianLogProb(means, logStd, actions, logProbs, B, A, scratch),
    gaussianBackward: (means, logStd, actions, dLogProbs, dEntropies, dMeans, dLogStd, B, A, scratch) =>
      flat(B).gaussianBackward(means, logStd, actions, dLogProbs, dEntropies, dMeans, dLogStd, B, A, scratch),
    // Too many numbers to hand on one by one: the choice is by the rows, and the numbers of each where there are several.
    clippedObjective: (...given) => flat(given[11]).clippedObjective(...given),
    weightedObjective: (...given) => flat(given[10]).weightedObjective(...given),
    categoricalSample: (...given) => flat(given[4] * given[5]).categoricalSample(...given),
    categoricalEvaluate: (...given) => flat(given[4] * given[5]).categoricalEvaluate(...given),
    categoricalBackward: (...given) => flat(given[5] * given[6]).categoricalBackward(...given),
    squash: (...given) => flat(given[3] * given[4]).squash(...given),
    unsquash: (...given) => flat(given[4] * given[5]).unsquash(...given),
    normalsOfUniforms: (uniforms, normals, n) => flat(n).normalsOfUniforms(uniforms, normals, n),
    binarySample: (...given) => flat(given[4] * given[5]).binarySample(...given),
    binaryEvaluate: (...given) => flat(given[4] * given[5]).binaryEvaluate(...given),
    binaryBackward: (...given) => flat(given[5] * given[6]).binaryBackward(...given),
    networkStd: (...given) => flat(given[3] * given[4]).networkStd(...given),
    boundedSample: (...given) => flat(given[5] * given[6]).boundedSample(...given),
    boundedEvaluate: (...given) => flat(given[6] * given[7]).boundedEvaluate(...given),
    boundedBackward: (...given) => flat(given[9] * given[10]).boundedBackward(...given),
    boundedPathwise: (...given) => flat(given[8] * given[9]).boundedPathwise(...given),
    compositeSample: (...given) => flat(given[5]).compositeSample(...given),
    compositeEvaluate: (...given) => flat(given[6]).compositeEvaluate(...given),
    compositeBackward: (...given) => flat(given[8]).compositeBackward(...given),
    gaussianActs: (...given) => native.gaussianActs(...given),
    clippedStep: (...given) => native.clippedStep(...given),
    fillUniform: (...given) => flat(given[7]).fillUniform(...given),
    fillNormal: (...given) => flat(given[7]).fillNormal(...given),
    expArray: mapped(0, wasm.expArray),
    logArray: mapped(1, wasm.logArray),
    tanhArray: mapped(4, wasm.tanhArray),
    sigmoidArray: mapped(5, wasm.sigmoidArray),
    softplusArray: mapped(6, wasm.softplusArray),
  };
}
