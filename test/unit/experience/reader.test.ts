import { describe, expect, test } from 'vitest';
import { HEADER, readTrajectory, trajectoryLayout } from '../../../src/experience/index.js';
import { found, fullShape, play, writerFor } from './collecting.js';

const { writer, layout } = writerFor(fullShape);
const { bytes, ...kept } = play(writer, { ended: (t) => (t === 0 ? [1] : [0, 2]) });

/** The batch with some 32-bit words changed. */
function changed(words: Readonly<Record<number, number>>): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const view = new DataView(copy.buffer);
  for (const [word, value] of Object.entries(words)) view.setInt32(4 * Number(word), value, true);
  return copy;
}

const rowsAt = layout.finalOffsets(5).rows / 4;

describe('bytes that do not have the job’s layout are refused, and the message names the field', () => {
  test.each([
    ['magic', 'none', changed({ [HEADER.magic]: 0 })],
    ['version', 'another', changed({ [HEADER.version]: 2 })],
    ['horizon', 'another', changed({ [HEADER.horizon]: 4 })],
    ['instances', 'another number', changed({ [HEADER.instances]: 3 })],
    ['agents', 'another number', changed({ [HEADER.agents]: 1 })],
    ['finals', 'negative', changed({ [HEADER.finals]: -1 })],
    ['finals', 'more than there are steps', changed({ [HEADER.finals]: 13 })],
    ['length', 'of more finals than the header says', changed({ [HEADER.finals]: 0 })],
    ['length', 'one byte less', bytes.slice(0, bytes.length - 1)],
    ['length', 'one byte more', Uint8Array.from([...bytes, 0])],
    ['length', 'less than the dense part', bytes.slice(0, layout.denseBytes - 1)],
    ['length', 'nothing', new Uint8Array(0)],
    ['finalRow[0]', 'negative', changed({ [rowsAt]: -1 })],
    ['finalRow[1]', 'the same again', changed({ [rowsAt + 1]: 1 })],
    ['finalRow[2]', 'descending', changed({ [rowsAt + 2]: 3 })],
    ['finalRow[4]', 'beyond the last step', changed({ [rowsAt + 4]: 12 })],
  ])('%s: %s', (field, _, wrong) => {
    expect(() => readTrajectory(layout, wrong)).toThrowError(
      expect.objectContaining({
        code: 'TRAJECTORY_CORRUPT',
        message: expect.stringContaining(`: ${field} is `),
        data: expect.objectContaining({ field }),
      }),
    );
  });

  test('as they are, they are accepted: the changes above are what is refused', () => {
    expect(found(readTrajectory(layout, changed({})))).toEqual(kept);
  });

  test('another job’s batch', () => {
    const other = trajectoryLayout({ ...fullShape, globalStateSize: 400 });
    expect(() => readTrajectory(other, bytes)).toThrowError(expect.objectContaining({ code: 'TRAJECTORY_CORRUPT' }));
  });
});

describe('bytes that are not aligned are copied', () => {
  test.each([1, 4, 7])('%i bytes off', (offset) => {
    const unaligned = new Uint8Array(bytes.byteLength + offset).subarray(offset);
    unaligned.set(bytes);
    expect(found(readTrajectory(layout, unaligned))).toEqual(kept);
  });

  test('in a Buffer, whose slices are views', () => {
    const unaligned = Buffer.alloc(bytes.byteLength + 3).subarray(3);
    unaligned.set(bytes);
    expect(found(readTrajectory(layout, unaligned))).toEqual(kept);
  });

  test('aligned ones are not', () => {
    const copy = Uint8Array.from(bytes);
    expect(readTrajectory(layout, copy).agents[0].observation.buffer).toBe(copy.buffer);
  });
});
