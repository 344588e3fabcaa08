import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ServerSentEvent, SseParser } from '../../../client/sse-parser.js';

const parserOf = () => new SseParser({ lastEventId: '', maxEventLength: 10_000 });
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

const line = fc.oneof(
  fc.constantFrom('', '', 'data', 'data:', 'id: 12', 'event: state', 'retry: 30', ': beat', ':', 'data: {"a":"é😀"}'),
  fc.tuple(fc.constantFrom('data', 'data', 'id', 'event', 'x', ''), fc.string({ unit: 'grapheme' })).map(([a, b]) => {
    return `${a}: ${b.replace(/[\r\n]/g, ' ')}`;
  }),
);
const stream = fc
  .array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')), { maxLength: 40 })
  .map((lines) => lines.map(([text, end]) => text + end).join(''));

/** As the standard says it, for a stream that is there as a whole. */
function readSlowly(text: string): ServerSentEvent[] {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .slice(0, -1);
  const events: ServerSentEvent[] = [];
  let [id, type, data] = ['', '', null as string | null];
  for (const own of lines) {
    const [, field = own, value = ''] = /^([^:]*): ?(.*)$/s.exec(own) ?? [];
    if (own === '') {
      if (data !== null) events.push({ id, type: type || 'message', data });
      [type, data] = ['', null];
    } else if (field === 'data') data = data === null ? value : `${data}\n${value}`;
    else if (field === 'event') type = value;
    else if (field === 'id' && !value.includes('\0')) id = value;
  }
  return events;
}

describe('any stream', () => {
  it('has the events that the standard gives it', () => {
    fc.assert(
      fc.property(stream, (text) => {
        expect(parserOf().push(bytesOf(text))).toEqual(readSlowly(text));
      }),
      { numRuns: 500 },
    );
  });

  it('has the same events however its bytes are cut', () => {
    fc.assert(
      fc.property(stream, fc.infiniteStream(fc.integer({ min: 0, max: 9 })), (text, lengths) => {
        const bytes = bytesOf(text);
        const parser = parserOf();
        const events: ServerSentEvent[] = [];
        let at = 0;
        while (at < bytes.length) {
          const length = lengths.next().value as number;
          events.push(...parser.push(bytes.subarray(at, at + length)));
          at += length;
        }
        const whole = parserOf();
        expect(events).toEqual(whole.push(bytes));
        expect([parser.lastEventId, parser.retryMs]).toEqual([whole.lastEventId, whole.retryMs]);
      }),
      { numRuns: 500 },
    );
  });
});
