import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../../src/base/index.js';
import { createWasmKernels } from '../../../../src/kernels/index.js';
import { createModelNetwork, loadTensorflow } from '../../../../src/networks/tensorflow/index.js';
import { onEachBackend } from '../../../helpers/tensorflow/backends.js';
import { normals } from '../fixtures.js';

describe('a tf.LayersModel', () => {
  onEachBackend('is a network: its weights are the parameters, and have their gradients', (engine) => {
    engine.activate();
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({ inputShape: [4, 4, 1], filters: 2, kernelSize: 3, activation: 'relu' }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 3 }),
      ],
    });
    const kernels = createWasmKernels();
    const network = createModelNetwork(kernels, engine, model, 8);
    expect(network).toMatchObject({ inputSize: 16, outputSize: 3, parameterCount: 9 * 2 + 2 + 8 * 3 + 3 });
    const parameters = kernels.f32(network.parameterCount);
    network.initialize(parameters, new RandomStream(1, 'test'));
    const input = normals(kernels, 5 * 16, 2);
    const rows = tf.tensor([...input], [5, 4, 4, 1]);
    const own = (model.predict(rows) as tf.Tensor).dataSync();
    const found = [...network.forward(parameters, input, 5).subarray(0, 15)];
    for (const [i, value] of own.entries()) expect(found[i]).toBeCloseTo(value, 5);

    const dOutput = normals(kernels, 15, 3);
    const weights = tf.tensor([...dOutput], [5, 3]);
    const loss = () => tf.sum(tf.mul(model.apply(rows) as tf.Tensor, weights)) as tf.Scalar;
    const { grads } = tf.variableGrads(loss);
    const gradients = kernels.f32(network.parameterCount);
    network.backward(parameters, input, dOutput, gradients, 5);
    const expected = Object.values(grads).flatMap((gradient) => [...gradient.dataSync()]);
    expect(gradients.length).toBe(expected.length);
    for (const [p, value] of expected.entries()) expect(gradients[p]).toBeCloseTo(value, 4);

    parameters.fill(0);
    expect([...network.forward(parameters, input, 5).subarray(0, 15)]).toEqual(new Array(15).fill(0));
    expect([...(model.predict(rows) as tf.Tensor).dataSync()]).toEqual([...own]);
    network.dispose();
    model.dispose();
  });

  it('is refused with several inputs, or with extents that it leaves open', async () => {
    const engine = await loadTensorflow('wasm');
    engine.activate();
    const inputs = [tf.input({ shape: [2] }), tf.input({ shape: [2] })];
    const two = tf.model({ inputs, outputs: tf.layers.add().apply(inputs) as tf.SymbolicTensor });
    const open = tf.sequential({ layers: [tf.layers.conv1d({ inputShape: [null, 2], filters: 1, kernelSize: 1 })] });
    for (const model of [two, open]) {
      expect(() => createModelNetwork(createWasmKernels(), engine, model, 4)).toThrow(
        expect.objectContaining({ code: 'NETWORK_DESCRIPTION_INVALID' }),
      );
    }
  });
});
