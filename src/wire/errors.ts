import { defineErrors, type MarlinError } from '../base/index.js';

export const WIRE_ERRORS = {
  WIRE_CORRUPT: {
    meaning:
      'Bytes that were received are not the message that they should be: damaged, cut short, or of another kind.',
    remedy:
      'Let it be sent again; if it recurs, see that all processes of the job run the same version of Marlin on the same job spec.',
    retryable: true,
  },
  WIRE_TOO_LARGE: {
    meaning: 'A message has more bytes than its kind may have. It was neither decoded nor sent.',
    remedy: 'Use a smaller horizon, fewer instances per shard or smaller networks.',
  },
  WIRE_VERSION_UNKNOWN: {
    meaning: 'A message is whole, but of a version that this Marlin does not read. Another process may know it.',
    remedy: 'Run the same version of Marlin in all processes; update readers before writers.',
    retryable: true,
  },
  WIRE_INVALID: {
    meaning: 'A value that was to be sent is outside the range of its field.',
    remedy: 'Correct the value of the field that the message names.',
  },
} as const;

export const wireError = defineErrors(WIRE_ERRORS);

/** What was received is wrong: `problem` goes on from "TrajectoryBatch: finals …". */
export function corrupt(message: string, field: string, problem: string, cause?: unknown): MarlinError {
  return wireError('WIRE_CORRUPT', `${message}: ${field} ${problem}. Let it be sent again.`, {
    data: { message, field },
    cause,
  });
}

/** What was to be sent is wrong. */
export function invalid(message: string, field: string, problem: string): MarlinError {
  return wireError('WIRE_INVALID', `${message}: ${field} ${problem}. Correct the value.`, { data: { message, field } });
}

export function tooLarge(message: string, bytes: number, limit: number): MarlinError {
  return wireError('WIRE_TOO_LARGE', `${message}: the message has ${bytes} bytes, more than the ${limit} allowed.`, {
    data: { message, field: 'message', bytes, limit },
  });
}
