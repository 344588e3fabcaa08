import type { Redis } from 'ioredis';
import type { Logger } from '../../base/index.js';
import { brokerError } from '../errors.js';

/** XTRIM MINID, by which consumed trajectories are deleted, came with 6.2. */
const LEAST_VERSION = [6, 2] as const;

/** Rejects with BROKER_REDIS_UNSUITABLE when the server is too old, or would drop what it has accepted; warns when it would
 *  lose everything with a restart. */
export async function assertSuitable(redis: Redis, logger: Logger): Promise<void> {
  const information = parseInformation(await redis.info());
  const version = information.get('redis_version') ?? 'unknown';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (!(major > LEAST_VERSION[0] || (major === LEAST_VERSION[0] && minor >= LEAST_VERSION[1]))) {
    throw brokerError(
      'BROKER_REDIS_UNSUITABLE',
      `Redis is version ${version}, but ${LEAST_VERSION.join('.')} or later is needed: upgrade it.`,
      { data: { version } },
    );
  }
  const policy = information.get('maxmemory_policy') ?? 'unknown';
  if (policy !== 'noeviction') {
    throw brokerError(
      'BROKER_REDIS_UNSUITABLE',
      `Redis would evict accepted work when memory is short (maxmemory-policy is ${policy}): set "maxmemory-policy noeviction" in redis.conf, or run: redis-cli CONFIG SET maxmemory-policy noeviction`,
      { data: { policy } },
    );
  }
  if (information.get('aof_enabled') === '1' || (await takesSnapshots(redis))) return;
  logger.warn(
    {},
    'Redis keeps nothing on disk: jobs are lost when it restarts. Set "appendonly yes" in redis.conf, unless that is meant',
  );
}

/** Managed servers do not say; they have backups of their own. */
async function takesSnapshots(redis: Redis): Promise<boolean> {
  try {
    const reply = (await redis.config('GET', 'save')) as string[];
    return reply[1] !== '';
  } catch {
    return true;
  }
}

/** The reply of INFO: field → value. */
export function parseInformation(text: string): ReadonlyMap<string, string> {
  const pairs = text.split(/\r?\n/).flatMap((line): [string, string][] => {
    const colon = line.indexOf(':');
    return colon > 0 ? [[line.slice(0, colon), line.slice(colon + 1)]] : [];
  });
  return new Map(pairs);
}
