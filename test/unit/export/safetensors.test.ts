import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePolicyFile, encodePolicyFile, loadPolicy } from '../../../src/export/index.js';
import { SafetensorsFile } from '../../../src/export/safetensors/read.js';
import { encodeSafetensors } from '../../../src/export/safetensors/write.js';
import { discrete } from '../../../src/spaces/index.js';
import { makeCase } from '../../helpers/export/policies.js';

/** A file by the format's own text: u64 length, header, data. */
function fileOf(header: unknown, data: Uint8Array | number[] = [], length?: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + json.length + data.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(length ?? json.length), true);
  file.set(json, 8);
  file.set(data, 8 + json.length);
  return file;
}
const one = (dtype: string, shape: number[], bytes: number) => ({ a: { dtype, shape, data_offsets: [0, bytes] } });
const NESTED = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;

describe('a file of tensors', () => {
  it('is the bytes that the format says', () => {
    const file = encodeSafetensors([{ name: 'a', shape: [2], values: Float32Array.of(1, -2) }], { k: 'v' });
    const header = '{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
    expect([...file]).toEqual([...fileOf(padded, [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0])]);
  });

  it('comes back as it was', () => {
    const arrays = fc.array(fc.float32Array({ noNaN: true, noDefaultInfinity: true, maxLength: 9 }), { maxLength: 5 });
    fc.assert(
      fc.property(arrays, fc.dictionary(fc.string(), fc.string()), (values, metadata) => {
        fc.pre(!Object.hasOwn(metadata, '__proto__'));
        const tensors = values.map((array, t) => ({ name: `t${t}`, shape: [array.length], values: array }));
        const file = new SafetensorsFile(encodeSafetensors(tensors, metadata), 'it');
        expect(file.metadata).toEqual(metadata);
        for (const { name, values: array } of tensors) {
          const read = new Float32Array(array.length);
          file.copy(name, read, 0);
          expect(read).toEqual(array);
        }
      }),
    );
  });

  it.each([
    ['F64', [0, 0, 0, 0, 0, 0, 0xf8, 0x3f], 1.5],
    ['F16', [0x00, 0x3e], 1.5],
    ['F16', [0x01, 0x80], -(2 ** -24)],
    ['F16', [0xff, 0x7b], 65504],
    ['BF16', [0xc0, 0x3f], 1.5],
    ['BF16', [0x00, 0xc0], -2],
  ])('is read as float32 where it holds %s %j', (dtype, bytes, value) => {
    const read = new Float32Array(1);
    new SafetensorsFile(fileOf(one(dtype, [1], bytes.length), bytes), 'it').copy('a', read, 0);
    expect(read[0]).toBe(value);
  });

  it.each([
    ['nothing', new Uint8Array(0), /has 0 bytes/],
    ['another format', new TextEncoder().encode('\x89PNG....and more'), /no safetensors file/],
    ['a header beyond the file', fileOf('{}', [], 3), /tells a header of 3 bytes/],
    ['a header beyond memory', fileOf('{}', [], 2 ** 52), /tells a header of 4503599627370496 bytes/],
    ['no JSON', fileOf('{"a":'), /is not JSON/],
    ['no UTF-8', fileOf('{"a":"\xff"}', [], 2).with(9, 0xff), /not UTF-8/],
    ['a million objects', fileOf(`{"a":${'['.repeat(300_000)}`), /more than 262144 objects/],
    ['a tensor that is no object', fileOf({ a: 1 }), /a is no object/],
    ['an extent of lists in lists', fileOf(`{"a":{"dtype":"F32","shape":[${NESTED}]}}`), /shape has a list/],
    ['an unknown type', fileOf(one('F31', [1], 4), [0, 0, 0, 0]), /dtype is "F31"/],
    ['a type by inheritance', fileOf(one('toString', [1], 4), [0, 0, 0, 0]), /dtype is "toString"/],
    ['a negative extent', fileOf(one('F32', [-1], 4), [0, 0, 0, 0]), /shape has -1/],
    ['an extent beyond all integers', fileOf(one('F32', [1e300], 4), [0, 0, 0, 0]), /shape has 1e\+300/],
    ['a product beyond them', fileOf(one('F32', [2 ** 40, 2 ** 40], 4), [0, 0, 0, 0]), /span 4 bytes/],
    ['ten extents', fileOf(one('F32', new Array<number>(10).fill(1), 4), [0, 0, 0, 0]), /10 extents/],
    ['offsets that do not fit', fileOf(one('F32', [2], 4), [0, 0, 0, 0]), /span 4 bytes/],
    ['data that was cut off', fileOf(one('F32', [2], 8), [0, 0, 0, 0]), /has 4 bytes of data, and its tensors take 8/],
    ['data that nobody names', fileOf({}, [0]), /has 1 bytes of data/],
    [
      'tensors that overlap',
      fileOf({ ...one('F32', [2], 8), b: { dtype: 'F32', shape: [1], data_offsets: [4, 8] } }, new Uint8Array(8)),
      /"b" of it begins at 4 of the data, where 8/,
    ],
    [
      'a gap between tensors',
      fileOf({ ...one('F32', [1], 4), b: { dtype: 'F32', shape: [1], data_offsets: [8, 12] } }, new Uint8Array(12)),
      /begins at 8 of the data, where 4/,
    ],
    ['metadata that is no text', fileOf({ __metadata__: { a: 1 } }), /__metadata__.a is no text/],
  ])('is refused with %s', (_, bytes, message) => {
    expect(() => new SafetensorsFile(bytes, 'it')).toThrow(
      expect.objectContaining({ code: 'POLICY_FILE_INVALID', message: expect.stringMatching(message) }),
    );
  });

  it.each([
    ['integers', 'I32', [1, 0, 0, 0], /of type I32/],
    ['NaN', 'F32', [0, 0, 0xc0, 0x7f], /has NaN at element 0/],
    ['what float32 cannot hold', 'F64', [0, 0, 0, 0, 0, 0, 0xf0, 0x7e], /has Infinity/],
  ])('gives no weights of %s', (_, dtype, bytes, message) => {
    const file = new SafetensorsFile(fileOf(one(dtype, [1], bytes.length), bytes), 'it');
    expect(() => file.copy('a', new Float32Array(1), 0)).toThrow(message);
  });
});

