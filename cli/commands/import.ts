import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { LoadedCatalogs } from '../catalogs.js';
import { loadCatalogs } from '../catalogs.js';
import { cliError } from '../errors.js';
import { EXIT, type Host } from '../host.js';
import { readSpec } from '../spec-source.js';

export interface ImportFlags {
  readonly out: string;
  readonly fleet?: boolean;
  readonly spec?: string;
  readonly policy?: string;
  readonly envModule: readonly string[];
  readonly json?: boolean;
}

/** marlin import: saves the policies of a file as a checkpoint that jobs can name under `initial`. */
export async function importPolicy(host: Host, file: string, flags: ImportFlags): Promise<number> {
  const { importPolicies, openPolicyFile } = await import('../../src/export/index.js');
  const { createFileCheckpointStore } = await import('../../src/checkpoints/index.js');
  const bytes = await readBytes(file);
  const description =
    flags.spec === undefined
      ? undefined
      : await describe(host, flags.spec, flags.policy, await loadCatalogs(host, flags.envModule));
  const policies = openPolicyFile(bytes, file, description);
  const { job, checkpoint } = importPolicies(policies);
  const folder = join(resolve(flags.out), ...(flags.fleet ? [job] : [job, 'checkpoints']));
  await createFileCheckpointStore(folder).save(checkpoint, 1);
  const names = policies.map(({ card }) => card.policy.policyId);
  if (flags.json) {
    host.stdout.write(`${JSON.stringify({ job, iteration: 0, policies: names, folder })}\n`);
    return EXIT.success;
  }
  host.stdout.write(`${job}\n`);
  const initial = { job, iteration: 0, policy: names[0] };
  host.stderr.write(
    `policies ${names.join(', ')}, in ${folder}; a job begins with one by "initial": ${JSON.stringify(initial)}\n`,
  );
  return EXIT.success;
}

async function readBytes(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw cliError('POLICY_UNREADABLE', `the file ${file} cannot be read: ${reason}`, { data: { file }, cause });
  }
}

/** How the policy of a job spec acts. */
async function describe(host: Host, source: string, policyId: string | undefined, catalogs: LoadedCatalogs) {
  const { resolveJobSpec } = await import('../../src/jobs/index.js');
  const { describePolicies } = await import('../../src/training/index.js');
  const { findDescription } = await import('../../src/export/index.js');
  const spec = resolveJobSpec(await readSpec(host, source), catalogs);
  return findDescription(describePolicies(spec, catalogs.environments), policyId, `the job spec ${source}`);
}
