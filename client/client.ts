import { readJson } from './answer.js';
import type {
  Actor,
  Algorithm,
  CheckpointDetails,
  CheckpointSummary,
  DryRun,
  Environment,
  EnvironmentSummary,
  Evaluation,
  Job,
  JobEdit,
  JobFilter,
  JobFork,
  JobPage,
  JobSeries,
  JobSpecInput,
  JobSummary,
  JobTimeline,
  Learner,
  Me,
  Queues,
  Scaling,
  SeriesQuery,
  TimelineEntry,
} from './answers.js';
import type { CallOptions } from './call-options.js';
import { type ApiRequest, type ClientOptions, Connection } from './connection.js';
import { type FollowOptions, followJob } from './follow.js';
import type { JobStreamEvent } from './job-events.js';
import { path, withQuery } from './path.js';
import { policyMethods } from './policies.js';

export type { CallOptions };

export interface LaunchOptions extends CallOptions {
  /** Of all calls with this key and the same request, one makes the job, and all have it as their answer. Default: a new key for each
   *  call, so that what the client itself repeats makes one job. */
  readonly idempotencyKey?: string;
}

export interface Launch {
  readonly spec: JobSpecInput;
  readonly labels?: Readonly<Record<string, string>>;
}

const KEY_PARTS = 5;
const PAGE = 200;
/** The server copies a checkpoint, and may take a minute. */
const FORK_TIMEOUT_MS = 90_000;
/** Exports are made one after the other. */
const EXPORT_TIMEOUT_MS = 120_000;

/** What policies can be exported as. */
export type PolicyFormat = 'safetensors' | 'onnx' | 'tfjs';

