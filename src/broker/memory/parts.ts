import type { Clock } from '../../base/index.js';
import type { OfferedParts, PartClaim, PartHold, PartHolder, PartMessage, PartSpeaker, Parts } from '../port.js';
import { partFenced, partTaken } from '../refusals.js';
import { assertClaim, assertHold, assertInteger, assertOffer } from '../validate.js';
import type { Waiter, Waiting } from '../waiting.js';

interface Part {
  readonly offeredBy: string;
  holder: Holder | null;
  said: Partial<Record<PartSpeaker, PartMessage>>;
}

interface Holder {
  readonly learnerId: string;
  readonly fence: number;
  heardMs: number;
  untilMs: number;
}

/** A part that somebody holds. */
interface HeldPart extends Part {
  holder: Holder;
}

interface OfferedJob {
  readonly epoch: number;
  readonly parts: Map<number, Part>;
}

/** Every method runs to its end without waiting, so each is atomic; those that wait look again whenever anything has changed. */
export class MemoryParts implements Parts {
  readonly #jobs = new Map<string, OfferedJob>();
  readonly #clock: Clock;
  readonly #waiting: Waiting;
  readonly #epochOf: (jobId: string) => number;
  readonly #lookers = new Set<Waiter<void>>();
  /** Of whoever claimed something last. */
  #fence = 0;

  constructor(clock: Clock, waiting: Waiting, epochOf: (jobId: string) => number) {
    this.#clock = clock;
    this.#waiting = waiting;
    this.#epochOf = epochOf;
  }

  async offer(jobId: string, epoch: number, parts: readonly number[], learnerId: string): Promise<void> {
    this.#waiting.assertOpen();
    assertOffer(jobId, parts, learnerId);
    this.#assertCurrent(jobId, null, epoch);
    let job = this.#jobs.get(jobId);
    if (job?.epoch !== epoch) job = { epoch, parts: new Map() };
    this.#jobs.set(jobId, job);
    for (const part of parts) job.parts.set(part, { offeredBy: learnerId, holder: null, said: {} });
    this.look(jobId);
  }

  async claim(learnerId: string, leaseMs: number, signal: AbortSignal): Promise<PartClaim> {
    assertClaim(learnerId, leaseMs);
    return await this.#until(signal, () => {
      for (const [jobId, { epoch, parts }] of this.#jobs) {
        if (this.#epochOf(jobId) !== epoch) continue;
        for (const [part, offered] of parts) {
          if (offered.holder !== null || offered.offeredBy === learnerId) continue;
          const heardMs = this.#clock.monotonic();
          const fence = ++this.#fence;
          offered.holder = { learnerId, fence, heardMs, untilMs: heardMs + leaseMs };
          return { jobId, epoch, part, fence, offeredBy: offered.offeredBy, learnerId };
        }
      }
      return undefined;
    });
  }

  async renew(hold: PartHold, leaseMs: number): Promise<void> {
    this.#waiting.assertOpen();
    assertInteger('leaseMs', leaseMs, 1);
    const { holder } = this.#held(hold);
    holder.heardMs = this.#clock.monotonic();
    holder.untilMs = holder.heardMs + leaseMs;
  }

  async release(hold: PartHold): Promise<boolean> {
    this.#waiting.assertOpen();
    const part: Part = this.#held(hold);
    if (part.said.leader !== undefined) return false;
    part.holder = null;
    part.said = {};
    this.look(hold.jobId);
    return true;
  }

  async holders(jobId: string, epoch: number): Promise<readonly PartHolder[]> {
    this.#waiting.assertOpen();
    const now = this.#clock.monotonic();
    return [...this.#offered(jobId, null, epoch).parts].flatMap(([part, { holder, said }]) =>
      holder === null
        ? []
        : [
            {
              part,
              fence: holder.fence,
              learnerId: holder.learnerId,
              alive: holder.untilMs > now,
              said: said.holder?.sequence ?? 0,
            },
          ],
    );
  }

  async send(hold: PartHold, speaker: PartSpeaker, said: PartMessage): Promise<void> {
    this.#waiting.assertOpen();
    assertInteger('sequence', said.sequence, 1);
    const words = this.#held(hold).said;
    if (said.sequence < (words[speaker]?.sequence ?? 0)) return;
    words[speaker] = { ...said };
    this.look(hold.jobId);
  }

  async receive(hold: PartHold, speaker: PartSpeaker, after: number, signal: AbortSignal): Promise<PartMessage> {
    assertInteger('after', after, 0);
    return await this.#until(signal, () => {
      const said = this.#held(hold).said[speaker];
      return said !== undefined && said.sequence > after ? said : undefined;
    });
  }

  async offered(jobId: string): Promise<OfferedParts | null> {
    this.#waiting.assertOpen();
    const job = this.#jobs.get(jobId);
    if (job === undefined || job.epoch !== this.#epochOf(jobId)) return null;
    const now = this.#clock.monotonic();
    const parts = [...job.parts].map(([part, { offeredBy, holder, said }]) => ({
      part,
      offeredBy,
      holder: holder && {
        learnerId: holder.learnerId,
        alive: holder.untilMs > now,
        ageMs: now - holder.heardMs,
        begun: said.leader !== undefined,
      },
    }));
    return { epoch: job.epoch, parts: parts.sort((a, b) => a.part - b.part) };
  }

  async withdraw(jobId: string, epoch: number): Promise<void> {
    this.#waiting.assertOpen();
    if (this.#jobs.get(jobId)?.epoch === epoch) this.#jobs.delete(jobId);
    this.look(jobId);
  }

  forget(jobId: string): void {
    this.#jobs.delete(jobId);
    this.look(jobId);
  }

  /** Makes those that wait look again. */
  look(_jobId: string): void {
    for (const looker of [...this.#lookers]) looker.resolve();
  }

  async #until<T>(signal: AbortSignal, look: () => T | undefined): Promise<T> {
    for (;;) {
      this.#waiting.assertOpen();
      if (signal.aborted) throw signal.reason;
      const found = look();
      if (found !== undefined) return found;
      await this.#waiting.wait(this.#lookers, signal);
    }
  }

  #held(hold: PartHold): HeldPart {
    assertHold(hold);
    const { jobId, epoch, part, fence } = hold;
    const found = this.#offered(jobId, part, epoch).parts.get(part);
    if (found === undefined) throw partFenced(jobId, part, epoch, epoch);
    if (found.holder?.fence !== fence) throw partTaken(hold, found.holder?.fence ?? 0);
    return found as HeldPart;
  }

  #offered(jobId: string, part: number | null, epoch: number): OfferedJob {
    this.#assertCurrent(jobId, part, epoch);
    const job = this.#jobs.get(jobId);
    if (job?.epoch !== epoch) throw partFenced(jobId, part, epoch, epoch);
    return job;
  }

  #assertCurrent(jobId: string, part: number | null, epoch: number): void {
    const current = this.#epochOf(jobId);
    if (current !== epoch) throw partFenced(jobId, part, epoch, current);
  }
}
