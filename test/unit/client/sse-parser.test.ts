import { describe, expect, it } from 'vitest';
import { type ServerSentEvent, SseParser } from '../../../client/sse-parser.js';

const parserOf = (lastEventId = '', maxEventLength = 10_000) => new SseParser({ lastEventId, maxEventLength });
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The events of a stream that comes whole. */
function eventsOf(text: string): ServerSentEvent[] {
  return parserOf().push(bytesOf(text));
}

describe('an event stream', () => {
  it.each<[string, string, ServerSentEvent[]]>([
    ['one event', 'id: 7\nevent: iteration\ndata: {"a":1}\n\n', [{ id: '7', type: 'iteration', data: '{"a":1}' }]],
    ['an event without a name', 'data: x\n\n', [{ id: '', type: 'message', data: 'x' }]],
    ['lines that end with CR LF', 'data: a\r\ndata: b\r\n\r\n', [{ id: '', type: 'message', data: 'a\nb' }]],
    ['lines that end with CR', 'data: a\r\rdata: b\r\r', ['a', 'b'].map((data) => ({ id: '', type: 'message', data }))],
    ['line ends of all kinds', 'data: a\r\ndata: b\ndata: c\r\n\r', [{ id: '', type: 'message', data: 'a\nb\nc' }]],
    ['one space after the colon is not data', 'data:  two\n\n', [{ id: '', type: 'message', data: ' two' }]],
    ['no space after the colon', 'data:none\n\n', [{ id: '', type: 'message', data: 'none' }]],
    ['colons in data', 'data: a:b: c\n\n', [{ id: '', type: 'message', data: 'a:b: c' }]],
    ['a field without a colon', 'data\ndata\n\n', [{ id: '', type: 'message', data: '\n' }]],
    ['comments', ': hello\n\n:\ndata: x\n: there\n\n', [{ id: '', type: 'message', data: 'x' }]],
    ['fields that nobody knows', 'time: 3\ndata: x\nDATA: y\n\n', [{ id: '', type: 'message', data: 'x' }]],
    ['an event without data', 'event: nothing\nid: 3\n\ndata: x\n\n', [{ id: '3', type: 'message', data: 'x' }]],
    [
      'an id that lasts',
      'id: 3\ndata: x\n\ndata: y\n\n',
      ['x', 'y'].map((data) => ({ id: '3', type: 'message', data })),
    ],
    ['an id with a zero', 'id: 3\n\nid: 4\0\ndata: x\n\n', [{ id: '3', type: 'message', data: 'x' }]],
    ['an id that is taken back', 'id: 3\n\nid\ndata: x\n\n', [{ id: '', type: 'message', data: 'x' }]],
    ['an event that does not end', 'data: x\n\ndata: y\n', [{ id: '', type: 'message', data: 'x' }]],
    ['a byte order mark', '\uFEFFdata: x\n\n', [{ id: '', type: 'message', data: 'x' }]],
    ['a byte order mark further on', 'data: x\n\n\uFEFFdata: y\n\n', [{ id: '', type: 'message', data: 'x' }]],
    ['nothing', '', []],
  ])('is read: %s', (_, text, events) => {
    expect(eventsOf(text)).toEqual(events);
  });

  it('tells how long to wait before the next connection', () => {
    const parser = parserOf();
    expect(parser.retryMs).toBeNull();
    parser.push(bytesOf('retry: 250\n\n'));
    expect(parser.retryMs).toBe(250);
    parser.push(bytesOf('retry: soon\nretry: -1\nretry: 1e3\nretry:\n\n'));
    expect(parser.retryMs).toBe(250);
  });

  it('goes on from the last whole event, not from one that was begun', () => {
    const parser = parserOf('3');
    expect(parser.lastEventId).toBe('3');
    parser.push(bytesOf('id: 4\ndata: x\n\nid: 5\ndata: y\n'));
    expect(parser.lastEventId).toBe('4');
    expect(parser.push(bytesOf('\n'))).toEqual([{ id: '5', type: 'message', data: 'y' }]);
    expect(parser.lastEventId).toBe('5');
  });

  it('is refused where an event is larger than any of ours', () => {
    expect(() => parserOf('', 20).push(bytesOf(`data: ${'x'.repeat(20)}\n\n`))).toThrow(RangeError);
    const parser = parserOf('', 20);
    expect(() => {
      for (let i = 0; i < 30; i++) parser.push(bytesOf('x'));
    }).toThrow(RangeError);
  });

  it('may be longer than any event, in events, comments and chunks', () => {
    const parser = parserOf('', 20);
    for (let i = 0; i < 100; i++) {
      parser.push(bytesOf(': beats\n'));
      expect(parser.push(bytesOf('data: x\n\n'))).toHaveLength(1);
    }
  });

  it('is read in time linear in its length, however it is cut', () => {
    // A million pieces of one line: quadratic work would take hours.
    const parser = parserOf('', 2_000_000);
    const piece = bytesOf('x');
    parser.push(bytesOf('data: '));
    for (let i = 0; i < 1_000_000; i++) parser.push(piece);
    const [event] = parser.push(bytesOf('\n\n'));
    expect(event?.data).toHaveLength(1_000_000);
  });
});
