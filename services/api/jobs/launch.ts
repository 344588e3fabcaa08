import { createHash } from 'node:crypto';
import { MarlinError } from '../../../src/base/index.js';
import type { JobRecord, StoredJob } from '../../../src/broker/index.js';
import {
  canonicalJson,
  type JobMetadata,
  type JobSpec,
  jobSpecError,
  metadataOf,
  validateJobSpec,
} from '../../../src/jobs/index.js';
import type { ApiContext } from '../context.js';
import { apiError } from '../errors.js';
import type { Principal } from '../security/principal.js';
import { assertInitialJobs } from './initial-jobs.js';

/** What is to be launched. */
export interface Launch {
  readonly spec: JobSpec;
  readonly metadata: Omit<JobMetadata, 'owner' | 'requestDigest'>;
  /** The request as it came, to tell a repetition from another one. */
  readonly request: unknown;
  readonly idempotencyKey: string | undefined;
  /** Done before the job is there for learners, and again where that was not confirmed. */
  readonly prepare?: (jobId: string) => Promise<void>;
  /** Once it aborts nothing more is begun: who was told that there is no answer does not get a job later. */
  readonly signal: AbortSignal;
}

export interface Launched {
  readonly stored: StoredJob;
  /** It was there before, made by the same request. */
  readonly replayed: boolean;
}

type LaunchContext = Pick<ApiContext, 'broker' | 'clock' | 'jobIndex' | 'mintId' | 'options' | 'usage'>;

/** Launches jobs, each with one write of the broker: a process that dies has launched it or has not, and there is nothing to be
 *  finished by anybody. With an idempotency key the id follows from owner and key, so that of any number of equal requests, at
 *  once or after a lost answer, to this process or another, one makes the job. */
export class Launcher {
  readonly #context: LaunchContext;
  /** owner → launches at work, which the index does not have yet. */
  readonly #launching = new Map<string, number>();

  constructor(context: LaunchContext) {
    this.#context = context;
  }

  /** Rejects with API_QUOTA_EXCEEDED, API_IDEMPOTENCY_MISMATCH, the reason of the signal, and with what the broker rejects with. */
  async launch(
    principal: Principal,
    { spec, metadata, request, idempotencyKey, prepare, signal }: Launch,
  ): Promise<Launched> {
    const { broker, clock, jobIndex, mintId } = this.#context;
    const { owner } = principal;
    const requestDigest = createHash('sha256').update(canonicalJson(request)).digest('hex');
    const jobId = idempotencyKey === undefined ? mintId() : derivedId(owner, idempotencyKey);
    if (idempotencyKey !== undefined) {
      const earlier = await broker.jobs.get(jobId);
      if (earlier !== null) return { stored: sameRequest(earlier, requestDigest), replayed: true };
    }
    await assertInitialJobs(this.#context, principal, spec);
    await this.#reserve(owner);
    try {
      signal.throwIfAborted();
      await prepare?.(jobId);
      signal.throwIfAborted();
      const now = clock.now();
      const own: JobMetadata = { ...metadata, owner, ...(idempotencyKey === undefined ? {} : { requestDigest }) };
      const record: JobRecord = {
        jobId,
        state: 'queued',
        spec: JSON.stringify(spec),
        createdAt: now,
        updatedAt: now,
        metadata: JSON.stringify(own),
      };
      try {
        const stored = await broker.jobs.submit(record);
        jobIndex.note(stored);
        return { stored, replayed: false };
      } catch (error) {
        const raced = error instanceof MarlinError && error.code === 'BROKER_JOB_EXISTS';
        const earlier = raced && idempotencyKey !== undefined ? await broker.jobs.get(jobId) : null;
        if (earlier === null) throw error;
        return { stored: sameRequest(earlier, requestDigest), replayed: true };
      }
    } finally {
      this.#launching.set(owner, (this.#launching.get(owner) ?? 1) - 1);
    }
  }

  async #reserve(owner: string): Promise<void> {
    const { jobIndex, options, usage } = this.#context;
    const limit = options.agentStepsPerDay;
    if (limit > 0) {
      const used = await usage.of(owner);
      if (used >= limit) {
        throw apiError(
          'API_QUOTA_EXCEEDED',
          `the jobs of ${owner} have made ${Math.floor(used)} agent steps in the last 24 hours, and may make ${limit}`,
          { data: { limit, used: Math.floor(used), seconds: STEPS_RETRY_SECONDS } },
        );
      }
    }
    const active = await jobIndex.activeOf(owner);
    const launching = this.#launching.get(owner) ?? 0;
    if (active + launching >= options.activeJobs) {
      throw apiError(
        'API_QUOTA_EXCEEDED',
        `${owner} has ${active + launching} jobs that have not ended, and may have ${options.activeJobs}`,
        { data: { limit: options.activeJobs } },
      );
    }
    this.#launching.set(owner, launching + 1);
  }
}

/** The resolved spec. Throws JOB_SPEC_INVALID with every fault, its pointer from the body's root. */
export function resolveSpec(input: unknown, { catalogs }: Pick<ApiContext, 'catalogs'>): JobSpec {
  const result = validateJobSpec(input, catalogs);
  if (result.ok) return result.spec;
  throw jobSpecError(
    result.faults.map((fault) => ({
      ...fault,
      pointer: `/spec${fault.pointer}`,
      message: fault.pointer === '' ? fault.message : `/spec${fault.message}`,
    })),
  );
}

/** What was used leaves the day little by little; nobody has to ask more often. */
const STEPS_RETRY_SECONDS = 600;
const ID_BYTES = 16;

/** As job ids are; a length of its own, so that none is ever minted. */
const derivedId = (owner: string, key: string): string =>
  `i${createHash('sha256')
    .update(canonicalJson([owner, key]))
    .digest()
    .subarray(0, ID_BYTES)
    .toString('hex')}`;

function sameRequest(earlier: StoredJob, requestDigest: string): StoredJob {
  if (metadataOf(earlier.record).requestDigest === requestDigest) return earlier;
  throw apiError(
    'API_IDEMPOTENCY_MISMATCH',
    'the Idempotency-Key was used before for a request with another body; use a new key',
  );
}
