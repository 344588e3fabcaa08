import type { Weights } from '../port.js';
import { noneOfEpoch, weightsConflict, weightsFenced, weightsUnknown } from '../refusals.js';
import { assertInteger, assertJobId } from '../validate.js';
import { type Access, asBuffer } from './access.js';
import { Script } from './script.js';

/** KEYS run, weights · ARGV version, epoch, weights. Gives whether and why not. Wakes nobody: tasks that need them are issued
 *  afterwards. */
const PUBLISH = new Script(`
local current = redis.call('HGET', KEYS[1], 'epoch')
if current ~= ARGV[2] then return 'fenced:' .. (current or '0') end
local published = redis.call('HMGET', KEYS[2], 'e:' .. ARGV[1], 'w:' .. ARGV[1])
if published[1] == ARGV[2] then
  if published[2] ~= ARGV[3] then return 'conflict' end
  return 'ok'
end
redis.call('HSET', KEYS[2], 'w:' .. ARGV[1], ARGV[3], 'e:' .. ARGV[1], ARGV[2])
return 'ok'
`);

/** KEYS weights · ARGV epoch. Gives the newest version that it published; −1 where it has published none. */
const NEWEST = new Script(`
local newest, all = -1, redis.call('HKEYS', KEYS[1])
for _, field in ipairs(all) do
  if string.sub(field, 1, 2) == 'e:' and redis.call('HGET', KEYS[1], field) == ARGV[1] then
    newest = math.max(newest, tonumber(string.sub(field, 3)))
  end
end
return newest
`);

/** KEYS run, weights · ARGV version, epoch or nothing. */
const PRUNE = new Script(`
local current = redis.call('HGET', KEYS[1], 'epoch')
if ARGV[2] ~= '' and current and tonumber(ARGV[2]) < tonumber(current) then return end
for _, field in ipairs(redis.call('HKEYS', KEYS[2])) do
  if tonumber(string.sub(field, 3)) < tonumber(ARGV[1]) then redis.call('HDEL', KEYS[2], field) end
end
`);

/** A hash per job: one key, so that publishing and pruning touch nothing that they do not name. */
export class RedisWeights implements Weights {
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
  }

  async publish(jobId: string, version: number, epoch: number, weights: Uint8Array): Promise<void> {
    this.#access.waiting.assertOpen();
    assertJobId(jobId);
    assertInteger('version', version, 0);
    const { redis, keys } = this.#access;
    const outcome = await this.#access.call(() =>
      PUBLISH.run(redis, [keys.of(jobId, 'run'), keys.of(jobId, 'weights')], [version, epoch, asBuffer(weights)]),
    );
    if (outcome === 'ok') return;
    if (outcome === 'conflict') throw weightsConflict(jobId, version, epoch);
    throw weightsFenced(jobId, version, epoch, Number(String(outcome).slice('fenced:'.length)));
  }

  async fetch(jobId: string, version: number): Promise<Uint8Array> {
    this.#access.waiting.assertOpen();
    assertJobId(jobId);
    const { redis, keys } = this.#access;
    const weights = await this.#access.call(() => redis.hgetBuffer(keys.of(jobId, 'weights'), `w:${version}`));
    if (weights === null) throw weightsUnknown(jobId, version);
    return weights;
  }

  async newest(jobId: string, epoch: number): Promise<number> {
    this.#access.waiting.assertOpen();
    assertJobId(jobId);
    const { redis, keys } = this.#access;
    const newest = Number(await this.#access.call(() => NEWEST.run(redis, [keys.of(jobId, 'weights')], [epoch])));
    if (newest === -1) throw noneOfEpoch(jobId, epoch);
    return newest;
  }

  async prune(jobId: string, version: number, epoch?: number): Promise<void> {
    assertJobId(jobId);
    const { redis, keys } = this.#access;
    await this.#access.call(() =>
      PRUNE.run(redis, [keys.of(jobId, 'run'), keys.of(jobId, 'weights')], [version, epoch ?? '']),
    );
  }
}
