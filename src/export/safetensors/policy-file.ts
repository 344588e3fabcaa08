import { makeCard, type PolicyCard, readCard } from '../card.js';
import type { PolicyDescription } from '../description.js';
import { exportError } from '../errors.js';
import { layoutOf, parameterBytes } from '../parameters.js';
import { parseJson } from '../read-json.js';
import { sha256 } from '../sha256.js';
import { SafetensorsFile } from './read.js';
import { encodeSafetensors } from './write.js';

/** The key of the card among a file's metadata. */
export const CARD_KEY = 'marlin';

/** A policy's card and parameters as one safetensors file: a tensor for each part of the parameters, the card among the metadata. */
export function encodePolicyFile(card: PolicyCard, parameters: Float32Array): Uint8Array<ArrayBuffer> {
  const tensors = layoutOf(card.policy, parameters.length).map(({ name, shape, offset, count }) => ({
    name,
    shape,
    values: parameters.subarray(offset, offset + count),
  }));
  return encodeSafetensors(tensors, { format: 'pt', [CARD_KEY]: JSON.stringify(card) });
}

/** A policy out of a safetensors file: its card is the file's own, or is made of the description that the caller has of a foreign one.
 *  Throws POLICY_FILE_INVALID, POLICY_FILE_MISMATCH, POLICY_UNDESCRIBED, and what a card that is not well formed throws. */
export function decodePolicyFile(
  bytes: Uint8Array,
  what: string,
  description?: PolicyDescription,
): { readonly card: PolicyCard; readonly parameters: Float32Array } {
  const file = new SafetensorsFile(bytes, what);
  const text = Object.hasOwn(file.metadata, CARD_KEY) ? file.metadata[CARD_KEY] : undefined;
  if (description !== undefined) {
    const parameters = readParameters(file, what, description);
    const facts = { marlin: '', policy: description, parameters: parameters.length, lineage: null, evaluation: null };
    return { card: makeCard({ ...facts, digest: sha256(parameterBytes(parameters)) }), parameters };
  }
  if (text === undefined) {
    throw exportError(
      'POLICY_UNDESCRIBED',
      `${what} has tensors, but no card of Marlin that tells how a policy acts by them; import it with the job spec it is for`,
    );
  }
  const card = readCard(parseJson(text, `the card of ${what}`), `the card of ${what}`, file.elements);
  const parameters = readParameters(file, what, card.policy);
  const digest = sha256(parameterBytes(parameters));
  if (digest === card.digest && card.parameters === parameters.length) return { card, parameters };
  throw exportError(
    'POLICY_FILE_INVALID',
    `the tensors of ${what} are not those that its card is of: their digest is ${digest}, where ${card.digest.slice(0, 64)} is told`,
    { data: { digest } },
  );
}

function readParameters(file: SafetensorsFile, what: string, description: PolicyDescription): Float32Array {
  const layout = layoutOf(description, file.elements);
  const mismatch = (problem: string): Error =>
    exportError('POLICY_FILE_MISMATCH', `${what} does not fit policy "${description.policyId}": ${problem}`, {
      data: { policyId: description.policyId },
    });
  const parameters = new Float32Array(file.elements);
  for (const { name, shape, offset } of layout) {
    const found = file.shapeOf(name);
    if (found === undefined) {
      throw mismatch(`it has no tensor "${name}" of shape [${shape.join(', ')}], but ${list(file.names)}`);
    }
    if (found.join() !== shape.join()) {
      throw mismatch(`its tensor "${name}" has the shape [${found.join(', ')}], where [${shape.join(', ')}] is right`);
    }
    file.copy(name, parameters, offset);
  }
  return parameters;
}

const list = (names: readonly string[]): string =>
  names.length > 12 ? `${names.slice(0, 12).join(', ')} and ${names.length - 12} more` : names.join(', ');
