import { LOG_LEVELS } from './logging.js';
import type { SettingDeclarations } from './setting.js';

/** What every process can be told. */
export const PROCESS_SETTINGS = {
  LOG_LEVEL: {
    type: 'enum',
    values: LOG_LEVELS,
    default: 'info',
    description:
      'Least important kind of log line that is written; logs are JSON, one object per line, on standard output.',
  },
  PROBE_HOST: {
    type: 'string',
    default: '127.0.0.1',
    description:
      'Address on which /livez, /readyz and /metrics are served; 0.0.0.0 lets other machines ask, without any password.',
  },
  PROBE_PORT: {
    type: 'integer',
    minimum: -1,
    maximum: 65535,
    default: 0,
    description:
      'Port of /livez, /readyz and /metrics. 0 takes any free port and logs it, so that many processes fit on one machine; -1 serves none.',
  },
  SHUTDOWN_GRACE_MS: {
    type: 'duration',
    minimum: 100,
    maximum: 3_600_000,
    default: 10_000,
    description:
      'How long a process that was told to stop may finish what it has in hand; then it ends, and others do that work again.',
  },
  MARLIN_ENVS: {
    type: 'list',
    default: [],
    description: 'Modules that export environments of your own, by path; every process of the fleet needs the same.',
  },
} as const satisfies SettingDeclarations;

/** What every process of a fleet can be told. */
export const COMMON_SETTINGS = {
  REDIS_URL: {
    type: 'url',
    protocols: ['redis:', 'rediss:'],
    description:
      'Address of the Redis server that all processes of the fleet share. Characters of a password that mean something in a URL are percent-encoded.',
    example: 'redis://127.0.0.1:6379',
  },
  ...PROCESS_SETTINGS,
} as const satisfies SettingDeclarations;

/** What a process that keeps checkpoints can be told besides. */
export const STORAGE_SETTINGS = {
  CHECKPOINT_DIR: {
    type: 'path',
    default: 'checkpoints',
    description:
      'Folder of the checkpoints, one for all learners. It must outlive process and Redis: from it, training goes on after both are lost.',
  },
} as const satisfies SettingDeclarations;
