import { silentLogger, systemClock } from '../../../src/base/index.js';
import { createMemoryBroker, createPatientBroker } from '../../../src/broker/index.js';
import { brokerContract } from './broker-suite.js';

brokerContract('patient over memory', async (options) => ({
  broker: createPatientBroker(createMemoryBroker(options), {}, { clock: systemClock, logger: silentLogger }),
}));
