import { type Clock, type Logger, serializeError } from '../../../src/base/index.js';
import type { ServedPolicies } from '../../../src/broker/index.js';
import { apiError } from '../errors.js';
import { mayAccess } from '../jobs/summary.js';
import type { Principal } from '../security/principal.js';
import { type NamedPolicy, namedPolicyOf } from './served-policy.js';

/** Names that were read so short a time ago are taken as they are; */
const FRESH_MS = 250;
/** older ones while they are read again, up to this age: what another process has changed shows within a second. */
const LATEST_MS = 750;

export interface PolicyNamesModules {
  readonly servedPolicies: Pick<ServedPolicies, 'list'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The names that are served, as requests for actions look them up: without asking the broker each time. While the broker does not
 *  answer, what is known goes on being served. */
export class PolicyNames {
  readonly #modules: PolicyNamesModules;
  #names: ReadonlyMap<string, NamedPolicy> | null = null;
  #readAtMs = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | null = null;
  /** Of changes by this process: what was read before one is not taken after it. */
  #generation = 0;

  constructor(modules: PolicyNamesModules) {
    this.#modules = modules;
  }

  /** Rejects with API_POLICY_UNKNOWN where there is none, or none for this principal, and with what the broker rejects with where nothing
   *  was ever read. */
  async find(principal: Principal, name: string): Promise<NamedPolicy> {
    const age = this.#modules.clock.monotonic() - this.#readAtMs;
    if (age >= FRESH_MS) {
      const reading = this.#read();
      if (age >= LATEST_MS) await reading;
      else reading.catch(() => {});
    }
    const found = this.#names?.get(name);
    if (found === undefined || !mayAccess(principal, found.policy.owner)) throw policyUnknown(name);
    return found;
  }

  /** This process has changed a name, or found that what it knows is old: the next look reads them anew. */
  forget(): void {
    this.#generation++;
    this.#reading = null;
    this.#readAtMs = Number.NEGATIVE_INFINITY;
  }

  #read(): Promise<void> {
    if (this.#reading !== null) return this.#reading;
    const reading = this.#readNow().finally(() => {
      if (this.#reading === reading) this.#reading = null;
    });
    this.#reading = reading;
    return reading;
  }

  async #readNow(): Promise<void> {
    const { servedPolicies, clock, logger } = this.#modules;
    const generation = this.#generation;
    const begun = clock.monotonic();
    try {
      const names = new Map((await servedPolicies.list()).map((stored) => [stored.record.name, namedPolicyOf(stored)]));
      if (generation !== this.#generation) return await this.#readNow();
      this.#names = names;
      this.#readAtMs = begun;
    } catch (error) {
      if (this.#names === null) throw error;
      logger.warn({ error: serializeError(error) }, 'the names of served policies cannot be read; serving those known');
      // Nobody waits for it again before it is due.
      this.#readAtMs = clock.monotonic();
    }
  }
}

export const policyUnknown = (name: string): Error =>
  apiError('API_POLICY_UNKNOWN', `no policy is served under the name ${name}`, { data: { name } });
