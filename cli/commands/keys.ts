import { randomFillSync } from 'node:crypto';
import { resolve } from 'node:path';
import {
  type ApiKey,
  createBrokerKeyStore,
  createFileKeyStore,
  type KeyStore,
  mintKey,
  SCOPES,
  type Scope,
  unknownKey,
} from '../../services/api/keys.js';
import { silentLogger } from '../../src/base/index.js';
import { cliError } from '../errors.js';
import { EXIT, type Host } from '../host.js';
import { renderTable } from '../table.js';

interface StoreFlags {
  readonly file?: string;
  readonly json?: boolean;
}

export interface CreateKeyFlags extends StoreFlags {
  readonly owner: string;
  readonly scope: string;
  readonly days?: number;
}

const DAY_MS = 86_400_000;
const OWNER = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** marlin keys create: makes a key. Its text goes to standard output and is stored nowhere. */
export async function createKey(host: Host, flags: CreateKeyFlags): Promise<number> {
  const { owner, scope, days } = flags;
  if (!OWNER.test(owner)) {
    throw cliError('CLI_USAGE', `--owner is ${JSON.stringify(owner)}: use 1 to 64 of a–z, 0–9, ".", "_" and "-"`);
  }
  if (!(SCOPES as readonly string[]).includes(scope)) {
    throw cliError('CLI_USAGE', `--scope is ${JSON.stringify(scope)}: use ${SCOPES.join(', ')}`);
  }
  const createdAt = host.clock.now();
  const expiry = days === undefined ? {} : { expiresAt: createdAt + days * DAY_MS };
  const { key, text } = mintKey({ owner, scopes: [scope as Scope], createdAt, ...expiry }, (bytes) =>
    randomFillSync(bytes),
  );
  await withStore(host, flags, (store) => store.put(key));
  host.stdout.write(flags.json ? `${JSON.stringify({ ...shown(key), key: text })}\n` : `${text}\n`);
  if (!flags.json) host.stderr.write(`key ${key.keyId} of ${owner}, scope ${scope}: it is not shown again\n`);
  return EXIT.success;
}

/** marlin keys list: what is known of the keys. */
export async function listKeys(host: Host, flags: StoreFlags): Promise<number> {
  const keys = (await withStore(host, flags, (store) => store.list())).map(shown);
  if (flags.json) {
    host.stdout.write(`${JSON.stringify(keys)}\n`);
    return EXIT.success;
  }
  const rows = keys.map(({ keyId, owner, scopes, createdAt, expiresAt }) => [
    keyId,
    owner,
    scopes.join(' '),
    createdAt,
    expiresAt ?? 'never',
  ]);
  const titles = ['id', 'owner', 'scopes', 'created', 'expires'];
  const columns = titles.map((title) => ({ title }));
  host.stdout.write(renderTable(columns, rows, host.stdout.columns ?? 120));
  return EXIT.success;
}

/** marlin keys revoke: forgets a key. Servers refuse it within seconds. */
export async function revokeKey(host: Host, keyId: string, flags: StoreFlags): Promise<number> {
  const found = await withStore(host, flags, (store) => store.remove(keyId));
  if (!found) throw unknownKey(keyId);
  host.stderr.write(`key ${keyId} is revoked; servers refuse it within seconds\n`);
  return EXIT.success;
}

async function withStore<T>(host: Host, { file }: StoreFlags, use: (store: KeyStore) => Promise<T>): Promise<T> {
  if (file !== undefined) return use(createFileKeyStore(resolve(file)));
  const { redisUrl } = host.settings;
  if (redisUrl === undefined) {
    throw cliError('CLI_USAGE', 'say where the keys are: set REDIS_URL for those of a fleet, or give --file');
  }
  const { createRedisBroker } = await import('../../src/broker/redis/index.js');
  const broker = await createRedisBroker({ url: redisUrl }, { clock: host.clock, logger: silentLogger });
  try {
    return await use(createBrokerKeyStore(broker.credentials));
  } finally {
    await broker.close();
  }
}

const shown = ({ keyId, owner, scopes, createdAt, expiresAt }: ApiKey) => ({
  keyId,
  owner,
  scopes,
  createdAt: new Date(createdAt).toISOString(),
  ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt).toISOString() }),
});
