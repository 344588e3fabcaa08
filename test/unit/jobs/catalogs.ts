import { algorithmCatalog } from '../../../src/algorithms/index.js';
import { environmentCatalog } from '../../../src/envs/index.js';
import { type Fault, type JobCatalogs, type JobSpec, validateJobSpec } from '../../../src/jobs/index.js';

export const catalogs: JobCatalogs = { environments: environmentCatalog, algorithms: algorithmCatalog };

export function faultsOf(input: unknown): readonly Fault[] {
  const result = validateJobSpec(input, catalogs);
  return result.ok ? [] : result.faults;
}

export const messagesOf = (input: unknown): string[] => faultsOf(input).map((fault) => fault.message);

export function resolved(input: unknown): JobSpec {
  const result = validateJobSpec(input, catalogs);
  if (!result.ok) throw new Error(result.faults.map((fault) => fault.message).join('\n'));
  return result.spec;
}

/** A spec of the median game with more fields. */
export const median = (fields: Readonly<Record<string, unknown>> = {}) => ({ env: { id: 'median-v1' }, ...fields });
