import { silentLogger, systemClock } from '../../../src/base/index.js';
import { createRedisBroker } from '../../../src/broker/redis/index.js';
import { deleteUnder, redisUrl, uniquePrefix } from '../../helpers/redis/testing.js';
import { brokerContract } from './broker-suite.js';

brokerContract('redis', async (options) => {
  const prefix = uniquePrefix();
  const broker = await createRedisBroker(
    { url: redisUrl(), prefix, retryDelayMs: 5, ...options },
    { logger: silentLogger, clock: systemClock },
  );
  return { broker, dispose: () => deleteUnder(prefix) };
});
