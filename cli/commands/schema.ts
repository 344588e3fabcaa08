import { loadCatalogs } from '../catalogs.js';
import { EXIT, type Host } from '../host.js';

export interface SchemaFlags {
  readonly envModule: readonly string[];
  readonly markdown?: boolean;
}

/** marlin schema: the JSON Schema of the job spec with all environments and algorithms known here. */
export async function schema(host: Host, flags: SchemaFlags): Promise<number> {
  const catalogs = await loadCatalogs(host, flags.envModule);
  const { jobSchema, specPage } = await import('../../src/jobs/index.js');
  if (flags.markdown) host.stdout.write(specPage(catalogs));
  else host.stdout.write(`${JSON.stringify(jobSchema(catalogs), null, 2)}\n`);
  return EXIT.success;
}
