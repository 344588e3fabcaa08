import { brokerError } from './errors.js';

/** A call that waits. Whichever of resolve, reject, abort and close comes first settles it and takes it off every list. */
export interface Waiter<T> {
  resolve(value: T): void;
  reject(error: unknown): void;
}

interface WatchedSignal {
  readonly waiters: Set<{ reject(error: unknown): void }>;
  readonly listener: () => void;
}

/** Keeps track of every waiting call of one broker. However many calls wait on a signal, it has one listener, and none once
 *  they are settled: a job that reads 64 shards under one signal leaks nothing and sets off no listener warning. */
export class Waiting {
  readonly #pending = new Set<{ reject(error: unknown): void }>();
  readonly #signals = new Map<AbortSignal, WatchedSignal>();
  #closed = false;

  get closed(): boolean {
    return this.#closed;
  }

  /** Throws BROKER_CLOSED after `close`. */
  assertOpen(): void {
    if (this.#closed) throw closedError();
  }

  /** Adds a waiter at the end of `queue` and returns the promise that it settles. The waiter leaves `queue` when it settles. */
  wait<T>(queue: Set<Waiter<T>>, signal: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closed) throw closedError();
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const leave = (): void => {
        queue.delete(waiter);
        this.#pending.delete(waiter);
        this.#unwatch(signal, waiter);
      };
      const waiter: Waiter<T> = {
        resolve(value) {
          leave();
          resolve(value);
        },
        reject(error) {
          leave();
          reject(error);
        },
      };
      queue.add(waiter);
      this.#pending.add(waiter);
      this.#watch(signal, waiter);
    });
  }

  /** Rejects every waiting call with BROKER_CLOSED, and refuses later ones. */
  close(): void {
    this.#closed = true;
    for (const waiter of [...this.#pending]) waiter.reject(closedError());
  }

  #watch(signal: AbortSignal, waiter: { reject(error: unknown): void }): void {
    const watched = this.#signals.get(signal);
    if (watched !== undefined) {
      watched.waiters.add(waiter);
      return;
    }
    const waiters = new Set([waiter]);
    const listener = (): void => {
      for (const each of [...waiters]) each.reject(signal.reason);
    };
    signal.addEventListener('abort', listener);
    this.#signals.set(signal, { waiters, listener });
  }

  #unwatch(signal: AbortSignal, waiter: { reject(error: unknown): void }): void {
    const watched = this.#signals.get(signal);
    if (watched === undefined) return;
    watched.waiters.delete(waiter);
    if (watched.waiters.size > 0) return;
    signal.removeEventListener('abort', watched.listener);
    this.#signals.delete(signal);
  }
}

/** The waiter that has waited longest; undefined if none waits. */
export function firstWaiter<T>(queue: Set<Waiter<T>>): Waiter<T> | undefined {
  for (const waiter of queue) return waiter;
  return undefined;
}

/** BROKER_CLOSED. */
export function closedError(): Error {
  return brokerError('BROKER_CLOSED', 'The broker is closed: no call to it can succeed any more.');
}
