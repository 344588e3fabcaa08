import { Type } from 'typebox';
import type { ApiContext } from '../context.js';
import { findJob } from '../jobs/access.js';
import { timeText } from '../jobs/view.js';
import type { ApiServer } from '../route.js';
import { JobId, strict } from '../schemas/job.js';
import { DEFAULT_POINTS, Metrics, SeriesQuery } from '../schemas/series.js';
import type { JobHistories } from '../series/job-histories.js';
import { availableSeries, selectSeries } from '../series/select.js';

/** Of long histories, the first request reads thousands of events. */
const DEADLINE_MS = 15_000;

const DESCRIPTION =
  'Thinned out to `points` each, and to 200,000 together: the first and the last point are kept, and of each of the equal parts in between ' +
  'the least and the greatest, so that no peak is lost and the same request has the same answer. Iterations that were made ' +
  'again after a learner was lost are in it once. Points without a value, as of iterations in which no episode ended, are left out.';

/** A job's numbers as lines. */
export function seriesRoutes(app: ApiServer, context: ApiContext, histories: JobHistories): void {
  app.get(
    '/v1/jobs/:jobId/metrics',
    {
      config: { scope: 'read' },
      handlerTimeout: DEADLINE_MS,
      schema: {
        summary: 'Show a job’s series',
        description: DESCRIPTION,
        operationId: 'getJobMetrics',
        tags: ['jobs'],
        params: Type.Object({ jobId: JobId }, strict),
        querystring: SeriesQuery,
        response: { 200: Metrics },
      },
    },
    async (request) => {
      const { jobId } = request.params;
      await findJob(context, request.principal, jobId);
      const {
        names,
        agents,
        x = 'iteration',
        from = -Infinity,
        to = Infinity,
        points = DEFAULT_POINTS,
      } = request.query;
      const { history, sequence } = await histories.read(jobId);
      const head = { jobId, readAt: timeText(context.clock.now()), sequence, x };
      if (names === undefined) return { ...head, available: availableSeries(history), series: [] };
      const wanted = {
        names: new Set(names.split(',')),
        agents: agents === undefined ? null : new Set(agents.split(',')),
      };
      return { ...head, series: selectSeries(history, { ...wanted, x, from, to, points }) };
    },
  );
}