export interface PolicyExport {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A client of one Marlin API. Methods reject with MarlinApiError, or with the reason of the signal they were given; what may be
 *  repeated without harm is repeated by itself where that may help. Throws CLIENT_OPTIONS_INVALID. */
export function createClient(options: ClientOptions) {
  const connection = new Connection(options);
  const { random } = connection;

  const get = <T>(at: string, { signal }: CallOptions = {}): Promise<T> =>
    connection.send<T>({ method: 'GET', path: at, repeatable: true, signal }, read);
  const post = <T>(
    at: string,
    body: unknown,
    { signal }: CallOptions = {},
    more: Partial<ApiRequest> = {},
  ): Promise<T> => connection.send<T>({ method: 'POST', path: at, body, repeatable: true, signal, ...more }, read);
  const idempotent = ({ idempotencyKey = mintKey(random) }: LaunchOptions) => ({
    headers: { 'idempotency-key': idempotencyKey },
  });

  return {
    /** Launches a job. */
    launchJob: async (launch: Launch, call: LaunchOptions = {}): Promise<Job> =>
      post('/v1/jobs', launch, call, idempotent(call)),

    /** Checks a spec and tells what launching it would make. */
    dryRunJob: async (launch: Launch, call?: CallOptions): Promise<DryRun> =>
      post('/v1/jobs?dryRun=true', launch, call),

    /** One page of the jobs that fit; `cursor` is the `nextCursor` of the page before. */
    listJobs: async (filter: JobFilter & { readonly cursor?: string } = {}, call?: CallOptions): Promise<JobPage> =>
      get(withQuery('/v1/jobs', { ...filter }), call),

    /** All jobs that fit, page after page. */
    async *eachJob(filter: JobFilter = {}, call?: CallOptions): AsyncGenerator<JobSummary, void, undefined> {
      let cursor: string | null = null;
      do {
        const query: JobFilter & { cursor?: string } = cursor === null ? filter : { ...filter, cursor };
        const page: JobPage = await get(withQuery('/v1/jobs', { limit: PAGE, ...query }), call);
        yield* page.jobs;
        cursor = page.nextCursor;
      } while (cursor !== null);
    },

    getJob: async (jobId: string, call?: CallOptions): Promise<Job> => get(path`/v1/jobs/${jobId}`, call),

    /** Changes a job's name, labels or end if it still is as it was read, at `revision`; else API_PRECONDITION_FAILED. Not repeated
     *  where the answer was lost: the job tells whether it was changed. */
    editJob: async (
      { id, revision }: Pick<JobSummary, 'id' | 'revision'>,
      edit: JobEdit,
      { signal }: CallOptions = {},
    ): Promise<Job> => {
      const headers = { 'if-match': `"${revision}"` };
      const at = path`/v1/jobs/${id}`;
      return connection.send({ method: 'PATCH', path: at, body: edit, headers, repeatable: false, signal }, read<Job>);
    },

    /** Has a job stop after its iteration, to go on later. */
    pauseJob: async (jobId: string, call?: CallOptions): Promise<Job> =>
      post(path`/v1/jobs/${jobId}/pause`, undefined, call),

    /** Has a paused job go on. */
    resumeJob: async (jobId: string, call?: CallOptions): Promise<Job> =>
      post(path`/v1/jobs/${jobId}/resume`, undefined, call),

    /** Ends a job for good. */
    cancelJob: async (jobId: string, call?: CallOptions): Promise<Job> =>
      post(path`/v1/jobs/${jobId}/cancel`, undefined, call),

    /** Launches a job that begins with a checkpoint of another. */
    forkJob: async (jobId: string, fork: JobFork = {}, call: LaunchOptions = {}): Promise<Job> =>
      post(path`/v1/jobs/${jobId}/fork`, fork, call, { ...idempotent(call), timeoutMs: FORK_TIMEOUT_MS }),

    /** Checks a fork, and tells what it would make. */
    dryRunFork: async (jobId: string, fork: JobFork = {}, call?: CallOptions): Promise<DryRun> =>
      post(withQuery(path`/v1/jobs/${jobId}/fork`, { dryRun: 'true' }), fork, call),

    /** Deletes a job that has ended, with its checkpoints. */
    deleteJob: async (jobId: string, { signal }: CallOptions = {}): Promise<void> =>
      connection.send<void>(
        { method: 'DELETE', path: path`/v1/jobs/${jobId}`, repeatable: true, signal },
        async () => {},
        async (error, { afterDoubt }) => {
          // The attempt that was not answered has done it.
          if (!(afterDoubt && error.code === 'API_JOB_UNKNOWN')) throw error;
        },
      ),

    /** A job's events until its end; see `JobStreamEvent`. Connections that break are made again by themselves. */
    async *events(jobId: string, follow: FollowOptions = {}): AsyncGenerator<JobStreamEvent, void, undefined> {
      yield* followJob(connection, path`/v1/jobs/${jobId}/events`, follow);
    },

    /** A job's numbers as lines. */
    getJobMetrics: async (
      jobId: string,
      { names, agents, ...query }: SeriesQuery = {},
      call?: CallOptions,
    ): Promise<JobSeries> =>
      get(
        withQuery(path`/v1/jobs/${jobId}/metrics`, { ...query, names: names?.join(','), agents: agents?.join(',') }),
        call,
      ),

    /** What a job's evaluation after so many iterations came to, with its recorded game. */
    getEvaluation: async (jobId: string, iteration: number, call?: CallOptions): Promise<Evaluation> =>
      get(path`/v1/jobs/${jobId}/evaluations/${iteration}`, call),

    /** One page of what happened to a job. */
    getJobTimeline: async (
      jobId: string,
      query: { readonly limit?: number; readonly cursor?: string } = {},
      call?: CallOptions,
    ): Promise<JobTimeline> => get(withQuery(path`/v1/jobs/${jobId}/timeline`, query), call),

    /** All that happened to a job so far, or, with `after`, since the entry of this id. */
    async *eachTurn(
      jobId: string,
      { after, ...call }: CallOptions & { readonly after?: string } = {},
    ): AsyncGenerator<TimelineEntry, void, undefined> {
      let cursor: string | null = after ?? null;
      do {
        const query: { cursor?: string } = cursor === null ? {} : { cursor };
        const page: JobTimeline = await get(withQuery(path`/v1/jobs/${jobId}/timeline`, query), call);
        yield* page.entries;
        cursor = page.nextCursor;
      } while (cursor !== null);
    },

    /** Oldest first. */
    listCheckpoints: async (jobId: string, call?: CallOptions): Promise<CheckpointSummary[]> => {
      const { checkpoints } = await get<{ checkpoints: CheckpointSummary[] }>(
        path`/v1/jobs/${jobId}/checkpoints`,
        call,
      );
      return checkpoints;
    },

    getCheckpoint: async (jobId: string, iteration: number, call?: CallOptions): Promise<CheckpointDetails> =>
      get(path`/v1/jobs/${jobId}/checkpoints/${iteration}`, call),

    /** A checkpoint's bytes as they come; the answer's ETag is their digest. Not repeated once it has begun. */
    downloadCheckpoint: async (jobId: string, iteration: number, { signal }: CallOptions = {}): Promise<Response> =>
      connection.open({
        method: 'GET',
        path: path`/v1/jobs/${jobId}/checkpoints/${iteration}/download`,
        accept: '*/*',
        repeatable: true,
        signal,
      }),

    /** The policies of a checkpoint, or one of them, as files that act elsewhere: what it is to be called, and its bytes. */
    exportPolicies: async (
      jobId: string,
      iteration: number,
      format: PolicyFormat,
      policy?: string,
      { signal }: CallOptions = {},
    ): Promise<PolicyExport> =>
      connection.send(
        {
          method: 'GET',
          path: withQuery(path`/v1/jobs/${jobId}/checkpoints/${iteration}/export`, { format, policy }),
          accept: '*/*',
          repeatable: true,
          timeoutMs: EXPORT_TIMEOUT_MS,
          signal,
        },
        async (response) => ({
          name: /filename="([^"/\\]+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1] ?? 'export',
          bytes: new Uint8Array(await response.arrayBuffer()),
        }),
      ),

