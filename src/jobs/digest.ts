import { createHash } from 'node:crypto';
import type { JobSpec } from './spec.js';
import { tensorflowUse } from './tensorflow.js';

/** JSON with sorted keys and no spaces: the same text for the same data, however it was written. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const object = value as Readonly<Record<string, unknown>>;
    const fields = Object.keys(object).filter((key) => object[key] !== undefined);
    return `{${fields
      .sort()
      .map((key) => `${JSON.stringify(key)}:${canonicalJson(object[key])}`)
      .join(',')}}`;
  }
  return JSON.stringify(value);
}

/** SHA-256, hexadecimal, of what decides the trained weights of a resolved spec: not its name, its kernels (all give the same
 *  bits), nor when it evaluates, saves and stops; but that and where it computes with TensorFlow.js. Checkpoints carry it, so that a
 *  run never goes on with another spec. */
export function specDigest(spec: JobSpec): string {
  const { seed, env, policies, policyMapping, algorithm, rollout, schedule } = spec;
  const tensorflow = tensorflowUse(spec) ?? undefined;
  const deciding = { seed, env, policies, policyMapping, algorithm, rollout, schedule, tensorflow };
  return createHash('sha256').update(canonicalJson(deciding)).digest('hex');
}
