/** `marlin/policy`: a trained policy that acts, in Node and in browsers, by the very code that trained it. Takes the bytes of a
 *  safetensors file that Marlin exported, or of a checkpoint; loads nothing, asks nobody, and keeps nothing to itself. */
export { MarlinError } from '../src/base/index.js';
export {
  type ActionRule,
  type CardEvaluation,
  type EarlierInput,
  type Lineage,
  type LoadedPolicy,
  type LoadPolicyOptions,
  loadPolicy,
  type PolicyActOptions,
  type PolicyCard,
  type PolicyDescription,
} from '../src/export/index.js';
export { describeAction, type Space } from '../src/spaces/index.js';
