import type { Kernels } from '../../kernels/index.js';
import type { NetworkByCode } from '../by-code.js';
import { networkError } from '../errors.js';
import type { Network, ParameterPart } from '../port.js';
import { createFunctionNetwork } from './network.js';
import type { LayersModel, Tensor, TensorflowEngine } from './port.js';

/** The part of a weight of TensorFlow.js 4.22 that holds its value; its types hide it. */
interface Weight {
  val: Tensor;
}

/** A tf.LayersModel with one input and one output as a network, for whoever makes networks by code. A row is the model's input and
 *  its output, flattened; parameters are the model's weights, all of them trained, in the model's order, and begin as they are in the
 *  model. Throws NETWORK_DESCRIPTION_INVALID for a model of several inputs or outputs, or of extents that it leaves open. */
export function createModelNetwork(
  kernels: Kernels,
  engine: TensorflowEngine,
  model: LayersModel,
  maxRows: number,
): Network {
  const inputShape = shapeOf(model, 'inputs');
  const inputSize = sizeOf(inputShape);
  const outputSize = sizeOf(shapeOf(model, 'outputs'));
  const { weights } = model;
  const parameterLayout: ParameterPart[] = [];
  let offset = 0;
  for (const { originalName, shape } of weights) {
    const extents = shape as number[];
    parameterLayout.push({ name: originalName, shape: extents, offset });
    offset += sizeOf(extents);
  }
  const first = weights.map((weight) => weight.read().dataSync<'float32'>());
  const variables = weights as unknown as Weight[];
  const definition = {
    inputSize,
    outputSize,
    parameterLayout,
    activations: model.layers.reduce((sum, { outputShape }) => sum + sizeOf((outputShape as number[]).slice(1)), 0),
    stateSize: 0,
    initialize: (parameters: Float32Array) => {
      for (const [p, values] of first.entries()) parameters.set(values, parameterLayout[p]!.offset);
    },
    apply(tf: TensorflowEngine['tf'], parameters: readonly Tensor[], input: Tensor): Tensor {
      const own = variables.map(({ val }) => val);
      // The model computes with the parameters that it is given, and gets its own back.
      for (const [p, variable] of variables.entries()) variable.val = parameters[p]!;
      try {
        const output = model.apply(tf.reshape(input, [-1, ...inputShape])) as Tensor;
        return tf.reshape(output, [-1, outputSize]);
      } finally {
        for (const [p, variable] of variables.entries()) variable.val = own[p]!;
      }
    },
  };
  return createFunctionNetwork(kernels, engine, definition, maxRows);
}

/** Makes a model for a policy: rows of `inputSize` numbers, as [B, inputSize] or in any shape of as many, to `outputSize` numbers. Its
 *  own weights are the first ones: seeded initializers make training repeatable. */
export type CreateModel = (
  tf: TensorflowEngine['tf'],
  sizes: { readonly inputSize: number; readonly outputSize: number },
) => LayersModel;

/** What makes networks of models. Every network has a model of its own, which goes with it. */
export function modelByCode(engine: TensorflowEngine, createModel: CreateModel, where: string): NetworkByCode {
  const made = (inputSize: number, outputSize: number): LayersModel => {
    engine.activate();
    const model = createModel(engine.tf, { inputSize, outputSize });
    const problem = problemOf(model, inputSize, outputSize);
    if (problem === null) return model;
    model.dispose();
    throw networkError('NETWORK_DESCRIPTION_INVALID', `The model of ${where} ${problem}.`, {
      data: { at: [where], problem },
    });
  };
  return {
    parameterCount(inputSize, outputSize) {
      const model = made(inputSize, outputSize);
      const count = model.countParams();
      model.dispose();
      return count;
    },
    create(kernels, { inputSize, outputSize, maxRows }) {
      const model = made(inputSize, outputSize);
      const network = createModelNetwork(kernels, engine, model, maxRows);
      const dispose = network.dispose.bind(network);
      network.dispose = () => {
        dispose();
        model.dispose();
      };
      return network;
    },
  };
}

/** What a model lacks to be a network of these sizes. */
function problemOf(model: LayersModel, inputSize: number, outputSize: number): string | null {
  const inputs = sizeOf(shapeOf(model, 'inputs'));
  const outputs = sizeOf(shapeOf(model, 'outputs'));
  if (inputs !== inputSize) return `takes ${inputs} numbers, and an observation has ${inputSize}`;
  if (outputs !== outputSize) return `gives ${outputs} numbers, and the actions need ${outputSize}`;
  const stateful = model.layers.find(({ stateful }) => stateful);
  return stateful === undefined ? null : `has a layer "${stateful.name}" that keeps a state between calls`;
}

function shapeOf(model: LayersModel, side: 'inputs' | 'outputs'): readonly number[] {
  const shape = model[side].length === 1 ? model[side][0]!.shape.slice(1) : [null];
  if (shape.every((extent): extent is number => extent !== null)) return shape;
  throw networkError(
    'NETWORK_DESCRIPTION_INVALID',
    `The model "${model.name}" has ${model[side].length} ${side}, or leaves an extent of them open; it must have one, of a known shape.`,
    { data: { at: [side], problem: 'must be one, of a known shape' } },
  );
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, extent) => size * extent, 1);
