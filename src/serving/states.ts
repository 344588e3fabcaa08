import type { Tell } from './question.js';

/** Numbers of the states of one request, 16 MiB: a short request could otherwise ask for many times its length. */
const MOST_NUMBERS = 1 << 22;
const TEXT = /^[A-Za-z0-9+/]*={0,2}$/;

/** What a policy remembers, as text: its float32 little-endian, in base64. */
export const stateText = (state: Float32Array): string =>
  Buffer.from(state.buffer, state.byteOffset, state.byteLength).toString('base64');

/** Reads the states of rows, f32[B, S]; zeros, the beginning of an episode, where there is none or null. */
export function readStates(
  given: unknown,
  rows: number,
  size: number,
  place: (row: number) => string,
  fault: Tell,
): Float32Array {
  if (rows * size > MOST_NUMBERS) {
    const fewer = Math.floor(MOST_NUMBERS / size);
    fault('', `has ${rows} rows, of which ${size} numbers are remembered each: send up to ${fewer} in a request`);
    return new Float32Array();
  }
  const states = new Float32Array(rows * size);
  if (given === undefined) return states;
  if (!Array.isArray(given) || given.length !== rows) {
    fault('/states', `must be a list of ${rows} states, one for each row, null where an episode begins`);
    return states;
  }
  for (let b = 0; b < rows; b++) {
    const text: unknown = given[b];
    if (size === 0) {
      fault(place(b), 'cannot be given: the policy remembers nothing');
    } else if (text !== null) {
      const problem = readState(text, states.subarray(b * size, (b + 1) * size));
      if (problem !== null) fault(place(b), problem);
    }
  }
  return states;
}

/** Returns what is wrong with it. */
function readState(text: unknown, state: Float32Array): string | null {
  const { length, byteLength } = state;
  if (typeof text !== 'string')
    return 'must be the text that the last answer of the episode gave, or null where one begins';
  if (text.length !== 4 * Math.ceil(byteLength / 3) || !TEXT.test(text)) {
    const of = `the base64 of ${length} float32, as the last answer of the episode gave it`;
    return `has ${text.length} characters, and is not ${of}; begin it anew if another policy is served under the name since`;
  }
  const bytes = Buffer.from(text, 'base64');
  if (bytes.byteLength !== byteLength) return `is not the base64 of ${length} float32`;
  new Uint8Array(state.buffer, state.byteOffset, byteLength).set(bytes);
  const wrong = state.findIndex((value) => !Number.isFinite(value));
  return wrong < 0 ? null : `has ${state[wrong]} at ${wrong}, and must be finite`;
}
