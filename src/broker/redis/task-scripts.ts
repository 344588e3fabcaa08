import { Script } from './script.js';

/** KEYS turns, serving · ARGV job ids. Gives jobs a turn, behind the others, unless they have one. */
export const GIVE_TURNS = new Script(`
local now = tonumber(redis.call('TIME')[1])
for _, job in ipairs(ARGV) do
  redis.call('ZADD', KEYS[2], now, job)
  if not redis.call('ZSCORE', KEYS[1], job) then
    local last = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2] or '0'
    redis.call('ZADD', KEYS[1], tonumber(last) + 1, job)
  end
end
`);

/** KEYS turns, serving · ARGV job id, seconds. Forgets a job that had no tasks for so long. */
export const FORGET_TURNS = new Script(`
local since = redis.call('ZSCORE', KEYS[2], ARGV[1])
if since and tonumber(since) + tonumber(ARGV[2]) > tonumber(redis.call('TIME')[1]) then return 0 end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
return 1
`);

/** KEYS the queue's settings · ARGV length of its history, prefix of the queue's keys, ids. Tasks that were out and withdrawn are
 *  wanted again, and nothing keeps a long history. */
export const WANT = new Script(`
redis.call('HSET', KEYS[1], 'opts.maxLenEvents', ARGV[1])
for i = 3, #ARGV do redis.call('HDEL', ARGV[2] .. ARGV[i], 'withdrawn') end
`);

/** KEYS the active list, failures · ARGV prefix of the queue's keys, epoch or nothing. Marks what is out, of this epoch and older
 *  ones, as withdrawn, and forgets its failures; the mark lies in the element's own hash and goes with it. */
export const WITHDRAW = new Script(`
local function concerned(id)
  return ARGV[2] == '' or tonumber(string.match(id, '%d+$')) <= tonumber(ARGV[2])
end
for _, id in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  if concerned(id) and redis.call('EXISTS', ARGV[1] .. id) == 1 then redis.call('HSET', ARGV[1] .. id, 'withdrawn', 1) end
end
for _, id in ipairs(redis.call('HKEYS', KEYS[2])) do
  if concerned(id) then redis.call('HDEL', KEYS[2], id) end
end
`);

/** KEYS wait, active, delayed, prioritized, settings · KEYS what else BullMQ keeps of a queue. Deletes the rest of a queue without
 *  elements, unless it is paused: then someone is about to remove it, for which BullMQ wants to find it so. */
export const TIDY = new Script(`
if redis.call('EXISTS', KEYS[1], KEYS[2], KEYS[3], KEYS[4]) > 0 then return 0 end
if redis.call('HEXISTS', KEYS[5], 'paused') == 1 then return 0 end
redis.call('DEL', unpack(KEYS, 5))
return 1
`);
