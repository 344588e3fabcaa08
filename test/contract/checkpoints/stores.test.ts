import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFileCheckpointStore, createMemoryCheckpointStore } from '../../../src/checkpoints/index.js';
import { checkpointContract } from './checkpoint-suite.js';

checkpointContract('memory', async () => ({ store: createMemoryCheckpointStore() }));

checkpointContract('file', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'marlin-checkpoints-'));
  return {
    store: createFileCheckpointStore(join(parent, 'not', 'made', 'yet')),
    dispose: () => rm(parent, { recursive: true }),
  };
});
