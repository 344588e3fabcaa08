import type { F32, Kernels } from '../kernels/index.js';
import { createNetwork, type Network, type NetworkSpec, RowBlocks } from '../networks/index.js';

export interface ValueNetworkOptions {
  readonly inputSize: number;
  /** Values per row: one per reward head, for instance. */
  readonly outputs: number;
  readonly spec: NetworkSpec;
  /** Rows of one block through the network; `predict` takes any number. */
  readonly maxRows: number;
}

/** A network from observations to values, with its prediction over whole batches. */
export interface ValueNetwork extends Network {
  /** values f32[B, O] = the network at input f32[B, I], for any B, in blocks of maxRows. */
  predict(parameters: F32, input: F32, values: F32, B: number): void;
}

/** A value network; its output gain is 1 unless the spec has one. Throws NETWORK_SIZE_INVALID. */
export function createValueNetwork(kernels: Kernels, options: ValueNetworkOptions): ValueNetwork {
  const { inputSize, outputs, spec, maxRows } = options;
  const network = createNetwork(kernels, spec, { inputSize, outputSize: outputs, maxRows, outputGain: 1 });
  const blocks = new RowBlocks(kernels, maxRows);
  return {
    inputSize,
    outputSize: outputs,
    maxRows,
    stateSize: network.stateSize,
    states: null,
    parameterCount: network.parameterCount,
    parameterLayout: network.parameterLayout,
    ...(network.denseLayers === undefined ? {} : { denseLayers: network.denseLayers }),
    initialize: (parameters, random) => network.initialize(parameters, random),
    forward: (parameters, input, B) => network.forward(parameters, input, B),
    backward: (parameters, input, dOutput, gradients, B) => network.backward(parameters, input, dOutput, gradients, B),
    dispose: () => network.dispose(),
    predict(parameters, input, values, B) {
      for (let first = 0, block = 0; first < B; first += maxRows, block++) {
        const rows = Math.min(maxRows, B - first);
        const output = network.forward(parameters, blocks.floatsFrom(input, inputSize, block), rows);
        const target = blocks.floatsFrom(values, outputs, block);
        if (output.length === rows * outputs) target.set(output);
        else for (let k = 0; k < rows * outputs; k++) target[k] = output[k]!;
      }
    },
  };
}
