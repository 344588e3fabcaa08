import { Type } from 'typebox';
import { metadataOf } from '../../../src/jobs/index.js';
import type { ApiContext } from '../context.js';
import { findJob } from '../jobs/access.js';
import { tellChanges } from '../jobs/change-log.js';
import { timeText } from '../jobs/view.js';
import type { ApiServer } from '../route.js';
import { JobId, strict } from '../schemas/job.js';
import { DEFAULT_LIMIT, Timeline, TimelineQuery } from '../schemas/timeline.js';
import type { JobHistories } from '../series/job-histories.js';
import { timelineOf } from '../series/timeline.js';

const DEADLINE_MS = 15_000;

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
          'What people asked for, and what learners told, with causes, in the order in which the job’s history got it. Nothing of it ' +
          'changes, neither entries nor their ids nor their order; more is added at its end.',
        operationId: 'getJobTimeline',
        tags: ['jobs'],
        params: Type.Object({ jobId: JobId }, strict),
        querystring: TimelineQuery,
        response: { 200: Timeline },
      },
    },
    async (request) => {
      const { jobId } = request.params;
      const { limit = DEFAULT_LIMIT, cursor } = request.query;
      const { record } = await findJob(context, request.principal, jobId);
      let { history } = await histories.read(jobId);
      if (history.changes.missing(metadataOf(record).changes ?? []).length > 0) {
        await tellChanges(context, record);
        history = (await histories.read(jobId, true)).history;
      }
      const { entries, nextCursor } = timelineOf(record, history.turns, limit, cursor);
      return { entries: entries.map((entry) => ({ ...entry, at: timeText(entry.at) })), nextCursor };
    },
  );
}
