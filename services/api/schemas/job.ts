import { type Static, type TSchema, Type } from 'typebox';
import { JOB_STATES } from '../../../src/broker/index.js';
import { JOB_ID_PATTERN, JobLabels, JobSpec } from '../../../src/jobs/index.js';

export const strict = { additionalProperties: false } as const;
export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
export const Count = (description: string) => Type.Integer({ minimum: 0, description });
const Numbers = (description: string) => Type.Record(Type.String(), Type.Number(), { description });

export const JobId = Type.String({ pattern: JOB_ID_PATTERN.source, description: 'Id of a job.' });
export const JobState = Type.Enum(JOB_STATES, { description: 'Where the job stands.' });
export const Time = (description: string) => Type.String({ format: 'date-time', description });
export const Lineage = Type.Object({ jobId: JobId, iteration: Count('Iterations that the checkpoint had.') }, strict);

const summary = {
  id: JobId,
  name: Type.String({ description: 'As its spec has it.' }),
  state: JobState,
  owner: Nullable(Type.String({ description: 'Whose it is; null where it was not launched over HTTP.' })),
  labels: JobLabels,
  env: Type.String({ description: 'Id of its environment.' }),
  algorithm: Type.String({ description: 'Id of its algorithm.' }),
  forkedFrom: Nullable(Lineage),
  createdAt: Time('When it was launched.'),
  updatedAt: Time('When its record was last written.'),
  revision: Type.Integer({ description: 'Changes with every write; its ETag.' }),
};

export const JobSummary = Type.Object(summary, { ...strict, 'x-component': 'JobSummary' });
export type JobSummary = Static<typeof JobSummary>;

export const Failure = Type.Object(
  {
    code: Type.String({ description: 'As docs/errors.md lists them.' }),
    message: Type.String(),
    retryable: Type.Boolean(),
    data: Type.Record(Type.String(), Type.Unknown()),
  },
  { ...strict, 'x-component': 'JobFailure' },
);

export const JobProgress = Type.Object(
  {
    iteration: Count('Iterations done.'),
    envSteps: Count('Steps of all instances.'),
    agentSteps: Count('Steps of all agents.'),
    learnerSteps: Count('Updates of all policies.'),
    wallSeconds: Type.Number({ description: 'Seconds of training, over all processes that worked on it.' }),
    policyLag: Nullable(Type.Number({ description: 'Iterations between the version that acted and the one updated.' })),
    agentStepsPerSecond: Nullable(
      Type.Number({ description: 'Of the newest iteration, collection and update together.' }),
    ),
    returns: Numbers('Agent id → mean return of the newest iteration in which an episode of it ended.'),
    rewardsPerStep: Numbers('Agent id → mean reward of a step in the newest iteration.'),
    evaluation: Nullable(
      Type.Object(
        { iteration: Count('Iterations done by then.'), returns: Numbers('Agent id → mean return.') },
        strict,
      ),
    ),
    checkpoint: Nullable(
      Type.Object({ iteration: Count('Iterations done by then.'), bytes: Count('Its size.') }, strict),
    ),
    waiting: Nullable(Type.String({ description: 'Why it stands still, as an error code.' })),
    digest: Nullable(Type.String({ description: 'SHA-256 of the final weights.' })),
    stopReason: Nullable(Type.String({ description: 'Which condition ended it.' })),
  },
  { ...strict, 'x-component': 'JobProgress' },
);

const PART_STATES = ['held', 'joining', 'waiting', 'lost', 'kept'] as const;
export type PartState = (typeof PART_STATES)[number];
export const PartState = Type.Enum(PART_STATES, {
  description:
    'held: a learner updates it. joining: one has claimed it and is getting ready. waiting: nobody has claimed it. lost: who had it is not heard of any more. kept: it is too large to be sent to another learner. All parts but held ones are updated by the learner that has the job.',
});

export const JobLearners = Type.Object(
  {
    wanted: Count('Learner processes that it could keep busy; 0 while it needs none.'),
    fence: Nullable(
      Count(
        'Epoch under which its parts are offered; what is said under an older one is refused. Null while none are.',
      ),
    ),
    parts: Type.Array(
      Type.Object(
        {
          part: Count('The first, 0, is that of the learner that has the job.'),
          policies: Type.Array(Type.String(), { description: 'Ids of those that are updated there.' }),
          state: PartState,
          learnerId: Nullable(Type.String({ description: 'Whose it is, or was; null where it waits.' })),
          heartbeatAge: Nullable(
            Type.Number({
              minimum: 0,
              description:
                'Seconds since that learner was last heard of. Null where that is not known. It beats every 2 s, and renews its claim of another part than the first every 1 s.',
            }),
          ),
        },
        strict,
      ),
      { description: 'What its policies are dealt into; empty while it needs no learner.' },
    ),
  },
  { ...strict, 'x-component': 'JobLearners' },
);

export const ResolvedSpec = Type.Unsafe<JobSpec>({ ...JobSpec, 'x-component': 'JobSpec' });

const Change = Type.Object(
  {
    at: Time('When it was asked for.'),
    from: JobState,
    to: JobState,
    by: Type.String({ description: 'Who asked for it: an owner’s name.' }),
  },
  strict,
);

export const Job = Type.Object(
  {
    ...summary,
    spec: ResolvedSpec,
    progress: JobProgress,
    learners: Nullable(JobLearners),
    failure: Nullable(Failure),
    changes: Type.Array(Change, { description: 'Changes of state that somebody asked for, oldest first.' }),
  },
  { ...strict, 'x-component': 'Job' },
);
export type Job = Static<typeof Job>;

/** A job spec as a person writes it. Checked by the rooms that know it, with all faults at once; here it is anything. */
export const SpecInput = Type.Unknown({ 'x-ref': 'JobSpecInput', description: 'A job spec; only env.id is needed.' });

export const LaunchBody = Type.Object(
  { spec: SpecInput, labels: Type.Optional(JobLabels) },
  { ...strict, 'x-component': 'JobLaunch' },
);

export const EditBody = Type.Object(
  {
    name: Type.Optional(JobSpec.properties.name),
    labels: Type.Optional(JobLabels),
    stop: Type.Optional(JobSpec.properties.stop),
  },
  { ...strict, minProperties: 1, 'x-component': 'JobEdit' },
);

export const ForkBody = Type.Object(
  {
    iteration: Type.Optional(Count('Of the checkpoint to begin with; default: the newest.')),
    spec: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: 'What differs from the other job’s spec, merged into it field by field (RFC 7396).',
      }),
    ),
    labels: Type.Optional(JobLabels),
  },
  { ...strict, 'x-component': 'JobFork' },
);

export const JobList = Type.Object(
  {
    jobs: Type.Array(JobSummary),
    nextCursor: Nullable(Type.String({ description: 'Where the next page begins; null on the last.' })),
  },
  { ...strict, 'x-component': 'JobList' },
);
