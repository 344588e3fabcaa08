import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { JOB_STATES, type StoredJob } from '../../../src/broker/index.js';
import { forAnswer } from '../answer-signal.js';
import { findJob } from '../jobs/access.js';
import { dryRun } from '../jobs/dry-run.js';
import { editJob } from '../jobs/edit.js';
import { dryRunFork, forkJob } from '../jobs/fork.js';
import { type Launched, Launcher, resolveSpec } from '../jobs/launch.js';
import { listJobs, SORTS } from '../jobs/listing.js';
import { removeJob } from '../jobs/remove.js';
import { steerJob } from '../jobs/steer.js';
import { etagOf, jobView, locationOf, summaryView } from '../jobs/view.js';
import type { RouteGroup } from '../route.js';
import { DryRun } from '../schemas/dry-run.js';
import { EditBody, ForkBody, Job, JobId, JobList, LaunchBody } from '../schemas/job.js';

const tags = ['jobs'];
const strict = { additionalProperties: false } as const;
const OfJob = Type.Object({ jobId: JobId }, strict);
const IdempotencyHeader = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      pattern: '^[\\x21-\\x7e]{1,255}$',
      description: 'Makes a repeated request harmless: the job that the first one made is the answer.',
    }),
  ),
});

const dryRunQuery = (description: string) =>
  Type.Object({ dryRun: Type.Optional(Type.Boolean({ default: false, description })) }, strict);

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;
/** One value, or the parameter repeated. */
const OneOrMore = <T extends Type.TSchema>(schema: T, maxItems: number, description: string) =>
  Type.Optional(Type.Union([schema, Type.Array(schema, { maxItems })], { description }));
const ListQuery = Type.Object(
  {
    state: OneOrMore(Type.Enum(JOB_STATES), JOB_STATES.length, 'States, any of them.'),
    name: Type.Optional(Type.String({ maxLength: 64, description: 'Part of the name, in any case.' })),
    label: OneOrMore(Type.String({ maxLength: 200 }), 16, 'Labels, all of them: a name, or name=value.'),
    env: Type.Optional(Type.String({ maxLength: 64, description: 'Id of the environment.' })),
    algorithm: Type.Optional(Type.String({ maxLength: 64, description: 'Id of the algorithm.' })),
    owner: Type.Optional(Type.String({ maxLength: 64, description: 'Whose; others’ are listed for admins only.' })),
    sort: Type.Optional(Type.Enum(SORTS, { default: '-createdAt', description: 'With a minus: descending.' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT })),
    cursor: Type.Optional(Type.String({ maxLength: 400, description: 'The nextCursor of the page before.' })),
  },
  strict,
);

/** Copying a checkpoint takes as long as a disk does. */
const FORK_DEADLINE_MS = 60_000;

