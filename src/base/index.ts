/** The ground floor: errors, keyed random streams, math with fixed bits, clock and logger ports. Imports nothing of Marlin. */
export * from './clock.js';
export * from './errors.js';
export * from './logger.js';
export * from './nearest.js';
export { packageFile, version } from './package-file.js';
export * from './random.js';
