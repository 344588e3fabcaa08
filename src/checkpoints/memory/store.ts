import { type Clock, systemClock } from '../../base/index.js';
import { checkpointError } from '../errors.js';
import { decodeCheckpoint } from '../format/decode.js';
import { encodeCheckpoint } from '../format/encode.js';
import { assertKeep } from '../keep.js';
import type { Checkpoint, CheckpointEntry, CheckpointStore } from '../port.js';
import { findNewest } from '../recover.js';

export interface MemoryCheckpointModules {
  /** Stamps checkpoints; default the system's. */
  readonly clock?: Clock;
}

/** Checkpoints that live as long as the process. They are kept encoded, so what is saved and loaded is a copy, and what this
 *  store accepts the file store accepts too. */
export function createMemoryCheckpointStore(modules: MemoryCheckpointModules = {}): CheckpointStore {
  const { clock = systemClock } = modules;
  const saved = new Map<number, { readonly entry: CheckpointEntry; readonly file: Uint8Array }>();
  const iterations = (): number[] => [...saved.keys()].sort((a, b) => a - b);

  const load = async (iteration: number): Promise<Checkpoint> => {
    const found = saved.get(iteration);
    if (found === undefined) {
      throw checkpointError('CHECKPOINT_UNKNOWN', `There is no checkpoint of iteration ${iteration} in memory.`, {
        data: { iteration },
      });
    }
    return decodeCheckpoint(found.file.slice(), `checkpoint ${iteration} in memory`);
  };

  return {
    async save(checkpoint, keep) {
      assertKeep(keep);
      const file = encodeCheckpoint(checkpoint);
      const { iteration } = checkpoint;
      const entry = { iteration, bytes: file.byteLength, savedAt: clock.now() };
      saved.set(iteration, { entry, file });
      for (const old of iterations().slice(0, -keep)) saved.delete(old);
      return entry;
    },
    async list() {
      return iterations().flatMap((iteration) => saved.get(iteration)?.entry ?? []);
    },
    load,
    newest: () => findNewest(iterations(), load),
  };
}
