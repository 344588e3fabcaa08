import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import { type Logger, silentLogger } from '../../base/index.js';
import { encodeCheckpoint } from '../format/encode.js';
import { assertKeep } from '../keep.js';
import type { Checkpoint, CheckpointEntry, CheckpointStore } from '../port.js';
import { findNewest, isDamaged } from '../recover.js';
import { errnoOf, type FileSystem, nodeFileSystem } from './file-system.js';
import { checkpointName, isTemporaryName, iterationOf } from './names.js';
import { readCheckpointFile, readFailures } from './read.js';
import { writeCheckpointFile } from './write.js';

export interface FileCheckpointOptions {
  /** Damaged checkpoints that a save finds in its way are renamed to `….corrupt` instead of removed; default false. Nothing
   *  removes them then. */
  readonly keepCorrupt?: boolean;
}

export interface FileCheckpointModules {
  readonly fs?: FileSystem;
  /** Hears of old checkpoints that could not be removed. */
  readonly logger?: Logger;
}

/** Checkpoints as files of one directory, made when it is missing. One learner saves at a time; a second one on the same
 *  directory can make a save fail (retryable), never damage a checkpoint. */
export function createFileCheckpointStore(
  directory: string,
  options: FileCheckpointOptions = {},
  modules: FileCheckpointModules = {},
): CheckpointStore {
  return new FileCheckpointStore(resolve(directory), options.keepCorrupt ?? false, modules);
}

class FileCheckpointStore implements CheckpointStore {
  readonly #directory: string;
  readonly #keepCorrupt: boolean;
  readonly #fs: FileSystem;
  readonly #logger: Logger;
  /** Saves run one after the other: what one prunes, another may be writing. */
  #lastSave: Promise<unknown> = Promise.resolve();

  constructor(directory: string, keepCorrupt: boolean, modules: FileCheckpointModules) {
    this.#directory = directory;
    this.#keepCorrupt = keepCorrupt;
    this.#fs = modules.fs ?? nodeFileSystem;
    this.#logger = modules.logger ?? silentLogger;
  }

  async save(checkpoint: Checkpoint, keep: number): Promise<CheckpointEntry> {
    assertKeep(keep);
    // Before anything is awaited: the caller may change its arrays as soon as this call has returned its promise.
    const bytes = encodeCheckpoint(checkpoint);
    const saved = this.#lastSave.then(() => this.#save(checkpoint.iteration, bytes, keep));
    this.#lastSave = saved.catch(() => undefined);
    return saved;
  }

  async list(): Promise<readonly CheckpointEntry[]> {
    const entries: CheckpointEntry[] = [];
    for (const iteration of await this.#iterations()) {
      const status = await readFailures(this.#path(iteration), iteration, () =>
        this.#fs.stat(this.#path(iteration)),
      ).catch(ifUnknown);
      if (status?.isFile() === true)
        entries.push({ iteration, bytes: status.size, savedAt: Math.floor(status.mtimeMs) });
    }
    return entries;
  }

  load(iteration: number): Promise<Checkpoint> {
    return readCheckpointFile(this.#fs, this.#path(iteration), iteration);
  }

  async newest(): Promise<{ readonly checkpoint: Checkpoint; readonly corrupt: readonly number[] } | null> {
    return findNewest(await this.#iterations(), (iteration) => this.load(iteration));
  }

  async #save(iteration: number, bytes: Uint8Array, keep: number): Promise<CheckpointEntry> {
    await this.#removeTemporaries();
    const entry = await writeCheckpointFile(this.#fs, this.#directory, iteration, bytes, randomUUID());
    // From here on the checkpoint is durable. Failing to tidy up is no reason to say that it was not saved.
    await this.#prune(iteration, keep).catch((error: unknown) => this.#warn(error));
    return entry;
  }

  /** Removes all but the newest `keep` whole checkpoints. Those older than `saved` are taken for whole; newer ones exist only
   *  after a restart from an earlier checkpoint, most likely because they are damaged, so they are read: a damaged one must
   *  not count as kept. */
  async #prune(saved: number, keep: number): Promise<void> {
    const counted: number[] = [];
    for (const iteration of await this.#iterations()) {
      const fate = iteration <= saved ? 'whole' : await this.#examine(iteration);
      if (fate === 'whole') counted.push(iteration);
      else if (fate === 'damaged') await this.#setAside(this.#path(iteration));
    }
    for (const iteration of counted.slice(0, -keep)) await this.#fs.unlink(this.#path(iteration));
  }

  async #examine(iteration: number): Promise<'whole' | 'damaged' | 'unreadable'> {
    try {
      await this.load(iteration);
      return 'whole';
    } catch (error) {
      return isDamaged(error) ? 'damaged' : 'unreadable';
    }
  }

  #setAside(path: string): Promise<void> {
    return this.#keepCorrupt ? this.#fs.rename(path, `${path}.corrupt`) : this.#fs.unlink(path);
  }

  /** What writers that died left behind. If one is alive after all, on another machine, its rename fails and it tries again. */
  async #removeTemporaries(): Promise<void> {
    const names = await this.#fs.readdir(this.#directory).catch(() => []);
    for (const name of names) {
      if (isTemporaryName(name))
        await this.#fs.unlink(join(this.#directory, name)).catch((error: unknown) => this.#warn(error));
    }
  }

  /** In ascending order. A directory that does not exist has none. */
  async #iterations(): Promise<number[]> {
    const names = await readFailures(this.#directory, null, async () => {
      try {
        return await this.#fs.readdir(this.#directory);
      } catch (error) {
        if (errnoOf(error) === 'ENOENT') return [];
        throw error;
      }
    });
    return names.flatMap((name) => iterationOf(name) ?? []).sort((a, b) => a - b);
  }

  #path(iteration: number): string {
    return join(this.#directory, checkpointName(iteration));
  }

  #warn(error: unknown): void {
    this.#logger.warn(
      { directory: this.#directory, error: String(error) },
      'Old checkpoints could not be removed; the next save tries again.',
    );
  }
}

/** A file that another process removed between the listing and the look at it is simply not there. */
function ifUnknown(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'CHECKPOINT_UNKNOWN') return undefined;
  throw error;
}
