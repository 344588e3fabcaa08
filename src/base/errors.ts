/** What a user of the system can be told about an error code. `docs/errors.md` is kept equal to these entries by a test. */
export interface ErrorEntry {
  readonly meaning: string;
  readonly remedy: string;
  /** True where trying the same thing again, unchanged, may succeed. */
  readonly retryable?: boolean;
}

export type ErrorRegistry = Readonly<Record<string, ErrorEntry>>;

export interface MarlinErrorDetails {
  readonly data?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The one error class of Marlin: `code` for programs, `message` (what, which value, what to do) for people, `data` for both. */
export class MarlinError extends Error {
  override readonly name = 'MarlinError';
  readonly code: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly retryable: boolean;

  constructor(code: string, message: string, retryable: boolean, details: MarlinErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.data = details.data ?? {};
    this.retryable = retryable;
  }
}

/** Declares a room's codes; the returned function makes errors of them, and only of them. */
export function defineErrors<R extends ErrorRegistry>(
  registry: R,
): (code: keyof R & string, message: string, details?: MarlinErrorDetails) => MarlinError {
  return (code, message, details) => new MarlinError(code, message, registry[code]?.retryable ?? false, details);
}

/** An error as plain data that survives a thread or process boundary. */
export interface SerializedError {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly data: Readonly<Record<string, unknown>>;
  readonly stack?: string;
}

export function serializeError(error: unknown): SerializedError {
  if (error instanceof MarlinError) {
    const { code, message, retryable, data, stack } = error;
    return { code, message, retryable, data, ...(stack === undefined ? {} : { stack }) };
  }
  const known = error instanceof Error ? error : new Error(String(error));
  return {
    code: 'INTERNAL',
    message: known.message,
    retryable: false,
    data: {},
    ...(known.stack === undefined ? {} : { stack: known.stack }),
  };
}

export function deserializeError(error: SerializedError): MarlinError {
  const result = new MarlinError(error.code, error.message, error.retryable, { data: error.data });
  if (error.stack !== undefined) result.stack = error.stack;
  return result;
}

export const BASE_ERRORS = {
  RANDOM_KEY_INVALID: {
    meaning: 'A random stream was asked for with a seed or an index that is no integer from 0 to 2⁵³ − 1.',
    remedy: 'Correct the seed or index that the message names.',
  },
  RANDOM_ARGUMENT_INVALID: {
    meaning: 'A random draw was asked for with a bound, probability or length outside its range.',
    remedy: 'Correct the argument that the message names.',
  },
} as const;

export const baseError = defineErrors(BASE_ERRORS);
