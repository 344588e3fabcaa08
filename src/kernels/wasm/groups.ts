import type {
  ClippedBatch,
  ClippedLearner,
  ClippedStepOptions,
  ClippedStepSums,
  ClippedSteps,
  GaussianActor,
  GaussianActors,
} from '../groups.js';
import type { ChainLayer, F32, I32, Kernels } from '../port.js';
import { computeAdamScalars, emptyAdamScalars } from '../step-scalars.js';
import { writeChain } from './chain.js';
import type { KernelExports } from './exports.js';
import { CLIPPED_SCRATCH_BYTES, gaussianScratchBytes } from './scratch.js';

/** What groups of policies need of the kernels that run them. */
export interface GroupHost {
  readonly kernels: Kernels;
  readonly exports: Pick<KernelExports, 'gaussianActs' | 'clippedStep'>;
  /** Address of the kernels' scratch, grown to so many bytes. */
  scratch(bytes: number): number;
  /** What a chain of layers needs of it. */
  chainBytes(layers: readonly ChainLayer[]): number;
}

/** Words of an actor in `assembly/groups.ts`. */
const ACTOR_WORDS = 11;

export class AddressedActors implements GaussianActors {
  readonly #host: GroupHost;
  readonly #count: number;
  readonly #actors: I32;
  readonly #chains: readonly I32[];
  readonly #scratchBytes: number;

  constructor(host: GroupHost, actors: readonly GaussianActor[]) {
    const { kernels } = host;
    const written = new Map<readonly ChainLayer[], I32>();
    this.#host = host;
    this.#count = actors.length;
    this.#actors = kernels.i32(ACTOR_WORDS * actors.length);
    let scratchBytes = 0;
    for (const [i, actor] of actors.entries()) {
      const { layers, parameters, logStdAt, observations, noise, actions, logProbs, maxRows } = actor;
      const { outputs: A, output } = layers.at(-1)!;
      const chain = written.get(layers) ?? writeChain(kernels, layers);
      written.set(layers, chain);
      const words = [
        chain.byteOffset,
        parameters.byteOffset,
        parameters.byteOffset + 4 * logStdAt,
        A,
        observations.byteOffset,
        layers[0]!.inputs,
        noise.byteOffset,
        actions.byteOffset,
        logProbs.byteOffset,
        maxRows,
        output.byteOffset,
      ];
      this.#actors.set(words, i * ACTOR_WORDS);
      scratchBytes = Math.max(scratchBytes, host.chainBytes(layers), gaussianScratchBytes(A));
    }
    this.#chains = [...written.values()];
    this.#scratchBytes = scratchBytes;
  }

