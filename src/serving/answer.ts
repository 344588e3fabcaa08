import type { ActAnswer, ActRequest } from './messages.js';
import type { Question } from './question.js';
import { readBytesQuestion } from './read-bytes.js';
import { readJsonQuestion } from './read-json.js';
import type { PolicyRunner } from './runner.js';
import { stateText } from './states.js';

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Reads a request. Throws SERVING_REQUEST_INVALID. */
export function readQuestion({ askable }: PolicyRunner, { body, bodyForm, manner }: ActRequest): Question {
  return bodyForm === 'json'
    ? readJsonQuestion(decoder.decode(body), askable, manner)
    : readBytesQuestion(body, askable, manner);
}

/** Acts, and writes the answer to a request that was read. Throws SERVING_REQUEST_INVALID and SERVING_ACTION_NOT_FINITE. */
export function answerQuestion(
  runner: PolicyRunner,
  question: Question,
  { answerForm, freshSeed, actor }: ActRequest,
): ActAnswer {
  const seed = question.sample ? (question.seed ?? freshSeed) : null;
  const actions = runner.act(question, seed);
  const bytes =
    answerForm === 'bytes'
      ? bytesOf(actions, question.states)
      : encoder.encode(jsonOf(question, actions, runner.actionSize, seed, actor));
  return { bytes, rows: question.rows, seed };
}

/** Little-endian: actions f32[B, A] │ states f32[B, S] */
function bytesOf(actions: Float32Array, states: Float32Array): Uint8Array {
  if (states.length === 0) return new Uint8Array(actions.buffer);
  const both = new Float32Array(actions.length + states.length);
  both.set(actions);
  both.set(states, actions.length);
  return new Uint8Array(both.buffer);
}

function jsonOf(
  { single, rows, states }: Question,
  actions: Float32Array,
  A: number,
  seed: number | null,
  actor: string,
): string {
  let text = single ? '{"action":' : '{"actions":[';
  for (let b = 0; b < rows; b++) {
    text += b === 0 ? '[' : ',[';
    for (let j = 0; j < A; j++) text += j === 0 ? `${actions[b * A]}` : `,${actions[b * A + j]}`;
    text += ']';
  }
  if (!single) text += ']';
  const S = states.length / rows;
  for (let b = 0; b < rows && S > 0; b++) {
    // Base64 has nothing that JSON escapes.
    const own = `"${stateText(states.subarray(b * S, (b + 1) * S))}"`;
    text += single ? `,"state":${own}` : b === 0 ? `,"states":[${own}` : `,${own}`;
  }
  if (!single && S > 0) text += ']';
  return `${text},"seed":${seed},${actor}}`;
}
