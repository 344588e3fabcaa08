import type { ActorRecord, Actors, LiveActor } from '../port.js';
import { assertActorId, assertInteger } from '../validate.js';
import { type Access, asBuffer } from './access.js';
import { Script } from './script.js';

const LUA_EXPIRE = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do
  redis.call('ZREM', KEYS[1], id)
  redis.call('HDEL', KEYS[2], id)
  redis.call('HDEL', KEYS[3], id)
end
`;

/** KEYS actors, heartbeats, times · ARGV actor id, heartbeat, milliseconds. */
const BEAT = new Script(`${LUA_EXPIRE}
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('HSET', KEYS[3], ARGV[1], string.format('%d', now))
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[3]), ARGV[1])
`);

/** KEYS actors, heartbeats, times. Gives ids, heartbeats and their ages in milliseconds in turn; no age is an empty text. */
const LIST = new Script(`${LUA_EXPIRE}
local told = redis.call('HGETALL', KEYS[2])
local reply = {}
for i = 1, #told, 2 do
  local at = redis.call('HGET', KEYS[3], told[i])
  reply[#reply + 1] = told[i]
  reply[#reply + 1] = told[i + 1]
  reply[#reply + 1] = at and string.format('%d', math.max(0, now - tonumber(at))) or ''
end
return reply
`);

/** Who is alive, of one kind: ends of heartbeats in a sorted set, by the clock of Redis, which is one for all. */
export class RedisActors implements Actors {
  readonly #access: Access;
  readonly #keys: readonly string[];

  constructor(access: Access, kind: 'actors' | 'learners') {
    this.#access = access;
    const parts =
      kind === 'actors'
        ? (['actors', 'heartbeats', 'heartbeat-times'] as const)
        : (['learners', 'learner-heartbeats', 'learner-heartbeat-times'] as const);
    this.#keys = parts.map((part) => access.keys.ofFleet(part));
  }

  async beat({ actorId, heartbeat }: ActorRecord, ttlMs: number): Promise<void> {
    this.#access.waiting.assertOpen();
    assertActorId(actorId);
    assertInteger('ttlMs', ttlMs, 1);
    const args = [actorId, asBuffer(heartbeat), ttlMs];
    await this.#access.call(() => BEAT.run(this.#access.redis, this.#keys, args));
  }

  async list(): Promise<readonly LiveActor[]> {
    const reply = (await this.#access.call(() => LIST.runBinary(this.#access.redis, this.#keys, []))) as Buffer[];
    const records: LiveActor[] = [];
    for (let i = 0; i < reply.length; i += 3) {
      const age = reply[i + 2]!.toString();
      records.push({
        actorId: reply[i]!.toString(),
        heartbeat: reply[i + 1]!,
        ageMs: age === '' ? null : Number(age),
      });
    }
    return records.sort((a, b) => (a.actorId < b.actorId ? -1 : 1));
  }

  async leave(actorId: string): Promise<void> {
    const { redis } = this.#access;
    const [actors, ...hashes] = this.#keys as [string, string, string];
    await this.#access.call(() =>
      Promise.all([redis.zrem(actors, actorId), ...hashes.map((hash) => redis.hdel(hash, actorId))]),
    );
  }
}
