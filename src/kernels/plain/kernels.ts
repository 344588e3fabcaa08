import type { RandomStream } from '../../base/index.js';
import { cosF32, expF32, logF32, sigmoidF32, sinF32, softplusF32, tanhF32 } from '../../base/math/index.js';
import { checkChain, checkLength, checkView } from '../arrays.js';
import { kernelError } from '../errors.js';
import { LayeredChain } from '../layered-chain.js';
import { Making } from '../making.js';
import type { AdamStep, ChainLayer, DenseChain, Elementwise, F32, I32, Kernels } from '../port.js';
import { emptyAdamScalars } from '../step-scalars.js';
import { binaryBackward, binaryEvaluate, binarySample } from './binary.js';
import { boundedBackward, boundedEvaluate, boundedPathwise, boundedSample, networkStd } from './bounded.js';
import { categoricalBackward, categoricalEvaluate, categoricalSample } from './categorical.js';
import { compositeBackward, compositeEvaluate, compositeSample } from './composite.js';
import { denseBackward, denseForward } from './dense.js';
import { addScaled, strideRows } from './elements.js';
import { discountedReturns, gae, vtrace } from './estimators.js';
import { gaussianBackward, gaussianLogProb, gaussianSample } from './gaussian.js';
import { maskBinary, maskChoices } from './masks.js';
import { normalsOfUniforms } from './normals.js';
import { clippedObjective } from './objectives.js';
import { adam, clipGlobalNorm, sgd, squaresAround, sum, sumRows } from './optimizers.js';
import { weightedObjective } from './policy-gradient.js';
import { fillNormal, fillUniform } from './random.js';
import { squash, unsquash } from './squashing.js';

const FUNCTIONS: Readonly<Record<Elementwise, (x: number) => number>> = {
  exp: expF32,
  log: logF32,
  sin: sinF32,
  cos: cosF32,
  tanh: tanhF32,
  sigmoid: sigmoidF32,
  softplus: softplusF32,
};

/** The kernels in plain TypeScript, one rounding per operation: the specification of the bits, in code. Any memory does. */
export function createPlainKernels(): Kernels {
  return new PlainKernels();
}

class PlainKernels implements Kernels {
  readonly name = 'plain';
  readonly #arrays = new Set<F32 | I32>();
  readonly #making = new Making();
  readonly #adam = emptyAdamScalars();
  #allocatedBytes = 0;

  readonly denseForward = denseForward;
  readonly denseBackward = denseBackward;
  readonly addScaled = addScaled;
  readonly strideRows = strideRows;
  readonly sgd = sgd;
  readonly clipGlobalNorm = clipGlobalNorm;
  readonly sum = sum;
  readonly sumRows = sumRows;
  readonly squaresAround = squaresAround;
  readonly fillUniform = fillUniform;
  readonly fillNormal = fillNormal;
  readonly discountedReturns = discountedReturns;
  readonly gae = gae;
  readonly vtrace = vtrace;
  readonly gaussianSample = gaussianSample;
  readonly gaussianLogProb = gaussianLogProb;
  readonly gaussianBackward = gaussianBackward;
  readonly clippedObjective = clippedObjective;
  readonly weightedObjective = weightedObjective;
  readonly categoricalSample = categoricalSample;
  readonly categoricalEvaluate = categoricalEvaluate;
  readonly categoricalBackward = categoricalBackward;
  readonly squash = squash;
  readonly unsquash = unsquash;
  readonly normalsOfUniforms = normalsOfUniforms;
  readonly binarySample = binarySample;
  readonly binaryEvaluate = binaryEvaluate;
  readonly binaryBackward = binaryBackward;
  readonly maskBinary = maskBinary;
  readonly maskChoices = maskChoices;
  readonly networkStd = networkStd;
  readonly boundedSample = boundedSample;
  readonly boundedEvaluate = boundedEvaluate;
  readonly boundedBackward = boundedBackward;
  readonly boundedPathwise = boundedPathwise;
  readonly compositeSample = compositeSample;
  readonly compositeEvaluate = compositeEvaluate;
  readonly compositeBackward = compositeBackward;

  get memoryBytes(): number {
    return this.#allocatedBytes;
  }

  get allocatedBytes(): number {
    return this.#allocatedBytes;
  }

  denseChain(layers: readonly ChainLayer[], maxRows: number): DenseChain {
    checkChain(layers, maxRows);
    return new LayeredChain(this, layers, maxRows);
  }

  f32(length: number): F32 {
    checkLength('f32', length);
    return this.#keep(() => new Float32Array(length) as unknown as F32, length);
  }

  i32(length: number): I32 {
    checkLength('i32', length);
    return this.#keep(() => new Int32Array(length) as unknown as I32, length);
  }

  view(array: F32, offset: number, length: number): F32 {
    checkView(array.length, offset, length);
    return array.subarray(offset, offset + length) as unknown as F32;
  }

  free(array: F32 | I32): void {
    if (!this.#arrays.delete(array)) {
      throw kernelError(
        'KERNEL_ARRAY_UNKNOWN',
        `An array of length ${array.length} is not one that these kernels made and still hold: free each array once, on the kernels that made it, and never a view.`,
        { data: { length: array.length } },
      );
    }
    this.#allocatedBytes -= lines(array);
  }

  allOrNothing<T>(make: () => T): T {
    return this.#making.run(make, (array) => {
      if (this.#arrays.has(array)) this.free(array);
    });
  }

  adam(parameters: F32, gradients: F32, mean: F32, variance: F32, n: number, step: AdamStep): void {
    adam(parameters, gradients, mean, variance, n, step, this.#adam);
  }

  elementwise(f: Elementwise, input: F32, output: F32, n: number): void {
    const apply = FUNCTIONS[f];
    for (let j = 0; j < n; j++) output[j] = apply(input[j]);
  }

  permutation(random: RandomStream, output: I32, n: number): void {
    random.permutation(output, n);
  }

  fill(output: F32, value: number, n: number): void {
    output.fill(value, 0, n);
  }

  gatherRows(input: F32, rows: I32, output: F32, R: number, width: number): void {
    for (let r = 0; r < R; r++) {
      const from = rows[r] * width;
      for (let c = 0; c < width; c++) output[r * width + c] = input[from + c];
    }
  }

  addToRows(input: F32, rows: I32, output: F32, R: number, width: number): void {
    for (let r = 0; r < R; r++) {
      const to = rows[r] * width;
      for (let c = 0; c < width; c++) output[to + c] = Math.fround(output[to + c] + input[r * width + c]);
    }
  }

  #keep<A extends F32 | I32>(make: () => A, length: number): A {
    let array: A;
    try {
      array = make();
    } catch (cause) {
      throw kernelError(
        'KERNEL_MEMORY_EXHAUSTED',
        `An array of ${length} elements does not fit into the memory of the process. Use a smaller horizon, fewer instances per shard or a smaller network.`,
        { data: { length }, cause },
      );
    }
    this.#arrays.add(array);
    this.#making.note(array);
    this.#allocatedBytes += lines(array);
    return array;
  }
}

/** Bytes in whole lines of 64, as every kernel memory counts them. */
function lines(array: F32 | I32): number {
  return Math.max(64, Math.ceil(array.byteLength / 64) * 64);
}
