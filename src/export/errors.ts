import { defineErrors } from '../base/index.js';

export const EXPORT_ERRORS = {
  POLICY_FILE_INVALID: {
    meaning: 'A file of a policy is damaged, cut off, or no such file at all.',
    remedy: 'Export the policy again, or correct what the message names.',
  },
  POLICY_FILE_MISMATCH: {
    meaning: 'The tensors of a file are not those of the policy that it is to be.',
    remedy: 'Give the tensors the names and shapes that the message tells; docs/export.md lists them.',
  },
  POLICY_UNDESCRIBED: {
    meaning: 'A file has weights, but does not tell how a policy acts by them.',
    remedy: 'Export it with this version, or import it with the job spec and the policy that it is for.',
  },
  POLICY_UNKNOWN: {
    meaning: 'There is no policy of this name, or several and none was named.',
    remedy: 'Name one of those that the message lists.',
  },
  POLICY_INPUT_INVALID: {
    meaning: 'A policy was asked to act on something that it cannot observe, or by a mask of another length.',
    remedy: 'Correct the input that the message names; the policy’s card has the sizes.',
  },
  EXPORT_UNSUPPORTED: {
    meaning:
      'A policy cannot be written in the format that was asked for, or a file is of a make that is not known here.',
    remedy: 'Choose another format, or a policy without what the message names.',
  },
} as const;

export const exportError = defineErrors(EXPORT_ERRORS);
