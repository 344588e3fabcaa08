import { describe, expect, it } from 'vitest';
import { trajectoryLayout } from '../../../src/experience/index.js';
import {
  createTrajectoryCodec,
  decodeEvent,
  decodeHeartbeat,
  decodePartMessage,
  decodeShardState,
  decodeTask,
  decodeWeights,
} from '../../../src/wire/index.js';
import { field, fullLayout, fullShape, handMade, makeBlock, reseal, tensor, varint } from '../../helpers/wire.js';

const codec = createTrajectoryCodec(fullLayout);
const whole = codec.encode(makeBlock(fullLayout, { rows: [1, 4] }));
const f32 = (count: number) => new Uint8Array(4 * count);

/** The header of a batch of `fullLayout`, with any of its fields changed. */
const header = (changed: Readonly<Record<number, number | bigint>> = {}): Uint8Array[] =>
  Object.entries({ 3: 3, 4: 2, 5: 2, 9: 0, ...changed }).map(([number, value]) => field(Number(number), value));
const batch = (...fields: readonly Uint8Array[]) => handMade('TrajectoryBatch', ...fields);
/** A whole batch with one more field after it. */
const withMore = (...fields: readonly Uint8Array[]) => reseal('TrajectoryBatch', Buffer.concat([whole, ...fields]));
const snapshot = (...tensors: readonly Uint8Array[]) =>
  handMade('PolicySnapshot', field(3, 1), ...tensors.map((bytes) => field(4, bytes)));
const task = (...fields: readonly Uint8Array[]) => handMade('RolloutTask', field(3, 'job'), ...fields);
const nested = (depth: number): Uint8Array => {
  let bytes: Uint8Array = new Uint8Array(0);
  for (let d = 0; d < depth; d++) bytes = field(10, bytes);
  return bytes;
};
const said = (...fields: readonly Uint8Array[]) => handMade('PartMessage', field(3, 'told'), ...fields);
const groups = (count: number) => Buffer.alloc(count, varint(11 * 8 + 3));
const emptyTensors = (bytes: number, number: number) => Buffer.alloc(bytes, field(number, new Uint8Array(0)));

const decodeBatch = (wire: Uint8Array) => codec.decode(wire);

