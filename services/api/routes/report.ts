import { Type } from 'typebox';
import { version } from '../../../src/base/index.js';
import type { JobSpec } from '../../../src/jobs/index.js';
import { findJob } from '../jobs/access.js';
import { timeText } from '../jobs/view.js';
import { makeReport } from '../report.js';
import type { RouteGroup } from '../route.js';
import { JobId } from '../schemas/job.js';
import { createTurns } from '../turns.js';

const DEADLINE_MS = 30_000;

/** A job as a page. */
export const reportRoutes: RouteGroup = (app, context) => {
  /** Each takes a core and the whole history into memory. */
  const inTurn = createTurns();

  app.get(
    '/v1/jobs/:jobId/report',
    {
      config: { scope: 'read' },
      handlerTimeout: DEADLINE_MS,
      schema: {
        summary: 'Show a job’s report',
        description: 'One page of HTML with its script, style and data, which can be kept and needs no network.',
        operationId: 'getJobReport',
        tags: ['jobs'],
        params: Type.Object({ jobId: JobId }, { additionalProperties: false }),
        response: { 200: { description: 'The page.', content: { 'text/html': { schema: Type.String() } } } },
      },
    },
    async (request, reply) => {
      const { jobId } = request.params;
      const { record } = await findJob(context, request.principal, jobId);
      const job = {
        job: jobId,
        marlin: version(),
        createdAt: timeText(record.createdAt),
        spec: JSON.parse(record.spec) as JobSpec,
      };
      // Who is gone by the time of its turn is passed over.
      const { bytes, policy } = await inTurn(() => makeReport(context.broker.events, job, request.signal));
      return reply
        .type('text/html; charset=utf-8')
        .header('content-security-policy', policy)
        .send(Buffer.from(bytes.buffer) as never);
    },
  );
};
