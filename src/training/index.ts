/** The schedule: collecting a rollout task, updating policies, evaluation, checkpoints and recovery, over the broker's ports, in
 *  this thread or in worker threads. No HTTP, no Redis, no files of its own. Imports every room below it. */

export { type ActingFacts, describePolicies } from './acting-facts.js';
export { runActor } from './actor.js';
export { BufferPool } from './buffers.js';
export { type Contestant, type CrossPlaySettings, crossPlay, type Pairing } from './cross-play.js';
export { isDispossessed } from './dispossession.js';
export { eloRatings, expectedShare, type PairResult } from './elo.js';
export { kernelsInUse } from './engine.js';
export { TRAINING_ERRORS } from './errors.js';
export type * from './events.js';
export type { Inspector, IterationView, PolicyView } from './inspection.js';
export { JobDirectory } from './job-directory.js';
export type { FailedEvent, JobEvent, PausedEvent, SteeredEvent } from './job-events.js';
export { KnownStates } from './known-states.js';
export { Learner } from './learner.js';
export { openModels } from './models.js';
export type * from './options.js';
export { PartsHere } from './parts/parts-here.js';
export { evaluateCheckpoint, runTraining } from './run.js';
export { type ActOptions, createTeam, type Team } from './team.js';
export { ThreadPool } from './thread-pool.js';
export type { Workers } from './workers.js';
