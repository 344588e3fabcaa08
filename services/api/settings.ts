import { COMMON_SETTINGS, defineSettings, type SettingDeclarations, STORAGE_SETTINGS } from '../process/index.js';

/** What an API server can be told, whatever process it is in. */
export const SERVER_SETTINGS = {
  API_HOST: {
    type: 'string',
    default: '127.0.0.1',
    flag: 'host',
    description:
      'Address that the API listens on. On 127.0.0.1 it asks for no keys, and whoever is on this machine may do everything; on any other it starts only when there is a key.',
  },
  API_PORT: {
    type: 'integer',
    minimum: 0,
    maximum: 65535,
    default: 7373,
    flag: 'port',
    description: 'Port that the API listens on; 0 takes any free port and logs it.',
  },
  API_KEYS_REQUIRED: {
    type: 'boolean',
    default: false,
    flag: 'keys-required',
    description:
      'Whether every request needs a key on 127.0.0.1 too. Necessary behind a proxy on the same machine, which makes everybody local.',
  },
  API_ALLOWED_HOSTS: {
    type: 'list',
    default: [],
    description:
      'Names by which the API may be called without a key, besides localhost and addresses of this machine. Requests for other names are refused, as pages can point names of theirs to this machine.',
  },
  API_CORS_ORIGINS: {
    type: 'list',
    default: [],
    description:
      'Origins whose pages may call the API, such as https://dashboard.example; others are refused by browsers.',
  },
  API_TRUSTED_PROXIES: {
    type: 'list',
    default: [],
    description: 'Addresses of proxies whose X-Forwarded-For names the caller; from others the header is not believed.',
  },
  API_BODY_BYTES: {
    type: 'integer',
    minimum: 1024,
    maximum: 16_777_216,
    default: 1_048_576,
    description: 'Largest body of a request.',
  },
  API_RATE_PER_MINUTE: {
    type: 'integer',
    minimum: 1,
    maximum: 10_000_000,
    default: 6000,
    description: 'Requests that one key, or one address without a key, may make in a minute to one process.',
  },
  API_ACTIVE_JOBS: {
    type: 'integer',
    minimum: 1,
    maximum: 1_000_000,
    default: 100,
    description: 'Jobs of one owner that may be queued, running or paused at a time.',
  },
  API_AGENT_STEPS_PER_DAY: {
    type: 'integer',
    minimum: 0,
    default: 0,
    description:
      'Agent steps that the jobs of one owner may have made in the last 24 hours for another to be launched; 0 sets no limit. Jobs that run go on.',
  },
  API_STREAMS: {
    type: 'integer',
    minimum: 1,
    maximum: 100_000,
    default: 2000,
    description: 'Streams of events that may be open at a time in one process.',
  },
  API_STREAMS_PER_KEY: {
    type: 'integer',
    minimum: 1,
    maximum: 100_000,
    default: 100,
    description: 'Streams of events that one key may have open at a time in one process.',
  },
  API_POLICIES: {
    type: 'integer',
    minimum: 1,
    maximum: 10_000,
    default: 100,
    description: 'Names under which one owner may have policies served.',
  },
  API_POLICY_THREADS: {
    type: 'integer',
    minimum: 1,
    maximum: 64,
    default: 1,
    description:
      'Threads in which served policies act; each is begun when it is needed, and takes a core when it is busy.',
  },
  API_POLICY_BYTES: {
    type: 'integer',
    minimum: 1_048_576,
    maximum: 4_294_967_296,
    default: 268_435_456,
    description:
      'Most memory of the served policies that are loaded, over all threads; those unused for longest are loaded again when they are asked.',
  },
  API_ACT_QUEUE: {
    type: 'integer',
    minimum: 1,
    maximum: 1_000_000,
    default: 1024,
    description: 'Requests for actions that may wait in one process; further ones are refused until some are answered.',
  },
  API_ACTS_PER_MINUTE: {
    type: 'integer',
    minimum: 1,
    maximum: 100_000_000,
    default: 600_000,
    description:
      'Requests for actions that one key, or one address without a key, may make in a minute to one process; they do not count as other requests.',
  },
} as const satisfies SettingDeclarations;

export const apiSettings = defineSettings({ ...COMMON_SETTINGS, ...STORAGE_SETTINGS, ...SERVER_SETTINGS });
