import type { RandomStream } from '../../base/index.js';
import { checkChain, checkLength, checkView } from '../arrays.js';
import { kernelError } from '../errors.js';
import type { ClippedLearner, ClippedSteps, GaussianActor, GaussianActors, GroupedKernels } from '../groups.js';
import { LayeredChain } from '../layered-chain.js';
import { Making } from '../making.js';
import type {
  Activation,
  AdamStep,
  ChainLayer,
  ClippedTerms,
  DenseChain,
  Elementwise,
  F32,
  I32,
  SgdStep,
  StreamPosition,
  VtraceClips,
  WeightedTerms,
} from '../port.js';
import { type AdamScalars, clipFactor, computeAdamScalars, emptyAdamScalars } from '../step-scalars.js';
import { AddressedLaws } from './addressed-laws.js';
import { AddressedChain } from './chain.js';
import { activationCode, type KernelExports, type RandomFill } from './exports.js';
import { AddressedActors, AddressedClippedSteps, type GroupHost } from './groups.js';
import type { KernelMemory } from './memory.js';
import {
  CLIPPED_SCRATCH_BYTES,
  type DenseScratch,
  PERMUTATION_SCRATCH_BYTES,
  WEIGHTED_SCRATCH_BYTES,
} from './scratch.js';

const TWO_32 = 4_294_967_296;

/** The kernels of a set of exports over one memory: those of the WebAssembly module, or with native ones in their place. */
export class AddressedKernels extends AddressedLaws implements GroupedKernels {
  readonly name: 'wasm' | 'native';
  readonly #memory: KernelMemory;
  readonly #denseScratch: DenseScratch;
  readonly #groups: GroupHost;
  readonly #arrays = new Map<number, F32 | I32>();
  readonly #making = new Making();
  readonly #adam: AdamScalars = emptyAdamScalars();
  #scratch = 0;
  #scratchBytes = 0;

