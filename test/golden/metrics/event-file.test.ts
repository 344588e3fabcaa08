import { describe, expect, it } from 'vitest';
import { encodeEvent, encodeFileVersion, type SummaryValue } from '../../../src/metrics/tensorboard/event.js';
import { frameRecord, readRecords } from '../../../src/metrics/tensorboard/record.js';
import golden from './event-file.json' with { type: 'json' };

describe('an event file', () => {
  it('has the bytes that TensorBoard itself writes', () => {
    const [version, ...events] = golden.events;
    const bytes = Buffer.concat(
      [
        encodeFileVersion(version.wallTime),
        ...events.map(({ wallTime, step = 0, values = [] }) =>
          encodeEvent({ wallTime, step, values: values as unknown as SummaryValue[] }),
        ),
      ].map(frameRecord),
    );
    expect(bytes.toString('hex')).toBe(golden.hex);
  });

  it('is read record by record', () => {
    expect([...readRecords(Buffer.from(golden.hex, 'hex'))]).toHaveLength(3);
  });
});
