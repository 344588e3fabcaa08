import { createRequire } from 'node:module';
import type { Kernels } from '../../kernels/index.js';
import { networkError } from '../errors.js';
import { attachMaker } from '../maker.js';
import type { TensorflowBackend } from './backends.js';
import { layersFunction } from './layers.js';
import { mlpFunction } from './mlp.js';
import { createFunctionNetwork } from './network.js';
import type { ComputingBackend, TensorflowEngine, Tf } from './port.js';
import { registerMissingKernels } from './wasm-kernels.js';

/** The name that each registers itself under. */
const REGISTERED: Readonly<Record<ComputingBackend, string>> = {
  native: 'tensorflow',
  gpu: 'tensorflow',
  wasm: 'wasm',
  cpu: 'cpu',
};
const PREFERRED: readonly ComputingBackend[] = ['native', 'wasm', 'cpu'];
/** Not imported by name: they are optional, and what compiles must not depend on what is installed. */
const BINDINGS = { native: '@tensorflow/tfjs-node', gpu: '@tensorflow/tfjs-node-gpu' } as const;

/** Engines of this thread. They depend on nothing but what is installed, and TensorFlow.js itself is one for the thread. */
const loading = new Map<TensorflowBackend, Promise<TensorflowEngine>>();

/** TensorFlow.js, ready to compute; loaded once for each thread. Rejects with TENSORFLOW_UNAVAILABLE. */
export function loadTensorflow(wanted: TensorflowBackend = 'auto'): Promise<TensorflowEngine> {
  let engine = loading.get(wanted);
  if (engine === undefined) {
    engine = load(wanted === 'auto' ? PREFERRED : [wanted]);
    loading.set(wanted, engine);
    // What failed may work later, when somebody has installed it.
    engine.catch(() => loading.delete(wanted));
  }
  return engine;
}

async function load(candidates: readonly ComputingBackend[]): Promise<TensorflowEngine> {
  const passedOver: { backend: ComputingBackend; reason: string }[] = [];
  for (const backend of candidates) {
    try {
      const tf = await start(backend);
      return engineOn(tf, backend, passedOver);
    } catch (error) {
      passedOver.push({ backend, reason: reasonOf(error) });
    }
  }
  const reasons = passedOver.map(({ backend, reason }) => `${backend}: ${reason}`).join('; ');
  throw networkError(
    'TENSORFLOW_UNAVAILABLE',
    `TensorFlow.js does not work here (${reasons}). Install its packages and, for the native backend, run \`node scripts/install-tensorflow.mjs\`; or choose another backend.`,
    { data: { candidates, passedOver } },
  );
}

async function start(backend: ComputingBackend): Promise<Tf> {
  const tf = await import('@tensorflow/tfjs');
  if (backend === 'native' || backend === 'gpu') {
    // It takes the same TensorFlow.js, and registers its kernels with it.
    createRequire(import.meta.url)(BINDINGS[backend]);
  } else if (backend === 'wasm') {
    await import('@tensorflow/tfjs-backend-wasm');
    registerMissingKernels(tf);
  }
  const name = REGISTERED[backend];
  if (!(await tf.setBackend(name))) throw new Error(`its backend "${name}" does not start`);
  return tf;
}

function engineOn(tf: Tf, backend: ComputingBackend, passedOver: TensorflowEngine['passedOver']): TensorflowEngine {
  const name = REGISTERED[backend];
  return {
    tf,
    backend,
    version: tf.version['tfjs-core'],
    passedOver,
    get tensors() {
      return tf.memory().numTensors;
    },
    activate() {
      // Done at once for a backend that has been started.
      if (tf.getBackend() !== name) void tf.setBackend(name);
    },
  };
}

/** The first line that says something. */
const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n').find((line) => line.trim() !== '') ??
  'no reason';

/** Networks on these kernels are made on TensorFlow.js from now on: those that the kernels do not cover, or every one. */
export function attachTensorflow(kernels: Kernels, engine: TensorflowEngine, everyNetwork: boolean): void {
  attachMaker(kernels, {
    everyNetwork,
    createMlp: (shape, maxRows) => createFunctionNetwork(kernels, engine, mlpFunction(shape), maxRows),
    createLayers: (options, maxRows) => createFunctionNetwork(kernels, engine, layersFunction(options), maxRows),
  });
}
