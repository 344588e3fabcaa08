/** Learning rules: catalog entries that are light, and per algorithm a folder with options, loss and update. No schedule, no
 *  threads, no environments. Imports base, spaces, kernels, networks, policies and experience. */
export { algorithmCatalog, findAlgorithm } from './catalog.js';
export { ALGORITHM_ERRORS } from './errors.js';
export type * from './port.js';
