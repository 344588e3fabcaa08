import type { F32, I32, Kernels } from '../../kernels/index.js';
import type { Network } from '../../networks/index.js';
import type { PlacedLevel } from '../../spaces/index.js';
import { type ActionDistribution, evaluateLaw } from '../distribution.js';
import { inWholeBatch } from '../row-errors.js';
import type { EarlierDecisions } from './encoding.js';

/** The rows of a block as a level sees them. All arrays are those of the whole block. */
export interface LevelBlock {
  /** f32[B, X]: what the trunk made of the observations, or the observations themselves. */
  features: F32;
  /** f32[B, F] */
  observation: F32;
  /** u8[B, M] */
  mask: Uint8Array;
  /** f32[B, A] */
  actions: F32;
  /** u8[B, L] */
  active: Uint8Array;
  rows: number;
}

export interface LevelOptions {
  readonly level: PlacedLevel;
  readonly position: number;
  readonly levelCount: number;
  /** Numbers of one whole row: features, observation, action, action mask. */
  readonly featureSize: number;
  readonly observationSize: number;
  readonly actionSize: number;
  readonly maskSize: number;
  readonly earlier: EarlierDecisions;
  readonly network: Network;
  readonly law: ActionDistribution;
  readonly maxRows: number;
}

/** One level of a policy: gathers the rows in which it is active with the decisions made before it, and decides or judges them.
 *  Rows keep their order, so gradients add up as if there were no others. */
export class LevelModule {
  readonly network: Network;
  readonly law: ActionDistribution;
  private readonly kernels: Kernels;
  private readonly options: LevelOptions;
  /** Rows of the block in which the level is active, ascending: their number, and i32[maxRows]. */
  private count = 0;
  private readonly rows: I32;
  private readonly inputSize: number;
  private readonly inputs: F32;
  /** f32[maxRows, F] for a law that reads them, else empty. */
  private readonly observations: F32;
  private readonly mask: Uint8Array;
  private readonly actions: F32;
  private readonly noise: F32;
  private readonly logProbs: F32;
  private readonly entropies: F32;
  private readonly dLogProbs: F32;
  private readonly dEntropies: F32;
  private readonly dOutputs: F32;
  private readonly dInputs: F32;
  /** Of the last `judge`. */
  private outputs: F32;

  constructor(kernels: Kernels, options: LevelOptions) {
    const { network, law, maxRows, level } = options;
    this.kernels = kernels;
    this.options = options;
    this.network = network;
    this.law = law;
    this.inputSize = options.featureSize + options.earlier.size;
    this.rows = kernels.i32(maxRows);
    this.inputs = kernels.f32(maxRows * this.inputSize);
    this.observations = kernels.f32(law.observe === undefined ? 0 : maxRows * options.observationSize);
    this.mask = new Uint8Array(maxRows * law.maskSize);
    this.actions = kernels.f32(maxRows * level.size);
    this.noise = kernels.f32(maxRows * law.noiseSize);
    this.logProbs = kernels.f32(maxRows);
    this.entropies = kernels.f32(maxRows);
    this.dLogProbs = kernels.f32(maxRows);
    this.dEntropies = kernels.f32(maxRows);
    this.dOutputs = kernels.f32(maxRows * law.outputSize);
    this.dInputs = kernels.f32(maxRows * this.inputSize);
    this.outputs = this.dOutputs;
  }

  /** Decides the level in every row in which it is active, by the levels before it; writes its part of actions, active and, where
   *  given, logProbs f32[B, L]. Without noise it takes the most likely action. noise f32[B, N], the level's part at noiseOffset. */
  decide(
    block: LevelBlock,
    parameters: F32,
    free: F32,
    noise: F32 | null,
    noiseSize: number,
    noiseOffset: number,
    logProbs: F32 | null,
  ): void {
    const { law } = this;
    const { level, position, levelCount, actionSize } = this.options;
    this.select(block);
    const { count, rows } = this;
    for (let b = 0; b < block.rows; b++) {
      for (let j = 0; j < level.size; j++) block.actions[b * actionSize + level.offset + j] = 0;
      if (logProbs !== null) logProbs[b * levelCount + position] = 0;
    }
    if (count === 0) return;
    const outputs = this.forward(block, parameters);
    try {
      if (noise === null) {
        law.mode(outputs, free, this.mask, this.actions, count);
      } else {
        this.gatherNoise(noise, noiseSize, noiseOffset);
        law.sample(outputs, free, this.mask, this.noise, this.actions, this.logProbs, count);
      }
    } catch (error) {
      throw inWholeBatch(error, (row) => rows[row]!);
    }
    for (let k = 0; k < count; k++) {
      const at = rows[k]! * actionSize + level.offset;
      for (let j = 0; j < level.size; j++) block.actions[at + j] = this.actions[k * level.size + j]!;
      if (logProbs !== null) logProbs[rows[k]! * levelCount + position] = this.logProbs[k]!;
    }
  }

