import { brokerError } from '../errors.js';
import { assertInteger } from '../validate.js';

export interface RedisBrokerOptions {
  /** `redis://[user:password@]host:port[/db]`, or `rediss://…` for TLS. */
  readonly url: string;
  /** What the names of all keys begin with; default `marlin`. 1 to 64 of a–z, A–Z, 0–9, "_", "-" and ".". */
  readonly prefix?: string;
  /** How often a task may fail before its failure is reported; default 5, at least 1. */
  readonly maxAttempts?: number;
  /** How many actors may end without an answer to the same task before that is reported; default 100, at least 1. */
  readonly maxLost?: number;
  /** Events kept of a job; default 10,000, at least 1. */
  readonly eventLimit?: number;
  /** How long a lease outlives its holder; default 2000, at least 100. Shorter: a killed actor is replaced sooner, and a busy event
   *  loop loses leases sooner (which costs work, never correctness). It is renewed four times in that time. */
  readonly leaseMs?: number;
  /** How often lost leases are looked for, and how often a waiting call looks for what no message told it; default 1000, at
   *  least 20. */
  readonly checkMs?: number;
  /** How long a command may take before it counts as BROKER_UNAVAILABLE; default 2000, at least 50. */
  readonly requestTimeoutMs?: number;
  /** How long the first connection may take; default 5000, at least 50. */
  readonly connectTimeoutMs?: number;
  /** Before the first retry of a failed task; doubles with every further one. Default 100, at least 1. */
  readonly retryDelayMs?: number;
}

export type RedisBrokerSettings = Required<RedisBrokerOptions>;

const LEAST = {
  maxAttempts: 1,
  maxLost: 1,
  eventLimit: 1,
  leaseMs: 100,
  checkMs: 20,
  requestTimeoutMs: 50,
  connectTimeoutMs: 50,
  retryDelayMs: 1,
} as const;

/** The options with their defaults. Throws BROKER_ARGUMENT_INVALID. */
export function resolveOptions(options: RedisBrokerOptions): RedisBrokerSettings {
  const settings = {
    prefix: 'marlin',
    maxAttempts: 5,
    maxLost: 100,
    eventLimit: 10_000,
    leaseMs: 2000,
    checkMs: 1000,
    requestTimeoutMs: 2000,
    connectTimeoutMs: 5000,
    retryDelayMs: 100,
    ...options,
  };
  for (const name of Object.keys(LEAST) as (keyof typeof LEAST)[]) assertInteger(name, settings[name], LEAST[name]);
  if (!/^[a-zA-Z0-9_.-]{1,64}$/.test(settings.prefix)) {
    throw brokerError(
      'BROKER_ARGUMENT_INVALID',
      `prefix is ${JSON.stringify(settings.prefix).slice(0, 80)}: use 1 to 64 of a–z, A–Z, 0–9, "_", "-" and ".".`,
    );
  }
  if (!/^rediss?:\/\//.test(settings.url)) {
    throw brokerError(
      'BROKER_ARGUMENT_INVALID',
      'url is not the URL of a Redis server: give one as redis://127.0.0.1:6379, or rediss://… for TLS.',
    );
  }
  return settings;
}
