import type { Checkpoint } from '../checkpoints/index.js';
import type { Lineage } from './card.js';
import { type PolicyDescription, readDescription } from './description.js';
import { exportError } from './errors.js';
import { invalid, JsonFields } from './read-json.js';

/** A policy as a checkpoint holds it. */
export interface CheckpointPolicy {
  readonly description: PolicyDescription;
  readonly lineage: Lineage;
  /** What it acts by; a copy. */
  readonly parameters: Float32Array;
}

/** What a checkpoint says of its policies' weights. */
export interface StoredPolicy {
  readonly policyId: string;
  /** Its part of the acting weights, in elements. */
  readonly offset: number;
  readonly count: number;
  /** What is told of it; undefined in checkpoints of versions that did not tell. */
  readonly told: () => Omit<CheckpointPolicy, 'parameters'> | undefined;
}

/** The policies of a checkpoint, in the job's order. Throws POLICY_FILE_INVALID, POLICY_UNDESCRIBED. */
export const storedPolicies = (checkpoint: Checkpoint): readonly StoredPolicy[] =>
  readStored(checkpoint, `the checkpoint of iteration ${checkpoint.iteration}`);

function readStored(checkpoint: Pick<Checkpoint, 'facts' | 'iteration'>, what: string): readonly StoredPolicy[] {
  const facts = new JsonFields(checkpoint.facts, what);
  if (!facts.has('acting')) throw undescribed(what, 'does not tell where a policy’s weights lie');
  const forms = facts.has('forms') ? facts.list('forms') : [];
  let offset = 0;
  return facts.list('acting').map((value, p) => {
    const fields = new JsonFields(value, `${what}: acting[${p}]`);
    const policyId = fields.text('policyId');
    const count = fields.whole('count', 1);
    const stored: StoredPolicy = {
      policyId,
      offset,
      count,
      told: () => {
        if (!fields.has('form')) return undefined;
        const form = fields.whole('form');
        const shared = forms[form];
        if (shared === undefined) fields.fail('form', `is ${form}, and there are ${forms.length} forms`);
        const agents = fields.list('agents');
        const where = `${what}: policy "${policyId}"`;
        const description = readDescription({ ...(shared as object), policyId, agents }, where, count);
        return { description, lineage: readLineage(checkpoint, new JsonFields(shared, where)) };
      },
    };
    offset += count;
    return stored;
  });
}

/** One policy of a checkpoint, or its only one. Throws POLICY_FILE_INVALID, POLICY_UNDESCRIBED, POLICY_UNKNOWN, SPACE_INVALID and
 *  EXPORT_UNSUPPORTED. */
export function openCheckpointPolicy(checkpoint: Checkpoint, policyId?: string): CheckpointPolicy {
  const found = findPolicy(storedPolicies(checkpoint), policyId);
  const told = found.told();
  if (told === undefined) {
    throw undescribed(`the checkpoint of iteration ${checkpoint.iteration}`, 'is of an earlier version');
  }
  return { ...told, parameters: weightsOf(checkpoint, found) };
}

/** All of them. Throws as `openCheckpointPolicy`. */
export const openCheckpointPolicies = (checkpoint: Checkpoint): readonly CheckpointPolicy[] =>
  storedPolicies(checkpoint).map(({ policyId }) => openCheckpointPolicy(checkpoint, policyId));

/** The weights of one policy: a copy. Throws POLICY_FILE_INVALID. */
export function weightsOf(checkpoint: Checkpoint, { offset, count }: StoredPolicy): Float32Array {
  const name = `weights/${checkpoint.iteration}`;
  const whole = checkpoint.tensors.find((tensor) => tensor.name === name);
  if (whole === undefined || whole.dtype !== 'f32' || whole.bytes.byteLength < 4 * (offset + count)) {
    throw invalid(`the checkpoint of iteration ${checkpoint.iteration}`, `has no ${name} with all policies’ weights`);
  }
  // Not slice(): that of a Node.js Buffer makes a view.
  const bytes = new Uint8Array(whole.bytes.subarray(4 * offset, 4 * (offset + count)));
  return new Float32Array(bytes.buffer);
}

/** The description of one policy, or of the only one, among what a job tells of its policies (see `storedPolicies`).
 *  Throws as `openCheckpointPolicy`. */
export function findDescription(
  facts: { readonly acting: readonly unknown[]; readonly forms: readonly unknown[] },
  policyId: string | undefined,
  what: string,
): PolicyDescription {
  const policies = readStored({ facts: { ...facts }, iteration: 0 }, what);
  return findPolicy(policies, policyId).told()!.description;
}

/** What is not told is left out: of a file that may be hostile, it is shown and nothing else. */
function readLineage({ facts, iteration }: Pick<Checkpoint, 'facts' | 'iteration'>, form: JsonFields): Lineage {
  const { environment, seed } = (facts.origin ?? {}) as { readonly environment?: unknown; readonly seed?: unknown };
  const told = { algorithm: form.value('algorithm'), initial: form.value('initial'), seed };
  const known = Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined));
  return {
    job: String(facts.job),
    iteration,
    specDigest: String(facts.specDigest),
    ...(typeof environment === 'string' ? { environment: { id: environment } } : {}),
    ...known,
  };
}

function findPolicy(policies: readonly StoredPolicy[], policyId: string | undefined): StoredPolicy {
  const only = policyId === undefined && policies.length === 1 ? policies[0] : undefined;
  const found = only ?? policies.find((policy) => policy.policyId === policyId);
  if (found !== undefined) return found;
  const names = policies.map((policy) => policy.policyId);
  const shown = names.length > 8 ? `${names.slice(0, 8).join(', ')} and ${names.length - 8} more` : names.join(', ');
  const asked = policyId === undefined ? 'no policy was named, of' : `there is no policy "${policyId}"; there are`;
  throw exportError('POLICY_UNKNOWN', `${asked} ${shown}`, { data: { policies: names.slice(0, 64) } });
}

const undescribed = (what: string, why: string): Error =>
  exportError(
    'POLICY_UNDESCRIBED',
    `${what} ${why}; resume its job with this version, which saves checkpoints that tell`,
  );
