import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import type { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { gatherWrites } from '../../../src/broker/redis/gathered-writes.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A client whose stream tells what it was given at once. */
function connect(redis: EventEmitter & { stream?: Writable }) {
  const written: string[] = [];
  redis.stream = new Writable({
    decodeStrings: false,
    write: (chunk, _encoding, done) => {
      written.push(String(chunk));
      done();
    },
    writev: (chunks, done) => {
      written.push(chunks.map(({ chunk }) => String(chunk)).join('|'));
      done();
    },
  });
  redis.emit('connect');
  return { stream: redis.stream, written };
}

it('sends together what is written within one turn, also by promises, and at its end', async () => {
  const redis = new EventEmitter();
  gatherWrites(redis as unknown as Redis);
  // Anew for each connection.
  for (let connection = 0; connection < 2; connection++) {
    const { stream, written } = connect(redis);
    stream.write('a');
    const settled = Promise.resolve().then(async () => {
      stream.write('b');
      await Promise.resolve();
      stream.write('c');
    });
    expect(written).toEqual([]);
    await settled;
    await turn();
    expect(written).toEqual(['a|b|c']);
    stream.write('d');
    await turn();
    expect(written).toEqual(['a|b|c', 'd']);
  }
});
