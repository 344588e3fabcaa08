import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

export type ScriptArgument = string | number | Buffer;

/** A Lua script: it runs as one command that nothing can interrupt, and either has all of its effects or none.
 *  Every script may be sent twice, because a client whose connection broke cannot know whether the first one ran. The first
 *  write of a script that stores something is one that Redis refuses when it is out of memory, so that it refuses the whole. */
export class Script {
  readonly #lua: string;
  readonly #sha: string;

  constructor(lua: string) {
    this.#lua = lua;
    this.#sha = createHash('sha1').update(lua).digest('hex');
  }

  run(redis: Redis, keys: readonly string[], args: readonly ScriptArgument[]): Promise<unknown> {
    return this.#known(
      () => this.runKnown(redis, keys, args),
      () => redis.eval(this.#lua, keys.length, ...keys, ...args),
    );
  }

  /** As `run`, where commands that must not wait for it follow on the same way: rejects where the server does not know the script. */
  runKnown(redis: Redis, keys: readonly string[], args: readonly ScriptArgument[]): Promise<unknown> {
    return redis.evalsha(this.#sha, keys.length, ...keys, ...args);
  }

  /** As `run`, with strings in the reply as bytes. */
  runBinary(redis: Redis, keys: readonly string[], args: readonly ScriptArgument[]): Promise<unknown> {
    return this.#known(
      () => redis.callBuffer('EVALSHA', this.#sha, keys.length, ...keys, ...args),
      () => redis.callBuffer('EVAL', this.#lua, keys.length, ...keys, ...args),
    );
  }

  async #known(known: () => Promise<unknown>, unknown: () => Promise<unknown>): Promise<unknown> {
    try {
      return await known();
    } catch (error) {
      // A server that was restarted has forgotten its scripts.
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return unknown();
    }
  }
}

/** Lua: microseconds since the epoch, or one more than `previous` where the clock has gone back. Numbers made of it stay greater
 *  than those before even where Redis has lost everything, and need no counter that would have to be kept for ever. */
export const LUA_STAMP = `
local function stamp(previous)
  local time = redis.call('TIME')
  return string.format('%.0f', math.max(tonumber(time[1]) * 1000000 + tonumber(time[2]), (tonumber(previous or '0') or 0) + 1))
end
`;
