/** Tells a soak what each worker thread holds: its live heap, its array buffers and its kernels' WebAssembly memory. Training
 *  loads it as a module of environments, of which it has none: that is how it gets into every thread, before the kernels. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread, threadId } from 'node:worker_threads';

export const environments = [];

export const PROBE_CHANNEL = 'marlin-soak-memory';

setFlagsFromString('--expose-gc');
/** Collects garbage now: what is measured after it is alive, not merely not yet collected. */
export const collectGarbage = runInNewContext('gc');

const kernelMemories = [];
if (!isMainThread) {
  const { Memory } = WebAssembly;
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor) {
      super(descriptor);
      kernelMemories.push(this);
    }
  };
  const channel = new BroadcastChannel(PROBE_CHANNEL);
  channel.unref();
  setInterval(() => {
    collectGarbage();
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    const kernels = kernelMemories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
    channel.postMessage({ threadId, heapUsed, external, arrayBuffers, kernels });
  }, 2000).unref();
}
