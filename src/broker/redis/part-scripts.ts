import { LUA_STAMP, Script } from './script.js';

/** `offered` is the current epoch, or nothing where the parts are not of it. KEYS run, parts · ARGV epoch. */
const LUA_FENCE = `
local current = redis.call('HGET', KEYS[1], 'epoch')
if current ~= ARGV[1] then return 'fenced:' .. (current or '0') end
if redis.call('HGET', KEYS[2], 'epoch') ~= ARGV[1] then return 'fenced:' .. ARGV[1] end
`;

/** Whose hold it is: `fence` of whoever has the part, or '0' where an older release has claimed it. ARGV epoch, part, fence. */
const LUA_HOLD = `${LUA_FENCE}
if redis.call('HEXISTS', KEYS[2], 'offer:' .. ARGV[2]) == 0 then return 'fenced:' .. ARGV[1] end
if redis.call('HEXISTS', KEYS[2], 'holder:' .. ARGV[2]) == 0 then return 'taken:0' end
local fence = redis.call('HGET', KEYS[2], 'fence:' .. ARGV[2]) or '0'
if fence ~= ARGV[3] then return 'taken:' .. fence end
`;

const LUA_NOW = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
`;

/** KEYS run, parts · ARGV epoch, learner, wake channel, parts. */
export const OFFER = new Script(`
local current = redis.call('HGET', KEYS[1], 'epoch')
if current ~= ARGV[1] then return 'fenced:' .. (current or '0') end
if redis.call('HGET', KEYS[2], 'epoch') ~= ARGV[1] then redis.call('DEL', KEYS[2]) end
redis.call('HSET', KEYS[2], 'epoch', ARGV[1])
for at = 4, #ARGV do
  local part = ARGV[at]
  redis.call('HSET', KEYS[2], 'offer:' .. part, ARGV[2])
  for _, field in ipairs({'holder:', 'heard:', 'until:', 'leader:', 'leader#:', 'said:', 'said#:'}) do
    redis.call('HDEL', KEYS[2], field .. part)
  end
end
redis.call('PUBLISH', ARGV[3], '*')
return 'ok'
`);

/** KEYS run, parts · ARGV learner, lease in milliseconds. Gives epoch, part, fence and who offers it; 'none' where nobody may claim any; 'others' where
 *  another learner than this may. Fences outlive offers. */
export const CLAIM = new Script(`${LUA_STAMP}
local epoch = redis.call('HGET', KEYS[2], 'epoch')
if not epoch or redis.call('HGET', KEYS[1], 'epoch') ~= epoch then return 'none' end
${LUA_NOW}
local outcome = 'none'
for _, field in ipairs(redis.call('HKEYS', KEYS[2])) do
  local part = string.match(field, '^offer:(%d+)$')
  if part and redis.call('HEXISTS', KEYS[2], 'holder:' .. part) == 0 then
    local offered = redis.call('HGET', KEYS[2], field)
    if offered ~= ARGV[1] then
      local fence = stamp(redis.call('HGET', KEYS[2], 'fence:' .. part))
      redis.call('HSET', KEYS[2], 'holder:' .. part, ARGV[1], 'fence:' .. part, fence,
        'heard:' .. part, string.format('%.0f', now), 'until:' .. part, string.format('%.0f', now + tonumber(ARGV[2])))
      return {epoch, part, fence, offered}
    end
    outcome = 'others'
  end
end
return outcome
`);

/** KEYS run, parts · ARGV epoch, part, fence, lease in milliseconds. */
export const RENEW = new Script(`${LUA_HOLD}
${LUA_NOW}
redis.call('HSET', KEYS[2], 'heard:' .. ARGV[2], string.format('%.0f', now),
  'until:' .. ARGV[2], string.format('%.0f', now + tonumber(ARGV[4])))
return 'ok'
`);

/** KEYS run, parts · ARGV epoch, part, fence. 'begun' where the job's learner has said something of the part. */
export const RELEASE = new Script(`${LUA_HOLD}
if redis.call('HEXISTS', KEYS[2], 'leader#:' .. ARGV[2]) == 1 then return 'begun' end
for _, field in ipairs({'holder:', 'heard:', 'until:', 'said:', 'said#:'}) do
  redis.call('HDEL', KEYS[2], field .. ARGV[2])
