import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Broker, createMemoryBroker, type ShardCursor } from '../../../src/broker/index.js';
import { openBroker } from '../../helpers/redis/brokers.js';

const SHARDS = 3;
const CAPACITY = 4;

type Step =
  /** Commits `k` counted from the shard's cursor, under the current epoch or one before it. */
  | { readonly kind: 'commit'; readonly shard: number; readonly ahead: number; readonly epochsBack: number }
  | { readonly kind: 'release' }
  | { readonly kind: 'open'; readonly back: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('commit' as const),
      shard: fc.nat(SHARDS - 1),
      ahead: fc.oneof(
        { weight: 5, arbitrary: fc.constant(0) },
        { weight: 2, arbitrary: fc.integer({ min: -3, max: 3 }) },
      ),
      epochsBack: fc.oneof(
        { weight: 5, arbitrary: fc.constant(0) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 2 }) },
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('release' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('open' as const), back: fc.nat(2) }) },
);

const BROKERS = [
  { name: 'memory', numRuns: 300, start: async (): Promise<Broker> => createMemoryBroker() },
  { name: 'redis', numRuns: 25, start: (): Promise<Broker> => openBroker() },
];

describe.each(BROKERS)('commit over $name', ({ numRuns, start }) => {
  it('has exactly one effect per (s, k), whatever is sent twice, too early or by a fenced learner', async () => {
    const { trajectories } = await start();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const { signal } = new AbortController();
        let sent = 0;
        let consumed = 0;
        const expected = Array.from({ length: SHARDS }, (): number[] => []);
        let epoch = await trajectories.open('job', fresh(), CAPACITY);
        const epochs = [epoch];

        for (const each of steps) {
          if (each.kind === 'release') {
            consumed = Math.min(...expected.map((batches) => batches.length));
            await trajectories.release('job', consumed);
          } else if (each.kind === 'open') {
            const cursors = expected.map((batches): ShardCursor => {
              const k = Math.max(consumed, batches.length - each.back);
              batches.length = k;
              return { k, state: k === 0 ? null : stamp(batches[k - 1] ?? 0) };
            });
            epoch = await trajectories.open('job', cursors, CAPACITY);
            epochs.push(epoch);
          } else {
            const batches = expected[each.shard] ?? [];
            const k = Math.max(0, batches.length + each.ahead);
            const sender = epochs[epochs.length - 1 - each.epochsBack] ?? epoch;
            const bytes = stamp(++sent);
            const outcome = await trajectories.commit(
              { jobId: 'job', shard: each.shard, k, version: 0, epoch: sender },
              { batch: bytes, state: bytes },
            );
            const right =
              sender !== epoch
                ? 'fenced'
                : k < batches.length
                  ? 'duplicate'
                  : k > batches.length
                    ? 'gap'
                    : batches.length - consumed >= CAPACITY
                      ? 'full'
                      : 'ok';
            expect(outcome).toBe(right);
            if (outcome === 'ok') batches.push(sent);
          }
          for (const [shard, batches] of expected.entries()) {
            const cursor = await trajectories.cursor('job', shard);
            expect(cursor.k).toBe(batches.length);
            const state = cursor.state === null ? null : Uint8Array.from(cursor.state);
            expect(state).toEqual(batches.length === 0 ? null : stamp(batches[batches.length - 1] ?? 0));
          }
        }
        for (const [shard, batches] of expected.entries()) {
          for (let k = consumed; k < batches.length; k++) {
            const { batch } = await trajectories.read('job', shard, k, signal);
            expect(Uint8Array.from(batch)).toEqual(stamp(batches[k] ?? 0));
          }
          if (consumed > 0) {
            await expect(trajectories.read('job', shard, consumed - 1, signal)).rejects.toThrow('gone');
          }
        }
      }),
      { numRuns },
    );
  });
});

const fresh = (): ShardCursor[] => Array.from({ length: SHARDS }, () => ({ k: 0, state: null }));

function stamp(number: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(number).buffer);
}
