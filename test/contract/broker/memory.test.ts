import { createMemoryBroker } from '../../../src/broker/index.js';
import { brokerContract } from './broker-suite.js';

brokerContract('memory', async (options) => ({ broker: createMemoryBroker(options) }));
