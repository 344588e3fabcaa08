import { randomUUID } from 'node:crypto';
import type { ServedPolicies, ServedPolicyRecord, StoredServedPolicy } from '../port.js';
import { assertPolicyName } from '../validate.js';
import type { Access } from './access.js';
import { LUA_STAMP, Script } from './script.js';

/** KEYS policies · ARGV name, record, nonce, expected revision or nothing. Gives the revision, or nothing where the name is at another. A
 *  value is revision|nonce|record; the nonce tells a call that is sent twice from a second call. */
const COMPARE_AND_SET = new Script(`${LUA_STAMP}
local known = redis.call('HGET', KEYS[1], ARGV[1])
local revision, nonce = '', ''
if known then revision, nonce = string.match(known, '^(%d+)|([^|]*)|') end
if nonce == ARGV[3] then return revision end
if revision ~= ARGV[4] then return false end
local next = stamp(revision)
redis.call('HSET', KEYS[1], ARGV[1], next .. '|' .. ARGV[3] .. '|' .. ARGV[2])
return next
`);

/** KEYS policies · ARGV name, expected revision. */
const REMOVE = new Script(`
local known = redis.call('HGET', KEYS[1], ARGV[1])
if not known or string.match(known, '^(%d+)|') ~= ARGV[2] then return 0 end
return redis.call('HDEL', KEYS[1], ARGV[1])
`);

const VALUE = /^(\d+)\|[^|]*\|(.*)$/s;

/** One hash for the fleet: name → revision, nonce, and what the name stands for. */
export class RedisServedPolicies implements ServedPolicies {
  readonly #access: Access;
  readonly #key: string;

  constructor(access: Access) {
    this.#access = access;
    this.#key = access.keys.ofFleet('served-policies');
  }

  async get(name: string): Promise<StoredServedPolicy | null> {
    const value = await this.#access.call(() => this.#access.redis.hget(this.#key, name));
    return value === null ? null : storedOf(name, value);
  }

  async list(): Promise<readonly StoredServedPolicy[]> {
    const all = await this.#access.call(() => this.#access.redis.hgetall(this.#key));
    return Object.entries(all)
      .flatMap(([name, value]) => storedOf(name, value) ?? [])
      .sort((a, b) => (a.record.name < b.record.name ? -1 : 1));
  }

  async compareAndSet(revision: number | null, record: ServedPolicyRecord): Promise<StoredServedPolicy | null> {
    this.#access.waiting.assertOpen();
    assertPolicyName(record.name);
    const args = [record.name, record.policy, randomUUID(), revision ?? ''];
    const written = await this.#access.call(() => COMPARE_AND_SET.run(this.#access.redis, [this.#key], args));
    return written === null ? null : { record: { ...record }, revision: Number(written) };
  }

  async remove(name: string, revision?: number): Promise<boolean> {
    const { redis } = this.#access;
    const removed = await this.#access.call(() =>
      revision === undefined ? redis.hdel(this.#key, name) : REMOVE.run(redis, [this.#key], [name, revision]),
    );
    return Number(removed) > 0;
  }
}

function storedOf(name: string, value: string): StoredServedPolicy | null {
  const [, revision, policy] = VALUE.exec(value) ?? [];
  return revision === undefined || policy === undefined
    ? null
    : { record: { name, policy }, revision: Number(revision) };
}
