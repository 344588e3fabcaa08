import type { F32, Kernels } from '../kernels/index.js';
import type { Network, ParameterPart } from './port.js';

/** Normalized inputs beyond this many standard deviations are cut off: one outlier must not rule a layer. */
export const INPUT_CLIP = 10;
/** Parts of the parameter block that hold the statistics; no gradient reaches them. */
export const NORMALIZATION = { mean: 'normalization.mean', scale: 'normalization.scale' } as const;

/** A network on normalized inputs: clip((x − mean)·scale). Mean and scale (1 / standard deviation) lie behind the network's own
 *  parameters, f32[I] each, so that they travel and are saved with them; whoever trains it sets them from what it sees. */
export function normalized(kernels: Kernels, inner: Network): Network {
  const { inputSize: I, maxRows, parameterCount: P } = inner;
  const inputs = kernels.f32(maxRows * I);
  const parameterLayout: readonly ParameterPart[] = [
    ...inner.parameterLayout,
    { name: NORMALIZATION.mean, shape: [I], offset: P },
    { name: NORMALIZATION.scale, shape: [I], offset: P + I },
  ];

  const normalize = (parameters: F32, input: F32, B: number): F32 => {
    for (let b = 0; b < B; b++) {
      const row = b * I;
      for (let i = 0; i < I; i++) {
        const value = Math.fround(Math.fround(input[row + i]! - parameters[P + i]!) * parameters[P + I + i]!);
        inputs[row + i] = Math.min(INPUT_CLIP, Math.max(-INPUT_CLIP, value));
      }
    }
    return inputs;
  };

  return {
    inputSize: I,
    outputSize: inner.outputSize,
    parameterCount: P + 2 * I,
    maxRows,
    stateSize: inner.stateSize,
    get states() {
      return inner.states;
    },
    parameterLayout,
    initialize(parameters, random) {
      inner.initialize(parameters, random);
      parameters.fill(0, P, P + I);
      parameters.fill(1, P + I, P + 2 * I);
    },
    forward: (parameters, input, B, sequences) =>
      inner.forward(parameters, normalize(parameters, input, B), B, sequences),
    backward(parameters, _input, dOutput, gradients, B, dInput) {
      // What the last forward made of the inputs is still there.
      inner.backward(parameters, inputs, dOutput, gradients, B, dInput);
      if (dInput === undefined) return;
      for (let b = 0; b < B; b++) {
        for (let i = 0; i < I; i++) {
          const at = b * I + i;
          const cut = Math.abs(inputs[at]!) >= INPUT_CLIP;
          dInput[at] = cut ? 0 : dInput[at]! * parameters[P + I + i]!;
        }
      }
    },
    dispose() {
      inner.dispose();
      kernels.free(inputs);
    },
  };
}
