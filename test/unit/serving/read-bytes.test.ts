import { expect, it } from 'vitest';
import { columnsOf } from '../../../src/serving/columns.js';
import type { Askable } from '../../../src/serving/question.js';
import { readBytesQuestion } from '../../../src/serving/read-bytes.js';
import { box } from '../../../src/spaces/index.js';

const askable: Askable = {
  columns: columnsOf(box(2), 2),
  maskSize: 3,
  stateSize: 1,
  agentIds: ['a'],
  tellsAgents: false,
};

// What Node reads into is shared by several bodies, of any length.
it.each([0, 1, 2, 3])('reads rows that begin at byte %d of the memory they came in', (offset) => {
  const floats = new Uint8Array(Float32Array.of(1, 2, 3, 4, 0.5, -0.5).buffer);
  const memory = new Uint8Array(offset + floats.length + 6 + 9).fill(255);
  memory.set(floats, offset);
  memory.set([1, 0, 1, 0, 1, 1], offset + floats.length);
  const body = memory.subarray(offset, offset + floats.length + 6);
  const before = body.slice();
  const question = readBytesQuestion(body, askable, { sample: false, seed: null, agent: null });
  expect(question.rows).toBe(2);
  expect([...question.observations]).toEqual([1, 2, 3, 4]);
  expect([...question.states]).toEqual([0.5, -0.5]);
  expect([...question.masks!]).toEqual([1, 0, 1, 0, 1, 1]);
  // States are carried on in place, and the bytes are not ours.
  question.states.fill(7);
  expect(body).toEqual(before);
});
