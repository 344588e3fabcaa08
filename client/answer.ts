import type { Problem } from '../services/api/schemas/problem.js';
import { readRetryAfter } from './backoff.js';
import { clientError, MarlinApiError } from './errors.js';

/** Statuses that say "not now" of a request that may have had its effect. */
const UNAVAILABLE: ReadonlySet<number> = new Set([408, 502, 503, 504]);
const TOO_MANY = 429;
/** Whoever is over quota waits for jobs to end, not for a moment. */
const QUOTA_CODE = 'API_QUOTA_EXCEEDED';
/** A job that is to be deleted is let go of by its learner any moment. */
const HELD_CODE = 'API_JOB_HELD';
const SHOWN_CHARACTERS = 200;

/** The JSON of an answer. Throws CLIENT_ANSWER_INVALID; rejects as `fetch` does when the connection breaks meanwhile. */
export async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw clientError('CLIENT_ANSWER_INVALID', `${describe(response)} is no JSON: ${excerpt(text)}`, {
      status: response.status,
      cause,
    });
  }
}

/** What an answer that is no success says: the API's problem, or what can be told of something else's answer. */
export async function readError(response: Response): Promise<MarlinApiError> {
  const { status, headers } = response;
  const text = await response.text();
  const problem = readProblem(text);
  const retryAfterMs = readRetryAfter(headers);
  const requestId = problem?.requestId ?? headers.get('x-request-id') ?? undefined;
  const details = {
    status,
    ...(requestId === undefined ? {} : { requestId }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
  if (problem === null) {
    return clientError(
      'CLIENT_ANSWER_INVALID',
      `${describe(response)} is none of a Marlin API: ${excerpt(text)}`,
      details,
    );
  }
  const retryable = status === TOO_MANY || UNAVAILABLE.has(status) || problem.code === HELD_CODE;
  return new MarlinApiError(problem.code, problem.detail, retryable, { ...details, pointers: problem.pointers ?? [] });
}

/** Why there is no answer, or not all of it. */
export function connectionError(cause: unknown, url: string): MarlinApiError {
  const reason = reasonOf(cause);
  if (REFUSED.test(reason)) {
    return clientError('CLIENT_OPTIONS_INVALID', `nothing can be sent to ${url}: ${reason}`, { cause });
  }
  return clientError('CLIENT_UNREACHABLE', `${url} cannot be reached: ${reason}`, { cause });
}

export type Repeating = 'always' | 'never' | 'onlyIfRepeatable';

/** Whether a request that failed so may be sent again: after "too many" any, as it had no effect. */
export function repeatingAfter({ code, status }: MarlinApiError): Repeating {
  if (code === HELD_CODE) return 'always';
  if (status === TOO_MANY) return code === QUOTA_CODE ? 'never' : 'always';
  const passing = UNAVAILABLE.has(status) || code === 'CLIENT_UNREACHABLE' || code === 'CLIENT_TIMED_OUT';
  return passing ? 'onlyIfRepeatable' : 'never';
}

function readProblem(text: string): Problem | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const { code, detail, pointers } = (value ?? {}) as Partial<Problem>;
  const whole = typeof code === 'string' && typeof detail === 'string';
  return whole && (pointers === undefined || Array.isArray(pointers)) ? (value as Problem) : null;
}

/** What `fetch` refuses to try at all, in the words of Node's: a port that no HTTP server may have (Fetch standard, 2.9), or an address
 *  that it cannot read. A browser says the same of everything that goes wrong. */
const REFUSED = /^(bad port|unknown scheme|invalid url|failed to parse url)/i;

/** Of "fetch failed", the reason lies in its cause, or in that of each address that was tried. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause !== undefined) return reasonOf(error.cause);
  const { code } = error as { readonly code?: unknown };
  return error.message !== '' ? error.message : String(code ?? error.name);
}

const describe = ({ status, url }: Response): string => `the answer of ${url === '' ? 'the server' : url} (${status})`;

const excerpt = (text: string): string => JSON.stringify(text.slice(0, SHOWN_CHARACTERS));
