import { type Checkpoint, importId } from '../checkpoints/index.js';
import type { PolicyCard } from './card.js';
import { parameterBytes } from './parameters.js';
import { sha256 } from './sha256.js';

/** Policies as a job's checkpoint would hold them, for other jobs to begin with. */
export interface ImportedPolicies {
  /** What jobs name as `initial.job`. */
  readonly job: string;
  readonly checkpoint: Checkpoint;
}

/** The first iteration of a job that was never trained here. Only policies: nothing to resume from. */
export function importPolicies(
  policies: readonly { readonly card: PolicyCard; readonly parameters: Float32Array }[],
): ImportedPolicies {
  const parts = policies.map(({ parameters }) => parameterBytes(parameters));
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  const digest = sha256(bytes);
  const job = importId(digest);
  const acting = policies.map(({ card: { policy }, parameters }, form) => ({
    policyId: policy.policyId,
    count: parameters.length,
    agents: policy.agents,
    form,
  }));
  const forms = policies.map(({ card }) => {
    const { policyId: _id, agents: _agents, ...form } = card.policy;
    // JSON has no infinities, and a checkpoint takes nothing that JSON does not.
    return JSON.parse(JSON.stringify(form)) as unknown;
  });
  const tensor = { name: 'weights/0', dtype: 'f32', shape: [bytes.length / 4], bytes } as const;
  return { job, checkpoint: { iteration: 0, facts: { job, specDigest: digest, acting, forms }, tensors: [tensor] } };
}
