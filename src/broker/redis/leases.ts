import { randomUUID } from 'node:crypto';
import type { Queue } from 'bullmq';
import type { Access } from './access.js';
import type { Held, Queues } from './queues.js';
import { isLeaseLost } from './redis-errors.js';

/** A lease is renewed that often while it lasts. */
const RENEWALS_PER_LEASE = 4;

/** Everything that this process has taken and not settled. Renews it on a timer, which runs because numeric work is done in
 *  threads; whoever dies stops renewing, and after `leaseMs` the element is someone else's. */
export class Leases {
  readonly #access: Access;
  readonly #queues: Queues;
  readonly #held = new Map<string, Held>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(access: Access, queues: Queues) {
    this.#access = access;
    this.#queues = queues;
  }

  /** Takes the next element of a queue, undefined when none waits; and tells how many are left. */
  async take(queue: Queue): Promise<{ readonly held: Held | undefined; readonly left: number }> {
    const { held, left } = await this.#queues.next(queue, randomUUID());
    if (held === undefined) return { held, left };
    this.#held.set(held.token, held);
    if (!this.#closed)
      this.#timer ??= setInterval(() => this.#renew(), this.#access.settings.leaseMs / RENEWALS_PER_LEASE);
    return { held, left };
  }

  /** A function that runs an effect on a held element once. A call that failed may be repeated; the first that succeeds counts. A
   *  lease that was lost has no effect any more, because the element is someone else's by now. */
  settler(held: Held): (effect: () => Promise<unknown>) => Promise<void> {
    let settled: Promise<void> | undefined;
    return async (effect) => {
      this.#access.waiting.assertOpen();
      settled ??= this.#access
        .call(async () => {
          await effect().catch(forgiveLoss);
          this.#forget(held);
        })
        .catch((error: unknown) => {
          settled = undefined;
          throw error;
        });
      return settled;
    };
  }

  /** Removes a held element from its queue: it is done. */
  async remove(held: Held): Promise<void> {
    await held.job.moveToCompleted(null, held.token, false);
  }

  /** Puts a held element in front of those that wait. */
  async putBack(held: Held): Promise<void> {
    await held.job.moveToWait(held.token);
  }

  /** Drops what was taken for nobody. */
  async discard(held: Held): Promise<void> {
    await this.remove(held).catch(forgiveLoss);
    this.#forget(held);
  }

  /** Whether the element is there for others again; not if its lease was lost, or its queue removed. */
  async giveBack(held: Held): Promise<boolean> {
    const given = await this.putBack(held).then(() => true, forgiveLoss);
    this.#forget(held);
    return given === true;
  }

  /** Puts everything back, so that nobody has to wait until the leases run out. Gives what was put back. */
  async close(): Promise<readonly Held[]> {
    this.#closed = true;
    clearInterval(this.#timer);
    const held = [...this.#held.values()];
    const given = await Promise.all(held.map((each) => this.giveBack(each).catch(() => false)));
    return held.filter((_, i) => given[i]);
  }

  #forget(held: Held): void {
    this.#held.delete(held.token);
    if (this.#held.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #renew(): void {
    const byQueue = new Map<Queue, Held[]>();
    for (const held of this.#held.values()) byQueue.set(held.queue, [...(byQueue.get(held.queue) ?? []), held]);
    for (const [queue, held] of byQueue) {
      const ids = held.map(({ id }) => id);
      const tokens = held.map(({ token }) => token);
      queue
        .getBackend()
        .extendLocks(ids, tokens, this.#access.settings.leaseMs)
        .then(
          (lost) => {
            if (lost.length > 0) this.#access.logger.debug({ lost }, 'leases ran out before they were renewed');
          },
          (error: Error) => this.#access.logger.debug({ error: error.message }, 'leases could not be renewed'),
        );
    }
  }
}

function forgiveLoss(error: unknown): void {
  if (!isLeaseLost(error)) throw error;
}
