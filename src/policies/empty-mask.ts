import type { MarlinError } from '../base/index.js';
import { policyError } from './errors.js';

/** The error of an action mask without a legal choice: the row counts from the start of the call. */
export function emptyMask(row: number, element: number): MarlinError {
  return policyError(
    'POLICY_MASK_EMPTY',
    `The action mask of row ${row} leaves no legal choice for action element ${element}. The environment must leave at least one.`,
    { data: { row, element } },
  );
}
