import type { Checkpoint, CheckpointTensor } from '../../../src/checkpoints/index.js';

/** A checkpoint whose every byte follows from its iteration. */
export function checkpointOf(iteration: number): Checkpoint {
  const tensors: CheckpointTensor[] = [
    tensor(
      'policy/agent-0/weights',
      Float32Array.from({ length: 6 }, (_, i) => iteration + i / 8),
      [2, 3],
    ),
    tensor('policy/agent-0/moments', new Float64Array([iteration, Math.PI]), [2]),
    tensor('shard/0/steps', Int32Array.of(-iteration), []),
    tensor(
      'shard/0/flags',
      Uint8Array.from({ length: 65 + (iteration % 7) }, (_, i) => (i * 7 + iteration) & 255),
    ),
    tensor('replay', new Float32Array(0), [0, 4]),
  ];
  return {
    iteration,
    facts: { envSteps: iteration * 128, specDigest: 'abc', lag: 1, best: null, tags: ['ä', ''] },
    tensors,
  };
}

type TensorArray = Float32Array | Float64Array | Int32Array | Uint8Array;

export function tensor(name: string, array: TensorArray, shape: readonly number[] = [array.length]): CheckpointTensor {
  const dtype =
    array instanceof Float32Array
      ? 'f32'
      : array instanceof Float64Array
        ? 'f64'
        : array instanceof Int32Array
          ? 'i32'
          : 'u8';
  return { name, dtype, shape, bytes: new Uint8Array(array.buffer, array.byteOffset, array.byteLength) };
}

/** For comparisons: bytes as a plain list, whatever they are a view of. */
export function plain(checkpoint: Checkpoint): unknown {
  const { iteration, facts, tensors } = checkpoint;
  return { iteration, facts, tensors: tensors.map((each) => ({ ...each, bytes: Array.from(each.bytes) })) };
}
