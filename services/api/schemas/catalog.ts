import { Type } from 'typebox';
import { Count, JobId, Nullable, PartState, strict, Time } from './job.js';

const Id = Type.String({ maxLength: 100, description: 'As job specs name it.' });
const Description = Type.String({ description: 'One sentence.' });
const OptionSchema = Type.Record(Type.String(), Type.Unknown(), {
  description: 'JSON Schema of the options, each with its default.',
});
export const Space = Type.Record(Type.String(), Type.Unknown(), {
  description: 'A space: its kind, and what belongs to the kind.',
});

export const EnvironmentSummary = Type.Object(
  {
    id: Id,
    description: Description,
    agents: Type.Array(Type.String(), { description: 'Ids, by the default options.' }),
  },
  { ...strict, 'x-component': 'EnvironmentSummary' },
);

export const Environment = Type.Object(
  {
    id: Id,
    description: Description,
    options: OptionSchema,
    agents: Type.Array(
      Type.Object(
        { id: Type.String(), observationSpace: Space, actionSpace: Space, masked: Type.Boolean() },
        { ...strict, description: 'By the default options.' },
      ),
    ),
    rewardHeads: Type.Array(Type.String()),
    returnHead: Type.Union([Type.String(), Type.Null()], { description: 'null: returns are of all heads added up.' }),
    episodeMetrics: Type.Array(Type.String()),
    ratioMetrics: Type.Record(Type.String(), Type.Array(Type.String())),
  },
  { ...strict, 'x-component': 'Environment' },
);

export const Algorithm = Type.Object(
  {
    id: Id,
    description: Description,
    options: OptionSchema,
    capabilities: Type.Record(Type.String(), Type.Unknown(), { description: 'What it can learn, and how.' }),
  },
  { ...strict, 'x-component': 'Algorithm' },
);

/** A process that takes part in the work, as its heartbeat tells. */
const worker = {
  id: Type.String(),
  host: Type.String(),
  pid: Count('Number of the process.'),
  slots: Count('What it works on at once.'),
  agentSteps: Count('Since it began.'),
  since: Time('When it began.'),
  heartbeatAge: Nullable(
    Type.Number({
      minimum: 0,
      description:
        'Seconds since it was last heard of; it beats every 2 s, and is not listed any more after 7. Null where its release does not tell.',
    }),
  ),
};
export const Actor = Type.Object(
  { ...worker, tasksDone: Count('Rollout tasks, since it began.') },
  { ...strict, 'x-component': 'Actor' },
);
export const Learner = Type.Object(
  {
    ...worker,
    iterations: Count('Of all its jobs, since it began.'),
    jobIds: Type.Array(JobId, { description: 'Jobs that it works on; those of other owners are seen by admins only.' }),
    partSlots: Count('Parts of other learners’ jobs that it takes at once.'),
    parts: Type.Array(Type.Object({ jobId: JobId, part: Count('From 1.'), state: PartState }, strict), {
      description: 'Of other learners’ jobs, that it has; those of other owners’ jobs are seen by admins only.',
    }),
  },
  { ...strict, 'x-component': 'Learner' },
);

export const Queues = Type.Object(
  {
    jobs: Type.Record(Type.String(), Type.Integer(), { description: 'State → jobs in it.' }),
    tasks: Type.Array(Type.Object({ jobId: JobId, waiting: Count('Rollout tasks that wait for an actor.') }, strict), {
      description: 'Of jobs that have any; those of other owners are seen by admins only.',
    }),
    waiting: Count('Rollout tasks of all jobs that wait for an actor.'),
    parts: Type.Array(
      Type.Object(
        {
          jobId: JobId,
          parts: Count('That other learners than the one that has the job may update.'),
          waiting: Count('Of them, those that nobody has: the learner that has the job updates them.'),
        },
        strict,
      ),
      { description: 'Of jobs at work that have any; those of other owners are seen by admins only.' },
    ),
  },
  { ...strict, 'x-component': 'Queues' },
);

export const Scaling = Type.Object(
  {
    actors: Count('That live.'),
    actorSlots: Count('Rollout tasks that they work on at once.'),
    actorsWanted: Count('That the jobs at work could keep busy: as many slots as they have shards.'),
    waitingTasks: Count('Rollout tasks that wait for an actor.'),
    learners: Count('That live.'),
    learnerSlots: Count('Jobs that they train at once.'),
    learnerPartSlots: Count('Parts of other learners’ jobs that they take at once while a slot is free.'),
    learnersWanted: Count(
      'That the jobs that are queued or running could keep busy: the fewest with a slot for each, and for jobs that several may share a place for each further part.',
    ),
    parts: Count('Of jobs at work, that other learners than those that have the jobs may update.'),
    waitingParts: Count('Of them, those that nobody has: the learner that has the job updates them.'),
    queuedJobs: Count('Jobs that wait for a learner.'),
    runningJobs: Count('Jobs at work.'),
  },
  { ...strict, 'x-component': 'Scaling' },
);
