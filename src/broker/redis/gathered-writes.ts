import type { Redis } from 'ioredis';

/** Makes what is sent within one turn of the event loop one system call. The library makes one of each command, and each wakes Redis
 *  up, on a core that others may have needed, before the next one is there. Nothing is sent later than at the end of the turn. */
export function gatherWrites(redis: Redis): void {
  redis.on('connect', () => {
    const { stream } = redis;
    const write = stream.write.bind(stream) as (...args: readonly unknown[]) => boolean;
    let gathering = false;
    const gather = (...args: readonly unknown[]): boolean => {
      if (!gathering) {
        gathering = true;
        stream.cork();
        // After all promises that are settled by now: they may have something to send, too.
        process.nextTick(() => {
          gathering = false;
          stream.uncork();
        });
      }
      return write(...args);
    };
    stream.write = gather as typeof stream.write;
  });
}
