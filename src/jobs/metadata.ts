import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { JOB_STATES, type JobRecord } from '../broker/index.js';

const LABEL_NAME = '^[a-zA-Z0-9][a-zA-Z0-9._/-]{0,62}$';
const MAX_LABELS = 32;

/** What people call jobs by, besides their names. */
export const JobLabels = Type.Record(
  Type.String({ pattern: LABEL_NAME }),
  Type.String({ maxLength: 128, pattern: '^[^\\u0000-\\u001f\\u007f]*$' }),
  { additionalProperties: false, maxProperties: MAX_LABELS, description: 'Names and values, to find jobs by.' },
);
export type JobLabels = Static<typeof JobLabels>;

/** Changes of state that somebody asked for and that are remembered: the newest. */
const MAX_CHANGES = 50;

/** What is known of a job that training does not need: it changes no weight. */
export const JobMetadata = Type.Object(
  {
    /** Who may see and change it; absent for a job that was not launched over HTTP. */
    owner: Type.Optional(Type.String()),
    labels: Type.Optional(JobLabels),
    /** The checkpoint that it began with. */
    forkedFrom: Type.Optional(
      Type.Object({ jobId: Type.String(), iteration: Type.Integer() }, { additionalProperties: false }),
    ),
    /** SHA-256 of the request that made it, where that named an idempotency key. */
    requestDigest: Type.Optional(Type.String()),
    /** Changes of state that somebody asked for, oldest first; what learners do is in the job's events. */
    changes: Type.Optional(
      Type.Array(
        Type.Object(
          {
            at: Type.Number(),
            from: Type.Enum(JOB_STATES),
            to: Type.Enum(JOB_STATES),
            by: Type.String(),
          },
          { additionalProperties: false },
        ),
      ),
    ),
  },
  { additionalProperties: true },
);
export type JobMetadata = Static<typeof JobMetadata>;
export type JobChange = NonNullable<JobMetadata['changes']>[number];

/** The metadata of a record; empty where there is none, or something else. */
export function metadataOf({ metadata }: Pick<JobRecord, 'metadata'>): JobMetadata {
  if (metadata === undefined) return {};
  try {
    const value: unknown = JSON.parse(metadata);
    return Value.Check(JobMetadata, value) ? value : {};
  } catch {
    return {};
  }
}

/** The metadata with a change of state noted. */
export const withChange = (metadata: JobMetadata, change: JobChange): JobMetadata => ({
  ...metadata,
  changes: [...(metadata.changes ?? []), change].slice(-MAX_CHANGES),
});
