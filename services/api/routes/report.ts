import { Type } from 'typebox';
import { version } from '../../../src/base/index.js';
import type { JobSpec } from '../../../src/jobs/index.js';
import { findJob } from '../jobs/access.js';
import { timeText } from '../jobs/view.js';
import { policyFor, readEvents, readUplot } from '../report.js';
import type { RouteGroup } from '../route.js';
import { JobId } from '../schemas/job.js';

const DEADLINE_MS = 30_000;

/** A job as a page. */
export const reportRoutes: RouteGroup = (app, context) => {
  const uplot = readUplot();
  uplot.catch(() => {});
  /** One after the other: a page takes the whole history into memory. */
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work, work);
    last = turn.catch(() => {});
    return turn;
  };

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
      const html = await inTurn(async () => {
        const { renderReport } = await import('../../../src/report/index.js');
        const events = await readEvents(context.broker.events, jobId);
        const createdAt = timeText(record.createdAt);
        const spec = JSON.parse(record.spec) as JobSpec;
        return renderReport({ job: { job: jobId, marlin: version(), createdAt, spec }, events, uplot: await uplot });
      });
      return reply.type('text/html; charset=utf-8').header('content-security-policy', policyFor(html)).send(html);
    },
  );
};
