import type { Checkpoint } from '../../../src/checkpoints/index.js';

/** What `checkpoint-v1.marlin` holds. The file was written once, by the first program that wrote format 1; it is never written
 *  again, and every later program must read it. */
export const CHECKPOINT_V1: Checkpoint = {
  iteration: 120,
  facts: {
    envSteps: 3_932_160,
    metricsPosition: 4711,
    specDigest: '9f86d081',
    lag: 1,
    best: -0.0078125,
    note: 'Größe ≤ 1 "q"',
    none: null,
    tags: [],
  },
  tensors: [
    {
      name: 'policy/agent-0/weights',
      dtype: 'f32',
      shape: [2, 2],
      // 1, −2.5, 2^-149 (the smallest), NaN
      bytes: Uint8Array.of(0, 0, 128, 63, 0, 0, 32, 192, 1, 0, 0, 0, 0, 0, 192, 127),
    },
    // 120
    { name: 'policy/agent-0/step', dtype: 'i32', shape: [], bytes: Uint8Array.of(120, 0, 0, 0) },
    { name: 'replay', dtype: 'f64', shape: [0, 3], bytes: new Uint8Array(0) },
    // 0.1
    { name: 'shard/0/clock', dtype: 'f64', shape: [1], bytes: Uint8Array.of(154, 153, 153, 153, 153, 153, 185, 63) },
    { name: 'shard/0/flags', dtype: 'u8', shape: [5], bytes: Uint8Array.of(0, 1, 2, 254, 255) },
  ],
};
