/** Keeps what the next update depends on, so that a job that was killed goes on to the same bits: the port, a store in memory
 *  and a store of files. Knows names, shapes and bytes, not what they mean. Imports base only. */
export { CHECKPOINT_ERRORS } from './errors.js';
export { type FileSystem, nodeFileSystem, type OpenFile } from './file/file-system.js';
export {
  isLeftover,
  markPrepared,
  type Prepared,
  readPrepared,
  recordPath,
  removeJobFolder,
  unmarkPrepared,
} from './file/job-folder.js';
export { checkpointName } from './file/names.js';
export {
  createFileCheckpointStore,
  type FileCheckpointModules,
  type FileCheckpointOptions,
} from './file/store.js';
export { checkpointWriteFailed } from './file/write.js';
export { decodeCheckpoint, decodeWith } from './format/decode.js';
export { encodeCheckpoint } from './format/encode.js';
export {
  CHECKPOINT_FORMAT_VERSION,
  type CheckpointDtype,
  DIGEST_BYTES as CHECKPOINT_DIGEST_BYTES,
  DTYPE_BYTES,
  MAGIC as CHECKPOINT_MAGIC,
} from './format/layout.js';
export { importId, isImportId } from './imports.js';
export { createMemoryCheckpointStore, type MemoryCheckpointModules } from './memory/store.js';
export * from './port.js';