    /** A page (HTML) that shows how the job went. */
    getJobReport: async (jobId: string, { signal }: CallOptions = {}): Promise<string> =>
      connection.send(
        { method: 'GET', path: path`/v1/jobs/${jobId}/report`, accept: 'text/html', repeatable: true, signal },
        (response) => response.text(),
      ),

    ...policyMethods(connection),

    /** Whose key this is, what it allows, and how much of it is used. */
    getMe: async (call?: CallOptions): Promise<Me> => get('/v1/me', call),

    listEnvironments: async (call?: CallOptions): Promise<EnvironmentSummary[]> =>
      (await get<{ environments: EnvironmentSummary[] }>('/v1/environments', call)).environments,

    getEnvironment: async (id: string, call?: CallOptions): Promise<Environment> =>
      get(path`/v1/environments/${id}`, call),

    listAlgorithms: async (call?: CallOptions): Promise<Algorithm[]> =>
      (await get<{ algorithms: Algorithm[] }>('/v1/algorithms', call)).algorithms,

    getAlgorithm: async (id: string, call?: CallOptions): Promise<Algorithm> => get(path`/v1/algorithms/${id}`, call),

    /** The JSON Schema of job specs, with the options of the server's environments and algorithms. */
    getJobSchema: async (call?: CallOptions): Promise<Readonly<Record<string, unknown>>> => get('/v1/job-schema', call),

    /** Those that live. */
    listActors: async (call?: CallOptions): Promise<Actor[]> =>
      (await get<{ actors: Actor[] }>('/v1/actors', call)).actors,

    /** Those that live. */
    listLearners: async (call?: CallOptions): Promise<Learner[]> =>
      (await get<{ learners: Learner[] }>('/v1/learners', call)).learners,

    /** What waits for whom. */
    getQueues: async (call?: CallOptions): Promise<Queues> => get('/v1/queues', call),

    /** How many actors and learners there are, and how many the jobs could keep busy. */
    getScaling: async (call?: CallOptions): Promise<Scaling> => get('/v1/scaling', call),
  };
}

export type Client = ReturnType<typeof createClient>;

const read = <T>(response: Response): Promise<T> => readJson(response) as Promise<T>;

/** 160 random bits, as text that a header can have. */
const mintKey = (random: () => number): string =>
  Array.from({ length: KEY_PARTS }, () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('');
