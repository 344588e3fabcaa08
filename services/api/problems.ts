import { MarlinError } from '../../src/base/index.js';
import { CHECKPOINT_ERRORS } from '../../src/checkpoints/index.js';
import { SERVING_ERRORS } from '../../src/serving/index.js';
import { API_ERRORS, apiError } from './errors.js';
import type { FieldFault, Problem } from './schemas/problem.js';

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

/** Error code → HTTP status. What is not here is nothing that a caller can do anything about: 500, without its message. */
export const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  API_REQUEST_INVALID: 400,
  SERVING_REQUEST_INVALID: 400,
  API_KEY_REQUIRED: 401,
  API_SCOPE_MISSING: 403,
  API_ORIGIN_REFUSED: 403,
  API_ROUTE_UNKNOWN: 404,
  API_JOB_UNKNOWN: 404,
  API_POLICY_UNKNOWN: 404,
  ENV_UNKNOWN: 404,
  API_CATALOG_UNKNOWN: 404,
  CHECKPOINT_UNKNOWN: 404,
  POLICY_UNKNOWN: 404,
  API_EVALUATION_UNKNOWN: 404,
  API_METHOD_NOT_ALLOWED: 405,
  API_REQUEST_LATE: 408,
  API_JOB_ACTIVE: 409,
  API_JOB_HELD: 409,
  API_POLICY_TAKEN: 409,
  JOB_STATE_INVALID: 409,
  CHECKPOINT_CORRUPT: 409,
  CHECKPOINT_VERSION_UNKNOWN: 409,
  POLICY_FILE_INVALID: 409,
  POLICY_UNDESCRIBED: 409,
  API_PRECONDITION_FAILED: 412,
  API_BODY_TOO_LARGE: 413,
  API_MEDIA_TYPE_UNSUPPORTED: 415,
  API_HOST_REFUSED: 421,
  API_FORK_INVALID: 422,
  API_POLICY_UNFIT: 422,
  SERVING_POLICY_UNFIT: 422,
  SERVING_POLICY_TOO_LARGE: 422,
  SERVING_ACTION_NOT_FINITE: 422,
  API_IDEMPOTENCY_MISMATCH: 422,
  JOB_SPEC_INVALID: 422,
  EXPORT_UNSUPPORTED: 422,
  API_PRECONDITION_REQUIRED: 428,
  API_RATE_EXCEEDED: 429,
  API_QUOTA_EXCEEDED: 429,
  API_POLICIES_EXCEEDED: 429,
  API_STREAMS_EXCEEDED: 429,
  API_INTERNAL: 500,
  API_DEADLINE_EXCEEDED: 503,
  SERVING_OVERLOADED: 503,
  SERVING_THREAD_LOST: 503,
  SERVING_FILE_UNREADABLE: 503,
  BROKER_UNAVAILABLE: 503,
  BROKER_OUT_OF_MEMORY: 503,
  BROKER_CLOSED: 503,
  CHECKPOINT_READ_FAILED: 503,
  CHECKPOINT_WRITE_FAILED: 503,
};

/** Seconds after which a request that was refused for now may be repeated. */
const RETRY_AFTER_SECONDS = 1;
const QUOTA_RETRY_SECONDS = 30;

export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Problem;
}

/** What a caller is told of an error: an RFC 9457 body with its code, the places at fault, and never a stack or a message that
 *  nobody wrote for callers. */
export function problemOf(error: unknown, requestId: string): ProblemAnswer {
  const known = toApiError(error);
  const status = STATUS_OF_CODE[known.code] ?? 500;
  const told = status < 500 || known.retryable || known.code === 'BROKER_CLOSED';
  const shown = told
    ? known
    : apiError('API_INTERNAL', 'the server failed; its log has the reason under the request id');
  const pointers = told ? pointersOf(known) : [];
  return {
    status,
    headers: headersOf(shown, status),
    body: {
      type: `urn:marlin:error:${shown.code}`,
      title: titleOf(shown, status),
      status,
      code: shown.code,
      detail: shown.message,
      ...(pointers.length === 0 ? {} : { pointers }),
      requestId,
    },
  };
}

/** Fastify's own errors, and those of its plugins, as errors of ours; any other that is not ours stays as it is. */
function toApiError(error: unknown): MarlinError {
  if (error instanceof MarlinError) return error;
  const {
    code = '',
    statusCode = 500,
    message = '',
  } = error as {
    readonly code?: string;
    readonly statusCode?: number;
    readonly message?: string;
  };
  if (code === 'FST_ERR_HANDLER_TIMEOUT') {
    return apiError('API_DEADLINE_EXCEEDED', 'the answer was not there in time; try again');
  }
  if (statusCode === 413) return apiError('API_BODY_TOO_LARGE', 'the body is larger than this server takes');
  if (statusCode === 415) return apiError('API_MEDIA_TYPE_UNSUPPORTED', 'the body must be application/json');
  if (statusCode >= 400 && statusCode < 500) {
    return apiError('API_REQUEST_INVALID', code === '' ? 'the request cannot be read' : sentence(message));
  }
  return apiError('API_INTERNAL', message, { cause: error });
}

const sentence = (text: string): string => text.slice(0, 300);

interface Placed {
  readonly pointer: string;
  readonly message: string;
}

/** Faults of a job spec or of a request, as `data.faults` of either lists them. */
function pointersOf({ data }: MarlinError): FieldFault[] {
  const { faults } = data as { readonly faults?: readonly Placed[] };
  if (!Array.isArray(faults)) return [];
  return (faults as readonly Placed[]).map(({ pointer, message }) => ({ pointer, detail: message }));
}

function headersOf({ code, data }: MarlinError, status: number): Readonly<Record<string, string>> {
  if (status === 401) return { 'www-authenticate': 'Bearer realm="marlin"' };
  if (status === 405) return { allow: String(data.allow ?? '') };
  if (code === 'API_RATE_EXCEEDED') return { 'retry-after': String(data.seconds ?? RETRY_AFTER_SECONDS) };
  if (code === 'API_QUOTA_EXCEEDED' || code === 'API_STREAMS_EXCEEDED')
    return { 'retry-after': String(data.seconds ?? QUOTA_RETRY_SECONDS) };
  return status === 503 || code === 'API_JOB_HELD' ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : {};
}

const OWN_MEANINGS: Readonly<Record<string, { readonly meaning: string }>> = {
  ...CHECKPOINT_ERRORS,
  ...SERVING_ERRORS,
  ...API_ERRORS,
};

const TITLES: Readonly<Record<number, string>> = {
  404: 'There is nothing of that name.',
  409: 'The job’s state forbids it.',
  422: 'The job spec has faults.',
  503: 'The server cannot do that now.',
};

const titleOf = ({ code }: MarlinError, status: number): string =>
  OWN_MEANINGS[code]?.meaning ?? TITLES[status] ?? OWN_MEANINGS.API_INTERNAL!.meaning;
