/** Trained policies out of Marlin and into it: files of weights with a card that tells how to act by them, models for other
 *  programs, and the policy itself, ready to act wherever JavaScript runs. Trains nothing and knows no environment. Imports base,
 *  spaces, kernels, checkpoints, networks and policies. */
export type { ActionRule, EarlierInput } from './action-rules.js';
export { type NamedFile, zipFiles } from './archive/zip.js';
export type { CardEvaluation, Lineage, PolicyCard } from './card.js';
export {
  type CheckpointPolicy,
  findDescription,
  openCheckpointPolicies,
  openCheckpointPolicy,
  type StoredPolicy,
  storedPolicies,
  weightsOf,
} from './checkpoint-policies.js';
export type { PolicyDescription } from './description.js';
export { EXPORT_ERRORS } from './errors.js';
export {
  EXPORT_FORMATS,
  type ExportedPolicy,
  type ExportFormat,
  exportPolicies,
  exportPolicy,
} from './export-policies.js';
export { type ImportedPolicies, importPolicies } from './import-policies.js';
export {
  type KnownFacts,
  type LoadPolicyOptions,
  loadPolicy,
  openLoadedPolicy,
  openPolicyFile,
} from './load-policy.js';
export {
  createLoadedPolicy,
  type LoadedPolicy,
  type LoadedPolicyOptions,
  type PolicyActOptions,
} from './loaded-policy.js';
export { decodePolicyFile, encodePolicyFile } from './safetensors/policy-file.js';
