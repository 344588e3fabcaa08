/** Marlin as a library: environments, job specs, training in this process, and trained policies that act. */
/** TypeBox's, in which the options of an environment are written. */
export { Type } from 'typebox';
export { MarlinError, RandomStream } from './base/index.js';
export {
  type Checkpoint,
  type CheckpointStore,
  createFileCheckpointStore,
  createMemoryCheckpointStore,
} from './checkpoints/index.js';
export {
  type ActionProfile,
  type AgentSpec,
  assertConformance,
  type ConformanceReport,
  checkEnvironment,
  defineBatchedEnvironment,
  defineEnvironment,
  type Environment,
  type EnvironmentBatch,
  type EnvironmentDefinition,
  type Instance,
} from './envs/index.js';
export { type ExportedPolicy, exportPolicies } from './export/index.js';
export type { JobSpec, JobSpecInput } from './jobs/index.js';
export { createWasmKernels } from './kernels/index.js';
export {
  type CreateModel,
  loadTensorflow,
  type TensorflowBackend,
  type TensorflowEngine,
} from './networks/tensorflow/index.js';
export {
  binary,
  box,
  composite,
  describeAction,
  discrete,
  hierarchical,
  multiDiscrete,
  observed,
  type Space,
} from './spaces/index.js';
export { type TrainedJob, type TrainOptions, train } from './train.js';
export {
  type ActOptions,
  createTeam,
  type EvaluationResult,
  evaluateCheckpoint,
  type Team,
  type TrainingEvent,
  type TrainingResult,
} from './training/index.js';
