/** The broker of a fleet, over Redis: the same ports as the memory broker, held by the same contract. A door of its own, so that
 *  whoever trains in one process never loads BullMQ and ioredis, which live here and nowhere else.
 *  Knows nothing of what the bytes mean. Imports base and the ports. */
export { createRedisBroker, type RedisBrokerModules } from './broker.js';
export type { RedisBrokerOptions } from './options.js';
