import { CHECKPOINT_DIGEST_BYTES, CHECKPOINT_MAGIC, type Checkpoint, decodeWith } from '../checkpoints/index.js';
import { type CardEvaluation, makeCard, type PolicyCard } from './card.js';
import { openCheckpointPolicy, storedPolicies } from './checkpoint-policies.js';
import type { PolicyDescription } from './description.js';
import { createLoadedPolicy, type LoadedPolicy, type LoadedPolicyOptions } from './loaded-policy.js';
import { parameterBytes } from './parameters.js';
import { decodePolicyFile } from './safetensors/policy-file.js';
import { platformSha256, sha256 } from './sha256.js';

export interface LoadPolicyOptions extends LoadedPolicyOptions {
  /** Which of a checkpoint's policies; needed where there are several. */
  readonly policy?: string;
}

/** A policy ready to act, out of a safetensors file that Marlin wrote or of a whole checkpoint file. Rejects with
 *  POLICY_FILE_INVALID, POLICY_FILE_MISMATCH, POLICY_UNDESCRIBED, POLICY_UNKNOWN, EXPORT_UNSUPPORTED, CHECKPOINT_CORRUPT and
 *  CHECKPOINT_VERSION_UNKNOWN. */
export async function loadPolicy(bytes: Uint8Array, options: LoadPolicyOptions = {}): Promise<LoadedPolicy> {
  if (isCheckpoint(bytes)) {
    const digest = await platformSha256(bytes.subarray(0, Math.max(0, bytes.length - CHECKPOINT_DIGEST_BYTES)));
    return openLoadedPolicy(
      decodeWith(bytes, 'the file', () => digest),
      options,
    );
  }
  const { card, parameters } = decodePolicyFile(bytes, 'the file');
  return createLoadedPolicy(card, parameters, options);
}

/** The policies of a file: those of a checkpoint, or the one of a safetensors file, which a description makes of a foreign one.
 *  `what` names it in errors. Throws as `loadPolicy` rejects. */
export function openPolicyFile(
  bytes: Uint8Array,
  what: string,
  description?: PolicyDescription,
): readonly { readonly card: PolicyCard; readonly parameters: Float32Array }[] {
  if (!isCheckpoint(bytes)) return [decodePolicyFile(bytes, what, description)];
  const checkpoint = decodeWith(bytes, what, sha256);
  return storedPolicies(checkpoint).map(({ policyId }) => cardOf(checkpoint, policyId, {}));
}

/** A policy of a checkpoint, ready to act. Throws what `openCheckpointPolicy` throws. */
export function openLoadedPolicy(checkpoint: Checkpoint, options: LoadPolicyOptions = {}): LoadedPolicy {
  const { card, parameters } = cardOf(checkpoint, options.policy, {});
  return createLoadedPolicy(card, parameters, options);
}

/** What a checkpoint does not tell, for the cards of its policies. */
export interface KnownFacts {
  readonly marlin?: string;
  readonly environmentOptions?: Readonly<Record<string, unknown>>;
  readonly evaluation?: CardEvaluation | null;
}

/** A policy of a checkpoint with its card; `known` is what the checkpoint does not tell. */
export function cardOf(
  checkpoint: Checkpoint,
  policyId: string | undefined,
  known: KnownFacts,
): { readonly card: PolicyCard; readonly parameters: Float32Array } {
  const { description, lineage, parameters } = openCheckpointPolicy(checkpoint, policyId);
  const { environment } = lineage;
  const options = known.environmentOptions;
  const card = makeCard({
    marlin: known.marlin ?? '',
    policy: description,
    parameters: parameters.length,
    digest: sha256(parameterBytes(parameters)),
    lineage:
      environment === undefined || options === undefined
        ? lineage
        : { ...lineage, environment: { ...environment, options } },
    evaluation: known.evaluation ?? null,
  });
  return { card, parameters };
}

const isCheckpoint = (bytes: Uint8Array): boolean =>
  bytes.length >= CHECKPOINT_MAGIC.length &&
  Array.from(CHECKPOINT_MAGIC).every((letter, k) => bytes[k] === letter.charCodeAt(0));
