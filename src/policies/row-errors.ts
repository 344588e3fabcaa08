import { MarlinError } from '../base/index.js';

/** What to throw for an error that names a row: a law counts the rows that it is given, people those of the whole batch. */
export function inWholeBatch(error: unknown, rowOf: (row: number) => number): unknown {
  if (!(error instanceof MarlinError) || typeof error.data.row !== 'number') return error;
  const { row } = error.data;
  const whole = rowOf(row);
  if (whole === row) return error;
  const message = error.message.replace(`row ${row}`, `row ${whole}`);
  return new MarlinError(error.code, message, error.retryable, {
    data: { ...error.data, row: whole },
    cause: error.cause,
  });
}
