import { LUA_STAMP, Script } from './script.js';

/** Deletes the batches of a shard that lie between two ids of its stream. Only the stream knows which there are. */
const LUA_DELETE = `
local function delete(stream, batches, first, last)
  for _, entry in ipairs(redis.call('XRANGE', stream, first, last)) do
    local batch = batches .. string.format('%.0f', tonumber(string.match(entry[1], '^%d+')) - 1)
    redis.call('DEL', batch)
    -- Field p, where it is there: how many pieces belong to it.
    for piece = 1, tonumber(entry[2][4] or '0') do redis.call('DEL', batch .. ':' .. piece) end
  end
end
`;

/** KEYS run · ARGV names of the streams and of the batches without the shard, wake channel, capacity, shards, then per shard: k,
 *  whether there is a state, state. Gives the epoch.
 *  A stream takes only ids above its newest, so one that goes back to an earlier cursor is made anew with what it keeps. */
export const OPEN = new Script(`${LUA_STAMP}${LUA_DELETE}
local run, streams, batches, shards = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[5])
local former = tonumber(redis.call('HGET', run, 'shards') or '0')
local epoch = stamp(redis.call('HGET', run, 'epoch'))
redis.call('HSET', run, 'epoch', epoch, 'capacity', ARGV[4], 'shards', shards)
for shard = 0, shards - 1 do
  local at = 6 + shard * 3
  local k, stream = ARGV[at], streams .. ':' .. shard
  redis.call('HSET', run, 'k:' .. shard, k)
  if ARGV[at + 1] == '1' then
    redis.call('HSET', run, 'state:' .. shard, ARGV[at + 2])
  else
    redis.call('HDEL', run, 'state:' .. shard)
  end
  local kept = {}
  if k ~= '0' then kept = redis.call('XRANGE', stream, '-', k .. '-0') end
  delete(stream, batches .. ':' .. shard .. ':', '(' .. k .. '-0', '+')
  redis.call('DEL', stream)
  for _, entry in ipairs(kept) do redis.call('XADD', stream, entry[1], unpack(entry[2])) end
end
for shard = shards, former - 1 do
  redis.call('HDEL', run, 'k:' .. shard, 'state:' .. shard)
  delete(streams .. ':' .. shard, batches .. ':' .. shard .. ':', '-', '+')
  redis.call('DEL', streams .. ':' .. shard)
end
redis.call('PUBLISH', ARGV[3], '*')
return epoch
`);

/** KEYS run, the shard's stream, upload, batch, then per piece its upload and its name · ARGV epoch, shard, k, bytes of the batch, bytes of the state, wake channel. Gives a
 *  CommitOutcome; the number of shards where the shard does not exist; 'lost' where the upload is gone. Sent twice, it says
 *  "duplicate" the second time.
 *  The batch is uploaded before and gets its name here: what passes through a script is copied three times, a key not once. */
export const COMMIT = new Script(`
local function drop(outcome)
  for upload = 3, #KEYS, 2 do redis.call('DEL', KEYS[upload]) end
  return outcome
end
local run = redis.call('HMGET', KEYS[1], 'epoch', 'shards', 'capacity', 'k:' .. ARGV[2])
if run[1] ~= ARGV[1] then return drop('fenced') end
if tonumber(ARGV[2]) >= tonumber(run[2]) then return drop(run[2]) end
local k, cursor = tonumber(ARGV[3]), tonumber(run[4])
if k < cursor then return drop('duplicate') end
if k > cursor then return drop('gap') end
if redis.call('XLEN', KEYS[2]) >= tonumber(run[3]) then return drop('full') end
for upload = 3, #KEYS, 2 do
  if redis.call('EXISTS', KEYS[upload]) == 0 then return 'lost' end
end
local following = string.format('%.0f', k + 1)
local from, state = tonumber(ARGV[4]), ''
if ARGV[5] ~= '0' then state = redis.call('GETRANGE', KEYS[3], from, from + tonumber(ARGV[5]) - 1) end
if #KEYS == 4 then
  redis.call('XADD', KEYS[2], following .. '-0', 'n', ARGV[4])
else
  redis.call('XADD', KEYS[2], following .. '-0', 'n', ARGV[4], 'p', #KEYS / 2 - 2)
end
for upload = 3, #KEYS, 2 do
  redis.call('RENAME', KEYS[upload], KEYS[upload + 1])
  redis.call('PERSIST', KEYS[upload + 1])
end
redis.call('HSET', KEYS[1], 'k:' .. ARGV[2], following, 'state:' .. ARGV[2], state)
redis.call('PUBLISH', ARGV[6], 't' .. ARGV[2])
return 'ok'
`);

/** KEYS run · ARGV names of the streams and of the batches without the shard, epoch or nothing, "all" and k or "each" and
 *  the k of every shard. Gives the
 *  number of shards; 0 where the job is not open. Does nothing where there are not as many k as shards.
 *  Deletes what is consumed, and stores nothing, so it works when Redis is out of memory. */
export const RELEASE = new Script(`${LUA_DELETE}
local run = redis.call('HMGET', KEYS[1], 'shards', 'epoch')
if not run[1] then return 0 end
local shards = tonumber(run[1])
if ARGV[3] ~= '' and tonumber(ARGV[3]) < tonumber(run[2]) then return shards end
if ARGV[4] == 'each' and #ARGV ~= 4 + shards then return shards end
for shard = 0, shards - 1 do
  local k, stream = tonumber(ARGV[4] == 'each' and ARGV[5 + shard] or ARGV[5]), ARGV[1] .. ':' .. shard
  delete(stream, ARGV[2] .. ':' .. shard .. ':', '-', string.format('%.0f', k) .. '-0')
  redis.call('XTRIM', stream, 'MINID', '=', string.format('%.0f', k + 1) .. '-0')
end
return shards
`);

/** KEYS run, parts · ARGV names of the streams and of the batches without the shard, wake channel. */
export const CLOSE = new Script(`${LUA_DELETE}
local shards = tonumber(redis.call('HGET', KEYS[1], 'shards') or '0')
for shard = 0, shards - 1 do
  delete(ARGV[1] .. ':' .. shard, ARGV[2] .. ':' .. shard .. ':', '-', '+')
  redis.call('DEL', ARGV[1] .. ':' .. shard)
end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('PUBLISH', ARGV[3], '*')
`);
