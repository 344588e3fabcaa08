import { LUA_STAMP, Script } from './script.js';

/** KEYS run · ARGV name of the trajectory streams without the shard, wake channel, capacity, shards, then per shard: k, whether
 *  there is a state, state. Gives the epoch.
 *  A stream takes only ids above its newest, so one that goes back to an earlier cursor is made anew with what it keeps. */
export const OPEN = new Script(`${LUA_STAMP}
local run, streams, shards = KEYS[1], ARGV[1], tonumber(ARGV[4])
local former = tonumber(redis.call('HGET', run, 'shards') or '0')
local epoch = stamp(redis.call('HGET', run, 'epoch'))
redis.call('HSET', run, 'epoch', epoch, 'capacity', ARGV[3], 'shards', shards)
for shard = 0, shards - 1 do
  local at = 5 + shard * 3
  local k, stream = ARGV[at], streams .. ':' .. shard
  redis.call('HSET', run, 'k:' .. shard, k)
  if ARGV[at + 1] == '1' then
    redis.call('HSET', run, 'state:' .. shard, ARGV[at + 2])
  else
    redis.call('HDEL', run, 'state:' .. shard)
  end
  local kept = {}
  if k ~= '0' then kept = redis.call('XRANGE', stream, '-', k .. '-0') end
  redis.call('DEL', stream)
  for _, entry in ipairs(kept) do redis.call('XADD', stream, entry[1], unpack(entry[2])) end
end
for shard = shards, former - 1 do
  redis.call('HDEL', run, 'k:' .. shard, 'state:' .. shard)
  redis.call('DEL', streams .. ':' .. shard)
end
redis.call('PUBLISH', ARGV[2], '*')
return epoch
`);

/** KEYS run, the shard's stream · ARGV epoch, shard, k, batch, state, wake channel. Gives a CommitOutcome, or the number of shards
 *  where the shard does not exist. Sent twice, it says "duplicate" the second time. */
export const COMMIT = new Script(`
local run = redis.call('HMGET', KEYS[1], 'epoch', 'shards', 'capacity', 'k:' .. ARGV[2])
if run[1] ~= ARGV[1] then return 'fenced' end
if tonumber(ARGV[2]) >= tonumber(run[2]) then return run[2] end
local k, cursor = tonumber(ARGV[3]), tonumber(run[4])
if k < cursor then return 'duplicate' end
if k > cursor then return 'gap' end
if redis.call('XLEN', KEYS[2]) >= tonumber(run[3]) then return 'full' end
local following = string.format('%.0f', k + 1)
redis.call('XADD', KEYS[2], following .. '-0', 'b', ARGV[4], 's', ARGV[5])
redis.call('HSET', KEYS[1], 'k:' .. ARGV[2], following, 'state:' .. ARGV[2], ARGV[5])
redis.call('PUBLISH', ARGV[6], 't' .. ARGV[2])
return 'ok'
`);

/** KEYS run · ARGV name of the streams without the shard, k. Gives whether the job is open. Deletes what is consumed, and stores
 *  nothing, so it works when Redis is out of memory. */
export const RELEASE = new Script(`
local shards = redis.call('HGET', KEYS[1], 'shards')
if not shards then return 0 end
local first = string.format('%.0f', tonumber(ARGV[2]) + 1) .. '-0'
for shard = 0, tonumber(shards) - 1 do
  redis.call('XTRIM', ARGV[1] .. ':' .. shard, 'MINID', '=', first)
end
return 1
`);

/** KEYS run · ARGV name of the streams without the shard, wake channel. */
export const CLOSE = new Script(`
local shards = tonumber(redis.call('HGET', KEYS[1], 'shards') or '0')
for shard = 0, shards - 1 do redis.call('DEL', ARGV[1] .. ':' .. shard) end
redis.call('DEL', KEYS[1])
redis.call('PUBLISH', ARGV[2], '*')
`);
