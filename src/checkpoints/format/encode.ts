import { createHash } from 'node:crypto';
import { checkpointError } from '../errors.js';
import type { Checkpoint } from '../port.js';
import { align, CHECKPOINT_FORMAT_VERSION, DIGEST_BYTES, MAGIC, MAX_CHECKPOINT_BYTES, PREFIX_BYTES } from './layout.js';
import { type Fault, factsFault, headerFault, iterationFault, tensorBytes, tensorFault } from './validate.js';

/** A checkpoint as one array in the current format. The same checkpoint gives the same bytes.
 *  Throws CHECKPOINT_INVALID, naming the field. */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array<ArrayBuffer> {
  const { iteration, facts, tensors } = checkpoint;
  throwOn(iterationFault(iteration) ?? factsFault(facts));
  const names = new Set<string>();
  let end = 0;
  const directory = tensors.map(({ name, dtype, shape, bytes }, index) => {
    throwOn(tensorFault({ name, dtype, shape }, index, names));
    const byteLength = tensorBytes(dtype, shape);
    if (bytes.byteLength !== byteLength) {
      throwOn({
        field: `tensors[${index}].bytes`,
        problem: `("${name}") has ${bytes.byteLength} bytes where ${dtype}[${shape.join(', ')}] takes ${byteLength}`,
      });
    }
    const offset = align(end);
    end = offset + byteLength;
    return { name, dtype, shape, offset, byteLength };
  });
  const header = new TextEncoder().encode(JSON.stringify({ iteration, facts, tensors: directory }));
  throwOn(headerFault(header));
  const dataStart = align(PREFIX_BYTES + header.byteLength);
  const size = dataStart + end + DIGEST_BYTES;
  if (size > MAX_CHECKPOINT_BYTES) {
    throwOn({ field: 'tensors', problem: `would make ${size} bytes, more than the ${MAX_CHECKPOINT_BYTES} allowed` });
  }

  const file = new Uint8Array(size);
  const view = new DataView(file.buffer);
  file.set(new TextEncoder().encode(MAGIC), 0);
  view.setUint32(8, CHECKPOINT_FORMAT_VERSION, true);
  view.setUint32(12, header.byteLength, true);
  file.set(header, PREFIX_BYTES);
  for (const [index, { offset }] of directory.entries()) {
    file.set(tensors[index]?.bytes ?? [], dataStart + offset);
  }
  const digest = createHash('sha256')
    .update(file.subarray(0, size - DIGEST_BYTES))
    .digest();
  file.set(digest, size - DIGEST_BYTES);
  return file;
}

function throwOn(fault: Fault | null): void {
  if (fault === null) return;
  throw checkpointError(
    'CHECKPOINT_INVALID',
    `The checkpoint cannot be saved: ${fault.field} ${fault.problem}. Correct what is given to save.`,
    { data: { field: fault.field } },
  );
}
