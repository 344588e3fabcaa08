import { denseLayers, denseLayout, initializeDenseLayers, type MlpShape } from '../mlp/index.js';
import type { TensorflowFunction } from './network.js';
import { dense } from './operations.js';
import type { Tensor } from './port.js';

/** The multilayer perceptron of the kernels in operations of TensorFlow.js: the same parameters, and outputs that differ by
 *  rounding only. */
export function mlpFunction(shape: MlpShape): TensorflowFunction {
  const layers = denseLayers(shape);
  return {
    inputSize: shape.inputSize,
    outputSize: shape.outputSize,
    parameterLayout: denseLayout(layers),
    stateSize: 0,
    activations: layers.reduce((sum, { outputs }) => sum + outputs, 0),
    initialize: (parameters, random) => initializeDenseLayers(layers, shape.initialization, parameters, random),
    apply(tf, parameters, input) {
      let current: Tensor = input;
      for (const [l, { activation }] of layers.entries()) {
        current = dense(tf, current, parameters[2 * l]!, parameters[2 * l + 1]!, activation);
      }
      return current;
    },
  };
}
