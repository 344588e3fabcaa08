/** What the API takes and answers, as its schemas say. Types only: nothing of the server is loaded. */
import type { Static } from 'typebox';
import type { Sort } from '../services/api/jobs/listing.js';
import type * as catalog from '../services/api/schemas/catalog.js';
import type { Checkpoint, CheckpointList } from '../services/api/schemas/checkpoints.js';
import type { EditBody, ForkBody, JobList } from '../services/api/schemas/job.js';
import type { Me as MeSchema } from '../services/api/schemas/me.js';
import type * as policies from '../services/api/schemas/policies.js';
import type { Metrics } from '../services/api/schemas/series.js';
import type { Timeline } from '../services/api/schemas/timeline.js';
import type { JobState } from '../src/broker/index.js';

export type { DryRun } from '../services/api/schemas/dry-run.js';
export type { Evaluation } from '../services/api/schemas/evaluation.js';
export type { Job, JobSummary } from '../services/api/schemas/job.js';
export type { JobSpecInput } from '../src/jobs/index.js';
export type { JobState };
export type JobPage = Static<typeof JobList>;
export type JobEdit = Static<typeof EditBody>;
export type JobFork = Static<typeof ForkBody>;
export type JobSeries = Static<typeof Metrics>;
export type JobTimeline = Static<typeof Timeline>;
export type TimelineEntry = JobTimeline['entries'][number];
export type CheckpointSummary = Static<typeof CheckpointList>['checkpoints'][number];
export type EnvironmentSummary = Static<typeof catalog.EnvironmentSummary>;
export type Environment = Static<typeof catalog.Environment>;
export type Algorithm = Static<typeof catalog.Algorithm>;
export type Actor = Static<typeof catalog.Actor>;
export type Learner = Static<typeof catalog.Learner>;
export type Me = Static<typeof MeSchema>;
export type Queues = Static<typeof catalog.Queues>;
export type Scaling = Static<typeof catalog.Scaling>;
export type Policy = policies.PolicyView;
export type PolicyServe = Static<typeof policies.ServeBody>;
export type PolicyAction = Static<typeof policies.Acted>;
export type PolicyActions = Static<typeof policies.ActedBatch>;
export type CheckpointDetails = Static<typeof Checkpoint>;

type ActBody = Static<typeof policies.ActBody>;
/** One observation, and how to act by it. */
export type PolicyAct = Required<Pick<ActBody, 'observation'>> &
  Pick<ActBody, 'state' | 'mask' | 'sample' | 'seed' | 'agent'>;
/** A list of observations, and how to act by them. */
export type PolicyActBatch = Required<Pick<ActBody, 'observations'>> &
  Pick<ActBody, 'states' | 'masks' | 'sample' | 'seed' | 'agent'>;

/** Which jobs are listed; without anything, all. */
export interface JobFilter {
  /** Any of them. */
  readonly state?: readonly JobState[];
  /** Part of the name, in any case. */
  readonly name?: string;
  /** All of them: a name, or name=value. */
  readonly label?: readonly string[];
  readonly env?: string;
  readonly algorithm?: string;
  /** Others' jobs are listed for admins only. */
  readonly owner?: string;
  readonly sort?: Sort;
  /** Jobs of a page. */
  readonly limit?: number;
}

/** Which series, and what of them. */
export interface SeriesQuery {
  /** Without names, the answer tells which series there are. */
  readonly names?: readonly string[];
  readonly agents?: readonly string[];
  readonly x?: JobSeries['x'];
  readonly from?: number;
  readonly to?: number;
  /** Most points of a series. */
  readonly points?: number;
}
