import { LUA_STAMP, Script } from './script.js';

/** KEYS record · ARGV job id, record, state, nonce. Gives revision and whether it was queued, or nothing where the job exists. The
 *  nonce tells a call that is sent twice from a second call. */
export const SUBMIT = new Script(`${LUA_STAMP}
local known = redis.call('HMGET', KEYS[1], 'nonce', 'revision')
if known[2] then
  if known[1] == ARGV[4] then return {known[2], ARGV[3] == 'queued' and 1 or 0} end
  return false
end
local revision = stamp()
redis.call('HSET', KEYS[1], 'record', ARGV[2], 'state', ARGV[3], 'nonce', ARGV[4], 'revision', revision, 'order', revision)
if ARGV[3] ~= 'queued' then return {revision, 0} end
redis.call('HSET', KEYS[1], 'turn', ARGV[1] .. '-' .. revision)
return {revision, 1}
`);

/** KEYS record · ARGV job id, record, state, nonce, expected revision. As SUBMIT; nothing where the revision is another. */
export const COMPARE_AND_SET = new Script(`${LUA_STAMP}
local known = redis.call('HMGET', KEYS[1], 'nonce', 'revision', 'state', 'turn')
if not known[2] then return false end
if known[1] == ARGV[4] then return {known[2], known[4] == ARGV[1] .. '-' .. known[2] and 1 or 0} end
if known[2] ~= ARGV[5] then return false end
local revision = stamp(known[2])
redis.call('HSET', KEYS[1], 'record', ARGV[2], 'state', ARGV[3], 'nonce', ARGV[4], 'revision', revision)
if ARGV[3] ~= 'queued' or known[3] == 'queued' then return {revision, 0} end
redis.call('HSET', KEYS[1], 'turn', ARGV[1] .. '-' .. revision)
return {revision, 1}
`);
