import { defineErrors, type MarlinError } from '../base/index.js';

export const SERVING_ERRORS = {
  SERVING_REQUEST_INVALID: {
    meaning:
      'What a served policy is asked is not what its spaces take; `pointers` lists the places, by row and element.',
    remedy:
      'Send rows as GET /v1/policies/{name} describes them: as many finite numbers as the observation space has, within its bounds.',
  },
  SERVING_ACTION_NOT_FINITE: {
    meaning: 'A policy’s action for an observation, or what it remembers then, is no finite number.',
    remedy: 'Send observations like those it was trained with; if they are, serve another checkpoint.',
  },
  SERVING_POLICY_UNFIT: {
    meaning: 'A checkpoint has no weights that the policy can act by.',
    remedy: 'Name a policy and a checkpoint of the job that the message lists, saved by this version of Marlin.',
  },
  SERVING_POLICY_TOO_LARGE: {
    meaning: 'A policy needs more memory than served policies may take in all.',
    remedy: 'Have API_POLICY_BYTES raised.',
  },
  SERVING_FILE_UNREADABLE: {
    meaning: 'The file of a served policy is missing, damaged or cannot be read now.',
    remedy: 'Check that all API processes share CHECKPOINT_DIR, then serve the checkpoint again with PUT.',
    retryable: true,
  },
  SERVING_OVERLOADED: {
    meaning: 'More requests for actions wait than may.',
    remedy:
      'Repeat the request after Retry-After; send more observations in a request, or have API_POLICY_THREADS raised.',
    retryable: true,
  },
  SERVING_THREAD_LOST: {
    meaning: 'The thread that was to act ended, or did not answer, before it had.',
    remedy: 'Repeat the request: another thread has taken its place.',
    retryable: true,
  },
} as const;

export const servingError = defineErrors(SERVING_ERRORS);

/** A place at fault; `pointer` is an RFC 6901 pointer into the body as JSON, /observations/<row>/<element> of bytes. */
export interface RowFault {
  readonly pointer: string;
  readonly message: string;
}

export function requestInvalid(faults: readonly RowFault[]): MarlinError {
  const told = faults.map(({ pointer, message }) => `${pointer === '' ? 'the body' : pointer} ${message}`).join('; ');
  return servingError('SERVING_REQUEST_INVALID', told, { data: { faults } });
}

/** Throws SERVING_REQUEST_INVALID unless there are no faults. */
export function assertNoFaults(faults: readonly RowFault[]): void {
  if (faults.length > 0) throw requestInvalid(faults);
}