  act(t: number, B: number): void {
    const { scratch, exports } = this.#host;
    exports.gaussianActs(this.#actors.byteOffset, this.#count, t, B, scratch(this.#scratchBytes));
  }

  dispose(): void {
    for (const array of [this.#actors, ...this.#chains]) this.#host.kernels.free(array);
  }
}

/** Where the parts of a written step lie, in bytes: words, numbers and sums. */
const NUMBERS_AT = 128;
const NUMBERS = 18;
const SUMS_AT = NUMBERS_AT + 8 * NUMBERS;
const SUMS = 6;
const LINE_BYTES = 64;

/** Words 0 to 13 are of the learner, 14 to 19 of the batch, 20 and 21 the outputs of policy and critic. Numbers: 1 − ε, 1 + ε, the
 *  bound of values, weights of a sample's loss and of its value's, ∂/∂entropy, the greatest norm, bounds of log σ, and nine of Adam. */
export class AddressedClippedSteps implements ClippedSteps {
  readonly #host: GroupHost;
  readonly #learner: ClippedLearner;
  readonly #block: F32;
  readonly #words: Int32Array;
  readonly #numbers: Float64Array;
  readonly #sums: Float64Array;
  readonly #chains: readonly I32[];
  readonly #scratchBytes: number;
  readonly #adam = emptyAdamScalars();

  constructor(host: GroupHost, learner: ClippedLearner) {
    const { kernels } = host;
    const { policy, critic, parameters, gradients, mean, variance, policyCount, maxRows } = learner;
    const { outputs: A, output } = policy.at(-1)!;
    const { inputs: I } = policy[0]!;
    const widest = Math.max(0, ...[...policy.slice(1), ...critic.slice(1)].map((layer) => layer.inputs));
    const kernelBytes = Math.max(
      host.chainBytes(policy),
      host.chainBytes(critic),
      gaussianScratchBytes(A),
      CLIPPED_SCRATCH_BYTES,
    );
    const arraysAt = Math.ceil(kernelBytes / LINE_BYTES) * LINE_BYTES;
    this.#host = host;
    this.#learner = learner;
    this.#block = kernels.f32((SUMS_AT + 8 * SUMS) / 4);
    const { buffer, byteOffset } = this.#block;
    this.#words = new Int32Array(buffer, byteOffset, NUMBERS_AT / 4);
    this.#numbers = new Float64Array(buffer, byteOffset + NUMBERS_AT, NUMBERS);
    this.#sums = new Float64Array(buffer, byteOffset + SUMS_AT, SUMS);
    this.#chains = [writeChain(kernels, policy), writeChain(kernels, critic)];
    this.#words.set([
      ...this.#chains.map((chain) => chain.byteOffset),
      ...[parameters, gradients, mean, variance].map((array) => array.byteOffset),
      parameters.length,
      policyCount,
      A,
      I,
      arraysAt,
      maxRows,
      widest,
    ]);
    this.#words.set([output.byteOffset, critic.at(-1)!.output.byteOffset], 20);
    this.#scratchBytes = arraysAt + 4 * (maxRows * (I + 2 * A + 5 + 2 * widest) + 4);
  }

  begin({ observations, actions, behaviorLogProbs, advantages, oldValues, valueTargets }: ClippedBatch): void {
    const arrays = [observations, actions, behaviorLogProbs, advantages, oldValues, valueTargets];
    for (let a = 0; a < arrays.length; a++) this.#words[14 + a] = arrays[a]!.byteOffset;
    this.#sums.fill(0);
  }

  step(samples: I32, count: number, options: ClippedStepOptions): void {
    const numbers = this.#numbers;
    const s = this.#adam;
    const [low, high] = this.#learner.logStdBounds;
    computeAdamScalars(options.adam, s);
    this.#words[13] = options.normalizeAdvantages ? 1 : 0;
    numbers[0] = 1 - options.clip;
    numbers[1] = 1 + options.clip;
    numbers[2] = options.valueClip;
    numbers[3] = 1 / count;
    numbers[4] = options.valueCoefficient / count;
    numbers[5] = -options.entropyCoefficient / count;
    numbers[6] = options.maxGradientNorm;
    numbers[7] = low;
    numbers[8] = high;
    numbers[9] = s.keepMean;
    numbers[10] = s.takeMean;
    numbers[11] = s.keepVariance;
    numbers[12] = s.takeVariance;
    numbers[13] = s.stepSize;
    numbers[14] = s.varianceScale;
    numbers[15] = s.epsilon;
    numbers[16] = s.coupled;
    numbers[17] = s.shrink;
    const { exports, scratch } = this.#host;
    exports.clippedStep(this.#block.byteOffset, samples.byteOffset, count, scratch(this.#scratchBytes));
  }

  takeSums(): ClippedStepSums {
    const [policyLoss, valueLoss, kl, clipped, entropy, gradientNorm] = this.#sums as unknown as number[];
    this.#sums.fill(0, 0, 5);
    return {
      policyLoss: policyLoss!,
      valueLoss: valueLoss!,
      kl: kl!,
      clipped: clipped!,
      entropy: entropy!,
      gradientNorm: gradientNorm!,
    };
  }

  dispose(): void {
    for (const array of [this.#block, ...this.#chains]) this.#host.kernels.free(array);
  }
}
