import type { Call, CallAnswer } from './messages.js';
import type { Question } from './question.js';
import { readBytesQuestion } from './read-bytes.js';
import { readJsonQuestion } from './read-json.js';
import type { PolicyRunner } from './runner.js';

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Reads a request, acts, and writes the answer. Throws SERVING_REQUEST_INVALID and SERVING_ACTION_NOT_FINITE. */
export function answerCall(runner: PolicyRunner, call: Call): CallAnswer {
  const { id, body, bodyForm, answerForm, manner, freshSeed, actor } = call;
  const { askable, actionSize } = runner;
  const question =
    bodyForm === 'json'
      ? readJsonQuestion(decoder.decode(body), askable, manner)
      : readBytesQuestion(body, askable, manner);
  const seed = question.sample ? (question.seed ?? freshSeed) : null;
  const actions = runner.act(question, seed);
  const bytes =
    answerForm === 'bytes'
      ? new Uint8Array(actions.buffer)
      : encoder.encode(jsonOf(question, actions, actionSize, seed, actor));
  return { id, bytes, rows: question.rows, seed };
}

function jsonOf(
  { single, rows }: Question,
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
  return `${text}${single ? '' : ']'},"seed":${seed},${actor}}`;
}
