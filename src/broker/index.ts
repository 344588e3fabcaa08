/** What actors, learners and the API say to each other: the ports, and the broker that lives in one process.
 *  Moves bytes and small JSON and never decodes the bytes; knows nothing of policies, environments or schedules.
 *  Imports base only. */
export { BROKER_ERRORS } from './errors.js';
export { createMemoryBroker, type MemoryBrokerModules, type MemoryBrokerOptions } from './memory/broker.js';
export { createPatientBroker, type PatientModules, type PatientOptions } from './patient.js';
export * from './port.js';
