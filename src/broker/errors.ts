import { defineErrors } from '../base/index.js';

export const BROKER_ERRORS = {
  BROKER_UNAVAILABLE: {
    meaning: 'The broker cannot be reached, or did not answer in time.',
    remedy: 'Check that it runs and can be reached from this machine; the call may be repeated.',
    retryable: true,
  },
  BROKER_OUT_OF_MEMORY: {
    meaning: 'Redis has used up its maxmemory and refuses what would be stored.',
    remedy: 'Raise maxmemory, or wait until running jobs have consumed what they stored; the call may be repeated.',
    retryable: true,
  },
  BROKER_REDIS_UNSUITABLE: {
    meaning: 'The Redis server cannot be used as it is: its version, its eviction policy or its access rules.',
    remedy: 'Change the setting that the message names.',
  },
  BROKER_REDIS_FAILED: {
    meaning: 'Redis refused a command for a reason that should not occur.',
    remedy: 'Report it with the message, which holds the reply of Redis.',
  },
  BROKER_TASK_LOST: {
    meaning: 'Every actor that took the rollout task ended without an answer, as often as the broker allows.',
    remedy: 'See in the actors’ logs what ended them: often the memory that the environment needs.',
  },
  BROKER_CLOSED: {
    meaning: 'The broker was closed while a call waited, or before it was made.',
    remedy: 'Nothing, when the process is stopping; otherwise close the broker after its last use.',
  },
  BROKER_ARGUMENT_INVALID: {
    meaning: 'A job id, number or option given to the broker is outside its range.',
    remedy: 'Correct the value that the message names.',
  },
  BROKER_JOB_UNKNOWN: {
    meaning: 'The job was never opened on this broker, or has been forgotten.',
    remedy: 'Check the job id; a job that ended is forgotten on purpose.',
  },
  BROKER_JOB_EXISTS: {
    meaning: 'A job with this id was submitted before.',
    remedy: 'Submit under a new id.',
  },
  BROKER_SHARD_UNKNOWN: {
    meaning: 'The job was opened with fewer shards than the shard number asked for.',
    remedy: 'Check that task and job come from the same job spec.',
  },
  BROKER_ENTRY_UNKNOWN: {
    meaning: 'A trajectory entry was asked for that was released, or lies before where the shard was opened.',
    remedy: 'Read every entry before it is released, from the cursor that the job was opened at.',
  },
  BROKER_WEIGHTS_UNKNOWN: {
    meaning: 'A policy version was asked for that was never published, or has been pruned.',
    remedy: 'Drop the task that named it: a newer task names a version that exists.',
  },
  BROKER_WEIGHTS_CONFLICT: {
    meaning: 'One epoch published two different weights under one policy version.',
    remedy: 'Report it: two learners share an epoch, or the update is not deterministic.',
  },
  BROKER_FENCED: {
    meaning: 'A newer learner has taken the job over; what this one publishes is refused.',
    remedy: 'Nothing: the newer learner goes on. Stop this one if it does not stop by itself.',
  },
  BROKER_PART_FENCED: {
    meaning:
      'A learner no longer holds a part of a job that it says something of: the part went back, or another took it.',
    remedy: 'Nothing: whoever has the part goes on with it, and this learner lets go.',
  },
} as const;

export const brokerError = defineErrors(BROKER_ERRORS);
