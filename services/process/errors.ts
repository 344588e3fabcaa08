import { defineErrors } from '../../src/base/index.js';

export const PROCESS_ERRORS = {
  SETTINGS_INVALID: {
    meaning:
      'Environment variables or options of a service are missing or not what they may be; the process did not start.',
    remedy: 'Correct every setting that the message names; `--help` lists all of them.',
  },
  PROBES_UNAVAILABLE: {
    meaning: 'The port for probes and metrics cannot be opened.',
    remedy: 'Set PROBE_PORT to a free port (0: any, -1: none) and PROBE_HOST to an address of this machine.',
  },
} as const;

export const processError = defineErrors(PROCESS_ERRORS);
