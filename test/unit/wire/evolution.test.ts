import { describe, expect, it } from 'vitest';
import { createTrajectoryCodec, decodeShardState, decodeTask, decodeWeights } from '../../../src/wire/index.js';
import { goldenMessages, readGolden } from '../../golden/wire/messages.js';
import { field, fullLayout, handMade, makeBlock, reseal, tensor } from '../../helpers/wire.js';

describe.each(goldenMessages)('a newer $message', ({ file, message, decode }) => {
  const bytes = readGolden(`${file}.bin`);

  it('with fields that are not known is read as if they were not there', () => {
    const more = [field(40, 7), field(41, 'text'), field(42, field(1, 'inside')), Uint8Array.of(0xe5, 2, 1, 2, 3, 4)];
    expect(decode(reseal(message, Buffer.concat([bytes, ...more])))).toEqual(decode(bytes));
  });

  it.each([0, 2, 127])('of version %i is told apart from a damaged one', (version) => {
    const newer = Buffer.from(bytes);
    newer[1] = version;
    expect(() => decode(newer)).toThrow(expect.objectContaining({ code: 'WIRE_CORRUPT' }));
    expect(() => decode(reseal(message, newer))).toThrow(
      expect.objectContaining({
        code: 'WIRE_VERSION_UNKNOWN',
        retryable: true,
        data: { message, field: 'version', version },
      }),
    );
  });

  it.each(goldenMessages.filter((other) => other.message !== message))('is not taken for $message', (other) => {
    const code = expect.stringMatching(/^WIRE_(CORRUPT|TOO_LARGE)$/);
    expect(() => other.decode(bytes)).toThrow(expect.objectContaining({ code }));
  });
});

describe('a newer message', () => {
  it('may have tensors and dtypes that are not known', () => {
    const codec = createTrajectoryCodec(fullLayout);
    const block = makeBlock(fullLayout, { rows: [2] });
    const more = [
      field(10, tensor('agent/0/hidden', 1, [2], new Uint8Array(8))),
      field(10, tensor('agent/0/half', 5, [3, 3], new Uint8Array(18))),
    ];
    const wire = reseal('TrajectoryBatch', Buffer.concat([codec.encode(block), ...more]));
    expect(Buffer.compare(codec.decode(wire), block)).toBe(0);
    const state = handMade('EnvironmentState', field(5, tensor('more', 9, [1], new Uint8Array(1))));
    expect(decodeShardState(state).state.length).toBe(0);
  });

  it('may have fields in a tensor that are not known', () => {
    const part = Buffer.concat([tensor('p', 1, [1], Uint8Array.of(0, 0, 128, 63)), field(20, 'unit')]);
    const { policies, weights } = decodeWeights(handMade('PolicySnapshot', field(4, part)));
    expect(policies).toEqual([{ policyId: 'p', parameterCount: 1 }]);
    expect([...new Float32Array(weights.buffer)]).toEqual([1]);
  });

  it('may have its fields in another order', () => {
    const fields = [field(7, 4), field(6, 3), field(5, 2), field(4, 1), field(3, 'job')];
    expect(decodeTask(handMade('RolloutTask', ...fields))).toEqual({
      jobId: 'job',
      shard: 1,
      k: 2,
      version: 3,
      epoch: 4,
    });
  });
});