end
return 'ok'
`);

/** KEYS run, parts · ARGV epoch. Gives part, fence, learner, whether it holds it, and the number of what it said last, in turn. */
export const HOLDERS = new Script(`${LUA_FENCE}
${LUA_NOW}
local found = {}
for _, field in ipairs(redis.call('HKEYS', KEYS[2])) do
  local part = string.match(field, '^holder:(%d+)$')
  if part then
    local held = redis.call('HMGET', KEYS[2], field, 'until:' .. part, 'said#:' .. part, 'fence:' .. part)
    table.insert(found, part)
    table.insert(found, held[4] or '0')
    table.insert(found, held[1])
    table.insert(found, tonumber(held[2]) > now and '1' or '0')
    table.insert(found, held[3] or '0')
  end
end
return found
`);

/** KEYS run, parts. Gives the epoch, then of each part that is offered: part, who offers it, who has claimed it ('' for nobody), whether
 *  that one holds it, its age in milliseconds ('' where not known), and whether it was handed over. False where none are offered. */
export const OFFERED = new Script(`
local epoch = redis.call('HGET', KEYS[2], 'epoch')
if not epoch or redis.call('HGET', KEYS[1], 'epoch') ~= epoch then return false end
${LUA_NOW}
local found = {epoch}
for _, field in ipairs(redis.call('HKEYS', KEYS[2])) do
  local part = string.match(field, '^offer:(%d+)$')
  if part then
    local told = redis.call('HMGET', KEYS[2], field, 'holder:' .. part, 'until:' .. part, 'heard:' .. part)
    table.insert(found, part)
    table.insert(found, told[1])
    table.insert(found, told[2] or '')
    table.insert(found, told[3] and tonumber(told[3]) > now and '1' or '0')
    table.insert(found, told[4] and string.format('%.0f', math.max(0, now - tonumber(told[4]))) or '')
    table.insert(found, redis.call('HEXISTS', KEYS[2], 'leader#:' .. part) == 1 and '1' or '0')
  end
end
return found
`);

/** KEYS run, parts · ARGV epoch, part, fence, field, number, message, wake channel, topic. */
export const SEND = new Script(`${LUA_HOLD}
local newest = tonumber(redis.call('HGET', KEYS[2], ARGV[4] .. '#:' .. ARGV[2]) or '0')
if tonumber(ARGV[5]) < newest then return 'ok' end
redis.call('HSET', KEYS[2], ARGV[4] .. ':' .. ARGV[2], ARGV[6], ARGV[4] .. '#:' .. ARGV[2], ARGV[5])
redis.call('PUBLISH', ARGV[7], ARGV[8])
return 'ok'
`);

/** KEYS run, parts · ARGV epoch, part, fence, field, number after which. Gives number and message; 'none' while there is none. */
export const RECEIVE = new Script(`${LUA_HOLD}
local number = redis.call('HGET', KEYS[2], ARGV[4] .. '#:' .. ARGV[2])
if not number or tonumber(number) <= tonumber(ARGV[5]) then return 'none' end
return {number, redis.call('HGET', KEYS[2], ARGV[4] .. ':' .. ARGV[2])}
`);

/** KEYS run, parts · ARGV epoch, wake channel. */
export const WITHDRAW_PARTS = new Script(`
if redis.call('HGET', KEYS[2], 'epoch') ~= ARGV[1] then return end
redis.call('DEL', KEYS[2])
redis.call('PUBLISH', ARGV[2], '*')
`);

/** KEYS offers · ARGV job. What is offered later counts as newer. */
export const NOTE_OFFER = new Script(`${LUA_STAMP}
redis.call('ZADD', KEYS[1], stamp(redis.call('ZSCORE', KEYS[1], ARGV[1])), ARGV[1])
`);

/** KEYS offers · ARGV job, when it had offered something last. Forgets it unless it has offered something since. */
export const FORGET_OFFER = new Script(`
if redis.call('ZSCORE', KEYS[1], ARGV[1]) == ARGV[2] then redis.call('ZREM', KEYS[1], ARGV[1]) end
`);
