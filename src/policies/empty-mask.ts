import { MarlinError } from '../base/index.js';
import { policyError } from './errors.js';

/** The error of an action mask without a legal choice: the row counts from the start of the call. */
export function emptyMask(row: number, element: number): MarlinError {
  return policyError(
    'POLICY_MASK_EMPTY',
    `The action mask of row ${row} leaves no legal choice for action element ${element}. The environment must leave at least one.`,
    { data: { row, element } },
  );
}

/** What to throw for an error of a block of rows that starts at row `first`: a distribution counts the rows of its block,
 *  people those of the batch. */
export function inWholeBatch(error: unknown, first: number): unknown {
  if (first === 0 || !(error instanceof MarlinError) || error.code !== 'POLICY_MASK_EMPTY') return error;
  const { row, element } = error.data;
  return emptyMask(Number(row) + first, Number(element));
}
