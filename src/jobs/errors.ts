import { defineErrors, type MarlinError } from '../base/index.js';
import { type Fault, formatFaults } from './faults.js';

export const JOB_ERRORS = {
  JOB_SPEC_INVALID: {
    meaning: 'A job spec has faults; `data.faults` lists every one with its JSON pointer.',
    remedy: 'Correct the fields that the message names; `marlin schema` prints what is allowed.',
  },
  JOB_STATE_INVALID: {
    meaning: 'A job was told to go from one state to another that cannot follow it.',
    remedy: 'Read the state of the job again; it was changed by somebody else, or has ended.',
  },
} as const;

export const jobError = defineErrors(JOB_ERRORS);

/** The error of a job spec with faults: the message lists them all, `data.faults` is the list itself. */
export const jobSpecError = (faults: readonly Fault[]): MarlinError =>
  jobError('JOB_SPEC_INVALID', formatFaults(faults), { data: { faults } });
