import { appendFileSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EventFiles, summarizeHistogram } from '../../../src/metrics/index.js';
import { crc32c } from '../../../src/metrics/tensorboard/crc32c.js';
import { encodeEvent, encodeFileVersion, stepOf } from '../../../src/metrics/tensorboard/event.js';
import { readEventFolder } from '../../helpers/metrics/event-files.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const event = (step: number, tag = 'a') => ({ wallTime: 10 + step, step, values: [{ tag, scalar: step }] });
const now = () => 1_700_000_000.5;
const stepsIn = (folder: string): (number | undefined)[] =>
  readEventFolder(folder)
    .filter(({ fileVersion }) => fileVersion === undefined)
    .map(({ step }) => step ?? 0);

describe('CRC-32C', () => {
  // RFC 3720, B.4, and the check value of the catalogs of checksums.
  it.each([
    [new TextEncoder().encode('123456789'), 0xe3069283],
    [new Uint8Array(32), 0x8a9136aa],
    [new Uint8Array(32).fill(255), 0x62a8ab43],
    [Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    [new Uint8Array(0), 0],
  ])('of %j is %d', (bytes, crc) => {
    expect(crc32c(bytes)).toBe(crc);
  });
});

describe('the step of an event', () => {
  it.each([0, 1, 127, 128, 16_384, 2 ** 31, 2 ** 40 + 5, Number.MAX_SAFE_INTEGER])('is found: %d', (step) => {
    expect(stepOf(encodeEvent(event(step)))).toBe(step);
  });

  it('is before all others in the record that begins a file, and unknown in what is no event of ours', () => {
    expect(stepOf(encodeFileVersion(1))).toBe(-1);
    for (const bytes of [[], [9], [9, 0, 0, 0, 0, 0, 0, 0, 0], [8, 1], [9, 0, 0, 0, 0, 0, 0, 0, 0, 16, 255]]) {
      expect(stepOf(Uint8Array.from(bytes))).toBeNull();
    }
  });
});

describe('a histogram', () => {
  it('has thirty bins of equal width between the extremes', () => {
    const values = Float32Array.from({ length: 61 }, (_, i) => i / 4);
    const histogram = summarizeHistogram({ arrays: [values.subarray(0, 20), values.subarray(20)] })!;
    expect(histogram).toMatchObject({ min: 0, max: 15, num: 61, sum: 457.5, sumSquares: 4613.125 });
    expect([...histogram.limits]).toEqual(Array.from({ length: 30 }, (_, j) => (j + 1) / 2));
    // A number on an edge is in the bin below; the least is in the first.
    expect([...histogram.counts]).toEqual([3, ...new Array(29).fill(2)]);
  });

  it('has a bin for each choice, whether or not it was made', () => {
    const histogram = summarizeHistogram({ arrays: [Float32Array.of(2, 0, 2, 2)] }, 4)!;
    expect(histogram).toMatchObject({ min: -0.5, max: 3.5, num: 4, sum: 6 });
    expect([...histogram.limits]).toEqual([0.5, 1.5, 2.5, 3.5]);
    expect([...histogram.counts]).toEqual([1, 0, 3, 0]);
  });

  it('has one bin of width 1 around a number that is the only one', () => {
    const histogram = summarizeHistogram({ arrays: [Float32Array.of(3, 3)] })!;
    expect(histogram).toMatchObject({ min: 2.5, max: 3.5, num: 2 });
    expect([[...histogram.limits], [...histogram.counts]]).toEqual([[3.5], [2]]);
  });

  it('takes every stride-th number from an offset on, of those that count, and none that is not finite', () => {
    const arrays = [Float32Array.of(9, 1, 9, Number.NaN), Float32Array.of(9, 2, 9, Infinity, 9, 7)];
    const counts = (array: Float32Array, at: number) => array[at] !== 7;
    expect(summarizeHistogram({ arrays, offset: 1, stride: 2, counts })).toMatchObject({ num: 2, sum: 3 });
    expect(summarizeHistogram({ arrays: [Float32Array.of(Number.NaN)] })).toBeNull();
  });
});

describe('event files', () => {
  it('begin a further file where one gets too long, named in the order of reading', () => {
    const folder = join(temporaryFolder(), 'made', 'on the way');
    const files = new EventFiles({ folder, maxFileBytes: 150 }, { now });
    for (let step = 0; step < 9; step++) files.write(event(step));
    files.close();
    const names = readdirSync(folder).sort();
    expect(names.slice(0, 2)).toEqual([
      'events.out.tfevents.1700000000.marlin.00000',
      'events.out.tfevents.1700000000.marlin.00001',
    ]);
    for (const name of names) expect(readFileSync(join(folder, name)).length).toBeLessThanOrEqual(150);
    expect(stepsIn(folder)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(readEventFolder(folder).filter(({ fileVersion }) => fileVersion === 'brain.Event:2')).toHaveLength(
      names.length,
    );
    expect(files.lost).toBe(0);
  });

  it('stay in order where the clock was set back', () => {
    const folder = temporaryFolder();
    for (const [time, step] of [
      [1_700_000_009, 1],
      [1_600_000_000, 2],
    ]) {
      const files = new EventFiles({ folder }, { now: () => time });
      files.write(event(step));
      files.close();
    }
    expect(stepsIn(folder)).toEqual([1, 2]);
  });

  it('are cut to a step, torn ends too, and go where nothing is left; those of others stay', () => {
    const folder = temporaryFolder({ 'events.out.tfevents.1.other': 'not ours', 'notes.txt': 'neither' });
    const files = new EventFiles({ folder, maxFileBytes: 150 }, { now });
    for (let step = 0; step < 9; step++) files.write(event(step));
    files.close();
    const ours = () => readdirSync(folder).filter((name) => name.includes('marlin'));
    appendFileSync(join(folder, ours()[0]), 'torn');
    const steps = () => ours().flatMap((name) => stepsOfFile(join(folder, name)));
    files.keepUntil(4);
    expect(steps()).toEqual([0, 1, 2, 3, 4]);
    const first = readFileSync(join(folder, ours()[0])).toString('latin1');
    expect(first).not.toContain('torn');
    truncateSync(join(folder, ours().at(-1)!), 60);
    files.keepUntil(99);
    expect(steps().length).toBeLessThan(5);
    files.write(event(5));
    files.close();
    expect(steps().at(-1)).toBe(5);
    files.keepUntil(-1);
    expect(readdirSync(folder).sort()).toEqual(['events.out.tfevents.1.other', 'notes.txt']);
  });

  it('lose what a full disk does not take, count it, and go on whole when there is room', () => {
    const folder = temporaryFolder();
    let room = Infinity;
    const limited = (file: number, bytes: Uint8Array, at: number): number => {
      if (room <= 0) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      const count = Math.min(bytes.length - at, room);
      room -= count;
      return writeSync(file, bytes, at, count);
    };
    const files = new EventFiles({ folder, maxFileBytes: 250 }, { now, writeSync: limited });
    files.write(event(0));
    room = 20;
    files.write(event(1));
    room = 0;
    files.write(event(2));
    room = Infinity;
    files.write(event(3));
    expect({ lost: files.lost, failure: files.failure?.message }).toEqual({
      lost: 2,
      failure: 'ENOSPC: no space left on device',
    });
    for (let step = 4; step < 8; step++) files.write(event(step));
    // Now there is no room for the record that begins the next file.
    room = 30;
    const before = readdirSync(folder);
    for (let step = 8; step < 20; step++) files.write(event(step));
    expect(readdirSync(folder)).toEqual(before);
    room = Infinity;
    files.write(event(20));
    files.close();
    const steps = stepsIn(folder);
    expect(steps.slice(0, 2)).toEqual([0, 3]);
    expect(steps.at(-1)).toBe(20);
    expect(steps.length + files.lost).toBe(21);
    for (const name of readdirSync(folder)) expect(readFileSync(join(folder, name)).length).toBeGreaterThan(0);
  });

  it('cannot be where a file is in the way, and say so without throwing', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), '');
    const files = new EventFiles({ folder: join(folder, 'file') }, { now });
    files.write(event(1));
    expect(files.lost).toBe(1);
    expect(files.failure?.message).toMatch(/EEXIST|ENOTDIR/);
    mkdirSync(join(folder, 'other'));
    files.close();
  });
});

function stepsOfFile(path: string): number[] {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'one'), readFileSync(path));
  return stepsIn(folder).map((step) => step ?? 0);
}
