import type { Access } from './access.js';
import { parseInformation } from './suitability.js';

/** Whether Redis takes what would be stored, by the sum with which it decides so itself: buffers of replicas and of the
 *  append-only file do not count. */
export async function hasRoom(access: Access): Promise<boolean> {
  const information = parseInformation(await access.call(() => access.redis.info('memory')));
  const bytesOf = (field: string): number => Number(information.get(field) ?? 0);
  const limit = bytesOf('maxmemory');
  return limit === 0 || bytesOf('used_memory') - bytesOf('mem_not_counted_for_evict') <= limit;
}
