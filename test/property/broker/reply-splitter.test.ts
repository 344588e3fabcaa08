import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LARGE_REPLY_BYTES, ReplySplitter } from '../../../src/broker/redis/reply-splitter.js';

type Reply =
  | { readonly type: 'line'; readonly text: string }
  | { readonly type: 'blob'; readonly mark: '$' | '='; readonly bytes: Buffer }
  | { readonly type: 'list'; readonly mark: '*' | '~' | '>' | '%'; readonly elements: readonly Reply[] };

/** Contents that look like the protocol. */
const content = (length: number, seed: number): Buffer =>
  Buffer.alloc(length, ['$40000\r\n', '*3\r\n', '\r\n', '\n\r$', `x${seed}`][seed % 5]);

const line = fc.constantFrom('+OK', '-ERR no', ':40000', '$-1', '*-1', '*0', '%0', '_', '#t', ',1.5', '(12345678901');
const lineReply = line.map((text): Reply => ({ type: 'line', text }));
const blobOf = (length: fc.Arbitrary<number>): fc.Arbitrary<Reply> =>
  fc
    .tuple(length, fc.nat(9), fc.constantFrom('$' as const, '$' as const, '=' as const))
    .map(([bytes, seed, mark]) => ({ type: 'blob', mark, bytes: content(bytes, seed) }));
const smallBlob = blobOf(fc.nat(40));
const largeBlob = blobOf(fc.integer({ min: LARGE_REPLY_BYTES - 1, max: LARGE_REPLY_BYTES + 2 }));
const { reply } = fc.letrec<{ reply: Reply; list: Reply }>((tie) => ({
  reply: fc.oneof({ maxDepth: 2 }, lineReply, smallBlob, largeBlob, tie('list')),
  list: fc
    .tuple(
      fc.constantFrom('*' as const, '~' as const, '>' as const, '%' as const),
      fc.array(tie('reply'), { minLength: 1, maxLength: 2 }),
    )
    .map(([mark, elements]) => ({
      type: 'list',
      mark,
      // A map has twice as many elements as it says.
      elements: mark === '%' ? [...elements, ...elements] : elements,
    })),
}));

function encode(reply: Reply): Buffer {
  if (reply.type === 'line') return Buffer.from(`${reply.text}\r\n`);
  if (reply.type === 'blob') {
    return Buffer.concat([Buffer.from(`${reply.mark}${reply.bytes.length}\r\n`), reply.bytes, Buffer.from('\r\n')]);
  }
  const count = reply.mark === '%' ? reply.elements.length / 2 : reply.elements.length;
  return Buffer.concat([Buffer.from(`${reply.mark}${count}\r\n`), ...reply.elements.map(encode)]);
}

const isLarge = (reply: Reply): boolean =>
  reply.type === 'blob' && reply.mark === '$' && reply.bytes.length >= LARGE_REPLY_BYTES;

describe('a splitter of replies', () => {
  it('takes out large strings that are replies by themselves, and passes on everything else, however it is cut', () => {
    const property = fc.property(
      fc.array(reply, { minLength: 1, maxLength: 6 }),
      fc.array(fc.constantFrom(1, 2, 3, 7, 64, 5000, 40_000), { minLength: 1, maxLength: 6 }),
      (replies, cuts) => {
        const passed: Buffer[] = [];
        const large: Buffer[] = [];
        const splitter = new ReplySplitter(
          {
            take: (bytes) => new Uint8Array(bytes + 5),
            keep: (memory, bytes) => large.push(Buffer.from(memory.subarray(0, bytes))),
          },
          (bytes) => passed.push(bytes),
        );
        const sent = Buffer.concat(replies.map(encode));
        // One block for all chunks, as the socket has: whatever keeps a view of it is found out.
        const memory = Buffer.alloc(40_000);
        for (let at = 0, i = 0; at < sent.length; i++) {
          // A few tiny cuts, not as many as there are bytes.
          const size = i < 400 ? cuts[i % cuts.length]! : memory.length;
          const count = sent.copy(memory, 0, at, Math.min(at + size, sent.length));
          splitter.write(memory.subarray(0, count));
          memory.fill(0xee);
          at += count;
        }
        let number = 0;
        const expected = replies.map((each) => (isLarge(each) ? Buffer.from(`:${++number}\r\n`) : encode(each)));
        expect(Buffer.concat(passed).equals(Buffer.concat(expected))).toBe(true);
        const strings = replies.filter(isLarge).map((each) => (each.type === 'blob' ? each.bytes : Buffer.alloc(0)));
        expect(large.length === strings.length && large.every((bytes, i) => bytes.equals(strings[i]!))).toBe(true);
      },
    );
    fc.assert(property, { numRuns: 300 });
  });
});
