import { allowedIn } from './columns.js';
import { assertNoFaults, type RowFault } from './errors.js';
import { type Askable, type Manner, MOST_FAULTS, type Question } from './question.js';
import { checkManner } from './read-json.js';

/** Reads rows as bytes, little-endian, of as many rows as there are:
 *
 *      observations f32[B, F] │ masks u8[B, M], where the policy is masked
 *
 *  Throws SERVING_REQUEST_INVALID, with the first places at fault. */
export function readBytesQuestion(bytes: Uint8Array, askable: Askable, manner: Manner): Question {
  const { columns, maskSize: M } = askable;
  const { size: F, low, high } = columns;
  const faults: RowFault[] = [];
  const fault = (pointer: string, message: string): void => {
    if (faults.length < MOST_FAULTS) faults.push({ pointer, message });
  };
  const rowBytes = 4 * F + M;
  const rows = bytes.byteLength / rowBytes;
  if (rows === 0 || !Number.isInteger(rows)) {
    const of = M === 0 ? `${F} float32` : `${F} float32, and ${M} bytes of mask behind all of them`;
    fault('', `has ${bytes.byteLength} bytes, which are no whole rows of ${rowBytes}: ${of}`);
  }
  checkManner(manner, askable, fault);
  assertNoFaults(faults);

  const observations = floatsOf(bytes, rows * F);
  for (let b = 0, at = 0; b < rows; b++) {
    for (let j = 0; j < F; j++, at++) {
      const value = observations[at]!;
      if (value >= low[j]! && value <= high[j]!) continue;
      fault(`/observations/${b}/${j}`, `is ${value}, not ${allowedIn(columns, j)}`);
    }
  }
  const masks = M === 0 ? null : bytes.subarray(4 * rows * F);
  for (let at = 0; masks !== null && at < masks.length; at++) {
    if (masks[at]! > 1) fault(`/masks/${Math.floor(at / M)}/${at % M}`, `is ${masks[at]}, not 0 or 1`);
  }
  assertNoFaults(faults);
  return { single: false, rows, observations, masks, ...manner };
}

/** The first numbers of the bytes; a view where they lie as float32 do. */
function floatsOf(bytes: Uint8Array, count: number): Float32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  return new Float32Array(aligned.buffer, aligned.byteOffset, count);
}
