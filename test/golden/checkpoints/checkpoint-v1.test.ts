import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFileCheckpointStore, decodeCheckpoint, encodeCheckpoint } from '../../../src/checkpoints/index.js';
import { plain } from '../../contract/checkpoints/making.js';
import { CHECKPOINT_V1 } from './expected.js';

const GOLDEN = new URL('./checkpoint-v1.marlin', import.meta.url);

describe('checkpoint format 1', () => {
  it('is read for ever', async () => {
    expect(plain(decodeCheckpoint(await readFile(GOLDEN), 'golden'))).toEqual(plain(CHECKPOINT_V1));
  });

  it('is read by the file store', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'marlin-golden-'));
    try {
      await copyFile(GOLDEN, join(directory, 'checkpoint-00000120.marlin'));
      const newest = await createFileCheckpointStore(directory).newest();
      expect(newest && plain(newest.checkpoint)).toEqual(plain(CHECKPOINT_V1));
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('is what is written now, to the byte', async () => {
    expect(Buffer.compare(encodeCheckpoint(CHECKPOINT_V1), await readFile(GOLDEN))).toBe(0);
  });
});
