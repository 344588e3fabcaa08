import type { JobChanges } from '../port.js';
import type { Access } from './access.js';
import { fromRedisError } from './redis-errors.js';
import { LUA_STAMP, Script } from './script.js';

/** Jobs of which it is known when they changed. */
const KEPT = 10_000;

/** KEYS changes · ARGV job id, jobs kept. Stamps are given in the order of the set, so whoever has read all until one misses nothing
 *  that comes later. The member # is no job: until its stamp, not all is known. */
const NOTE = new Script(`${LUA_STAMP}
local newest = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
local now = stamp(newest[2])
if not newest[1] then redis.call('ZADD', KEYS[1], string.format('%.0f', now - 1), '#') end
redis.call('ZADD', KEYS[1], now, ARGV[1])
local excess = redis.call('ZCARD', KEYS[1]) - 1 - ARGV[2]
if excess <= 0 then return end
local last = redis.call('ZRANGE', KEYS[1], excess, excess, 'WITHSCORES')
redis.call('ZREMRANGEBYRANK', KEYS[1], 1, excess)
redis.call('ZADD', KEYS[1], last[2], '#')
`);

/** KEYS changes · ARGV stamp, or nothing. Gives the newest stamp, and the jobs after the one given where all of them are known. A set
 *  that was lost and begun anew begins after every stamp before; one that lost its end ends before some. */
const READ = new Script(`
local begin = redis.call('ZSCORE', KEYS[1], '#')
if not begin then return ARGV[1] == '0' and {'0', {}} or {'0'} end
local newest = string.format('%.0f', redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2])
local since = tonumber(ARGV[1])
if not since or since < tonumber(begin) or since > tonumber(newest) then return {newest} end
return {newest, redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[1], '+inf')}
`);

/** Which jobs changed when. Records lie in slots of their own, so no script can write one and note it here: it is noted after it was
 *  written, and what a process did not live to note is found by comparing revisions. */
export class RedisJobChanges {
  readonly #access: Access;
  readonly #kept: number;

  constructor(access: Access, kept = KEPT) {
    this.#access = access;
    this.#kept = kept;
  }

  async note(jobId: string): Promise<void> {
    const { redis, keys } = this.#access;
    try {
      await NOTE.run(redis, [keys.ofFleet('changes')], [jobId, this.#kept]);
    } catch (error) {
      // The write is done, and what frees memory goes on without any.
      if (fromRedisError(error).code !== 'BROKER_OUT_OF_MEMORY') throw error;
    }
  }

  async since(mark: string | null): Promise<JobChanges> {
    const { redis, keys } = this.#access;
    const reply = await READ.run(redis, [keys.ofFleet('changes')], [mark ?? '']);
    const [newest, jobIds] = reply as readonly [string, (readonly string[])?];
    return { jobIds: jobIds ?? null, mark: newest };
  }
}
