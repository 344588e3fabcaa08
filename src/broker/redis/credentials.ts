import type { CredentialRecord, Credentials } from '../port.js';
import { assertKeyId } from '../validate.js';
import type { Access } from './access.js';

/** One hash for the fleet: key id → credential. */
export class RedisCredentials implements Credentials {
  readonly #access: Access;
  readonly #key: string;

  constructor(access: Access) {
    this.#access = access;
    this.#key = access.keys.ofFleet('credentials');
  }

  async put({ keyId, credential }: CredentialRecord): Promise<void> {
    this.#access.waiting.assertOpen();
    assertKeyId(keyId);
    await this.#access.call(() => this.#access.redis.hset(this.#key, keyId, credential));
  }

  async get(keyId: string): Promise<CredentialRecord | null> {
    const credential = await this.#access.call(() => this.#access.redis.hget(this.#key, keyId));
    return credential === null ? null : { keyId, credential };
  }

  async list(): Promise<readonly CredentialRecord[]> {
    const all = await this.#access.call(() => this.#access.redis.hgetall(this.#key));
    return Object.entries(all)
      .map(([keyId, credential]) => ({ keyId, credential }))
      .sort((a, b) => (a.keyId < b.keyId ? -1 : 1));
  }

  async remove(keyId: string): Promise<boolean> {
    return (await this.#access.call(() => this.#access.redis.hdel(this.#key, keyId))) > 0;
  }
}
