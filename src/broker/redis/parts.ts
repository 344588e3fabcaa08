import type { MarlinError } from '../../base/index.js';
import type {
  OfferedPart,
  OfferedParts,
  PartClaim,
  PartHold,
  PartHolder,
  PartMessage,
  PartSpeaker,
  Parts,
} from '../port.js';
import { partFenced, partTaken } from '../refusals.js';
import { assertClaim, assertHold, assertInteger, assertOffer } from '../validate.js';
import { type Access, asBuffer } from './access.js';
import {
  CLAIM,
  FORGET_OFFER,
  HOLDERS,
  NOTE_OFFER,
  OFFER,
  OFFERED,
  RECEIVE,
  RELEASE,
  RENEW,
  SEND,
  WITHDRAW_PARTS,
} from './part-scripts.js';

/** Fields of what is said, and topics of who waits for it. */
const FIELDS: Readonly<Record<PartSpeaker, string>> = { leader: 'leader', holder: 'said' };
/** On the fleet's channel. */
const OFFERS_TOPIC = 'o';
const FENCED = 'fenced:';
const TAKEN = 'taken:';

/** A hash per job; the fleet's sorted set only says in which jobs to look. */
export class RedisParts implements Parts {
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
  }

  async offer(jobId: string, epoch: number, parts: readonly number[], learnerId: string): Promise<void> {
    this.#access.waiting.assertOpen();
    assertOffer(jobId, parts, learnerId);
    const { redis, keys } = this.#access;
    const args = [epoch, learnerId, keys.of(jobId, 'wake'), ...parts];
    this.#assertNotFenced(jobId, null, epoch, await this.#access.call(() => OFFER.run(redis, this.#keys(jobId), args)));
    await this.#tellOffer(jobId);
  }

  async claim(learnerId: string, leaseMs: number, signal: AbortSignal): Promise<PartClaim> {
    this.#access.waiting.assertOpen();
    assertClaim(learnerId, leaseMs);
    const { keys, waking } = this.#access;
    return waking.until(keys.ofFleet('wake'), OFFERS_TOPIC, signal, () => this.#claim(learnerId, leaseMs));
  }

  async renew(hold: PartHold, leaseMs: number): Promise<void> {
    this.#access.waiting.assertOpen();
    assertHold(hold);
    assertInteger('leaseMs', leaseMs, 1);
    const { redis } = this.#access;
    const args = [...termsOf(hold), leaseMs];
    this.#assertHeld(hold, await this.#access.call(() => RENEW.run(redis, this.#keys(hold.jobId), args)));
  }

  async release(hold: PartHold): Promise<boolean> {
    this.#access.waiting.assertOpen();
    assertHold(hold);
    const { redis } = this.#access;
    const reply = await this.#access.call(() => RELEASE.run(redis, this.#keys(hold.jobId), termsOf(hold)));
    this.#assertHeld(hold, reply);
    if (reply === 'begun') return false;
    await this.#tellOffer(hold.jobId);
    return true;
  }

  async holders(jobId: string, epoch: number): Promise<readonly PartHolder[]> {
    this.#access.waiting.assertOpen();
    const { redis } = this.#access;
    const reply = await this.#access.call(() => HOLDERS.run(redis, this.#keys(jobId), [epoch]));
    this.#assertNotFenced(jobId, null, epoch, reply);
    const found = reply as readonly string[];
    return Array.from({ length: found.length / 5 }, (_, h) => {
      const [part, fence, learnerId, alive, said] = found.slice(5 * h);
      return {
        part: Number(part),
        fence: Number(fence),
        learnerId: learnerId!,
        alive: alive === '1',
        said: Number(said),
      };
    });
  }

  async send(hold: PartHold, speaker: PartSpeaker, said: PartMessage): Promise<void> {
    this.#access.waiting.assertOpen();
    assertHold(hold);
    assertInteger('sequence', said.sequence, 1);
    const { jobId, part } = hold;
    const { redis, keys } = this.#access;
    const message = [said.sequence, asBuffer(said.message), keys.of(jobId, 'wake'), topicOf(speaker, part)];
    const args = [...termsOf(hold), FIELDS[speaker], ...message];
    this.#assertHeld(hold, await this.#access.call(() => SEND.run(redis, this.#keys(jobId), args)));
  }

  async receive(hold: PartHold, speaker: PartSpeaker, after: number, signal: AbortSignal): Promise<PartMessage> {
    this.#access.waiting.assertOpen();
    assertHold(hold);
    assertInteger('after', after, 0);
    const { jobId, part } = hold;
    const { redis, keys, waking } = this.#access;
    const args = [...termsOf(hold), FIELDS[speaker], after];
    return waking.until(keys.of(jobId, 'wake'), topicOf(speaker, part), signal, async () => {
      const reply = await this.#access.call(() => RECEIVE.runBinary(redis, this.#keys(jobId), args));
      if (Array.isArray(reply)) return { sequence: Number(reply[0]), message: reply[1] as Buffer };
      this.#assertHeld(hold, String(reply));
      return undefined;
    });
  }

  async offered(jobId: string): Promise<OfferedParts | null> {
    this.#access.waiting.assertOpen();
    const { redis } = this.#access;
    const reply = (await this.#access.call(() => OFFERED.run(redis, this.#keys(jobId), []))) as
      | readonly string[]
      | null;
    if (reply === null) return null;
    const [epoch, ...told] = reply;
    const parts = Array.from({ length: told.length / 6 }, (_, o): OfferedPart => {
      const [part, offeredBy, learnerId, alive, age, begun] = told.slice(6 * o);
      const holder = {
        learnerId: learnerId!,
        alive: alive === '1',
        ageMs: age === '' ? null : Number(age),
        begun: begun === '1',
      };
      return { part: Number(part), offeredBy: offeredBy!, holder: learnerId === '' ? null : holder };
    });
    return { epoch: Number(epoch), parts: parts.sort((a, b) => a.part - b.part) };
  }

  async withdraw(jobId: string, epoch: number): Promise<void> {
    const { redis, keys } = this.#access;
    const args = [epoch, keys.of(jobId, 'wake')];
    await this.#access.call(() => WITHDRAW_PARTS.run(redis, this.#keys(jobId), args));
  }

  async #claim(learnerId: string, leaseMs: number): Promise<PartClaim | undefined> {
    const { redis, keys } = this.#access;
    const offers = await this.#access.call(() => redis.zrange(keys.ofFleet('offers'), 0, '-1', 'WITHSCORES'));
    for (let o = 0; o < offers.length; o += 2) {
      const [jobId, score] = [offers[o]!, offers[o + 1]!];
      const reply = await this.#access.call(() => CLAIM.run(redis, this.#keys(jobId), [learnerId, leaseMs]));
      if (Array.isArray(reply)) {
        const [epoch, part, fence, offeredBy] = reply as [string, string, string, string];
        return { jobId, epoch: Number(epoch), part: Number(part), fence: Number(fence), offeredBy, learnerId };
      }
      if (reply === 'none')
        await this.#access.call(() => FORGET_OFFER.run(redis, [keys.ofFleet('offers')], [jobId, score]));
    }
    return undefined;
  }

  /** After the offer: whoever looks finds it. */
  async #tellOffer(jobId: string): Promise<void> {
    const { redis, keys } = this.#access;
    await this.#access.call(async () => {
      await NOTE_OFFER.run(redis, [keys.ofFleet('offers')], [jobId]);
      await redis.publish(keys.ofFleet('wake'), OFFERS_TOPIC);
    });
  }

  #keys(jobId: string): readonly string[] {
    const { keys } = this.#access;
    return [keys.of(jobId, 'run'), keys.of(jobId, 'parts')];
  }

  #assertHeld(hold: PartHold, reply: unknown): void {
    this.#assertNotFenced(hold.jobId, hold.part, hold.epoch, reply);
    if (typeof reply !== 'string' || !reply.startsWith(TAKEN)) return;
    throw partTaken(hold, Number(reply.slice(TAKEN.length))) satisfies MarlinError;
  }

  #assertNotFenced(jobId: string, part: number | null, epoch: number, reply: unknown): void {
    if (typeof reply !== 'string' || !reply.startsWith(FENCED)) return;
    throw partFenced(jobId, part, epoch, Number(reply.slice(FENCED.length))) satisfies MarlinError;
  }
}

const termsOf = ({ epoch, part, fence }: PartHold): readonly number[] => [epoch, part, fence];
const topicOf = (speaker: PartSpeaker, part: number): string => `${speaker}:${part}`;