describe('a policy’s file', () => {
  const made = makeCase('file', discrete(3));
  const bytes = encodePolicyFile(made.card, made.parameters);

  /** The file with its header changed, and the data as it was. */
  function changed(change: (header: Record<string, { shape?: number[] }>, card: Record<string, unknown>) => unknown) {
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    const card = JSON.parse(header.__metadata__.marlin);
    change(header, card);
    if (header.__metadata__.marlin !== undefined) header.__metadata__.marlin = JSON.stringify(card);
    return fileOf(header, bytes.subarray(8 + length));
  }

  it('has its card and its parameters', () => {
    const { card, parameters } = decodePolicyFile(bytes, 'it');
    expect(card).toEqual({ ...made.card, policy: { ...made.card.policy, observationSpace: expect.anything() } });
    expect(card.policy.observationSpace).toEqual(made.card.policy.observationSpace);
    expect(parameters).toEqual(made.parameters);
  });

  it('is refused wherever it is cut off', async () => {
    for (let end = 0; end < bytes.length; end += 7) {
      await expect(loadPolicy(bytes.subarray(0, end))).rejects.toMatchObject({ code: 'POLICY_FILE_INVALID' });
    }
  });

  it('is refused with a bit of its weights changed', async () => {
    for (const at of [bytes.length - 1, bytes.length - 200]) {
      const other = bytes.slice();
      other[at] = other[at]! ^ 1;
      await expect(loadPolicy(other)).rejects.toThrow(/not those that its card is of/);
    }
  });

  it.each<[string, Parameters<typeof changed>[0], string, RegExp]>([
    ['no card', (header) => delete header.__metadata__!['marlin' as never], 'POLICY_UNDESCRIBED', /no card of Marlin/],
    [
      'another format',
      (_, card) => Object.assign(card, { format: 'other' }),
      'POLICY_FILE_INVALID',
      /format is "other"/,
    ],
    ['a later version', (_, card) => Object.assign(card, { version: 9 }), 'EXPORT_UNSUPPORTED', /of version 9/],
    ['no policy', (_, card) => delete card.policy, 'POLICY_FILE_INVALID', /policy is no object/],
  ])('is refused with %s', async (_, change, code, message) => {
    await expect(loadPolicy(changed(change))).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  const inPolicy = (change: (policy: Record<string, never>) => unknown) =>
    changed((_, card) => change(card.policy as Record<string, never>));
  const set = (path: string, value: unknown) =>
    inPolicy((policy) => {
      const names = path.split('.');
      const last = names.pop()!;
      const target = names.reduce<Record<string, unknown>>((at, name) => at[name] as Record<string, unknown>, policy);
      target[last] = value;
    });

  it.each([
    ['actionSpace.kind', 'box of dreams', 'POLICY_FILE_INVALID', /kind is "box of dreams"/],
    ['actionSpace.count', 2 ** 24, 'POLICY_FILE_MISMATCH', /at least/],
    ['actionSpace.count', 2 ** 60, 'POLICY_FILE_INVALID', /count is/],
    ['actionSpace.count', 4, 'POLICY_FILE_MISMATCH', /130 parameters, and 123/],
    ['observationSpace', { kind: 'box', shape: [2 ** 12, 2 ** 12] }, 'POLICY_FILE_MISMATCH', /at least 16777216/],
    ['observationSpace.shape', [], 'SPACE_INVALID', /empty/],
    ['spec.network.hidden', [65_536, 65_536], 'POLICY_FILE_MISMATCH', /parameters, and 123/],
    ['spec.network.hidden', new Array(65).fill(1), 'POLICY_FILE_INVALID', /more than 64 layers/],
    ['spec.network.hidden', [8.5], 'POLICY_FILE_INVALID', /hidden has 8.5/],
    ['spec.network.kind', 'magic', 'EXPORT_UNSUPPORTED', /kind "magic"/],
    ['spec.distribution.kind', 'gaussian', 'POLICY_DISTRIBUTION_UNSUITABLE', /"gaussian" does not fit/],
    ['spec.distribution.kind', 'constructor', 'POLICY_DISTRIBUTION_UNSUITABLE', /does not fit/],
    ['spec.network', null, 'POLICY_FILE_INVALID', /network is no object/],
    ['agents', [1], 'POLICY_FILE_INVALID', /no text/],
    ['agentIds', 1, 'POLICY_FILE_INVALID', /neither true nor false/],
  ])('is refused with policy.%s %j', async (path, value, code, message) => {
    await expect(loadPolicy(set(path, value))).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('of another shape is refused, naming the tensor and both shapes', async () => {
    const file = changed((header) => {
      header['layers.0.weights']!.shape = [8, 5];
    });
    await expect(loadPolicy(file)).rejects.toMatchObject({
      code: 'POLICY_FILE_MISMATCH',
      message: expect.stringMatching(/"layers.0.weights" has the shape \[8, 5\], where \[5, 8\] is right/),
    });
  });

  it('with a tensor of another name is refused, with the names there are', async () => {
    const file = changed((header) => {
      header['layer.0.weights'] = header['layers.0.weights']!;
      delete header['layers.0.weights'];
    });
    await expect(loadPolicy(file)).rejects.toThrow(/no tensor "layers.0.weights" of shape \[5, 8\], but layer/);
  });

  it('is whole or refused, whatever byte of it was changed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const other = bytes.slice();
        other[at] = other[at]! ^ flip;
        const error = await loadPolicy(other).then(
          () => null,
          (reason: { code?: string }) => reason,
        );
        // What is left is a card that tells something else of where it comes from, or of names.
        if (error !== null) expect(error.code).toMatch(/^(POLICY|SPACE|EXPORT)_/);
      }),
      { numRuns: 300 },
    );
  });
});
