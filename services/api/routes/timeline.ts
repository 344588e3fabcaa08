import { Type } from 'typebox';
import type { ApiContext } from '../context.js';
import { findJob } from '../jobs/access.js';
import { timeText } from '../jobs/view.js';
import type { ApiServer } from '../route.js';
import { JobId, Time } from '../schemas/job.js';
import type { JobHistories } from '../series/job-histories.js';
import { timelineOf } from '../series/timeline.js';
import { TURN_KINDS } from '../series/turns.js';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 500;
const DEADLINE_MS = 15_000;

const strict = { additionalProperties: false } as const;
const OrNull = <T extends Type.TSchema>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description });

const Query = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT })),
    cursor: Type.Optional(Type.String({ maxLength: 200, description: 'The nextCursor of the page before.' })),
  },
  strict,
);

export const Timeline = Type.Object(
  {
    entries: Type.Array(
      Type.Object(
        {
          at: Time('When it happened.'),
          kind: Type.Enum(TURN_KINDS, { description: 'What happened.' }),
          cause: Type.String({ description: 'Why, or how.' }),
          code: OrNull(Type.String(), 'The error that caused it, as docs/errors.md lists them.'),
          iteration: OrNull(Type.Integer({ minimum: 0 }), 'Iterations done by then.'),
          by: OrNull(Type.String(), 'Who asked for it: an owner’s name.'),
          sequence: OrNull(Type.Integer({ minimum: 1 }), 'Of the event that told it.'),
        },
        strict,
      ),
      { description: 'Oldest first.' },
    ),
    nextCursor: OrNull(Type.String(), 'Where the next page begins; null on the last.'),
  },
  { ...strict, 'x-component': 'JobTimeline' },
);

/** What happened to a job, and why. */
export function timelineRoutes(app: ApiServer, context: ApiContext, histories: JobHistories): void {
  app.get(
    '/v1/jobs/:jobId/timeline',
    {
      config: { scope: 'read' },
      handlerTimeout: DEADLINE_MS,
      schema: {
        summary: 'Show what happened to a job',
        description:
          'What people asked for, and what learners told, with causes. Nothing of it changes; more is added at its end.',
        operationId: 'getJobTimeline',
        tags: ['jobs'],
        params: Type.Object({ jobId: JobId }, strict),
        querystring: Query,
        response: { 200: Timeline },
      },
    },
    async (request) => {
      const { jobId } = request.params;
      const { limit = DEFAULT_LIMIT, cursor } = request.query;
      const { record } = await findJob(context, request.principal, jobId);
      const { history } = await histories.read(jobId);
      const { entries, nextCursor } = timelineOf(record, history.turns, limit, cursor);
      return { entries: entries.map((entry) => ({ ...entry, at: timeText(entry.at) })), nextCursor };
    },
  );
}
