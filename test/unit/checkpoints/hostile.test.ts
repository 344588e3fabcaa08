import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CheckpointStore, createFileCheckpointStore, encodeCheckpoint } from '../../../src/checkpoints/index.js';
import { checkpointOf } from '../../contract/checkpoints/making.js';
import { type Forgery, forge } from './forge.js';

interface Case {
  readonly field: string;
  readonly header: unknown;
  readonly forgery?: Forgery;
}

const place = (part: Record<string, unknown> = {}) => ({
  name: 'w',
  dtype: 'f32',
  shape: [2],
  offset: 0,
  byteLength: 8,
  ...part,
});
const withTensors = (...tensors: unknown[]) => ({ iteration: 7, facts: {}, tensors });
const data = { dataBytes: 8 };

const CASES: readonly Case[] = [
  { field: 'magic', header: withTensors(), forgery: { magic: 'NOTMINE!' } },
  { field: 'header length', header: withTensors(), forgery: { headerBytes: 0xffff_ffff } },
  { field: 'header length', header: withTensors(), forgery: { headerBytes: 8 * 2 ** 20 } },
  { field: 'header', header: '{"iteration":7,', forgery: {} },
  { field: 'header', header: '\uFEFF{}' },
  { field: 'header', header: [] },
  { field: 'header', header: `${'['.repeat(100_000)}${']'.repeat(100_000)}` },
  { field: 'header', header: `{"iteration":7,"facts":{},"tensors":[],"more":[${'[],'.repeat(300_000)}0]}` },
  { field: 'iteration', header: { ...withTensors(), iteration: -7 } },
  { field: 'iteration', header: { ...withTensors(), iteration: null } },
  { field: 'iteration', header: { ...withTensors(), iteration: 8 } },
  { field: 'facts', header: { ...withTensors(), facts: [] } },
  { field: 'facts', header: '{"iteration":7,"facts":{"__proto__":{"polluted":true}},"tensors":[]}' },
  { field: 'facts.big', header: '{"iteration":7,"facts":{"big":1e999},"tensors":[]}' },
  {
    field: `facts.a${'[0]'.repeat(32)}`,
    header: `{"iteration":7,"facts":{"a":${'['.repeat(50)}${']'.repeat(50)}},"tensors":[]}`,
  },
  { field: 'tensors', header: { ...withTensors(), tensors: { length: 4e9 } } },
  { field: 'tensors[0]', header: withTensors(null) },
  { field: 'tensors[0].name', header: withTensors(place({ name: '__proto__' })), forgery: data },
  { field: 'tensors[0].name', header: withTensors(place({ name: 'x'.repeat(257) })), forgery: data },
  { field: 'tensors[1].name', header: withTensors(place(), place({ offset: 64 })), forgery: { dataBytes: 72 } },
  { field: 'tensors[0].dtype', header: withTensors(place({ dtype: 'toString' })), forgery: data },
  { field: 'tensors[0].shape', header: withTensors(place({ shape: '2' })), forgery: data },
  { field: 'tensors[0].shape', header: withTensors(place({ shape: [1, 1, 1, 1, 1, 1, 1, 1, 2] })), forgery: data },
  { field: 'tensors[0].shape[0]', header: withTensors(place({ shape: [-2] })), forgery: data },
  { field: 'tensors[0].shape[1]', header: withTensors(place({ shape: [2, null] })), forgery: data },
  { field: 'tensors[0].shape[0]', header: withTensors(place({ shape: [1e300] })), forgery: data },
  { field: 'tensors[0].byteLength', header: withTensors(place({ shape: [2 ** 52, 2 ** 52] })), forgery: data },
  { field: 'tensors[0].byteLength', header: withTensors(place({ byteLength: -8 })), forgery: data },
  { field: 'tensors[0].byteLength', header: withTensors(place({ byteLength: '8' })), forgery: data },
  { field: 'tensors[0].offset', header: withTensors(place({ offset: -64 })), forgery: data },
  { field: 'tensors[0].offset', header: withTensors(place({ offset: null })), forgery: data },
  { field: 'tensors[1].offset', header: withTensors(place(), place({ name: 'v' })), forgery: data },
  { field: 'size', header: withTensors(place({ shape: [2 ** 40], byteLength: 2 ** 42 })), forgery: data },
  { field: 'size', header: withTensors(place()), forgery: { dataBytes: 9 } },
  { field: 'size', header: withTensors(), forgery: { dataBytes: 1 } },
];

describe('a hostile checkpoint file', () => {
  let directory: string;
  let path: string;
  let store: CheckpointStore;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'marlin-hostile-'));
    path = join(directory, 'checkpoint-00000007.marlin');
    store = createFileCheckpointStore(directory);
  });
  afterEach(() => rm(directory, { recursive: true }));

  const corrupt = (field: string) =>
    expect.objectContaining({
      code: 'CHECKPOINT_CORRUPT',
      message: expect.stringContaining(path),
      data: { source: path, field },
    });

  it.each(CASES)('is refused for its $field', async ({ field, header, forgery }) => {
    await writeFile(path, forge(header, forgery));
    await expect(store.load(7)).rejects.toThrow(corrupt(field));
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('that is honest loads', async () => {
    await writeFile(path, forge(withTensors(place()), data));
    expect((await store.load(7)).tensors[0]?.bytes).toEqual(new Uint8Array(8));
  });

  it.each([0, 1, 15, 16, 47, 48, 100])('of %d bytes is refused', async (size) => {
    await writeFile(path, encodeCheckpoint(checkpointOf(7)).subarray(0, size));
    await expect(store.load(7)).rejects.toThrow(expect.objectContaining({ code: 'CHECKPOINT_CORRUPT' }));
  });

  it('of terabytes is refused without reading it', async () => {
    await writeFile(path, encodeCheckpoint(checkpointOf(7)));
    await truncate(path, 2 ** 40);
    await expect(store.load(7)).rejects.toThrow(corrupt('size'));
  });

  it('whose header agrees with its terabyte is refused before memory for it is allocated', async () => {
    const whole = forge(withTensors(place({ dtype: 'u8', shape: [2 ** 40], byteLength: 2 ** 40 })));
    await writeFile(path, whole.subarray(0, -32));
    await truncate(path, whole.length + 2 ** 40);
    await expect(store.load(7)).rejects.toThrow(corrupt('size'));
  });

  it('whose header is larger than its file is refused before memory for it is allocated', async () => {
    await writeFile(path, forge(withTensors(), { headerBytes: 7 * 2 ** 20 }));
    await expect(store.load(7)).rejects.toThrow(corrupt('header length'));
  });

  it('of a later format is told apart from a damaged one', async () => {
    await writeFile(path, forge('anything', { version: 2, headerBytes: 0xffff_ffff }));
    await expect(store.load(7)).rejects.toThrow(
      expect.objectContaining({ code: 'CHECKPOINT_VERSION_UNKNOWN', data: { source: path, version: 2 } }),
    );
    const damaged = encodeCheckpoint(checkpointOf(7));
    damaged[8] = 2;
    await writeFile(path, damaged);
    await expect(store.load(7)).rejects.toThrow(corrupt('checksum'));
  });
});
