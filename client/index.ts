/** A client of the HTTP API for programs and pages: every route as a method, repetition of what may be repeated, and a job's events
 *  as an async iterator. Needs only what browsers and Node both have, and loads nothing else of Marlin: of other rooms it knows
 *  types. */
export type * from './answers.js';
export {
  type CallOptions,
  type Client,
  createClient,
  type Launch,
  type LaunchOptions,
  type PolicyExport,
  type PolicyFormat,
} from './client.js';
export type { ClientOptions } from './connection.js';
export { CLIENT_ERRORS, type FaultyPlace, MarlinApiError } from './errors.js';
export type { FollowOptions } from './follow.js';
export type { HistoryEvent, HistoryPlace, JobStreamEvent, StreamNotice } from './job-events.js';
export type { ActedRows, ActRowsOptions, ServeOptions } from './policies.js';
