/** Jobs as data: the spec with its defaults, validation with every fault at once, the published JSON Schema, the policies that a
 *  spec resolves to, its digest, and the states of a job. Runs nothing and loads no numeric code to validate.
 *  Imports base, spaces, broker (types), envs, networks, policies, experience and algorithms (their catalog). */
export { algorithmDistribution } from './algorithm-distribution.js';
export { batchLayout, MAX_BLOCK_BYTES } from './block.js';
export { canonicalJson, specDigest } from './digest.js';
export { type SeenEnvironment, seenByPolicies } from './environment.js';
export { JOB_ERRORS, jobError, jobSpecError } from './errors.js';
export type { Fault } from './faults.js';
export { type Field, listFields } from './fields.js';
export { JOB_ID_PATTERN, mintJobId } from './ids.js';
export { jobSchema } from './json-schema.js';
export { assertTransition, isFinal, JOB_TRANSITIONS } from './lifecycle.js';
export { type JobChange, JobLabels, type JobMetadata, metadataOf, withChange } from './metadata.js';
export { partsOf, pieceOf } from './parts.js';
export { MAX_SPEC_BYTES, parseSpecText } from './plain.js';
export { type JobPreview, previewJob } from './preview.js';
export { MAX_REPLAY_BYTES } from './replays.js';
export { type InitialWeights, type ResolvedPolicy, resolvePolicies } from './resolve.js';
export { batchesInFlight, type JobSchedule, scheduleOf } from './schedule.js';
export { sharedPolicies, unitCosts } from './shared-policies.js';
export { JobSpec, type JobSpecInput } from './spec.js';
export { specPage } from './spec-page.js';
export { type TensorflowUse, tensorflowUse } from './tensorflow.js';
export { type PolicyUnit, unitsOf } from './units.js';
export {
  type JobCatalogs,
  type JobSpecResult,
  resolveJobSpec,
  validateJobSpec,
  validateJobText,
} from './validate.js';
