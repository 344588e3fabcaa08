import { describe, expect, it } from 'vitest';
import { createWasmKernels } from '../../../../src/kernels/index.js';
import { createNetwork, createTrunk, type NetworkSpec } from '../../../../src/networks/index.js';
import { filled, normals } from '../fixtures.js';

const specOf = (shape: readonly number[], layers: NonNullable<NetworkSpec['layers']>): NetworkSpec => ({
  kind: 'layers',
  hidden: [],
  activation: 'tanh',
  initialization: 'orthogonal',
  inputs: { observation: { offset: 0, shape: [...shape] } },
  layers,
});

describe('described layers without TensorFlow.js', () => {
  it('have the bits of one row in however many, patches and passes in blocks', () => {
    const kernels = createWasmKernels();
    const spec = specOf([64, 64, 4], [{ type: 'conv2d', filters: 4, kernelSize: 3, padding: 'same' }]);
    // More rows than one pass takes, and more places than one product.
    const rows = 130;
    const network = createTrunk(kernels, spec, { inputSize: 64 * 64 * 4, maxRows: rows })!;
    const parameters = normals(kernels, network.parameterCount, 1);
    const input = kernels.f32(rows * network.inputSize);
    for (let k = 0; k < input.length; k++) input[k] = ((k * 37) % 19) / 19 - 0.5;
    const outputs = network.forward(parameters, input, rows).slice();
    for (const row of [0, 1, 126, 127, 128, 129]) {
      const size = network.outputSize;
      const own = kernels.view(input, row * network.inputSize, network.inputSize);
      expect(network.forward(parameters, own, 1).subarray(0, size)).toEqual(
        outputs.subarray(row * size, (row + 1) * size),
      );
    }
    network.dispose();
  });

  it('count words as the nearest there are, halves as even ones', () => {
    const kernels = createWasmKernels();
    const network = createTrunk(kernels, specOf([1], [{ type: 'embedding', count: 4, size: 1 }]), {
      inputSize: 1,
      maxRows: 7,
    })!;
    const input = filled(kernels, [-4, 0.5, 1.5, 1.2, 2.5, 2.51, 1e9]);
    expect([...network.forward(filled(kernels, [10, 20, 30, 40]), input, 7)]).toEqual([10, 10, 30, 20, 30, 40, 40]);
  });

  it('norm by an ε of 0.00001 where none is given', () => {
    const kernels = createWasmKernels();
    const spec = specOf([2, 2], [{ type: 'layerNorm' }]);
    const network = createTrunk(kernels, spec, { inputSize: 4, maxRows: 1 })!;
    const outputs = network.forward(filled(kernels, [2, 3, 0.5, -1]), filled(kernels, [1, 3, 0.01, 0.004]), 1);
    const far = 0.003 / Math.sqrt(0.003 ** 2 + 1e-5);
    for (const [k, expected] of [0.5 - 2, 3 - 1, 0.5 + 2 * far, -1 - 3 * far].entries()) {
      expect(outputs[k]).toBeCloseTo(expected, 4);
    }
  });

  it('give all their arrays back', () => {
    const kernels = createWasmKernels();
    const before = kernels.allocatedBytes;
    const layers: NonNullable<NetworkSpec['layers']> = [
      { type: 'conv2d', filters: 2, kernelSize: 2 },
      { type: 'maxPool2d', size: 2, padding: 'same' },
      { type: 'flatten', id: 'flat' },
      { type: 'gru', units: 3 },
      { type: 'lstm', units: 2, id: 'last' },
      { type: 'layerNorm', id: 'even' },
      { type: 'add', of: ['last', 'even'] },
      { type: 'embedding', count: 2, size: 2 },
    ];
    const sizes = { inputSize: 18, outputSize: 2, maxRows: 4, outputGain: 1 };
    const network = createNetwork(kernels, { ...specOf([3, 3, 2], layers), normalizeInput: true }, sizes);
    expect(kernels.allocatedBytes).toBeGreaterThan(before);
    network.dispose();
    expect(kernels.allocatedBytes).toBe(before);
  });

  it('refuse what they cannot do, and say why', () => {
    const kernels = createWasmKernels();
    const sizes = { inputSize: 4, outputSize: 2, maxRows: 3, outputGain: 1 };
    const network = createNetwork(kernels, specOf([4], [{ type: 'lstm', units: 2 }]), sizes);
    const parameters = kernels.f32(network.parameterCount);
    const input = kernels.f32(16);
    const state = kernels.f32(12);
    const refused = (code: string, message: RegExp) =>
      expect.objectContaining({ code, message: expect.stringMatching(message) });
    expect(() => network.forward(parameters, input, 4)).toThrow(refused('NETWORK_ROWS_INVALID', /for 1 to 3/));
    expect(() => network.forward(parameters, input, 2)).toThrow(
      refused('NETWORK_SEQUENCES_INVALID', /2 rows of a recurrent network and no sequences/),
    );
    expect(() => network.forward(parameters, input, 3, { steps: 2, state, starts: null })).toThrow(
      refused('NETWORK_SEQUENCES_INVALID', /sequences of 2 steps/),
    );
    expect(() => network.forward(kernels.f32(3), input, 1)).toThrow(refused('NETWORK_PARAMETERS_SHORT', /3 elements/));
    expect(() => network.backward(parameters, input, parameters, parameters, 1)).toThrow(
      refused('NETWORK_ENGINE_MISSING', /learns on TensorFlow.js/),
    );
    expect(() => createNetwork(kernels, specOf([4], [{ type: 'lstm', units: 2 }]), { ...sizes, maxRows: 0 })).toThrow(
      /maxRows is 0/,
    );
  });
});
