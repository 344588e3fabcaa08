import { defineErrors } from '../base/index.js';

export const TRAINING_ERRORS = {
  TRAINING_DIVERGED: {
    meaning: 'A loss or a weight became NaN or infinite; training stopped before the weights were published.',
    remedy:
      'Lower the learning rate, clip gradients, or bound observations and rewards; resume from the last checkpoint.',
  },
  TRAINING_RESUME_MISMATCH: {
    meaning: 'The checkpoint belongs to another job spec.',
    remedy: 'Resume with the spec that the run was started with, or start a new run.',
  },
  TRAINING_CHECKPOINT_INCOMPLETE: {
    meaning: 'A checkpoint lacks a part that training needs, or a part has another size.',
    remedy: 'Use a checkpoint of the same job spec and version of Marlin.',
  },
  TRAINING_NO_CHECKPOINT: {
    meaning: 'A run was to be resumed that has no whole checkpoint.',
    remedy: 'Start the job anew.',
  },
  TRAINING_INITIAL_UNAVAILABLE: {
    meaning: 'The weights that a policy is to begin with cannot be had, or are those of another network.',
    remedy:
      'Name a job, an iteration and a policy that there is a checkpoint of, made with the same network and spaces.',
  },
  TRAINING_CROSS_PLAY_UNFIT: {
    meaning:
      'Policies were to play each other that cannot: they are of different games, or the sides do not name all agents.',
    remedy:
      'Give runs of one environment with the same options, and both sides’ agents: --side 0=left --side 1=right. Who is on neither side has no policy to act by.',
  },
  TRAINING_JOB_UNKNOWN: {
    meaning: 'A task or lease names a job that the broker no longer has.',
    remedy: 'Nothing: the job was removed, and its tasks with it.',
  },
  TRAINING_COMMIT_REFUSED: {
    meaning:
      'A batch was collected that its shard has no place for: one before it is missing, or too many wait for the learner.',
    remedy:
      'Nothing: the task is done again, and where one before it is lost, the job goes on from its newest checkpoint. If it ends the job, resume it.',
    retryable: true,
  },
  TRAINING_PART_LOST: {
    meaning: 'Another learner that updated a part of a job’s policies has died, or has given it up.',
    remedy: 'Nothing: the job goes on from its newest checkpoint. If it recurs, see the log of the learner it names.',
    retryable: true,
  },
  TRAINING_MESSAGE_MISPLACED: {
    meaning: 'A whole message lay where another belongs: a shard state or weights of another place or version.',
    remedy: 'See whether two deployments share a Redis and a prefix; the task is tried again.',
    retryable: true,
  },
  TRAINING_ENVIRONMENT_LOCAL: {
    meaning: 'An environment given as an object exists in one thread only, but collection threads were asked for.',
    remedy: 'Leave `actors` out (or 0), or pass the environment’s module in `environmentModules`.',
  },
  TRAINING_MODEL_UNFIT: {
    meaning:
      'A model by code cannot be the network of a policy: of no policy of the job, of one with levels or a memory, or with threads.',
    remedy:
      'Name policies of the job whose actions have one level and whose network has no memory, and leave `actors` and `learners` out (or 0).',
  },
  TEAM_AGENT_UNKNOWN: {
    meaning: 'A team of trained policies was asked to act for an agent that it does not have.',
    remedy: 'Use one of the agent ids that the message lists.',
  },
  TEAM_OBSERVATION_INVALID: {
    meaning: 'An observation given to a trained policy has the wrong length or is not finite.',
    remedy: 'Give the numbers of the agent’s observation space, in order.',
  },
  WORKER_DIED: {
    meaning: 'A worker thread ended while it had work.',
    remedy: 'See the cause; too little memory is the usual one. The work is done again by another thread.',
    retryable: true,
  },
} as const;

export const trainingError = defineErrors(TRAINING_ERRORS);
