import { createHash } from 'node:crypto';

/** SHA-256 of weights, hexadecimal: for each policy in the job's order its id in UTF-8, a zero byte, and all its parameters
 *  (policy and critic) as little-endian float32. */
export function weightsDigest(
  policies: readonly { readonly policyId: string; readonly parameters: Uint8Array }[],
): string {
  const hash = createHash('sha256');
  for (const { policyId, parameters } of policies) {
    hash.update(policyId, 'utf8').update(Uint8Array.of(0)).update(parameters);
  }
  return hash.digest('hex');
}
