import type { Redis } from 'ioredis';
import type { Clock, Logger } from '../../base/index.js';
import { closedError, type Waiting } from '../waiting.js';
import type { Keys } from './keys.js';
import type { RedisBrokerSettings } from './options.js';
import { fromRedisError } from './redis-errors.js';
import type { Transfers } from './transfers.js';
import type { Waking } from './waking.js';

/** What every part of the broker works with. */
export class Access {
  /** The connection for what answers at once. */
  readonly redis: Redis;
  /** The connection for trajectory batches. */
  readonly transfers: Transfers;
  readonly keys: Keys;
  readonly settings: RedisBrokerSettings;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly waiting: Waiting;
  readonly waking: Waking;

  constructor(
    parts: Pick<Access, 'redis' | 'transfers' | 'keys' | 'settings' | 'clock' | 'logger' | 'waiting' | 'waking'>,
  ) {
    this.redis = parts.redis;
    this.transfers = parts.transfers;
    this.keys = parts.keys;
    this.settings = parts.settings;
    this.clock = parts.clock;
    this.logger = parts.logger;
    this.waiting = parts.waiting;
    this.waking = parts.waking;
  }

  /** Calls `command` unless the broker is closed, and gives its errors their meaning. */
  async call<T>(command: () => Promise<T>): Promise<T> {
    this.waiting.assertOpen();
    try {
      return await command();
    } catch (error) {
      const known = fromRedisError(error);
      if (this.waiting.closed && known.retryable) throw closedError();
      throw known;
    }
  }
}

/** Bytes as ioredis takes them: without a copy, also of shared memory. Its own copy is made when the command is written. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