/** Each passes the checksum: whoever sends it knows the format and means harm. */
const HOSTILE: readonly [string, (wire: Uint8Array) => unknown, Uint8Array, string, string][] = [
  ['nothing', decodeTask, new Uint8Array(0), 'WIRE_CORRUPT', 'message'],
  ['zeros', decodeTask, new Uint8Array(64), 'WIRE_CORRUPT', 'version'],
  ['version in two bytes', decodeTask, handMade('RolloutTask').fill(0xff, 1, 2), 'WIRE_CORRUPT', 'version'],
  ['a message of another kind', decodeHeartbeat, task(), 'WIRE_CORRUPT', 'checksum'],
  ['a task of 2 MB', decodeTask, task(field(60, new Uint8Array(2 ** 21))), 'WIRE_TOO_LARGE', 'message'],
  ['an event of 3 MB', decodeEvent, handMade('JobEvent', new Uint8Array(3 * 2 ** 20)), 'WIRE_TOO_LARGE', 'message'],
  ['a heartbeat of 2 MB', decodeHeartbeat, new Uint8Array(2 ** 21), 'WIRE_TOO_LARGE', 'message'],
  ['a batch beyond its layout', decodeBatch, batch(new Uint8Array(2 ** 18)), 'WIRE_TOO_LARGE', 'message'],
  ['a declared length of 2³¹', decodeBatch, withMore(varint(82), varint(2 ** 31)), 'WIRE_CORRUPT', 'tensors[18]'],
  [
    'a declared length of 2³¹ − 1',
    decodeBatch,
    withMore(varint(82), varint(2 ** 31 - 1)),
    'WIRE_CORRUPT',
    'tensors[18]',
  ],
  ['a declared length of 2⁶³', decodeTask, task(varint(26), varint(2n ** 63n)), 'WIRE_CORRUPT', 'job_id'],
  ['an unknown field of 2³¹ bytes', decodeTask, task(varint(402), varint(2 ** 31)), 'WIRE_CORRUPT', 'field 50'],
  [
    'a varint without end',
    decodeTask,
    task(Buffer.concat([varint(32), Buffer.alloc(64, 0xff)])),
    'WIRE_CORRUPT',
    'shard',
  ],
  ['a tag without end', decodeTask, task(Buffer.alloc(9, 0xff)), 'WIRE_CORRUPT', 'message'],
  ['field number 0', decodeTask, task(Uint8Array.of(6, 0)), 'WIRE_CORRUPT', 'field 0'],
  ['60 KB of empty tensors', decodeBatch, batch(...header(), emptyTensors(60_000, 10)), 'WIRE_CORRUPT', 'tensors[82]'],
  [
    '2 MB of empty tensors',
    decodeWeights,
    handMade('PolicySnapshot', emptyTensors(2 ** 21, 4)),
    'WIRE_CORRUPT',
    'tensors[65536]',
  ],
  [
    '2 MB of empty tensors of a state',
    decodeShardState,
    handMade('EnvironmentState', emptyTensors(2 ** 21, 5)),
    'WIRE_CORRUPT',
    'tensors[16]',
  ],
  [
    '2 MB of unknown fields',
    decodeWeights,
    handMade('PolicySnapshot', Buffer.alloc(2 ** 21, field(9, 0))),
    'WIRE_CORRUPT',
    'field 9',
  ],
  [
    'unknown fields in a tensor',
    decodeWeights,
    snapshot(Buffer.alloc(2 ** 20, field(9, 0))),
    'WIRE_CORRUPT',
    'tensors[0].field 9',
  ],
  ['a word in capitals', decodePartMessage, handMade('PartMessage', field(3, 'TOLD')), 'WIRE_CORRUPT', 'word'],
  ['facts that are no JSON', decodePartMessage, said(field(5, '{"units":')), 'WIRE_CORRUPT', 'facts'],
  ['facts that are null', decodePartMessage, said(field(5, 'null')), 'WIRE_CORRUPT', 'facts'],
  ['facts that are a list', decodePartMessage, said(field(5, '[]')), 'WIRE_CORRUPT', 'facts'],
  ['facts of 17 MB', decodePartMessage, said(field(5, '{}'.padEnd(17 * 2 ** 20))), 'WIRE_CORRUPT', 'facts'],
  [
    '2 MB of empty tensors of a part',
    decodePartMessage,
    handMade('PartMessage', emptyTensors(2 ** 21, 6)),
    'WIRE_CORRUPT',
    'tensors[262144]',
  ],
  ['deep nesting', decodeBatch, batch(...header(), nested(5000)), 'WIRE_CORRUPT', 'tensors[0].name'],
  ['groups in groups', decodeBatch, batch(...header(), groups(60_000)), 'WIRE_CORRUPT', 'field 11'],
  ['groups in groups in a tensor', decodeWeights, snapshot(groups(2 ** 20)), 'WIRE_CORRUPT', 'tensors[0].field 11'],
  ['a group that is whole', decodeTask, task(Uint8Array.of(11 * 8 + 3, 11 * 8 + 4)), 'WIRE_CORRUPT', 'field 11'],
  [
    'data that reaches beyond its tensor',
    decodeWeights,
    snapshot(Uint8Array.of(34, 8), tensor('a', 1, [1], f32(1))),
    'WIRE_CORRUPT',
    'tensors[0].data',
  ],
  [
    'a number that reaches beyond its tensor',
    decodeWeights,
    snapshot(Uint8Array.of(16, 128), tensor('a', 1, [1], f32(1))),
    'WIRE_CORRUPT',
    'tensors[0].dtype',
  ],
  ['a field twice', decodeTask, task(field(4, 1), field(4, 1)), 'WIRE_CORRUPT', 'shard'],
  ['a second version', decodeTask, task(field(1, 1)), 'WIRE_CORRUPT', 'version'],
  ['a number as text', decodeTask, task(field(4, 'x')), 'WIRE_CORRUPT', 'shard'],
  ['a text as number', decodeTask, handMade('RolloutTask', field(3, 7)), 'WIRE_CORRUPT', 'job_id'],
  ['no job id', decodeTask, handMade('RolloutTask'), 'WIRE_CORRUPT', 'job_id'],
  ['a job id that is a path', decodeTask, handMade('RolloutTask', field(3, '../../etc')), 'WIRE_CORRUPT', 'job_id'],
  [
    'a job id that is a prototype',
    decodeTask,
    handMade('RolloutTask', field(3, '__PROTO__')),
    'WIRE_CORRUPT',
    'job_id',
  ],
  ['a job id of 65 letters', decodeTask, handMade('RolloutTask', field(3, 'a'.repeat(65))), 'WIRE_CORRUPT', 'job_id'],
  [
    'a text that is not UTF-8',
    decodeHeartbeat,
    handMade('ActorHeartbeat', field(3, 'a'), field(4, Uint8Array.of(0xff))),
    'WIRE_CORRUPT',
    'host',
  ],
  ['an event without a number', decodeEvent, handMade('JobEvent', field(5, 'x')), 'WIRE_CORRUPT', 'sequence'],
  ['an integer of 2⁵³', decodeTask, task(field(5, 2n ** 53n)), 'WIRE_CORRUPT', 'k'],
  ['an integer of 2⁶⁴ − 1 (that is −1)', decodeTask, task(field(7, 2n ** 64n - 1n)), 'WIRE_CORRUPT', 'epoch'],
  ['a shard of 2³¹', decodeTask, task(field(4, 2 ** 31)), 'WIRE_CORRUPT', 'shard'],
  ['another horizon', decodeBatch, batch(...header({ 3: 4 })), 'WIRE_CORRUPT', 'horizon'],
  ['other instances', decodeBatch, batch(...header({ 4: 3 })), 'WIRE_CORRUPT', 'instances'],
  ['other agents', decodeBatch, batch(...header({ 5: 1 })), 'WIRE_CORRUPT', 'agents'],
  ['more finals than steps', decodeBatch, batch(...header({ 9: 7 })), 'WIRE_CORRUPT', 'finals'],
  ['2³¹ − 1 finals', decodeBatch, batch(...header({ 9: 2 ** 31 - 1 })), 'WIRE_CORRUPT', 'finals'],
  ['k of 2³²', decodeBatch, batch(...header({ 7: 2n ** 32n })), 'WIRE_CORRUPT', 'k'],
  ['no tensors', decodeBatch, batch(...header()), 'WIRE_CORRUPT', 'tensors["episodes"]'],
  [
    'a tensor twice',
    decodeBatch,
    withMore(field(10, tensor('terminated', 4, [3, 2], new Uint8Array(6)))),
    'WIRE_CORRUPT',
    'tensors[18].name',
  ],
  ['a tensor without a name', decodeWeights, snapshot(tensor('', 1, [1], f32(1))), 'WIRE_CORRUPT', 'tensors[0].name'],
  [
    'a tensor with a long name',
    decodeWeights,
    snapshot(tensor('n'.repeat(129), 1, [1], f32(1))),
    'WIRE_CORRUPT',
    'tensors[0].name',
  ],
  ['an unknown dtype', decodeWeights, snapshot(tensor('a', 9, [1], f32(1))), 'WIRE_CORRUPT', 'tensors["a"].dtype'],
  ['no dtype', decodeWeights, snapshot(tensor('a', 0, [1], f32(1))), 'WIRE_CORRUPT', 'tensors["a"].dtype'],
  ['a wrong dtype', decodeWeights, snapshot(tensor('a', 3, [1], f32(1))), 'WIRE_CORRUPT', 'tensors["a"].dtype'],
  [
    'two dimensions for one',
    decodeWeights,
    snapshot(tensor('a', 1, [1, 1], f32(1))),
    'WIRE_CORRUPT',
    'tensors["a"].shape',
  ],
  ['no dimension', decodeWeights, snapshot(tensor('a', 1, [], f32(1))), 'WIRE_CORRUPT', 'tensors["a"].shape'],
  [
    'nine dimensions',
    decodeWeights,
    snapshot(tensor('a', 1, Array(9).fill(1), f32(1))),
    'WIRE_CORRUPT',
    'tensors["a"].shape',
  ],
  [
    'nine dimensions of a tensor that nobody asks for',
    decodeBatch,
    withMore(field(10, tensor('new', 1, Array(9).fill(1), f32(1)))),
    'WIRE_CORRUPT',
    'tensors["new"].shape',
  ],
  [
    'a shape of 50 bytes',
    decodeWeights,
    snapshot(tensor('a', 1, Array(50).fill(1), f32(1))),
    'WIRE_CORRUPT',
    'tensors[0].shape',
  ],
  ['a shape cut short', decodeWeights, snapshot(field(3, Uint8Array.of(0x80))), 'WIRE_CORRUPT', 'message'],
  ['a shape that is not packed', decodeWeights, snapshot(field(3, 1)), 'WIRE_CORRUPT', 'tensors[0].shape'],
  [
    'fewer bytes than the shape',
    decodeWeights,
    snapshot(tensor('a', 1, [2], f32(1))),
    'WIRE_CORRUPT',
    'tensors["a"].data',
  ],
  [
    'more bytes than the shape',
    decodeWeights,
    snapshot(tensor('a', 1, [1], f32(2))),
    'WIRE_CORRUPT',
    'tensors["a"].data',
  ],
  [
    'a shape whose product is 2³² times a power',
    decodeWeights,
    snapshot(tensor('a', 1, [2 ** 31, 2 ** 31], f32(0))),
    'WIRE_CORRUPT',
    'tensors["a"].data',
  ],
  [
    'a shape whose product overflows 32 bits to 1',
    decodeWeights,
    snapshot(tensor('a', 1, [0xffffffff, 0xffffffff], f32(1))),
    'WIRE_CORRUPT',
    'tensors["a"].data',
  ],
  [
    'a shape of eight large sizes',
    decodeWeights,
    snapshot(tensor('a', 1, Array(8).fill(0xffffffff), f32(1))),
    'WIRE_CORRUPT',
    'tensors["a"].data',
  ],
  [
    'a shape of the bits of NaN',
    decodeWeights,
    snapshot(tensor('a', 1, [0x7fc00000], f32(1))),
    'WIRE_CORRUPT',
    'tensors["a"].data',
  ],
];

