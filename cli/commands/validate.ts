import { loadCatalogs } from '../catalogs.js';
import { EXIT, type Host } from '../host.js';
import { changeSpec, readSpec } from '../spec-source.js';
import { styleFor } from '../style.js';

export interface ValidateFlags {
  readonly set: readonly string[];
  readonly envModule: readonly string[];
  readonly json?: boolean;
}

/** marlin validate: all faults of a spec, or the spec with every default filled in. */
export async function validate(host: Host, source: string, flags: ValidateFlags): Promise<number> {
  const catalogs = await loadCatalogs(host, flags.envModule);
  const { previewJob, resolveJobSpec } = await import('../../src/jobs/index.js');
  const spec = resolveJobSpec(changeSpec(await readSpec(host, source), flags), catalogs);
  const { notes } = previewJob(spec, catalogs);
  if (flags.json) host.stdout.write(`${JSON.stringify({ ok: true, spec, notes })}\n`);
  else {
    host.stderr.write(`${styleFor(host, host.stderr).good('valid')}; with every default filled in:\n`);
    for (const note of notes) host.stderr.write(`note: ${note}\n`);
    host.stdout.write(`${JSON.stringify(spec, null, 2)}\n`);
  }
  return EXIT.success;
}
