import { randomUUID } from 'node:crypto';
import type { Events, JobEvent } from '../port.js';
import { assertJobId } from '../validate.js';
import type { Access } from './access.js';
import { Script } from './script.js';

/** A call that is sent twice is recognized among that many newest events. */
const REMEMBERED = 32;

/** KEYS events · ARGV nonce, at, type, payload, limit, channel of those who follow. Gives sequence and at. The newest entry is never cut off, so
 *  its id is the count of all events. */
const APPEND = new Script(`
local recent = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', ${REMEMBERED})
for _, entry in ipairs(recent) do
  if entry[2][2] == ARGV[1] then return {string.match(entry[1], '%d+'), entry[2][4]} end
end
local sequence = 1
if recent[1] then sequence = tonumber(string.match(recent[1][1], '%d+')) + 1 end
local id = string.format('%.0f', sequence)
redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[5], id .. '-0', 'n', ARGV[1], 'a', ARGV[2], 't', ARGV[3], 'p', ARGV[4])
redis.call('PUBLISH', ARGV[6], 'e')
return {id, ARGV[2]}
`);

/** A capped stream per job, in which event n has the id n-0. */
export class RedisEvents implements Events {
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
  }

  async append(jobId: string, type: string, payload: string, token: string = randomUUID()): Promise<JobEvent> {
    this.#access.waiting.assertOpen();
    assertJobId(jobId);
    const { redis, keys, clock, settings } = this.#access;
    const args = [token, clock.now(), type, payload, settings.eventLimit, keys.of(jobId, 'told')];
    const reply = await this.#access.call(() => APPEND.run(redis, [keys.of(jobId, 'events')], args));
    const [sequence, at] = reply as [string, string];
    return { sequence: Number(sequence), at: Number(at), type, payload };
  }

  async read(jobId: string, sequence: number, limit?: number): Promise<readonly JobEvent[]> {
    const { redis, keys } = this.#access;
    const [key, first] = [keys.of(jobId, 'events'), `${sequence + 1}-0`];
    const entries = await this.#access.call(() =>
      limit === undefined ? redis.xrange(key, first, '+') : redis.xrange(key, first, '+', 'COUNT', limit),
    );
    return entries.map(([id, fields]) => ({
      sequence: Number.parseInt(id, 10),
      at: Number(fields[3]),
      type: fields[5]!,
      payload: fields[7]!,
    }));
  }

  async *follow(jobId: string, sequence: number, signal: AbortSignal): AsyncIterable<JobEvent> {
    this.#access.waiting.assertOpen();
    assertJobId(jobId);
    const { keys, waking } = this.#access;
    let last = sequence;
    let existed = false;
    let seen = 0;
    const look = async (): Promise<readonly JobEvent[] | null | undefined> => {
      const { newest, recorded } = await this.#standing(jobId);
      // Removed; or removed and submitted anew, so that its events are another history.
      if ((existed && !recorded && newest === 0) || newest < seen) return null;
      seen = newest;
      existed ||= recorded || newest > 0;
      return newest > last ? this.read(jobId, last) : undefined;
    };
    try {
      while (!signal.aborted) {
        const events = await waking.until(keys.of(jobId, 'told'), 'e', signal, look);
        if (events === null) return;
        for (const event of events) {
          if (signal.aborted) return;
          last = event.sequence;
          yield event;
        }
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** The newest event's sequence, 0 before the first, and whether the job has a record. */
  async #standing(jobId: string): Promise<{ readonly newest: number; readonly recorded: boolean }> {
    const { redis, keys } = this.#access;
    const [newest, recorded] = await this.#access.call(() =>
      Promise.all([
        redis.xrevrange(keys.of(jobId, 'events'), '+', '-', 'COUNT', 1),
        redis.exists(keys.of(jobId, 'record')),
      ]),
    );
    return { newest: Number.parseInt(newest[0]?.[0] ?? '0', 10), recorded: recorded === 1 };
  }
}
