import type { MarlinError } from '../base/index.js';
import { brokerError } from './errors.js';
import type { PartHold } from './port.js';

/** What every broker says in the same words. */
export function jobUnknown(jobId: string): MarlinError {
  return brokerError(
    'BROKER_JOB_UNKNOWN',
    `Job "${jobId}" is not open on this broker: open it first, or stop using it.`,
    { data: { jobId } },
  );
}

export function shardUnknown(jobId: string, shard: number, shards: number): MarlinError {
  return brokerError(
    'BROKER_SHARD_UNKNOWN',
    `Job "${jobId}" was opened with ${shards} shards, so shard ${shard} does not exist: use 0 to ${shards - 1}.`,
    { data: { jobId, shard, shards } },
  );
}

export function entryUnknown(jobId: string, shard: number, k: number, cursor: number): MarlinError {
  return brokerError(
    'BROKER_ENTRY_UNKNOWN',
    `Batch ${k} of shard ${shard} of job "${jobId}" is gone (the shard's next batch is ${cursor}): read it before releasing it.`,
    { data: { jobId, shard, k, cursor } },
  );
}

export function pieceUnknown(jobId: string, shard: number, k: number, piece: number): MarlinError {
  return brokerError(
    'BROKER_ENTRY_UNKNOWN',
    `Batch ${k} of shard ${shard} of job "${jobId}" has no piece ${piece}: let all processes of the job run the same version of Marlin.`,
    { data: { jobId, shard, k, piece } },
  );
}

/** `current` is 0 where the job is not open. */
export function weightsFenced(jobId: string, version: number, epoch: number, current: number): MarlinError {
  const why = current === 0 ? 'the job is not open' : `the current epoch is ${current}`;
  return brokerError(
    'BROKER_FENCED',
    `Version ${version} of job "${jobId}" comes from epoch ${epoch}, but ${why}: this learner must stop.`,
    { data: { jobId, version, epoch, current } },
  );
}

/** `current` is 0 where the job is not open, and `epoch` where it is, but the part is not offered. */
export function partFenced(jobId: string, part: number | null, epoch: number, current: number): MarlinError {
  const reasons = { 0: 'the job is not open', [epoch]: 'it is not offered any more' };
  const why = reasons[current] ?? `the current epoch is ${current}`;
  const what = part === null ? 'The parts' : `Part ${part}`;
  return brokerError(
    'BROKER_FENCED',
    `${what} of job "${jobId}" was of epoch ${epoch}, but ${why}: this learner must let go of it.`,
    { data: { jobId, part, epoch, current } },
  );
}

/** `current` is 0 where nobody has claimed the part since. */
export function partTaken({ jobId, part, epoch, fence }: PartHold, current: number): MarlinError {
  const why = current === 0 ? 'nobody holds it now' : `it is held under fence ${current}`;
  return brokerError(
    'BROKER_PART_FENCED',
    `Part ${part} of job "${jobId}" was held under fence ${fence}, but ${why}: what is said under that fence is not heard.`,
    { data: { jobId, part, epoch, fence, current } },
  );
}

export function weightsConflict(jobId: string, version: number, epoch: number): MarlinError {
  return brokerError(
    'BROKER_WEIGHTS_CONFLICT',
    `Version ${version} of job "${jobId}" was published before in epoch ${epoch} with other bytes: a version is published once.`,
    { data: { jobId, version, epoch } },
  );
}

export function weightsUnknown(jobId: string, version: number): MarlinError {
  return brokerError(
    'BROKER_WEIGHTS_UNKNOWN',
    `Version ${version} of job "${jobId}" is not here: it was never published, or is pruned. Drop the task that needs it.`,
    { data: { jobId, version } },
  );
}

export function jobExists(jobId: string): MarlinError {
  return brokerError('BROKER_JOB_EXISTS', `Job "${jobId}" exists already: submit under another id.`, {
    data: { jobId },
  });
}

export function jobRemoved(jobId: string): MarlinError {
  return brokerError('BROKER_JOB_UNKNOWN', `Job "${jobId}" was removed: it has no failures to wait for.`, {
    data: { jobId },
  });
}

export function noneOfEpoch(jobId: string, epoch: number): MarlinError {
  return brokerError('BROKER_WEIGHTS_UNKNOWN', `Epoch ${epoch} of job "${jobId}" has published no weights.`, {
    data: { jobId, epoch },
  });
}

export function cursorsMismatch(jobId: string, given: number, shards: number): MarlinError {
  return brokerError(
    'BROKER_ARGUMENT_INVALID',
    `${given} batch indices were given for job "${jobId}", which has ${shards} shards: give one for each.`,
    { data: { jobId, given, shards } },
  );
}
