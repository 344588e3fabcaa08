import { defineErrors } from '../../src/base/index.js';

export const API_ERRORS = {
  API_REQUEST_INVALID: {
    meaning: 'A request’s path, query, headers or body is not what the route declares; `pointers` lists every place.',
    remedy: 'Correct the places that are listed; /docs shows what each route takes.',
  },
  API_BODY_TOO_LARGE: {
    meaning: 'The body of a request is larger than the server takes.',
    remedy: 'Send less, or have API_BODY_BYTES raised.',
  },
  API_MEDIA_TYPE_UNSUPPORTED: {
    meaning: 'The body of a request is of a type that the route does not take.',
    remedy: 'Send JSON with Content-Type: application/json.',
  },
  API_ROUTE_UNKNOWN: {
    meaning: 'There is nothing at this path.',
    remedy: 'See /docs for the paths that there are.',
  },
  API_METHOD_NOT_ALLOWED: {
    meaning: 'The path exists, but not for this method.',
    remedy: 'Use one of the methods of the Allow header.',
  },
  API_KEY_REQUIRED: {
    meaning: 'The request has no API key, or one that is unknown, malformed or has expired.',
    remedy: 'Send Authorization: Bearer mk_…; `marlin keys create` makes a key.',
  },
  API_SCOPE_MISSING: {
    meaning: 'The API key may not do what the route does.',
    remedy: 'Use a key with the scope that the message names.',
  },
  API_HOST_REFUSED: {
    meaning:
      'The Host header names another server than this one, as a page does that rebinds its name to this machine.',
    remedy: 'Call the server as localhost or by its address, or list the name in API_ALLOWED_HOSTS.',
  },
  API_ORIGIN_REFUSED: {
    meaning: 'A page of another origin made the request.',
    remedy: 'List the origin in API_CORS_ORIGINS if it is to be allowed.',
  },
  API_RATE_EXCEEDED: {
    meaning: 'The key, or the address of a caller without one, has made more requests in a minute than it may.',
    remedy: 'Wait as long as Retry-After says; API_RATE_PER_MINUTE is the limit.',
    retryable: true,
  },
  API_QUOTA_EXCEEDED: {
    meaning:
      'The owner of the key has as many jobs that have not ended as it may have, or its jobs have made as many agent steps in a day.',
    remedy:
      'Wait for a job to end, cancel one, or have API_ACTIVE_JOBS or API_AGENT_STEPS_PER_DAY raised; the message says which.',
    retryable: true,
  },
  API_STREAMS_EXCEEDED: {
    meaning: 'As many streams of events are open, of the key or of the server, as may be.',
    remedy:
      'Close streams that nobody reads, or have API_STREAMS or API_STREAMS_PER_KEY raised; one stream per job is enough for any number of viewers behind it.',
    retryable: true,
  },
  API_CATALOG_UNKNOWN: {
    meaning: 'There is no algorithm of this name.',
    remedy: 'List them with GET /v1/algorithms.',
  },
  API_JOB_UNKNOWN: {
    meaning: 'There is no job with this id, or it belongs to another owner.',
    remedy: 'List the jobs with GET /v1/jobs; an admin key sees those of all owners.',
  },
  API_JOB_ACTIVE: {
    meaning: 'A job that has not ended was to be deleted.',
    remedy: 'Cancel it first, or wait until it has ended.',
  },
  API_JOB_HELD: {
    meaning: 'A job was to be deleted that has ended, while a learner still writes its last checkpoint.',
    remedy:
      'Repeat the request after Retry-After; learners let go of a job after its iteration, or seconds after they died.',
    retryable: true,
  },
  API_POLICY_UNKNOWN: {
    meaning: 'No policy is served under this name, or it belongs to another owner.',
    remedy: 'List them with GET /v1/policies; serve one with PUT.',
  },
  API_POLICY_TAKEN: {
    meaning: 'The name under which a policy was to be served is another owner’s.',
    remedy: 'Take another name.',
  },
  API_POLICY_UNFIT: {
    meaning: 'The job does not have the policy or the checkpoint that was to be served.',
    remedy: 'Name one that the message lists.',
  },
  API_POLICIES_EXCEEDED: {
    meaning: 'The owner of the key has as many names of served policies as it may have.',
    remedy: 'Stop serving one with DELETE, or have API_POLICIES raised.',
  },
  API_EVALUATION_UNKNOWN: {
    meaning: 'The job was not evaluated after so many iterations, or what was told of it is not stored any more.',
    remedy: 'See its series evaluation.return for the iterations after which it was.',
  },
  API_FORK_INVALID: {
    meaning: 'A job cannot go on from another’s checkpoint with the changes asked for.',
    remedy: 'Change only what the message does not name, or launch a job of its own.',
  },
  API_IDEMPOTENCY_MISMATCH: {
    meaning: 'The Idempotency-Key was used before for another request.',
    remedy: 'Use a new key for a new request; repeat a request with exactly the same body.',
  },
  API_PRECONDITION_REQUIRED: {
    meaning: 'A change needs to say which revision of the job, or of the served policy, it changes.',
    remedy: 'Send If-Match with the ETag that it had when it was read.',
  },
  API_PRECONDITION_FAILED: {
    meaning: 'The job, or the served policy, was changed since it was read.',
    remedy: 'Read it again and repeat the change with its new ETag.',
  },
  API_REQUEST_LATE: {
    meaning: 'A request did not arrive whole in time.',
    remedy: 'Send it again, all of it at once; look for a slow connection, or a Content-Length that is too large.',
    retryable: true,
  },
  API_DEADLINE_EXCEEDED: {
    meaning: 'The answer was not there in time, because the broker or a disk does not answer.',
    remedy: 'Repeat the request after a while; one with an Idempotency-Key is never carried out twice.',
    retryable: true,
  },
  API_KEYS_MISSING: {
    meaning: 'The API was to listen beyond this machine although there is not one API key.',
    remedy: 'Make a key with `marlin keys create`, or listen on 127.0.0.1.',
  },
  API_KEY_UNKNOWN: {
    meaning: 'There is no API key with this id.',
    remedy: 'See `marlin keys list`.',
  },
  API_KEYS_UNREADABLE: {
    meaning: 'The file of API keys cannot be read or written, or holds something else.',
    remedy: 'Correct or remove the file that the message names.',
  },
  API_ADDRESS_UNAVAILABLE: {
    meaning: 'The address of the API cannot be listened on.',
    remedy: 'Set API_PORT to a free port (0: any) and API_HOST to an address of this machine.',
  },
  API_INTERNAL: {
    meaning: 'The server failed in a way that nobody foresaw.',
    remedy: 'Report it with the request id, which the server’s log has too.',
  },
} as const;

export const apiError = defineErrors(API_ERRORS);
