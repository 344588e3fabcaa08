import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { loadTensorflow } from '../../../../src/networks/tensorflow/index.js';
import { runTraining } from '../../../../src/training/index.js';
import { resolve, smallJob } from '../../../helpers/training.js';

const require = createRequire(import.meta.url);
const isLoaded = (): boolean => Object.keys(require.cache).some((path) => path.includes('/@tensorflow/'));

describe('TensorFlow.js', () => {
  it('is loaded by jobs that need it and by no other', async () => {
    const threads = { actors: 0, learners: 0 };
    const short = { ...smallJob, stop: { iterations: 1 } };
    await runTraining('kernels', resolve(short), threads);
    expect(isLoaded()).toBe(false);
    await runTraining('wasm', resolve({ ...short, engine: 'tensorflow', tensorflow: { backend: 'wasm' } }), threads);
    expect(isLoaded()).toBe(true);
  });

  it('says why a backend does not work here, and tries it again', async () => {
    const failure = expect.objectContaining({
      code: 'TENSORFLOW_UNAVAILABLE',
      message: expect.stringMatching(/gpu: Cannot find module '@tensorflow\/tfjs-node-gpu'.*install-tensorflow/s),
    });
    await expect(loadTensorflow('gpu')).rejects.toEqual(failure);
    await expect(loadTensorflow('gpu')).rejects.toEqual(failure);
  });

  it('is one of the backends that it prefers, by itself, and tells which it passed over', async () => {
    const { backend, passedOver } = await loadTensorflow();
    expect(passedOver.map((other) => other.backend)).toEqual(['native', 'wasm', 'cpu'].slice(0, passedOver.length));
    expect(['native', 'wasm', 'cpu'][passedOver.length]).toBe(backend);
    expect(await loadTensorflow()).toBe(await loadTensorflow());
  });
});
