import { join } from 'node:path';
import {
  type Checkpoint,
  createFileCheckpointStore,
  markPrepared,
  unmarkPrepared,
} from '../../../src/checkpoints/index.js';
import { canonicalJson, type JobLabels, type JobSpec, metadataOf, specDigest } from '../../../src/jobs/index.js';
import { CheckpointFile, listCheckpoints, loadCheckpoint } from '../checkpoint-file.js';
import type { ApiContext } from '../context.js';
import { apiError } from '../errors.js';
import type { DryRun } from '../schemas/dry-run.js';
import type { Principal } from '../security/principal.js';
import { findJob } from './access.js';
import { dryRun } from './dry-run.js';
import { type Launched, type Launcher, resolveSpec } from './launch.js';

export interface Fork {
  /** Of the checkpoint; default: the newest. */
  readonly iteration?: number;
  /** What differs in the spec: fields that are given replace those of the other job, objects field by field (RFC 7396). */
  readonly spec?: unknown;
  readonly labels?: JobLabels;
}

/** Launches a job that begins with a checkpoint of another. The checkpoint is copied into the new job's folder, for the new spec,
 *  before the job is there; its learner then finds a checkpoint, as one that takes over from another does. What cannot go on from the
 *  same state (environment, networks, instances) must be the same. Rejects with API_JOB_UNKNOWN, API_FORK_INVALID,
 *  CHECKPOINT_UNKNOWN, JOB_SPEC_INVALID, and as launching does. */
export async function forkJob(
  context: ApiContext,
  launcher: Launcher,
  principal: Principal,
  jobId: string,
  fork: Fork,
  idempotencyKey: string | undefined,
  signal: AbortSignal,
): Promise<Launched> {
  const { record, spec, iteration } = await planFork(context, principal, jobId, fork);
  const folder = context.options.checkpointFolder;
  const labels = fork.labels ?? metadataOf(record).labels;
  const launched = await launcher.launch(principal, {
    spec,
    metadata: { ...(labels === undefined ? {} : { labels }), forkedFrom: { jobId, iteration } },
    request: { fork: jobId, ...fork },
    idempotencyKey,
    signal,
    async prepare(newId) {
      const own = join(folder, newId);
      // First of all: learners remove folders that were filled for a job that never came, by this.
      await markPrepared(own);
      const checkpoint = await loadCheckpoint(join(folder, jobId), jobId, iteration);
      const store = createFileCheckpointStore(own);
      await store.save(checkpointFor(newId, spec, checkpoint), 1);
      // And last: one that took a server very long may have been removed meanwhile.
      await markPrepared(own);
      if ((await store.list()).some((saved) => saved.iteration === iteration)) return;
      throw apiError('API_DEADLINE_EXCEEDED', 'the checkpoint could not be copied in time; try again');
    },
  });
  // Where this fails, learners find out by themselves that the job is there.
  await unmarkPrepared(join(folder, launched.stored.record.jobId)).catch(() => {});
  return launched;
}

/** What forking would make, without making it. Rejects as `forkJob` does, but for quotas. */
export async function dryRunFork(
  context: ApiContext,
  principal: Principal,
  jobId: string,
  fork: Fork,
): Promise<DryRun> {
  const { spec, iteration } = await planFork(context, principal, jobId, fork);
  const checkpoint = await CheckpointFile.open(join(context.options.checkpointFolder, jobId), jobId, iteration);
  await checkpoint.close();
  return dryRun(context, principal, spec, { jobId, iteration });
}

/** The spec of the new job, and of which checkpoint it goes on. */
async function planFork(context: ApiContext, principal: Principal, jobId: string, fork: Fork) {
  const { record } = await findJob(context, principal, jobId);
  const parent = JSON.parse(record.spec) as JobSpec;
  const spec = resolveSpec(fork.spec === undefined ? parent : mergePatch(parent, fork.spec), context);
  assertForkable(parent, spec);
  const folder = join(context.options.checkpointFolder, jobId);
  return { record, spec, iteration: fork.iteration ?? (await newestIteration(folder, jobId)) };
}

/** The same state as the beginning of another job. */
const checkpointFor = (jobId: string, spec: JobSpec, { iteration, facts, tensors }: Checkpoint): Checkpoint => ({
  iteration,
  facts: { ...facts, job: jobId, specDigest: specDigest(spec) },
  tensors,
});

async function newestIteration(folder: string, jobId: string): Promise<number> {
  const newest = (await listCheckpoints(folder, jobId)).at(-1);
  if (newest !== undefined) return newest.iteration;
  throw apiError('API_FORK_INVALID', `job ${jobId} has no checkpoint yet to go on from`, { data: { jobId } });
}

/** What the state in a checkpoint is made of. */
const STATE: Readonly<Record<string, (spec: JobSpec) => unknown>> = {
  '/env': ({ env }) => env,
  '/schedule/kind': ({ schedule }) => schedule.kind,
  '/policyMapping': ({ policyMapping }) => policyMapping,
  '/policies': ({ policies }) =>
    Object.fromEntries(
      Object.entries(policies).map(([id, { algorithm, ...shape }]) => [id, { ...shape, algorithm: algorithm?.id }]),
    ),
  '/algorithm/id': ({ algorithm }) => algorithm.id,
  '/rollout/shards': ({ rollout }) => rollout.shards,
  '/rollout/envsPerShard': ({ rollout }) => rollout.envsPerShard,
};

function assertForkable(parent: JobSpec, spec: JobSpec): void {
  const changed = Object.entries(STATE).filter(([, of]) => canonicalJson(of(parent)) !== canonicalJson(of(spec)));
  const faults = changed.map(([pointer]) => ({
    pointer: `/spec${pointer}`,
    message: 'must be as the other job has it',
  }));
  if (spec.schedule.lag > parent.schedule.lag) {
    const message = `must be at most ${parent.schedule.lag}: the checkpoint has the weights of no more versions`;
    faults.push({ pointer: '/spec/schedule/lag', message });
  }
  if (faults.length === 0) return;
  const told = faults.map(({ pointer, message }) => `${pointer} ${message}`).join('; ');
  throw apiError('API_FORK_INVALID', told, { data: { faults } });
}

/** RFC 7396: null removes a field, objects are merged, everything else replaces. Bounded, because the result is checked as any spec. */
function mergePatch(target: unknown, patch: unknown, depth = 0): unknown {
  if (!isObject(patch)) return patch;
  if (depth > MAX_DEPTH) throw apiError('API_REQUEST_INVALID', 'the spec is nested too deeply');
  const result = new Map(Object.entries(isObject(target) ? target : {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key);
    else result.set(key, mergePatch(result.get(key), value, depth + 1));
  }
  return Object.fromEntries(result);
}

const MAX_DEPTH = 32;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
