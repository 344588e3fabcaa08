import { describe, expect, it } from 'vitest';
import { MarlinError } from '../../../src/base/index.js';
import type { Askable, Question } from '../../../src/serving/question.js';
import { readJsonQuestion } from '../../../src/serving/read-json.js';

const askableOf = (size: number, maskSize = 0): Askable => ({
  columns: { size, low: new Float32Array(size).fill(-1), high: new Float32Array(size).fill(1) },
  maskSize,
  stateSize: 0,
  agentIds: ['agent'],
  tellsAgents: false,
});

function read(text: string, askable: Askable): Question {
  return readJsonQuestion(text, askable, { sample: false, seed: null, agent: null });
}

/** Pointers and messages of what is refused. */
function faultsOf(text: string, askable: Askable): readonly string[] {
  try {
    read(text, askable);
  } catch (error) {
    if (!(error instanceof MarlinError) || error.code !== 'SERVING_REQUEST_INVALID') throw error;
    const faults = error.data.faults as readonly { readonly pointer: string; readonly message: string }[];
    return faults.map(({ pointer, message }) => `${pointer} ${message}`);
  }
  return [];
}

describe('a request as JSON', () => {
  it('is read as float32, with the masks of its rows', () => {
    const text = '{"observations":[[0.1,1],[0,-1]],"masks":[[1,0,1],[0,1,1]]}';
    const { rows, observations, masks } = read(text, askableOf(2, 3));
    expect(rows).toBe(2);
    expect(Array.from(observations)).toEqual([0.1, 1, 0, -1].map(Math.fround));
    expect(Array.from(masks!)).toEqual([1, 0, 1, 0, 1, 1]);
  });

  it.each([
    ['{"observation":[{"toString":1,"valueOf":1}]}', '/observation/0 is an object, not'],
    ['{"observation":[[0]]}', '/observation/0 is a list, not'],
    ['{"observation":[null]}', '/observation/0 is null, not'],
    ['{"observation":["1"]}', '/observation/0 is "1", not'],
    ['{"observation":[0],"mask":[{"toString":null}]}', '/mask/0 is an object, not 0 or 1'],
  ])('whose value is no number is told so: %s', (text, told) => {
    expect(faultsOf(text, askableOf(1, 1))).toEqual([expect.stringContaining(told)]);
  });

  it('with places for rows, and no rows in them, is refused before memory is taken for them', () => {
    const [wide, places] = [askableOf(1, 2 ** 24), 2 ** 18];
    const masks = `{"observations":[${'[0],'.repeat(places)}[0]],"masks":[${'0,'.repeat(places)}0]}`;
    expect(faultsOf(masks, wide)[0]).toBe(`/masks/0 must be ${2 ** 24} numbers`);
    const rows = { ...wide, columns: { size: 2 ** 24, low: new Float32Array(0), high: new Float32Array(0) } };
    const observations = `{"observations":[${'0,'.repeat(places)}0]}`;
    expect(faultsOf(observations, rows)[0]).toBe(`/observations/0 must be ${2 ** 24} numbers`);
  });
});
