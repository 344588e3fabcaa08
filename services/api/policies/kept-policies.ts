import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServedPolicies } from '../../../src/broker/index.js';
import { policiesFolder } from './policy-folder.js';

const FILE = '.names.json';

/** The served policies of a broker that forgets, kept in a file beside their weights. For where the broker ends with its process. Rejects
 *  with the system's error where the file is there and cannot be read. */
export async function keptPolicies(policies: ServedPolicies, checkpointFolder: string): Promise<ServedPolicies> {
  const folder = policiesFolder(checkpointFolder);
  // No policy's name begins so.
  const path = join(folder, FILE);
  for (const [name, policy] of readNames(path)) await policies.compareAndSet(null, { name, policy });
  const keep = async (): Promise<void> => {
    const names = (await policies.list()).map(({ record }) => [record.name, record.policy] as const);
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${path}.tmp`, JSON.stringify(names));
    renameSync(`${path}.tmp`, path);
  };
  return {
    get: (name) => policies.get(name),
    list: () => policies.list(),
    async compareAndSet(revision, record) {
      const stored = await policies.compareAndSet(revision, record);
      if (stored !== null) await keep();
      return stored;
    },
    async remove(name, revision) {
      const removed = await policies.remove(name, revision);
      if (removed) await keep();
      return removed;
    },
  };
}

function readNames(path: string): readonly (readonly [string, string])[] {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as readonly (readonly [string, string])[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
