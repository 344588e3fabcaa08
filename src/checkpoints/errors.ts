import { defineErrors } from '../base/index.js';

export const CHECKPOINT_ERRORS = {
  CHECKPOINT_UNKNOWN: {
    meaning: 'There is no checkpoint of that iteration.',
    remedy: 'List the checkpoints and choose one of them.',
  },
  CHECKPOINT_CORRUPT: {
    meaning: 'A checkpoint is damaged: its bytes are not what was saved. The message names the file and the field.',
    remedy: 'Resume from an earlier checkpoint; check the disk that it lies on.',
  },
  CHECKPOINT_VERSION_UNKNOWN: {
    meaning: 'A checkpoint is whole, but was written by a newer Marlin.',
    remedy: 'Resume with the version that wrote it or a newer one, or move the file away.',
  },
  CHECKPOINT_INVALID: {
    meaning:
      'A checkpoint that was to be saved cannot be represented: a value that JSON lacks, or a tensor of the wrong size.',
    remedy: 'Correct the value at the place that the message names.',
  },
  CHECKPOINT_WRITE_FAILED: {
    meaning:
      'A checkpoint could not be written (disk full, no permission, an input or output error). Earlier ones are kept.',
    remedy: 'Free the space or grant the permission that the message names, then save again.',
    retryable: true,
  },
  CHECKPOINT_READ_FAILED: {
    meaning: 'A checkpoint, or the directory of checkpoints, could not be read.',
    remedy: 'Grant the permission or repair the disk that the message names.',
    retryable: true,
  },
} as const;

export const checkpointError = defineErrors(CHECKPOINT_ERRORS);
