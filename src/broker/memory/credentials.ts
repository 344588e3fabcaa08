import type { CredentialRecord, Credentials } from '../port.js';
import { assertKeyId } from '../validate.js';
import type { Waiting } from '../waiting.js';

export class MemoryCredentials implements Credentials {
  readonly #records = new Map<string, CredentialRecord>();
  readonly #waiting: Waiting;

  constructor(waiting: Waiting) {
    this.#waiting = waiting;
  }

  async put(record: CredentialRecord): Promise<void> {
    this.#waiting.assertOpen();
    assertKeyId(record.keyId);
    this.#records.set(record.keyId, { ...record });
  }

  async get(keyId: string): Promise<CredentialRecord | null> {
    this.#waiting.assertOpen();
    return this.#records.get(keyId) ?? null;
  }

  async list(): Promise<readonly CredentialRecord[]> {
    this.#waiting.assertOpen();
    return [...this.#records.values()].sort((a, b) => (a.keyId < b.keyId ? -1 : 1));
  }

  async remove(keyId: string): Promise<boolean> {
    this.#waiting.assertOpen();
    return this.#records.delete(keyId);
  }
}
