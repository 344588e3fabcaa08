import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SummaryValue, summarizeHistogram } from '../../../src/metrics/index.js';
import { encodeEvent, stepOf } from '../../../src/metrics/tensorboard/event.js';
import { frameRecord, readRecords } from '../../../src/metrics/tensorboard/record.js';
import { readEventFile } from '../../helpers/metrics/event-files.js';

const number = fc.float({ noNaN: true });
const tag = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' });
const values = fc.array(
  fc.oneof(
    fc.record({ tag, scalar: number }),
    fc.record({
      tag,
      histogram: fc
        .array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -1000, max: 1000 }), { minLength: 1 })
        .map((list) => summarizeHistogram({ arrays: [Float32Array.from(list)] })!),
    }),
  ),
  { minLength: 1, maxLength: 5 },
);
const event = fc.record({
  wallTime: fc.double({ noNaN: true, noDefaultInfinity: true, min: 0, max: 1e10 }),
  step: fc.maxSafeNat(),
  values: values as fc.Arbitrary<SummaryValue[]>,
});

describe('event files', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 6 }), (events) => {
        const read = readEventFile(Buffer.concat(events.map((each) => frameRecord(encodeEvent(each)))));
        expect(read.length).toBe(events.length);
        read.forEach(({ wallTime, step = 0, summary }, k) => {
          expect({ wallTime: wallTime ?? 0, step }).toEqual({
            wallTime: events[k].wallTime + 0,
            step: events[k].step,
          });
          expect(stepOf(encodeEvent(events[k]))).toBe(step);
          const told = summary!.value.map((value) =>
            value.histo === undefined
              ? [value.tag, Math.fround(value.simpleValue ?? 0) + 0]
              : [value.tag, value.histo.num, value.histo.bucketLimit, value.histo.bucket],
          );
          expect(told).toEqual(
            events[k].values.map((value) =>
              'scalar' in value
                ? [value.tag, value.scalar + 0]
                : [value.tag, value.histogram.num, [...value.histogram.limits], [...value.histogram.counts]],
            ),
          );
        });
      }),
    );
  });

  it('that are cut off or damaged give records that are whole, in order, and nothing else', () => {
    const bytes = fc.uint8Array({ maxLength: 40 });
    fc.assert(
      fc.property(
        fc.array(bytes, { minLength: 1, maxLength: 5 }),
        fc.nat(),
        fc.integer({ min: 0, max: 255 }),
        (all, at, byte) => {
          const file = Buffer.concat(all.map(frameRecord));
          const place = at % file.length;
          const cut = [...readRecords(file.subarray(0, place))];
          const damaged = Uint8Array.from(file);
          damaged[place] = byte;
          for (const found of [cut, [...readRecords(damaged)]]) {
            expect(found.length).toBeLessThanOrEqual(all.length);
            found.forEach(({ data }, k) => expect([...data]).toEqual([...all[k]]));
          }
        },
      ),
    );
  });

  it('of any bytes are read without harm', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const { data, end } of readRecords(bytes)) expect(data.length + 16).toBeLessThanOrEqual(end);
        stepOf(bytes);
      }),
    );
  });
});

describe('a histogram', () => {
  it('counts every number once, in the bin whose edges hold it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 50 }),
        (list) => {
          const { min, max, num, limits, counts } = summarizeHistogram({ arrays: [Float32Array.from(list)] })!;
          expect(counts.reduce((sum, count) => sum + count)).toBe(list.length);
          expect(num).toBe(list.length);
          expect(limits.at(-1)).toBe(max);
          limits.forEach((limit, j) => expect(limit).toBeGreaterThan(j === 0 ? min : limits[j - 1]));
        },
      ),
    );
  });
});