/** Launching, listing, showing and steering jobs. */
export const jobRoutes: RouteGroup = (app, context) => {
  const { jobIndex, jobLearners, options, progress } = context;
  const launcher = new Launcher(context);
  const view = async (stored: StoredJob) => {
    const { record } = stored;
    const [reached, learners] = await Promise.all([progress.read(record.jobId), jobLearners.of(record)]);
    return jobView(stored, reached, learners);
  };
  const headersOf = (stored: StoredJob) => ({ location: locationOf(stored.record.jobId), etag: etagOf(stored) });
  const answerLaunched = async (reply: FastifyReply, { stored, replayed }: Launched) => {
    const shown = await view(stored);
    reply
      .code(replayed ? 200 : 201)
      .headers({ ...headersOf(stored), ...(replayed ? { 'idempotency-replayed': 'true' } : {}) });
    return shown;
  };

  app.post(
    '/v1/jobs',
    {
      config: { scope: 'launch' },
      schema: {
        summary: 'Launch a job, or see what launching it would make',
        operationId: 'launchJob',
        description:
          '201: the job is queued. 200: with dryRun, what it would be; or the job that the same request, by its Idempotency-Key, has made before.',
        tags,
        headers: IdempotencyHeader,
        querystring: dryRunQuery('Check the spec, and launch nothing.'),
        body: LaunchBody,
        response: { 200: Type.Union([Job, DryRun]), 201: Job },
      },
    },
    async (request, reply) => {
      const { principal, body } = request;
      const spec = resolveSpec(body.spec, context);
      return forAnswer(reply, options.deadlineMs, async (signal) => {
        if (request.query.dryRun === true) return dryRun(context, principal, spec);
        const launched = await launcher.launch(principal, {
          spec,
          metadata: body.labels === undefined ? {} : { labels: body.labels },
          request: body,
          idempotencyKey: request.headers['idempotency-key'],
          signal,
        });
        return answerLaunched(reply, launched);
      });
    },
  );

  app.get(
    '/v1/jobs',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'List jobs',
        operationId: 'listJobs',
        description:
          'What other processes have changed in the last seconds may be missing; each job by itself is always as it is.',
        tags,
        querystring: ListQuery,
        response: { 200: JobList },
      },
    },
    async (request) => {
      const { state, label, name, env, algorithm, owner, cursor, ...query } = request.query;
      const { entries, nextCursor } = await listJobs(jobIndex, request.principal, {
        states: [state ?? []].flat(),
        labels: [label ?? []].flat(),
        name,
        env,
        algorithm,
        owner,
        cursor,
        sort: query.sort ?? '-createdAt',
        limit: query.limit ?? DEFAULT_LIMIT,
      });
      return { jobs: entries.map(summaryView), nextCursor };
    },
  );

  app.get(
    '/v1/jobs/:jobId',
    {
      config: { scope: 'read' },
      schema: { summary: 'Show a job', operationId: 'getJob', tags, params: OfJob, response: { 200: Job } },
    },
    async (request, reply) => {
      const stored = await findJob(context, request.principal, request.params.jobId);
      return reply.header('etag', etagOf(stored)).send(await view(stored));
    },
  );

  app.patch(
    '/v1/jobs/:jobId',
    {
      config: { scope: 'launch' },
      schema: {
        summary: 'Change a job’s name, labels or end',
        operationId: 'editJob',
        tags,
        params: OfJob,
        headers: Type.Object({
          'if-match': Type.Optional(
            Type.String({ maxLength: 400, description: 'The ETag that the job was read with; needed.' }),
          ),
        }),
        body: EditBody,
        response: { 200: Job },
      },
    },
    async (request, reply) => {
      const { principal, params, headers, body } = request;
      return forAnswer(reply, options.deadlineMs, async () => {
        const stored = await editJob(context, principal, params.jobId, headers['if-match'], body);
        const shown = await view(stored);
        reply.header('etag', etagOf(stored));
        return shown;
      });
    },
  );

  app.delete(
    '/v1/jobs/:jobId',
    {
      config: { scope: 'launch' },
      schema: {
        summary: 'Delete a job that has ended, with its checkpoints',
        operationId: 'deleteJob',
        tags,
        params: OfJob,
        response: { 204: Type.Null({ description: 'It is gone.' }) },
      },
    },
    async (request, reply) => {
      await removeJob(context, request.principal, request.params.jobId, request.signal);
      return reply.code(204).send(null);
    },
  );

  for (const [verb, wish, summary] of [
    ['pause', 'paused', 'Have a job stop after its iteration, to go on later'],
    ['resume', 'queued', 'Have a paused job go on'],
    ['cancel', 'cancelled', 'End a job for good'],
  ] as const) {
    app.post(
      `/v1/jobs/:jobId/${verb}`,
      {
        config: { scope: 'launch' },
        schema: { summary, operationId: `${verb}Job`, tags, params: OfJob, response: { 202: Job } },
      },
      async (request, reply) => {
        const stored = await steerJob(context, request.principal, request.params.jobId, wish);
        return reply
          .code(202)
          .headers(headersOf(stored))
          .send(await view(stored));
      },
    );
  }

  app.post(
    '/v1/jobs/:jobId/fork',
    {
      handlerTimeout: FORK_DEADLINE_MS,
      config: { scope: 'launch' },
      schema: {
        summary: 'Launch a job that begins with a checkpoint of another, or see what that would make',
        operationId: 'forkJob',
        description:
          '201: the job is queued. 200: with dryRun, what it would be; or the job that the same request, by its Idempotency-Key, has made before.',
        tags,
        params: OfJob,
        headers: IdempotencyHeader,
        querystring: dryRunQuery('Check the spec and the checkpoint, and launch nothing.'),
        body: ForkBody,
        response: { 200: Type.Union([Job, DryRun]), 201: Job },
      },
    },
    async (request, reply) => {
      const { principal, params, body, headers } = request;
      const key = headers['idempotency-key'];
      const dry = request.query.dryRun === true;
      return forAnswer(reply, dry ? options.deadlineMs : FORK_DEADLINE_MS, async (signal) => {
        if (dry) return dryRunFork(context, principal, params.jobId, body);
        return answerLaunched(reply, await forkJob(context, launcher, principal, params.jobId, body, key, signal));
      });
    },
  );
};
