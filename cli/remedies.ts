import type { ErrorRegistry } from '../src/base/index.js';
import { CLI_ERRORS } from './errors.js';

/** What to do about an error code; undefined for codes that nobody declared. Loads every room, so call it only when needed. */
export async function remedyOf(code: string): Promise<string | undefined> {
  const own: ErrorRegistry = CLI_ERRORS;
  if (own[code] !== undefined) return own[code].remedy;
  const rooms = await Promise.all([
    import('../src/jobs/index.js'),
    import('../src/envs/index.js'),
    import('../src/algorithms/index.js'),
    import('../src/policies/index.js'),
    import('../src/checkpoints/index.js'),
    import('../src/training/index.js'),
    import('../src/kernels/index.js'),
    import('../src/experience/index.js'),
    import('../src/spaces/index.js'),
    import('../src/broker/index.js'),
    import('../services/api/errors.js'),
    import('../client/index.js'),
    import('../services/api/errors.js'),
  ]);
  for (const room of rooms) {
    for (const [name, registry] of Object.entries(room)) {
      const remedy = name.endsWith('_ERRORS') ? (registry as ErrorRegistry)[code]?.remedy : undefined;
      if (remedy !== undefined) return remedy;
    }
  }
  return undefined;
}
