/** The schedule: collecting a rollout task, updating policies, evaluation, checkpoints and recovery, over the broker's ports, in
 *  this thread or in worker threads. No HTTP, no Redis, no files of its own. Imports every room below it. */

export { loadEnvironmentModules } from './environment-modules.js';
export { TRAINING_ERRORS } from './errors.js';
export type * from './events.js';
export type * from './options.js';
export { evaluateCheckpoint, runTraining } from './run.js';
export { type ActOptions, createTeam, type Team } from './team.js';
