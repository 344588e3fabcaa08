import { Type } from 'typebox';
import type { ApiContext } from '../context.js';
import { findJob } from '../jobs/access.js';
import { timeText } from '../jobs/view.js';
import type { ApiServer } from '../route.js';
import { JobId, Time } from '../schemas/job.js';
import type { JobHistories } from '../series/job-histories.js';
import { availableSeries, selectSeries } from '../series/select.js';
import { SUBJECTS, X_AXES } from '../series/series-table.js';

const DEFAULT_POINTS = 500;
const LIST_CHARACTERS = 4000;
/** Of long histories, the first request reads thousands of events. */
const DEADLINE_MS = 15_000;

const strict = { additionalProperties: false } as const;
const List = (description: string) =>
  Type.Optional(
    Type.String({ minLength: 1, maxLength: LIST_CHARACTERS, description: `${description} With commas between.` }),
  );
const Bound = (description: string) => Type.Optional(Type.Number({ description }));

const Query = Type.Object(
  {
    names: List('Names of series; without, the answer tells which there are.'),
    agents: List('Agents, or what their policies have; default: all.'),
    x: Type.Optional(Type.Enum(X_AXES, { default: 'iteration', description: 'What x is, and `from` and `to` bound.' })),
    from: Bound('Least x.'),
    to: Bound('Greatest x.'),
    points: Type.Optional(
      Type.Integer({ minimum: 4, maximum: 10_000, default: DEFAULT_POINTS, description: 'Most points of a series.' }),
    ),
  },
  strict,
);

const Subject = Type.Enum(SUBJECTS, { description: 'Whether it is of an agent, of a policy, or of the job.' });
const Name = Type.String({
  description:
    'return, rewardPerStep[.head], metric.<name>: of an agent, while training, those with evaluation. before them of an ' +
    'evaluation; what the algorithm reports: of a policy; policyLag, episodes, seconds.<part> and the like: of the job.',
});
export const Metrics = Type.Object(
  {
    jobId: JobId,
    readAt: Time('When the history was read.'),
    sequence: Type.Integer({
      minimum: 0,
      description: 'Of the newest event that is in here: follow the events after it.',
    }),
    x: Type.Enum(X_AXES),
    available: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Name,
            per: Subject,
            ids: Type.Array(Type.String(), { description: 'Agents or policies that have it.' }),
          },
          strict,
        ),
        { description: 'The series that there are; only where no names were given.' },
      ),
    ),
    series: Type.Array(
      Type.Object(
        {
          name: Name,
          per: Subject,
          id: Type.Union([Type.String(), Type.Null()], { description: 'The agent or policy.' }),
          of: Type.Integer({ minimum: 0, description: 'Points before they were thinned out.' }),
          x: Type.Array(Type.Number(), { description: 'Ascending.' }),
          y: Type.Array(Type.Number()),
        },
        strict,
      ),
    ),
  },
  { ...strict, 'x-component': 'JobMetrics' },
);

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
        querystring: Query,
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
