import type { RandomStream } from '../../base/index.js';
import type { Activation } from '../../kernels/index.js';
import type { ParameterPart } from '../port.js';
import { type Initialization, initializeBiases, initializeWeights } from './initialization.js';

/** What a multilayer perceptron is, whatever computes it. */
export interface MlpShape {
  readonly inputSize: number;
  readonly outputSize: number;
  /** Widths of the hidden layers; [] is a linear function. */
  readonly hidden: readonly number[];
  readonly activation: Activation;
  /** Of the last layer; absent is none. */
  readonly outputActivation?: Activation;
  readonly initialization: Initialization;
  readonly hiddenGain: number;
  readonly outputGain: number;
  /** Biases of the output layer start uniform on ±outputBias; absent is 0. */
  readonly outputBias?: number;
}

/** A dense layer and where its parameters lie. */
export interface DenseLayer {
  readonly inputs: number;
  readonly outputs: number;
  readonly activation: Activation;
  readonly gain: number;
  readonly biasBound: number;
  readonly weightsAt: number;
  readonly biasAt: number;
}

/** Parameter block, layer by layer:  W_1 [I, H_1] · b_1 [H_1] · W_2 [H_1, H_2] · b_2 [H_2] · … */
export function denseLayers(shape: MlpShape): readonly DenseLayer[] {
  const layers: DenseLayer[] = [];
  let weightsAt = 0;
  let inputs = shape.inputSize;
  for (const [l, outputs] of [...shape.hidden, shape.outputSize].entries()) {
    const isLast = l === shape.hidden.length;
    const biasAt = weightsAt + inputs * outputs;
    layers.push({
      inputs,
      outputs,
      activation: isLast ? (shape.outputActivation ?? 'none') : shape.activation,
      gain: isLast ? shape.outputGain : shape.hiddenGain,
      biasBound: isLast ? (shape.outputBias ?? 0) : 0,
      weightsAt,
      biasAt,
    });
    weightsAt = biasAt + outputs;
    inputs = outputs;
  }
  return layers;
}

export const denseLayout = (layers: readonly DenseLayer[]): readonly ParameterPart[] =>
  layers.flatMap(({ inputs, outputs, weightsAt, biasAt }, l) => [
    { name: `layers.${l}.weights`, shape: [inputs, outputs], offset: weightsAt },
    { name: `layers.${l}.bias`, shape: [outputs], offset: biasAt },
  ]);

/** Writes the first parameters, layer after layer. */
export function initializeDenseLayers(
  layers: readonly DenseLayer[],
  initialization: Initialization,
  parameters: Float32Array,
  random: RandomStream,
): void {
  for (const { inputs, outputs, gain, biasBound, weightsAt, biasAt } of layers) {
    const weights = parameters.subarray(weightsAt, biasAt);
    initializeWeights(weights, inputs, outputs, initialization, gain, random);
    initializeBiases(parameters.subarray(biasAt, biasAt + outputs), biasBound, random);
  }
}
