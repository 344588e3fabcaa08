import { brokerError } from './errors.js';
import type { RolloutTask } from './port.js';

/** Job ids become parts of keys and file names, so nothing else is let in. */
const JOB_ID = /^[a-z0-9_-]{1,64}$/;

/** Throws BROKER_ARGUMENT_INVALID unless `jobId` matches `^[a-z0-9_-]{1,64}$`. */
export function assertJobId(jobId: string): void {
  if (JOB_ID.test(jobId)) return;
  throw brokerError(
    'BROKER_ARGUMENT_INVALID',
    `Job id ${JSON.stringify(jobId).slice(0, 80)} is not valid: use 1 to 64 of a–z, 0–9, "_" and "-".`,
    { data: { jobId: String(jobId).slice(0, 80) } },
  );
}

/** Throws BROKER_ARGUMENT_INVALID unless `actorId` is as a job id is. */
export function assertActorId(actorId: string): void {
  if (JOB_ID.test(actorId)) return;
  throw brokerError(
    'BROKER_ARGUMENT_INVALID',
    `Actor id ${JSON.stringify(actorId).slice(0, 80)} is not valid: use 1 to 64 of a–z, 0–9, "_" and "-".`,
    { data: { actorId: String(actorId).slice(0, 80) } },
  );
}

/** Throws BROKER_ARGUMENT_INVALID unless `learnerId` is as a job id is. */
export function assertLearnerId(learnerId: string): void {
  if (JOB_ID.test(learnerId)) return;
  throw brokerError(
    'BROKER_ARGUMENT_INVALID',
    `Learner id ${JSON.stringify(learnerId).slice(0, 80)} is not valid: use 1 to 64 of a–z, 0–9, "_" and "-".`,
    { data: { learnerId: String(learnerId).slice(0, 80) } },
  );
}

/** Throws BROKER_ARGUMENT_INVALID unless `keyId` is as a job id is. */
export function assertKeyId(keyId: string): void {
  if (JOB_ID.test(keyId)) return;
  throw brokerError(
    'BROKER_ARGUMENT_INVALID',
    `Key id ${JSON.stringify(keyId).slice(0, 80)} is not valid: use 1 to 64 of a–z, 0–9, "_" and "-".`,
    { data: { keyId: String(keyId).slice(0, 80) } },
  );
}

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