describe('a hostile message', () => {
  it.each(HOSTILE)(
    '%s: a typed error that names message and field, and no memory to speak of',
    (_, decode, wire, code, where) => {
      const before = process.memoryUsage();
      let error: unknown;
      try {
        decode(wire);
      } catch (thrown) {
        error = thrown;
      }
      const after = process.memoryUsage();
      expect(error).toMatchObject({ code, data: { field: where, message: expect.stringMatching(/^[A-Z]\w+$/) } });
      expect((error as Error).message).toContain(`${where} `);
      expect((error as Error).message.length).toBeLessThan(400);
      expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(2 ** 24);
      expect(after.heapUsed - before.heapUsed).toBeLessThan(2 ** 25);
    },
  );

  const changed = (name: string, dtype: number, shape: readonly number[], data: Uint8Array) => {
    const layout = trajectoryLayout({ ...fullShape, agents: [] });
    const whole = createTrajectoryCodec(layout).encode(makeBlock(layout));
    // terminated and truncated are the fields after episodes: found by their names, and replaced.
    const marker = Buffer.from(name);
    const at = Buffer.from(whole).indexOf(marker);
    const start = at - 4;
    const length = (whole[at - 3] as number) + 2;
    const rest = Buffer.concat([whole.subarray(0, start), whole.subarray(start + length)]);
    return {
      layout,
      wire: reseal('TrajectoryBatch', Buffer.concat([rest, field(10, tensor(name, dtype, shape, data))])),
    };
  };

  it.each([
    ["a dtype that is not the layout's", 3, [3, 2], new Uint8Array(24), 'tensors["truncated"].dtype'],
    ["a shape that is not the layout's", 4, [2, 3], new Uint8Array(6), 'tensors["truncated"].shape'],
    ['a shape of other rank', 4, [6], new Uint8Array(6), 'tensors["truncated"].shape'],
    ['a shape that is the beginning of the right one', 4, [3], new Uint8Array(3), 'tensors["truncated"].shape'],
    ['a shape that begins with the right one', 4, [3, 2, 1], new Uint8Array(6), 'tensors["truncated"].shape'],
  ] as const)('%s is refused', (_, dtype, shape, data, where) => {
    const { layout, wire } = changed('truncated', dtype, shape, data);
    expect(() => createTrajectoryCodec(layout).decode(wire)).toThrow(
      expect.objectContaining({ code: 'WIRE_CORRUPT', data: { message: 'TrajectoryBatch', field: where } }),
    );
  });

  it('with the right tensor in another place is taken', () => {
    const { layout, wire } = changed('truncated', 4, [3, 2], Uint8Array.of(0, 1, 0, 0, 1, 0));
    const block = createTrajectoryCodec(layout).decode(wire);
    expect([...block.subarray(layout.truncated, layout.truncated + 6)]).toEqual([0, 1, 0, 0, 1, 0]);
  });

  it('whose ended episodes do not ascend is refused', () => {
    const rows = Buffer.from(whole);
    const at = rows.indexOf(Buffer.from(Int32Array.of(1, 4).buffer));
    rows.set(new Uint8Array(Int32Array.of(4, 1).buffer), at);
    expect(() => codec.decode(reseal('TrajectoryBatch', rows))).toThrow(
      expect.objectContaining({
        code: 'WIRE_CORRUPT',
        data: { message: 'TrajectoryBatch', field: 'tensors["final/row"]' },
      }),
    );
  });
});
