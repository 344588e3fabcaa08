import { decodeMessage, encodeMessage } from './codec.js';
import { corrupt, invalid } from './errors.js';
import { marlin } from './generated/messages.js';
import { MAX_MESSAGE_BYTES, type MessageKind } from './message.js';
import { integer, text } from './scalars.js';
import { MAX_NAME_BYTES, type WireTensor } from './tensor.js';

/** A policy's share of the weights. */
export interface PolicyWeights {
  readonly policyId: string;
  /** Acting parameters, P. */
  readonly parameterCount: number;
}

/** What actors need of one policy version. */
export interface PolicySnapshot {
  readonly version: number;
  /** In the job's order; their parameters follow one another in `weights` in this order. */
  readonly policies: readonly PolicyWeights[];
  /** f32, little-endian. */
  readonly weights: Uint8Array;
}

const MAX_POLICIES = 65_536;
const policyId = text(1, 'name', MAX_NAME_BYTES);

const POLICY_SNAPSHOT: MessageKind<Pick<PolicySnapshot, 'version'>> = {
  name: 'PolicySnapshot',
  generated: marlin.v1.PolicySnapshot,
  scalars: { version: integer(3, 'policy_version') },
  tensors: 4,
  maxBytes: MAX_MESSAGE_BYTES,
};
const { name: MESSAGE } = POLICY_SNAPSHOT;

/** Throws WIRE_INVALID where the policies' parameters are not all of `weights`; WIRE_TOO_LARGE. */
export function encodeWeights({ version, policies, weights }: PolicySnapshot): Uint8Array {
  if (policies.length > MAX_POLICIES)
    throw invalid(MESSAGE, 'tensors', `are ${policies.length}, not ${MAX_POLICIES} at most`);
  const names = new Set<string>();
  let offset = 0;
  const tensors = policies.map((policy, i): WireTensor => {
    const { parameterCount: count } = policy;
    const name = policyId.read(policy.policyId);
    if (typeof name !== 'string') throw invalid(MESSAGE, `tensors[${i}].name`, name.text);
    if (names.has(name)) throw invalid(MESSAGE, `tensors[${i}].name`, `is "${name}", as an earlier one`);
    names.add(name);
    if (!Number.isSafeInteger(count) || count < 1) {
      throw invalid(MESSAGE, `tensors["${name}"].shape`, `is [${count}], not a number of parameters`);
    }
    const bytes = weights.subarray(offset, offset + 4 * count);
    offset += 4 * count;
    return { name, dtype: 'f32', shape: [count], bytes };
  });
  if (offset !== weights.byteLength) {
    throw invalid(MESSAGE, 'tensors', `have ${offset} bytes together, and the weights ${weights.byteLength}`);
  }
  return encodeMessage(POLICY_SNAPSHOT, { version }, tensors);
}

/** The weights in shared memory of their own, for threads to load. With `expected`, the policies must be exactly those.
 *  Throws WIRE_CORRUPT, WIRE_TOO_LARGE, WIRE_VERSION_UNKNOWN. */
export function decodeWeights(wire: Uint8Array, expected?: readonly PolicyWeights[]): PolicySnapshot {
  const limits = { maxBytes: MAX_MESSAGE_BYTES, maxTensors: expected?.length ?? MAX_POLICIES };
  const { values, tensors } = decodeMessage(POLICY_SNAPSHOT, wire, limits);
  const parts = tensors.names.map((name) => tensors.takeVector(name, 'f32'));
  const policies = parts.map(({ byteLength }, i) => ({ policyId: tensors.names[i]!, parameterCount: byteLength / 4 }));
  if (expected !== undefined) assertPolicies(policies, expected);
  const weights = new Uint8Array(new SharedArrayBuffer(parts.reduce((sum, part) => sum + part.byteLength, 0)));
  let offset = 0;
  for (const part of parts) {
    weights.set(part, offset);
    offset += part.byteLength;
  }
  return { ...values, policies, weights };
}

function assertPolicies(found: readonly PolicyWeights[], expected: readonly PolicyWeights[]): void {
  const show = (policies: readonly PolicyWeights[], i: number): string => {
    const policy = policies[i];
    return policy === undefined ? 'missing' : `"${policy.policyId}" with ${policy.parameterCount} parameters`;
  };
  for (let i = 0; i < Math.max(found.length, expected.length); i++) {
    if (show(found, i) === show(expected, i)) continue;
    throw corrupt(MESSAGE, `tensors[${i}]`, `is ${show(found, i)}, and in this job it is ${show(expected, i)}`);
  }
}