  constructor(name: 'wasm' | 'native', memory: KernelMemory, exports: KernelExports, denseScratch: DenseScratch) {
    super(exports);
    this.name = name;
    this.#memory = memory;
    this.#denseScratch = denseScratch;
    this.#groups = {
      kernels: this,
      exports,
      scratch: (bytes) => this.scratchOf(bytes),
      chainBytes: (layers) =>
        Math.max(
          denseScratch.chain(layers),
          ...layers.map(({ inputs, outputs }) => denseScratch.layer(inputs, outputs)),
        ),
    };
  }

  get memoryBytes(): number {
    return this.#memory.memoryBytes;
  }

  get allocatedBytes(): number {
    return this.#memory.allocatedBytes - this.#scratchBytes;
  }

  f32(length: number): F32 {
    checkLength('f32', length);
    const address = this.#memory.allocate(4 * length);
    const array = new Float32Array(this.#memory.buffer, address, length) as unknown as F32;
    return this.#keep(address, array);
  }

  i32(length: number): I32 {
    checkLength('i32', length);
    const address = this.#memory.allocate(4 * length);
    const array = new Int32Array(this.#memory.buffer, address, length) as unknown as I32;
    return this.#keep(address, array);
  }

  view(array: F32, offset: number, length: number): F32 {
    checkView(array.length, offset, length);
    return array.subarray(offset, offset + length) as unknown as F32;
  }

  free(array: F32 | I32): void {
    // A view can begin where its array begins, so the address alone does not prove that this is the array.
    if (this.#arrays.get(array.byteOffset) !== array || !this.#memory.release(array.byteOffset)) {
      throw kernelError(
        'KERNEL_ARRAY_UNKNOWN',
        `An array of length ${array.length} is not one that these kernels made and still hold: free each array once, on the kernels that made it, and never a view.`,
        { data: { length: array.length } },
      );
    }
    this.#arrays.delete(array.byteOffset);
  }

  allOrNothing<T>(make: () => T): T {
    return this.#making.run(make, (array) => {
      if (this.#arrays.get(array.byteOffset) === array) this.free(array);
    });
  }

  denseForward(
    input: F32,
    weights: F32,
    bias: F32,
    output: F32,
    B: number,
    I: number,
    O: number,
    activation: Activation,
  ): void {
    const scratch = this.scratchOf(this.#denseScratch.layer(I, O));
    this.exports.denseForward(
      input.byteOffset,
      weights.byteOffset,
      bias.byteOffset,
      output.byteOffset,
      B,
      I,
      O,
      activationCode(activation),
      scratch,
    );
  }

  denseBackward(
    input: F32,
    weights: F32,
    output: F32,
    dOutput: F32,
    dInput: F32 | null,
    dWeights: F32,
    dBias: F32,
    B: number,
    I: number,
    O: number,
    activation: Activation,
  ): void {
    const scratch = this.scratchOf(this.#denseScratch.layer(I, O));
    this.exports.denseBackward(
      input.byteOffset,
      weights.byteOffset,
      output.byteOffset,
      dOutput.byteOffset,
      dInput === null ? 0 : dInput.byteOffset,
      dWeights.byteOffset,
      dBias.byteOffset,
      B,
      I,
      O,
      activationCode(activation),
      scratch,
    );
  }

  denseChain(layers: readonly ChainLayer[], maxRows: number): DenseChain {
    checkChain(layers, maxRows);
    if (layers.length === 1) return new LayeredChain(this, layers, maxRows);
    const bytes = this.#denseScratch.chain(layers);
    return new AddressedChain(this, this.exports, layers, () => this.scratchOf(bytes));
  }

  gaussianActors(actors: readonly GaussianActor[]): GaussianActors {
    return new AddressedActors(this.#groups, actors);
  }

  clippedSteps(learner: ClippedLearner): ClippedSteps {
    return new AddressedClippedSteps(this.#groups, learner);
  }

  adam(parameters: F32, gradients: F32, mean: F32, variance: F32, n: number, step: AdamStep): void {
    const s = this.#adam;
    computeAdamScalars(step, s);
    this.exports.adam(
      parameters.byteOffset,
      gradients.byteOffset,
      mean.byteOffset,
      variance.byteOffset,
      n,
      s.keepMean,
      s.takeMean,
      s.keepVariance,
      s.takeVariance,
      s.stepSize,
      s.varianceScale,
      s.epsilon,
      s.coupled,
      s.shrink,
    );
  }

  sgd(parameters: F32, gradients: F32, velocity: F32 | null, n: number, step: SgdStep): void {
    const velocityAddress = velocity === null || step.momentum === 0 ? 0 : velocity.byteOffset;
    this.exports.sgd(
      parameters.byteOffset,
      gradients.byteOffset,
      velocityAddress,
      n,
      step.learningRate,
      step.momentum,
      step.weightDecay,
    );
  }

  clipGlobalNorm(gradients: F32, n: number, maxNorm: number): number {
    const norm = Math.sqrt(this.exports.sumOfSquares(gradients.byteOffset, n));
    const factor = clipFactor(norm, maxNorm);
    if (factor !== 1) this.exports.scale(gradients.byteOffset, n, factor);
    return norm;
  }

  sum(values: F32, n: number): number {
    return this.exports.sum(values.byteOffset, n);
  }

  sumRows(values: F32, rows: I32, n: number): number {
    return this.exports.sumRows(values.byteOffset, rows.byteOffset, n);
  }

  squaresAround(values: F32, rows: I32 | null, n: number, mean: number): number {
    return this.exports.squaresAround(values.byteOffset, rows === null ? 0 : rows.byteOffset, n, mean);
  }

  elementwise(f: Elementwise, input: F32, output: F32, n: number): void {
    const from = input.byteOffset;
    const to = output.byteOffset;
    switch (f) {
      case 'exp':
        return this.exports.expArray(from, to, n);
      case 'log':
        return this.exports.logArray(from, to, n);
      case 'sin':
        return this.exports.sinArray(from, to, n);
      case 'cos':
        return this.exports.cosArray(from, to, n);
      case 'tanh':
        return this.exports.tanhArray(from, to, n);
      case 'sigmoid':
        return this.exports.sigmoidArray(from, to, n);
      case 'softplus':
        return this.exports.softplusArray(from, to, n);
    }
  }

  fillUniform(position: StreamPosition, output: F32, n: number): void {
    fill(this.exports.fillUniform, position, output, n);
  }

  fillNormal(position: StreamPosition, output: F32, n: number): void {
    fill(this.exports.fillNormal, position, output, n);
  }

  permutation(random: RandomStream, output: I32, n: number): void {
    const { key0, key1, high0, high1, block } = random.takeBlocks(0);
    const [low, high] = [block >>> 0, Math.floor(block / TWO_32)];
    const scratch = this.scratchOf(PERMUTATION_SCRATCH_BYTES);
    random.takeBlocks(this.exports.permutation(key0, key1, high0, high1, low, high, output.byteOffset, n, scratch));
  }

  fill(output: F32, value: number, n: number): void {
    this.exports.fill(output.byteOffset, value, n);
  }

  addScaled(a: F32, b: F32, factor: number, output: F32, n: number): void {
    this.exports.addScaled(a.byteOffset, b.byteOffset, factor, output.byteOffset, n);
  }

  strideRows(first: I32, C: number, T: number, stride: number, output: I32): void {
    this.exports.strideRows(first.byteOffset, C, T, stride, output.byteOffset);
  }

  gatherRows(input: F32, rows: I32, output: F32, R: number, width: number): void {
    this.exports.gatherRows(input.byteOffset, rows.byteOffset, output.byteOffset, R, width);
  }

  addToRows(input: F32, rows: I32, output: F32, R: number, width: number): void {
    this.exports.addToRows(input.byteOffset, rows.byteOffset, output.byteOffset, R, width);
  }

  normalsOfUniforms(uniforms: F32, normals: F32, n: number): void {
    this.exports.normalsOfUniforms(uniforms.byteOffset, normals.byteOffset, n);
  }

  discountedReturns(rewards: F32, discounts: F32, bootstrap: F32, returns: F32, T: number, B: number): void {
    this.exports.discountedReturns(
      rewards.byteOffset,
      discounts.byteOffset,
      bootstrap.byteOffset,
      returns.byteOffset,
      T,
      B,
    );
  }

  gae(
    rewards: F32,
    discounts: F32,
    lambdas: F32,
    values: F32,
    nextValues: F32,
    advantages: F32,
    T: number,
    B: number,
  ): void {
    this.exports.gae(
      rewards.byteOffset,
      discounts.byteOffset,
      lambdas.byteOffset,
      values.byteOffset,
      nextValues.byteOffset,
      advantages.byteOffset,
      T,
      B,
    );
  }

  vtrace(
    ratios: F32,
    rewards: F32,
    discounts: F32,
    lambdas: F32,
    values: F32,
    nextValues: F32,
    valueTargets: F32,
    advantages: F32,
    T: number,
    B: number,
    clips: VtraceClips,
  ): void {
    this.exports.vtrace(
      ratios.byteOffset,
      rewards.byteOffset,
      discounts.byteOffset,
      lambdas.byteOffset,
      values.byteOffset,
      nextValues.byteOffset,
      valueTargets.byteOffset,
      advantages.byteOffset,
      T,
      B,
      clips.rhoBar,
      clips.cBar,
      clips.pgRhoBar ?? -1,
      this.scratchOf(4 * B),
    );
  }

  clippedObjective(
    logProbs: F32,
    behaviorLogProbs: F32,
    values: F32,
    samples: I32,
    advantages: F32,
    oldValues: F32,
    valueTargets: F32,
    weights: F32 | null,
    dLogProbs: F32,
    dValues: F32,
    sums: F32,
    B: number,
    terms: ClippedTerms,
  ): void {
    this.exports.clippedObjective(
      logProbs.byteOffset,
      behaviorLogProbs.byteOffset,
      values.byteOffset,
      samples.byteOffset,
      advantages.byteOffset,
      oldValues.byteOffset,
      valueTargets.byteOffset,
      weights === null ? 0 : weights.byteOffset,
      dLogProbs.byteOffset,
      dValues.byteOffset,
      sums.byteOffset,
      B,
      terms.advantageMean,
      terms.advantageScale,
      1 - terms.clip,
      1 + terms.clip,
      terms.valueClip,
      terms.lossScale,
      terms.valueScale,
      this.scratchOf(CLIPPED_SCRATCH_BYTES),
    );
  }

  weightedObjective(
    logProbs: F32,
    behaviorLogProbs: F32,
    values: F32,
    samples: I32,
    advantages: F32,
    valueTargets: F32,
    weights: F32 | null,
    dLogProbs: F32,
    dValues: F32,
    sums: F32,
    B: number,
    terms: WeightedTerms,
  ): void {
    this.exports.weightedObjective(
      logProbs.byteOffset,
      behaviorLogProbs.byteOffset,
      values.byteOffset,
      samples.byteOffset,
      advantages.byteOffset,
      valueTargets.byteOffset,
      weights === null ? 0 : weights.byteOffset,
      dLogProbs.byteOffset,
      dValues.byteOffset,
      sums.byteOffset,
      B,
      terms.advantageMean,
      terms.advantageScale,
      terms.ratioBound ?? -1,
      terms.lossScale,
      terms.valueScale,
      this.scratchOf(WEIGHTED_SCRATCH_BYTES),
    );
  }

  #keep<A extends F32 | I32>(address: number, array: A): A {
    this.#arrays.set(address, array);
    this.#making.note(array);
    return array;
  }

  /** Scratch grows to the largest layer seen and stays. */
  protected scratchOf(bytes: number): number {
    if (bytes > this.#scratchBytes) {
      if (this.#scratch !== 0) this.#memory.release(this.#scratch);
      this.#scratchBytes = 0;
      this.#scratch = 0;
      const before = this.#memory.allocatedBytes;
      this.#scratch = this.#memory.allocate(bytes);
      this.#scratchBytes = this.#memory.allocatedBytes - before;
    }
    return this.#scratch;
  }
}

function fill(kernel: RandomFill, position: StreamPosition, output: F32, n: number): void {
  const { key0, key1, high0, high1, block } = position;
  kernel(key0, key1, high0, high1, block >>> 0, Math.floor(block / TWO_32), output.byteOffset, n);
}
