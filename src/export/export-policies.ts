import type { Checkpoint } from '../checkpoints/index.js';
import type { NamedFile } from './archive/zip.js';
import type { PolicyCard } from './card.js';
import { cardText } from './card-text.js';
import { storedPolicies } from './checkpoint-policies.js';
import { cardOf, type KnownFacts } from './load-policy.js';
import { encodeOnnx } from './onnx/model.js';
import { encodePolicyFile } from './safetensors/policy-file.js';
import { tensorflowModels } from './tfjs/models.js';

export const EXPORT_FORMATS = ['safetensors', 'onnx', 'tfjs'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** A policy in a format: the files of the model, and its card beside them. */
export interface ExportedPolicy {
  readonly policyId: string;
  readonly model: readonly NamedFile[];
  /** JSON for programs, Markdown for people. */
  readonly card: readonly NamedFile[];
}

/** The policies of a checkpoint in a format, or the one that is named. Throws POLICY_UNKNOWN, POLICY_UNDESCRIBED,
 *  POLICY_FILE_INVALID, EXPORT_UNSUPPORTED. */
export function exportPolicies(
  checkpoint: Checkpoint,
  format: ExportFormat,
  policyId: string | undefined,
  known: KnownFacts,
): readonly ExportedPolicy[] {
  const ids = policyId === undefined ? storedPolicies(checkpoint).map((policy) => policy.policyId) : [policyId];
  const names = new Set<string>();
  return ids.map((id, p) => {
    const { card, parameters } = cardOf(checkpoint, id, known);
    const name = fileName(id);
    const own = names.has(name) ? `${name}-${p}` : name;
    names.add(own);
    return exportPolicy(card, parameters, format, own);
  });
}

/** `name` names its files. */
export function exportPolicy(
  card: PolicyCard,
  parameters: Float32Array,
  format: ExportFormat,
  name = fileName(card.policy.policyId),
): ExportedPolicy {
  const { policyId } = card.policy;
  return {
    policyId,
    model: modelFiles(card, parameters, format, name),
    card: [
      { path: `${name}.json`, bytes: textBytes(`${JSON.stringify(card, null, 2)}\n`) },
      { path: `${name}.md`, bytes: textBytes(cardText(card)) },
    ],
  };
}

function modelFiles(
  card: PolicyCard,
  parameters: Float32Array,
  format: ExportFormat,
  name: string,
): readonly NamedFile[] {
  switch (format) {
    case 'safetensors':
      return [{ path: `${name}.safetensors`, bytes: encodePolicyFile(card, parameters) }];
    case 'onnx':
      return [{ path: `${name}.onnx`, bytes: encodeOnnx(card, parameters) }];
    case 'tfjs':
      return tensorflowModels(card, parameters).map(({ path, bytes }) => ({ path: `${name}/${path}`, bytes }));
  }
}

const textBytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Ids of policies may be ids of agents, which an environment's author chose. */
const fileName = (policyId: string): string => policyId.replaceAll(/[^a-zA-Z0-9._-]/g, '_').replace(/^\.+/, '_');
