import type { Clock } from '../../base/index.js';
import type { ServedPolicies, ServedPolicyRecord, StoredServedPolicy } from '../port.js';
import { assertPolicyName } from '../validate.js';
import type { Waiting } from '../waiting.js';

export class MemoryServedPolicies implements ServedPolicies {
  readonly #stored = new Map<string, StoredServedPolicy>();
  readonly #clock: Clock;
  readonly #waiting: Waiting;
  /** Microseconds since the epoch, or one more than before: no revision is repeated, of another name or by another process. */
  #newest = 0;

  constructor(clock: Clock, waiting: Waiting) {
    this.#clock = clock;
    this.#waiting = waiting;
  }

  async get(name: string): Promise<StoredServedPolicy | null> {
    this.#waiting.assertOpen();
    return this.#stored.get(name) ?? null;
  }

  async list(): Promise<readonly StoredServedPolicy[]> {
    this.#waiting.assertOpen();
    return [...this.#stored.values()].sort((a, b) => (a.record.name < b.record.name ? -1 : 1));
  }

  async compareAndSet(revision: number | null, record: ServedPolicyRecord): Promise<StoredServedPolicy | null> {
    this.#waiting.assertOpen();
    assertPolicyName(record.name);
    if ((this.#stored.get(record.name)?.revision ?? null) !== revision) return null;
    this.#newest = Math.max(1000 * this.#clock.now(), this.#newest + 1);
    const stored = { record: { ...record }, revision: this.#newest };
    this.#stored.set(record.name, stored);
    return stored;
  }

  async remove(name: string, revision?: number): Promise<boolean> {
    this.#waiting.assertOpen();
    if (revision !== undefined && this.#stored.get(name)?.revision !== revision) return false;
    return this.#stored.delete(name);
  }
}
