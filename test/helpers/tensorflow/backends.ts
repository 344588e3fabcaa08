import { it, type TestContext } from 'vitest';
import { MarlinError } from '../../../src/base/index.js';
import { loadTensorflow, type TensorflowEngine } from '../../../src/networks/tensorflow/index.js';

/** Backends that every test of the engine runs on, where they are installed. */
export const BACKENDS = ['native', 'wasm'] as const;

/** The engine on a backend. Without the native library the test is skipped and says why; the others come with the packages. */
export async function engineOn(backend: 'native' | 'wasm' | 'cpu', context: TestContext): Promise<TensorflowEngine> {
  try {
    return await loadTensorflow(backend);
  } catch (error) {
    if (backend !== 'native' || !(error instanceof MarlinError) || error.code !== 'TENSORFLOW_UNAVAILABLE') throw error;
    return context.skip(`TensorFlow's native library does not work here: ${error.message}`);
  }
}

/** A test on each backend. */
export function onEachBackend(name: string, test: (engine: TensorflowEngine) => void | Promise<void>): void {
  it.for(BACKENDS)(`${name} (%s)`, async (backend, context) => test(await engineOn(backend, context)));
}
