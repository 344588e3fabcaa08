import type { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/base/index.js';
import { fromRedisError, isLeaseLost } from '../../../src/broker/redis/redis-errors.js';
import { assertSuitable } from '../../../src/broker/redis/suitability.js';

function reply(message: string): Error {
  const error = new Error(message);
  error.name = 'ReplyError';
  return error;
}

describe('an error of Redis', () => {
  it.each([
    [reply("OOM command not allowed when used memory > 'maxmemory'."), 'BROKER_OUT_OF_MEMORY', true],
    [
      reply(
        "ERR Error running script (call to f_1): @user_script:3: OOM command not allowed when used memory > 'maxmemory'.",
      ),
      'BROKER_OUT_OF_MEMORY',
      true,
    ],
    [
      reply('BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.'),
      'BROKER_UNAVAILABLE',
      true,
    ],
    [reply('LOADING Redis is loading the dataset in memory'), 'BROKER_UNAVAILABLE', true],
    [reply("READONLY You can't write against a read only replica."), 'BROKER_UNAVAILABLE', true],
    [
      reply("-READONLY You can't write against a read only replica. script: f_1, on @user_script:3."),
      'BROKER_UNAVAILABLE',
      true,
    ],
    [
      reply('MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to no.'),
      'BROKER_UNAVAILABLE',
      true,
    ],
    [
      reply('MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist.'),
      'BROKER_UNAVAILABLE',
      true,
    ],
    [reply('NOREPLICAS Not enough good replicas to write.'), 'BROKER_UNAVAILABLE', true],
    [new Error('Command timed out'), 'BROKER_UNAVAILABLE', true],
    [new Error('Connection is closed.'), 'BROKER_UNAVAILABLE', true],
    [new Error("Stream isn't writeable and enableOfflineQueue options is false"), 'BROKER_UNAVAILABLE', true],
    [new Error('connect ECONNREFUSED 127.0.0.1:6379'), 'BROKER_UNAVAILABLE', true],
    [reply('WRONGPASS invalid username-password pair or user is disabled.'), 'BROKER_REDIS_UNSUITABLE', false],
    [reply("NOPERM this user has no permissions to run the 'xadd' command"), 'BROKER_REDIS_UNSUITABLE', false],
    [reply('WRONGTYPE Operation against a key holding the wrong kind of value'), 'BROKER_REDIS_FAILED', false],
    ['nothing at all', 'BROKER_UNAVAILABLE', true],
  ])('%s is %s', (error, code, retryable) => {
    const known = fromRedisError(error);
    expect([known.code, known.retryable, known.cause]).toEqual([code, retryable, error]);
    expect(fromRedisError(known)).toBe(known);
  });

  it('tells a lost lease from a failure', () => {
    expect(isLeaseLost(Object.assign(new Error('Missing lock for job 1'), { code: -2 }))).toBe(true);
    expect(isLeaseLost(Object.assign(new Error('x'), { code: 'ECONNRESET' }))).toBe(false);
    expect(isLeaseLost(null)).toBe(false);
  });
});

describe('a server', () => {
  const server = (version: string, policy = 'noeviction') =>
    ({
      info: async () => `# Server\r\nredis_version:${version}\r\nmaxmemory_policy:${policy}\r\naof_enabled:1\r\n`,
    }) as unknown as Redis;

  it.each(['6.2.0', '6.10.1', '7.0.15', '8.2.1'])('of version %s is suitable', async (version) => {
    await assertSuitable(server(version), silentLogger);
  });

  it.each(['5.0.14', '6.0.16', 'unknown'])('of version %s is not, and is told which is needed', async (version) => {
    await expect(assertSuitable(server(version), silentLogger)).rejects.toMatchObject({
      code: 'BROKER_REDIS_UNSUITABLE',
      message: expect.stringContaining(`${version}, but 6.2 or later is needed`),
    });
  });
});
