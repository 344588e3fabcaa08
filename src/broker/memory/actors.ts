import type { Clock } from '../../base/index.js';
import type { ActorRecord, Actors, LiveActor } from '../port.js';
import { assertActorId, assertInteger } from '../validate.js';
import type { Waiting } from '../waiting.js';

interface Alive {
  readonly record: ActorRecord;
  /** On the clock's monotonic scale, as its end is. */
  readonly atMs: number;
  readonly untilMs: number;
}

export class MemoryActors implements Actors {
  readonly #actors = new Map<string, Alive>();
  readonly #clock: Clock;
  readonly #waiting: Waiting;

  constructor(clock: Clock, waiting: Waiting) {
    this.#clock = clock;
    this.#waiting = waiting;
  }

  async beat(record: ActorRecord, ttlMs: number): Promise<void> {
    this.#waiting.assertOpen();
    assertActorId(record.actorId);
    assertInteger('ttlMs', ttlMs, 1);
    this.#forgetExpired();
    const atMs = this.#clock.monotonic();
    this.#actors.set(record.actorId, { record: { ...record }, atMs, untilMs: atMs + ttlMs });
  }

  async list(): Promise<readonly LiveActor[]> {
    this.#waiting.assertOpen();
    this.#forgetExpired();
    const now = this.#clock.monotonic();
    const records = [...this.#actors.values()].map(({ record, atMs }) => ({ ...record, ageMs: now - atMs }));
    return records.sort((a, b) => (a.actorId < b.actorId ? -1 : 1));
  }

  async leave(actorId: string): Promise<void> {
    this.#waiting.assertOpen();
    this.#actors.delete(actorId);
  }

  #forgetExpired(): void {
    const now = this.#clock.monotonic();
    for (const [actorId, { untilMs }] of this.#actors) if (untilMs <= now) this.#actors.delete(actorId);
  }
}
