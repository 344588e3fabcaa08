import { defineErrors } from '../src/base/index.js';

export const CLI_ERRORS = {
  CLI_USAGE: {
    meaning: 'The command line names something that does not exist or does not go together.',
    remedy: 'Run the command with --help.',
  },
  SPEC_UNREADABLE: {
    meaning: 'The job spec’s file cannot be read.',
    remedy: 'Check the path, or pass - and give the spec on standard input.',
  },
  POLICY_UNREADABLE: {
    meaning: 'The file of a policy cannot be read.',
    remedy: 'Check the path.',
  },
  RUN_UNKNOWN: {
    meaning: 'There is no run in the folder named.',
    remedy: 'Name a folder that `marlin train` made; it holds a job.json.',
  },
  RUN_LOCKED: {
    meaning: 'Another process is working on this run.',
    remedy: 'Wait for the process whose id the message has, or stop it.',
  },
  RUN_SPEC_DIFFERS: {
    meaning: 'A run was told to go on with settings that would change its weights.',
    remedy: 'Resume without those settings, or start a new run with them.',
  },
  RUN_EMPTY: {
    meaning: 'The run has no checkpoint yet.',
    remedy: 'Resume the run until it has saved one.',
  },
  FLEET_DETACHED: {
    meaning: 'Following a job on a fleet was interrupted; the job itself goes on.',
    remedy: 'Nothing, unless the job is no longer wanted.',
  },
  FLEET_HISTORY_LOST: {
    meaning: 'The broker no longer has the job, or its history, and cannot tell how it ended.',
    remedy: 'See the learners’ logs and the checkpoint folder; start a learner with --recover if Redis lost its data.',
  },
  DEV_REDIS_MISSING: {
    meaning: 'A fleet on this machine needs a Redis server, and none is there or none would start.',
    remedy: 'Install redis-server, or set REDIS_URL.',
  },
  DEV_CHILD_ENDED: {
    meaning: 'A process of the fleet on this machine ended by itself, so the others were stopped.',
    remedy: 'See its log above.',
  },
  KEY_UNREADABLE: {
    meaning: 'The file of the API key cannot be read.',
    remedy: 'Check --key-file or MARLIN_API_KEY_FILE, or put the key into MARLIN_API_KEY.',
  },
  JOB_NOT_SUCCEEDED: {
    meaning: 'A job that was watched to its end was cancelled, removed, or failed without saying why.',
    remedy: 'See what happened to it with `marlin jobs logs`.',
  },
  RUN_WRITE_FAILED: {
    meaning: 'A file of the run could not be written: a full disk, or no permission.',
    remedy: 'Make room or permit writing, then go on with --resume; the checkpoints are whole.',
    retryable: true,
  },
} as const;

export const cliError = defineErrors(CLI_ERRORS);

/** What the argument parser refused, as an error of ours. */
export const usageError = (error: Error): Error =>
  cliError('CLI_USAGE', error.message.replace(/^error: /, ''), { cause: error });
