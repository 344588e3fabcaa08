import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Credentials } from '../../../src/broker/index.js';
import { apiError } from '../errors.js';
import { type ApiKey, type KeyStore, readKey } from './keys.js';

/** The keys of a fleet, which all its API processes share. */
export function createBrokerKeyStore(credentials: Credentials): KeyStore {
  return {
    put: (key) => credentials.put({ keyId: key.keyId, credential: JSON.stringify(key) }),
    async get(keyId) {
      const record = await credentials.get(keyId);
      return record === null ? null : readKey(record.credential);
    },
    async list() {
      return (await credentials.list()).flatMap(({ credential }) => readKey(credential) ?? []);
    },
    remove: (keyId) => credentials.remove(keyId),
  };
}

/** Keys in a file that only its owner may read, for a server that is one process. Read at every call: another process, the one
 *  that makes or revokes keys, writes it too. Methods reject with API_KEYS_UNREADABLE. */
export function createFileKeyStore(path: string): KeyStore {
  const read = (): Map<string, ApiKey> => {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
      throw unreadable(path, error);
    }
    const lines = text.split('\n').filter((line) => line !== '');
    const keys = lines.map(readKey);
    const wrong = keys.indexOf(null);
    if (wrong >= 0) throw unreadable(path, new Error(`line ${wrong + 1} is no API key`));
    return new Map((keys as ApiKey[]).map((key) => [key.keyId, key]));
  };
  const write = (keys: ReadonlyMap<string, ApiKey>): void => {
    const temporary = `${path}.${randomUUID()}.tmp`;
    try {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(temporary, [...keys.values()].map((key) => `${JSON.stringify(key)}\n`).join(''), { mode: 0o600 });
      renameSync(temporary, path);
    } catch (error) {
      throw unreadable(path, error);
    }
  };
  return {
    async put(key) {
      write(read().set(key.keyId, key));
    },
    async get(keyId) {
      return read().get(keyId) ?? null;
    },
    async list() {
      return [...read().values()].sort((a, b) => (a.keyId < b.keyId ? -1 : 1));
    },
    async remove(keyId) {
      const keys = read();
      const found = keys.delete(keyId);
      if (found) write(keys);
      return found;
    },
  };
}

function unreadable(path: string, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return apiError('API_KEYS_UNREADABLE', `the file of API keys, ${path}, cannot be used: ${reason}`, {
    data: { path },
    cause,
  });
}
