import { Type } from 'typebox';
import { SUBJECTS, X_AXES } from '../series/series-table.js';
import { JobId, strict, Time } from './job.js';

export const DEFAULT_POINTS = 500;
const LIST_CHARACTERS = 4000;

const List = (description: string) =>
  Type.Optional(
    Type.String({ minLength: 1, maxLength: LIST_CHARACTERS, description: `${description} With commas between.` }),
  );
const Bound = (description: string) => Type.Optional(Type.Number({ description }));

export const SeriesQuery = Type.Object(
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