  /** Log-probabilities and entropies f32[B, L] of the level's part of given actions. Keeps what `backward` needs. */
  judge(block: LevelBlock, parameters: F32, free: F32, logProbs: F32, entropies: F32): void {
    const { law } = this;
    const { level, position, levelCount, actionSize } = this.options;
    this.select(block);
    const { count, rows } = this;
    for (let b = 0; b < block.rows; b++) {
      logProbs[b * levelCount + position] = 0;
      entropies[b * levelCount + position] = 0;
    }
    if (count === 0) return;
    for (let k = 0; k < count; k++) {
      const at = rows[k]! * actionSize + level.offset;
      for (let j = 0; j < level.size; j++) this.actions[k * level.size + j] = block.actions[at + j]!;
    }
    this.outputs = this.forward(block, parameters);
    try {
      evaluateLaw(law, this.outputs, free, this.mask, this.actions, this.logProbs, this.entropies, count);
    } catch (error) {
      throw inWholeBatch(error, (row) => rows[row]!);
    }
    for (let k = 0; k < count; k++) {
      const at = rows[k]! * levelCount + position;
      logProbs[at] = this.logProbs[k]!;
      entropies[at] = this.entropies[k]!;
    }
  }

  /** After `judge` of the same rows: adds the level's gradients, and those of the features to dFeatures f32[B, X] where given. */
  backward(
    parameters: F32,
    free: F32,
    dLogProbs: F32,
    dEntropies: F32,
    gradients: F32,
    dFree: F32,
    dFeatures: F32 | null,
  ): void {
    const { count, rows, kernels, dInputs, inputSize } = this;
    if (count === 0) return;
    const { position, levelCount, featureSize } = this.options;
    for (let k = 0; k < count; k++) {
      const at = rows[k]! * levelCount + position;
      this.dLogProbs[k] = dLogProbs[at]!;
      this.dEntropies[k] = dEntropies[at]!;
    }
    const { outputs, mask, actions, dOutputs } = this;
    this.law.backward(outputs, free, mask, actions, this.dLogProbs, this.dEntropies, dOutputs, dFree, count);
    if (dFeatures === null) {
      this.network.backward(parameters, this.inputs, dOutputs, gradients, count);
      return;
    }
    this.network.backward(parameters, this.inputs, dOutputs, gradients, count, dInputs);
    // What the earlier decisions would have gets no further: the features are the first columns.
    if (inputSize > featureSize) {
      for (let k = 1; k < count; k++) dInputs.copyWithin(k * featureSize, k * inputSize, k * inputSize + featureSize);
    }
    kernels.addToRows(dInputs, rows, dFeatures, count, featureSize);
  }

  dispose(): void {
    const { kernels } = this;
    this.network.dispose();
    this.law.dispose?.();
    kernels.free(this.rows);
    for (const array of [this.inputs, this.observations, this.actions, this.noise]) kernels.free(array);
    for (const array of [this.logProbs, this.entropies, this.dLogProbs, this.dEntropies]) kernels.free(array);
    kernels.free(this.dOutputs);
    kernels.free(this.dInputs);
  }

  /** Finds the rows in which the level is active, by the levels before it, and marks them. */
  private select({ actions, active, rows: B }: LevelBlock): void {
    const { position, levelCount, actionSize, level } = this.options;
    const { condition } = level;
    const { rows } = this;
    let count = 0;
    for (let b = 0; b < B; b++) {
      const first = b * levelCount;
      let holds = 1;
      if (condition !== null) {
        holds = active[first + condition.level]!;
        if (holds !== 0) holds = condition.is.includes(actions[b * actionSize + condition.offset]!) ? 1 : 0;
      }
      active[first + position] = holds;
      if (holds !== 0) rows[count++] = b;
    }
    this.count = count;
  }

  /** The network's outputs for the active rows; gathers what the law needs to know of them. */
  private forward(block: LevelBlock, parameters: F32): F32 {
    const { kernels, rows, count, inputs, inputSize, law } = this;
    const { featureSize, observationSize, actionSize, levelCount, earlier, level, maskSize } = this.options;
    if (earlier.size === 0) {
      kernels.gatherRows(block.features, rows, inputs, count, featureSize);
    } else {
      for (let k = 0; k < count; k++) {
        const b = rows[k]!;
        const from = b * featureSize;
        const to = k * inputSize;
        for (let j = 0; j < featureSize; j++) inputs[to + j] = block.features[from + j]!;
        earlier.write(block.actions, b * actionSize, block.active, b * levelCount, inputs, to + featureSize);
      }
    }
    for (let k = 0; k < count; k++) {
      const from = rows[k]! * maskSize + level.maskOffset;
      for (let j = 0; j < law.maskSize; j++) this.mask[k * law.maskSize + j] = block.mask[from + j]!;
    }
    if (law.observe !== undefined) {
      kernels.gatherRows(block.observation, rows, this.observations, count, observationSize);
      law.observe(this.observations, count);
    }
    return this.network.forward(parameters, inputs, count);
  }

  /** The level's numbers of each active row, of the law that it wants: noise comes as uniforms. */
  private gatherNoise(noise: F32, noiseSize: number, noiseOffset: number): void {
    const { count, rows, law, kernels } = this;
    for (let k = 0, n = 0; k < count; k++) {
      const from = rows[k]! * noiseSize + noiseOffset;
      for (let j = 0; j < law.noiseSize; j++, n++) this.noise[n] = noise[from + j]!;
    }
    if (law.noiseKind === 'normal') kernels.normalsOfUniforms(this.noise, this.noise, count * law.noiseSize);
  }
}
