import { brokerError } from './errors.js';
import type { PartHold, RolloutTask } from './port.js';

/** Ids become parts of keys, those of jobs of file names, so nothing else is let in. */
const ID = /^[a-z0-9_-]{1,64}$/;

const assertId =
  (what: string, field: string) =>
  (id: string): void => {
    if (ID.test(id)) return;
    throw brokerError(
      'BROKER_ARGUMENT_INVALID',
      `${what} id ${JSON.stringify(id).slice(0, 80)} is not valid: use 1 to 64 of a–z, 0–9, "_" and "-".`,
      { data: { [field]: String(id).slice(0, 80) } },
    );
  };

/** Throws BROKER_ARGUMENT_INVALID unless the job id matches `^[a-z0-9_-]{1,64}$`. */
export const assertJobId = assertId('Job', 'jobId');

/** The same of the id of an actor, or of a learner that says that it lives. */
export const assertActorId = assertId('Actor', 'actorId');

/** The same of the id of a learner that offers or claims parts. */
export const assertLearnerId = assertId('Learner', 'learnerId');

/** The same of the id of a key of the API. */
export const assertKeyId = assertId('Key', 'keyId');

const POLICY_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** Throws BROKER_ARGUMENT_INVALID unless `name` matches `^[a-z0-9][a-z0-9._-]{0,63}$`. */
export function assertPolicyName(name: string): void {
  if (POLICY_NAME.test(name)) return;
  throw brokerError(
    'BROKER_ARGUMENT_INVALID',
    `Policy name ${JSON.stringify(name).slice(0, 80)} is not valid: use 1 to 64 of a–z, 0–9, ".", "_" and "-", first a letter or digit.`,
    { data: { name: String(name).slice(0, 80) } },
  );
}

/** Throws BROKER_ARGUMENT_INVALID unless `value` is an integer of at least `least`. */
export function assertInteger(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw brokerError('BROKER_ARGUMENT_INVALID', `${name} is ${value}: give an integer of at least ${least}.`, {
    data: { name, value },
  });
}

/** Throws BROKER_ARGUMENT_INVALID naming what of an offer is wrong. */
export function assertOffer(jobId: string, parts: readonly number[], learnerId: string): void {
  assertJobId(jobId);
  assertLearnerId(learnerId);
  for (const [p, part] of parts.entries()) assertInteger(`parts[${p}]`, part, 1);
}

/** Throws BROKER_ARGUMENT_INVALID naming what of a claim is wrong. */
export function assertClaim(learnerId: string, leaseMs: number): void {
  assertLearnerId(learnerId);
  assertInteger('leaseMs', leaseMs, 1);
}

/** Throws BROKER_ARGUMENT_INVALID naming what of a hold on a part is wrong. */
export function assertHold({ jobId, epoch, part, fence }: PartHold): void {
  assertJobId(jobId);
  assertInteger('epoch', epoch, 0);
  assertInteger('part', part, 1);
  // 0 where an older release has claimed it.
  assertInteger('fence', fence, 0);
}

/** Throws BROKER_ARGUMENT_INVALID unless `k` is a batch index, or a list of them. */
export function assertReleased(k: number | readonly number[]): void {
  if (typeof k === 'number') assertInteger('k', k, 0);
  else for (const [shard, own] of k.entries()) assertInteger(`k[${shard}]`, own, 0);
}

/** Throws BROKER_ARGUMENT_INVALID naming the field. */
export function assertTask(task: RolloutTask): void {
  assertJobId(task.jobId);
  assertInteger('task.shard', task.shard, 0);
  assertInteger('task.k', task.k, 0);
  assertInteger('task.version', task.version, 0);
  assertInteger('task.epoch', task.epoch, 0);
}
