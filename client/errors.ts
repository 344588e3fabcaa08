import type { ErrorRegistry } from '../src/base/index.js';

/** What goes wrong between a client and the API; whatever the API itself says has a code of its own. */
export const CLIENT_ERRORS = {
  CLIENT_OPTIONS_INVALID: {
    meaning:
      'A client was made with an address or a key that cannot be one, or an address that nothing can be sent to.',
    remedy: 'Give the address as http://host:port or https://host, and the key as `marlin keys create` showed it.',
  },
  CLIENT_ARGUMENT_INVALID: {
    meaning: 'An id that was given to the client can be none.',
    remedy: 'Pass an id as the API tells it.',
  },
  CLIENT_UNREACHABLE: {
    meaning: 'The API cannot be reached, or the connection broke, each time it was tried.',
    remedy: 'Check the address and that `marlin api`, `marlin serve` or `marlin dev` runs there.',
    retryable: true,
  },
  CLIENT_TIMED_OUT: {
    meaning: 'The API did not answer in time, each time it was tried.',
    remedy: 'Try again later; see the API’s log and /readyz.',
    retryable: true,
  },
  CLIENT_ANSWER_INVALID: {
    meaning: 'What answered is not a Marlin API, or something between it and the client changed the answer.',
    remedy: 'Check the address and what proxies lie on the way.',
  },
} as const satisfies ErrorRegistry;

export type ClientErrorCode = keyof typeof CLIENT_ERRORS;

/** A place in a request that is at fault. */
export interface FaultyPlace {
  readonly pointer: string;
  readonly detail: string;
}

export interface ApiErrorDetails {
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;
  /** Every place in the request that is at fault. */
  readonly pointers?: readonly FaultyPlace[];
  /** Under which the server's log has the request. */
  readonly requestId?: string;
  /** How long the server asked to wait before the next try, in milliseconds. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** The one error that a client's methods reject with, but for the reason of an AbortSignal: what the API answered, or why there is
 *  no answer. */
export class MarlinApiError extends Error {
  override readonly name = 'MarlinApiError';
  readonly code: string;
  readonly status: number;
  /** Whether the same request may succeed later, unchanged. */
  readonly retryable: boolean;
  readonly pointers: readonly FaultyPlace[];
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: string, message: string, retryable: boolean, details: ApiErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.retryable = retryable;
    this.status = details.status;
    this.pointers = details.pointers ?? [];
    this.requestId = details.requestId;
    this.retryAfterMs = details.retryAfterMs;
  }
}

export function clientError(
  code: ClientErrorCode,
  message: string,
  details: Omit<ApiErrorDetails, 'status'> & { readonly status?: number } = {},
): MarlinApiError {
  const { retryable = false }: ErrorRegistry[string] = CLIENT_ERRORS[code];
  return new MarlinApiError(code, message, retryable, { status: 0, ...details });
}
