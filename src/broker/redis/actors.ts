import type { ActorRecord, Actors } from '../port.js';
import { assertActorId, assertInteger } from '../validate.js';
import { type Access, asBuffer } from './access.js';
import { Script } from './script.js';

const LUA_EXPIRE = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do
  redis.call('ZREM', KEYS[1], id)
  redis.call('HDEL', KEYS[2], id)
end
`;

/** KEYS actors, heartbeats · ARGV actor id, heartbeat, milliseconds. */
const BEAT = new Script(`${LUA_EXPIRE}
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[3]), ARGV[1])
`);

/** KEYS actors, heartbeats. Gives ids and heartbeats in turn. */
const LIST = new Script(`${LUA_EXPIRE}
return redis.call('HGETALL', KEYS[2])
`);

/** Who is alive, of one kind: ends of heartbeats in a sorted set, by the clock of Redis, which is one for all. */
export class RedisActors implements Actors {
  readonly #access: Access;
  readonly #keys: readonly string[];

  constructor(access: Access, kind: 'actors' | 'learners') {
    this.#access = access;
    const heartbeats = kind === 'actors' ? 'heartbeats' : 'learner-heartbeats';
    this.#keys = [access.keys.ofFleet(kind), access.keys.ofFleet(heartbeats)];
  }

  async beat({ actorId, heartbeat }: ActorRecord, ttlMs: number): Promise<void> {
    this.#access.waiting.assertOpen();
    assertActorId(actorId);
    assertInteger('ttlMs', ttlMs, 1);
    const args = [actorId, asBuffer(heartbeat), ttlMs];
    await this.#access.call(() => BEAT.run(this.#access.redis, this.#keys, args));
  }

  async list(): Promise<readonly ActorRecord[]> {
    const reply = (await this.#access.call(() => LIST.runBinary(this.#access.redis, this.#keys, []))) as Buffer[];
    const records: ActorRecord[] = [];
    for (let i = 0; i < reply.length; i += 2) records.push({ actorId: reply[i]!.toString(), heartbeat: reply[i + 1]! });
    return records.sort((a, b) => (a.actorId < b.actorId ? -1 : 1));
  }

  async leave(actorId: string): Promise<void> {
    const { redis } = this.#access;
    const [actors, heartbeats] = this.#keys as [string, string];
    await this.#access.call(() => Promise.all([redis.zrem(actors, actorId), redis.hdel(heartbeats, actorId)]));
  }
}
