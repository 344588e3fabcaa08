import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CheckpointStore, createFileCheckpointStore, encodeCheckpoint } from '../../../src/checkpoints/index.js';
import { checkpointOf, plain } from '../../contract/checkpoints/making.js';
import { type Fault, faultyFileSystem, type Operation, systemError } from './faulty-file-system.js';
import { forge } from './forge.js';

const name = (iteration: number): string => `checkpoint-${String(iteration).padStart(8, '0')}.marlin`;
const code = (expected: string) => expect.objectContaining({ code: expected });

describe('file checkpoint store', () => {
  let directory: string;
  let store: CheckpointStore;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'marlin-checkpoints-'));
    store = createFileCheckpointStore(directory);
  });
  afterEach(() => rm(directory, { recursive: true }));

  const damage = async (iteration: number): Promise<void> => {
    const path = join(directory, name(iteration));
    const bytes = await readFile(path);
    bytes[bytes.length - 40] = (bytes[bytes.length - 40] ?? 0) ^ 1;
    await writeFile(path, bytes);
  };

  /** A store on the same directory whose disk fails as told. */
  const failing = (fault: Fault, options = {}) => {
    const { fs, done } = faultyFileSystem(fault);
    return { store: createFileCheckpointStore(directory, options, { fs }), done };
  };

  it('names files by iteration, and ignores all others', async () => {
    await store.save(checkpointOf(120), 9);
    await store.save(checkpointOf(1_234_567_890), 9);
    for (const stranger of [
      'checkpoint-120.marlin',
      'checkpoint-000000120.marlin',
      'checkpoint-00000007.marlin.bak',
      'x',
    ]) {
      await writeFile(join(directory, stranger), 'x');
    }
    expect((await store.list()).map((entry) => entry.iteration)).toEqual([120, 1_234_567_890]);
    expect((await store.newest())?.checkpoint.iteration).toBe(1_234_567_890);
    await store.save(checkpointOf(1_234_567_891), 1);
    expect((await readdir(directory)).sort()).toEqual(
      [
        'checkpoint-000000120.marlin',
        'checkpoint-00000007.marlin.bak',
        'checkpoint-120.marlin',
        name(1_234_567_891),
        'x',
      ].sort(),
    );
  });

  it('skips damaged checkpoints and says which', async () => {
    for (const iteration of [1, 2, 3, 4]) await store.save(checkpointOf(iteration), 9);
    await damage(4);
    await writeFile(join(directory, name(3)), '');
    const newest = await store.newest();
    expect(newest?.corrupt).toEqual([4, 3]);
    expect(newest && plain(newest.checkpoint)).toEqual(plain(checkpointOf(2)));
  });

  it('does not say that there is nothing when everything is damaged', async () => {
    for (const iteration of [1, 2]) await store.save(checkpointOf(iteration), 9);
    for (const iteration of [1, 2]) await damage(iteration);
    await expect(store.newest()).rejects.toThrow(
      expect.objectContaining({ code: 'CHECKPOINT_CORRUPT', data: { corrupt: [2, 1] } }),
    );
  });

  it('does not fall back past a checkpoint of a newer Marlin', async () => {
    await store.save(checkpointOf(1), 9);
    await writeFile(join(directory, name(2)), forge({}, { version: 9 }));
    await expect(store.newest()).rejects.toThrow(code('CHECKPOINT_VERSION_UNKNOWN'));
    // And what it does not understand it does not remove.
    await store.save(checkpointOf(3), 1);
    await store.save(checkpointOf(1), 1);
    expect(await readdir(directory)).toContain(name(3));
  });

  it.each([true, false])('does not count a damaged newer checkpoint as kept (keepCorrupt: %s)', async (keepCorrupt) => {
    await store.save(checkpointOf(100), 9);
    await store.save(checkpointOf(120), 9);
    await damage(120);
    await createFileCheckpointStore(directory, { keepCorrupt }).save(checkpointOf(110), 1);
    expect((await readdir(directory)).sort()).toEqual(keepCorrupt ? [name(110), `${name(120)}.corrupt`] : [name(110)]);
    expect((await store.newest())?.checkpoint.iteration).toBe(110);
  });

  it('removes what dead writers left', async () => {
    const leftover = `${name(5)}.00000000-0000-4000-8000-000000000000.tmp`;
    await writeFile(join(directory, leftover), 'half');
    expect(await store.newest()).toBeNull();
    await store.save(checkpointOf(6), 1);
    expect(await readdir(directory)).toEqual([name(6)]);
  });

  it('syncs the file before it has its name, and the directory before anything old is removed', async () => {
    await store.save(checkpointOf(1), 1);
    const { store: watched, done } = failing(() => undefined);
    await watched.save(checkpointOf(2), 1);
    const steps = done.flatMap(({ name: step, path }) => {
      if (!['write', 'sync', 'rename', 'unlink'].includes(step)) return [];
      return `${step} ${path.endsWith('.tmp') ? 'temporary' : path === directory ? 'directory' : 'checkpoint'}`;
    });
    expect(steps).toEqual([
      'write temporary',
      'sync temporary',
      'rename temporary',
      'sync directory',
      'unlink checkpoint',
    ]);
  });

  it('saves one checkpoint after the other', async () => {
    const { store: watched, done } = failing(() => undefined);
    await Promise.all([1, 2, 3].map((iteration) => watched.save(checkpointOf(iteration), 9)));
    const steps = done.filter(
      ({ name: step, path }) => path.endsWith('.tmp') && (step === 'open' || step === 'rename'),
    );
    expect(steps.map((operation) => operation.name)).toEqual(['open', 'rename', 'open', 'rename', 'open', 'rename']);
  });

  it('makes the directories it creates durable', async () => {
    const nested = join(directory, 'a', 'b');
    const { fs, done } = faultyFileSystem(() => undefined);
    await createFileCheckpointStore(nested, {}, { fs }).save(checkpointOf(1), 1);
    const synced = done.filter((operation) => operation.name === 'sync').map((operation) => operation.path);
    expect(synced).toContain(directory);
    expect(synced).toContain(join(directory, 'a'));
  });

  const failAt = (step: Operation['name'], errno: string, where: (path: string) => boolean): Fault => {
    return ({ name: operation, path }) => {
      if (operation === step && where(path)) throw systemError(errno, step);
      return undefined;
    };
  };
  const temporary = (path: string): boolean => path.endsWith('.tmp');

  it.each([
    { fault: 'the disk fills up at once', errno: 'ENOSPC', at: failAt('write', 'ENOSPC', temporary) },
    { fault: 'the directory cannot be written', errno: 'EACCES', at: failAt('open', 'EACCES', temporary) },
    { fault: 'the disk is read-only', errno: 'EROFS', at: failAt('mkdir', 'EROFS', () => true) },
    { fault: 'the disk fails on sync', errno: 'EIO', at: failAt('sync', 'EIO', temporary) },
    { fault: 'close reports a late error', errno: 'EIO', at: failAt('close', 'EIO', temporary) },
    { fault: 'the rename fails', errno: 'EIO', at: failAt('rename', 'EIO', temporary) },
  ])('leaves everything as it was when $fault', async ({ errno, at }) => {
    for (const iteration of [1, 2]) await store.save(checkpointOf(iteration), 2);
    const bytesNeeded = encodeCheckpoint(checkpointOf(3)).byteLength;
    await expect(failing(at).store.save(checkpointOf(3), 1)).rejects.toThrow(
      expect.objectContaining({
        code: 'CHECKPOINT_WRITE_FAILED',
        retryable: true,
        message: expect.stringMatching(new RegExp(`${errno}.*${directory}.*needs ${bytesNeeded} bytes`)),
        data: { path: join(directory, name(3)), errno, iteration: 3, bytesNeeded },
      }),
    );
    expect((await readdir(directory)).sort()).toEqual([name(1), name(2)]);
    expect(plain(await store.load(2))).toEqual(plain(checkpointOf(2)));
  });

  it('goes on after a disk that was full has room again, also within the same store', async () => {
    let room = 100;
    const { store: cramped } = failing(({ name: operation, bytes }) => {
      if (operation !== 'write') return undefined;
      const allowed = Math.min(bytes, room);
      if (allowed === 0) throw systemError('ENOSPC', 'write');
      room -= allowed;
      return allowed;
    });
    await expect(cramped.save(checkpointOf(1), 1)).rejects.toThrow(code('CHECKPOINT_WRITE_FAILED'));
    expect(await readdir(directory)).toEqual([]);
    room = Number.POSITIVE_INFINITY;
    await cramped.save(checkpointOf(1), 1);
    expect(plain(await store.load(1))).toEqual(plain(checkpointOf(1)));
  });

  it('writes the whole file when the system takes it in pieces', async () => {
    const { store: meager } = failing(({ name: operation, bytes }) =>
      operation === 'write' ? Math.min(bytes, 17) : undefined,
    );
    await meager.save(checkpointOf(1), 1);
    expect(plain(await store.load(1))).toEqual(plain(checkpointOf(1)));
    const { store: slow } = failing(({ name: operation, bytes }) =>
      operation === 'read' ? Math.min(bytes, 13) : undefined,
    );
    expect(plain(await slow.load(1))).toEqual(plain(checkpointOf(1)));
  });

  it('removes nothing when the rename may not be durable', async () => {
    await store.save(checkpointOf(1), 1);
    const { store: uncertain } = failing(failAt('sync', 'EIO', (path) => path === directory));
    await expect(uncertain.save(checkpointOf(2), 1)).rejects.toThrow(code('CHECKPOINT_WRITE_FAILED'));
    expect(await readdir(directory)).toContain(name(1));
  });

  it('saves where directories cannot be synced', async () => {
    const { store: networked } = failing(failAt('sync', 'EINVAL', (path) => path === directory));
    await networked.save(checkpointOf(2), 1);
    expect((await store.newest())?.checkpoint.iteration).toBe(2);
  });

  it('has saved, and says so, when only the removal of old checkpoints fails', async () => {
    await store.save(checkpointOf(1), 1);
    const warnings: string[] = [];
    const ignore = (): void => {};
    const logger = {
      debug: ignore,
      info: ignore,
      error: ignore,
      warn: (_: unknown, message: string) => void warnings.push(message),
    };
    const { fs } = faultyFileSystem(failAt('unlink', 'EACCES', () => true));
    await createFileCheckpointStore(directory, {}, { fs, logger }).save(checkpointOf(2), 1);
    expect(warnings).toHaveLength(1);
    await store.save(checkpointOf(3), 1);
    expect(await readdir(directory)).toEqual([name(3)]);
  });

  it('reports a file that it may not read, and does not fall back past it', async () => {
    for (const iteration of [1, 2]) await store.save(checkpointOf(iteration), 9);
    const { store: locked } = failing(failAt('open', 'EACCES', (path) => path.endsWith(name(2))));
    await expect(locked.newest()).rejects.toThrow(
      expect.objectContaining({
        code: 'CHECKPOINT_READ_FAILED',
        retryable: true,
        message: expect.stringContaining(name(2)),
      }),
    );
    // A disk that cannot return the bytes is damage: waiting will not mend it.
    const { store: worn } = failing(failAt('read', 'EIO', (path) => path.endsWith(name(2))));
    expect(await worn.newest()).toMatchObject({ checkpoint: { iteration: 1 }, corrupt: [2] });
  });

  it('takes a file that vanished after the listing for absent', async () => {
    for (const iteration of [1, 2]) await store.save(checkpointOf(iteration), 9);
    const { store: racing } = failing(failAt('stat', 'ENOENT', (path) => path.endsWith(name(2))));
    expect((await racing.list()).map((entry) => entry.iteration)).toEqual([1]);
    expect(await racing.newest()).toMatchObject({ checkpoint: { iteration: 1 }, corrupt: [] });
  });

  it('reports a directory that it may not list', async () => {
    const { store: locked } = failing(failAt('readdir', 'EACCES', () => true));
    await expect(locked.list()).rejects.toThrow(code('CHECKPOINT_READ_FAILED'));
    await expect(locked.newest()).rejects.toThrow(code('CHECKPOINT_READ_FAILED'));
  });

  it('refuses a path that is a file', async () => {
    const path = join(directory, 'file');
    await writeFile(path, '');
    await expect(createFileCheckpointStore(path).save(checkpointOf(1), 1)).rejects.toThrow(
      code('CHECKPOINT_WRITE_FAILED'),
    );
  });
});
