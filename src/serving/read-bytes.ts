import { allowedIn } from './columns.js';
import { assertNoFaults, type RowFault } from './errors.js';
import { type Askable, type Manner, MOST_FAULTS, type Question } from './question.js';
import { checkManner } from './read-json.js';

/** Reads rows as bytes, little-endian, of as many rows as there are:
 *
 *      observations f32[B, F] │ states f32[B, S], where it has a memory │ masks u8[B, M], where it is masked
 *
 *  Throws SERVING_REQUEST_INVALID, with the first places at fault. */
export function readBytesQuestion(bytes: Uint8Array, askable: Askable, manner: Manner): Question {
  const { columns, stateSize: S, maskSize: M } = askable;
  const { size: F, low, high } = columns;
  const faults: RowFault[] = [];
  const fault = (pointer: string, message: string): void => {
    if (faults.length < MOST_FAULTS) faults.push({ pointer, message });
  };
  const rowBytes = 4 * (F + S) + M;
  const rows = bytes.byteLength / rowBytes;
  if (rows === 0 || !Number.isInteger(rows)) {
    const states = S === 0 ? '' : `, behind all of them ${S} of state for each`;
    const masks = M === 0 ? '' : `, behind those ${M} bytes of mask for each`;
    fault('', `has ${bytes.byteLength} bytes, which are no whole rows of ${rowBytes}: ${F} float32${states}${masks}`);
  }
  checkManner(manner, askable, fault);
  assertNoFaults(faults);

  const floats = floatsOf(bytes, rows * (F + S));
  const observations = floats.subarray(0, rows * F);
  // They are changed, and the bytes are not ours.
  const states = floats.slice(rows * F);
  for (let b = 0, at = 0; b < rows; b++) {
    for (let j = 0; j < F; j++, at++) {
      const value = observations[at]!;
      if (value >= low[j]! && value <= high[j]!) continue;
      fault(`/observations/${b}/${j}`, `is ${value}, not ${allowedIn(columns, j)}`);
    }
  }
  for (let at = 0; at < states.length; at++) {
    if (Number.isFinite(states[at])) continue;
    fault(`/states/${Math.floor(at / S)}`, `has ${states[at]} at ${at % S}, and must be finite`);
  }
  const masks = M === 0 ? null : bytes.subarray(4 * rows * (F + S));
  for (let at = 0; masks !== null && at < masks.length; at++) {
    if (masks[at]! > 1) fault(`/masks/${Math.floor(at / M)}/${at % M}`, `is ${masks[at]}, not 0 or 1`);
  }
  assertNoFaults(faults);
  return { single: false, rows, observations, states, masks, ...manner };
}

/** The first numbers of the bytes; a view where they lie as float32 do. */
function floatsOf(bytes: Uint8Array, count: number): Float32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  return new Float32Array(aligned.buffer, aligned.byteOffset, count);
}
