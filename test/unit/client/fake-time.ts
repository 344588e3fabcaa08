import type { Sleep } from '../../../client/sleep.js';

/** Stands for "as long as one attempt may take", to be told from waits between attempts. */
export const TIMEOUT_MS = 77_777;
/** Stands for "as long as a stream may say nothing". */
export const IDLE_MS = 88_888;

/** Time that passes at once where a client waits between attempts, and when the test says so where it limits something. */
export function fakeTime() {
  const waits: number[] = [];
  const limits = new Set<() => void>();
  const sleep: Sleep = (ms, signal) => {
    if (ms !== TIMEOUT_MS && ms !== IDLE_MS) {
      waits.push(ms);
      return signal.aborted ? Promise.reject(signal.reason) : Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const end = (): void => {
        limits.delete(end);
        resolve();
      };
      limits.add(end);
      signal.addEventListener('abort', () => {
        limits.delete(end);
        reject(signal.reason);
      });
    });
  };
  return {
    sleep,
    /** How long each wait between attempts was. */
    waits,
    /** Limits that are running. */
    limits,
    expire: (): void => {
      for (const end of [...limits]) end();
    },
  };
}
