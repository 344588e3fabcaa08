/** What actors, learners and the API say to each other. A broker moves bytes and small JSON; it never decodes the bytes.
 *
 *  Every method may reject with BROKER_UNAVAILABLE or BROKER_OUT_OF_MEMORY (both retryable), and every method may be called
 *  again after that: an effect that the lost call had is not doubled, an event's where it has a token (`createPatientBroker` does all this). Waiting
 *  methods take an AbortSignal and reject with its reason. */

/** "Produce batch k of shard `shard` with policy version `version`." */
export interface RolloutTask {
  readonly jobId: string;
  readonly shard: number;
  /** Index of the batch in its shard, from 0. */
  readonly k: number;
  readonly version: number;
  /** Fence of the learner that issued the task: commits under an older epoch are refused. */
  readonly epoch: number;
  /** To be done with the newest version that there is when it is begun, of which `version` is the least. */
  readonly newest?: boolean;
}

export interface TaskLease {
  readonly task: RolloutTask;
  /** How often the task was handed out before. */
  readonly attempt: number;
  /** The task's effect is committed. The first of `complete`, `fail` and `release` counts; later calls do nothing. */
  complete(): Promise<void>;
  /** Could not be done. Retryable: handed out again, until the broker's `maxAttempts` are used up. Otherwise: reported to the
   *  job's learner through `failure`. Concerns nobody when the task was withdrawn or its epoch is old. */
  fail(error: TaskFailure): Promise<void>;
  /** Not done and not tried: someone else does it, next in its job's order. For an actor that has to stop. */
  release(): Promise<void>;
}

export interface TaskFailure {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface RolloutTasks {
  /** Hands out tasks in the order issued, fairly among jobs. A task (job, shard, k, epoch) already waiting or out is not doubled. */
  issue(tasks: readonly RolloutTask[]): Promise<void>;
  /** The next task, waiting for one. */
  take(signal: AbortSignal): Promise<TaskLease>;
  /** Removes the job's waiting tasks and unread failures; those out are refused at commit by their epoch, and not retried. With
   *  `epoch`, only those of this epoch and older ones: a learner that was replaced takes nothing from the other. */
  withdraw(jobId: string, epoch?: number): Promise<void>;
  /** Job id → tasks that wait for an actor, of jobs that have any: for whoever decides how many actors there should be. */
  backlog(): Promise<ReadonlyMap<string, number>>;
  /** The next failure of the job that retrying cannot mend, waiting for one. Its data tells the `attempts` made.
   *  Failures of tasks of an epoch older than the job's current one are not reported. */
  failure(jobId: string, signal: AbortSignal): Promise<{ readonly task: RolloutTask; readonly failure: TaskFailure }>;
}

/** What one rollout task produced: the trajectory batch and the environment state after it. */
export interface TrajectoryEntry {
  readonly batch: Uint8Array;
  /** What belongs to the batch and is read by itself, as pieces 1, 2, …; absent: nothing. */
  readonly pieces?: readonly Uint8Array[];
  readonly state: Uint8Array;
}

/** Bytes that were read. */
export interface ReadPiece {
  readonly bytes: Uint8Array;
  /** As of a whole entry. */
  readonly free?: () => void;
}

export interface ReadEntry extends Omit<TrajectoryEntry, 'pieces'> {
  /** Whoever read the entry may say that it needs the bytes no more: their memory is then used again. */
  readonly free?: () => void;
}

/** `ok`: stored now. `duplicate`: (s, k) was stored before; this one is dropped. `gap`: k is beyond the shard's cursor.
 *  `full`: the shard holds `capacity` entries that are not released. `fenced`: the epoch is not the job's current one, or the
 *  job is not open. Checked in the order fenced, duplicate, gap, full. */
export type CommitOutcome = 'ok' | 'duplicate' | 'gap' | 'full' | 'fenced';

export interface ShardCursor {
  /** The next batch to commit. */
  readonly k: number;
  /** Environment state before batch k; null before the first. */
  readonly state: Uint8Array | null;
}

export interface Trajectories {
  /** Whether what is committed is copied: its memory may be used again once `commit` has resolved (not where it has rejected). Else
   *  it is kept by reference, and must never be changed. */
  readonly copiesCommitted: boolean;
  /** Opens a job for `shards` shards under a new epoch (greater than any before), each at its given cursor; drops all entries
   *  at or beyond the cursors. `capacity` bounds the entries of a shard that are not released. Returns the epoch, from 1. */
  open(jobId: string, cursors: readonly ShardCursor[], capacity: number): Promise<number>;
  /** Atomic: checks epoch and cursor, appends, stores the state, moves the cursor. Rejects with BROKER_SHARD_UNKNOWN. */
  commit(task: RolloutTask, entry: TrajectoryEntry): Promise<CommitOutcome>;
  /** Where the shard stands. Rejects with BROKER_JOB_UNKNOWN, BROKER_SHARD_UNKNOWN. */
  cursor(jobId: string, shard: number): Promise<ShardCursor>;
  /** Entry (s, k), waiting until it is committed; reading does not remove it. Rejects with BROKER_ENTRY_UNKNOWN when it was
   *  released or lies before the cursor that the job was opened at, with BROKER_JOB_UNKNOWN when the job is or gets closed. */
  read(jobId: string, shard: number, k: number, signal: AbortSignal): Promise<ReadEntry>;
  /** Piece `piece`, from 1, of entry (s, k), as `read` gives the rest. Rejects with BROKER_ENTRY_UNKNOWN where the entry has none. */
  readPiece(jobId: string, shard: number, k: number, piece: number, signal: AbortSignal): Promise<ReadPiece>;
  /** Forgets the entries of every shard below k, or below a k of its own: they are consumed. With `epoch`, does nothing where a newer
   *  one has begun. Rejects with BROKER_JOB_UNKNOWN, and with BROKER_ARGUMENT_INVALID where there are not as many k as shards. */
  release(jobId: string, k: number | readonly number[], epoch?: number): Promise<void>;
  /** Forgets the job's cursors and entries; what tasks that are still out commit is then `fenced`. */
  close(jobId: string): Promise<void>;
}

export interface Weights {
  /** Stores version `version`; the same bytes under the same version again are fine, and a later epoch may replace them.
   *  Rejects with BROKER_FENCED unless `epoch` is the current one of the open job, with BROKER_WEIGHTS_CONFLICT when this epoch
   *  published other bytes under this version. */
  publish(jobId: string, version: number, epoch: number, weights: Uint8Array): Promise<void>;
  /** The bytes of a version. Rejects with BROKER_WEIGHTS_UNKNOWN when it was never published or is pruned. */
  fetch(jobId: string, version: number): Promise<Uint8Array>;
  /** The newest version that an epoch has published. Rejects with BROKER_WEIGHTS_UNKNOWN where it has published none. */
  newest(jobId: string, epoch: number): Promise<number>;
  /** Forgets versions below `version`. With `epoch`, does nothing where a newer one has begun. */
  prune(jobId: string, version: number, epoch?: number): Promise<void>;
}

/** One learner's hold on a part of a job's policies: what is said under it is heard for as long as nobody else has the part. */
export interface PartHold {
  readonly jobId: string;
  /** Of the learner that offered it. */
  readonly epoch: number;
  /** From 1: part 0 stays with the learner that has the job. */
  readonly part: number;
  /** Greater for whoever claims the part later, be it the same learner once more. */
  readonly fence: number;
}

/** A part of a job's policies that a learner other than the job's own updates. It is held for a time only, unless that is renewed. */
export interface PartClaim extends PartHold {
  /** The learner that has the job. */
  readonly offeredBy: string;
  /** The learner that has claimed the part. */
  readonly learnerId: string;
}

/** Who has claimed a part. */
export interface PartHolder {
  readonly part: number;
  /** Of its hold. */
  readonly fence: number;
  readonly learnerId: string;
  /** Whether it still holds it. */
  readonly alive: boolean;
  /** Number of what it said last; 0 before it has said anything. */
  readonly said: number;
}

/** A part of a job that is offered, as it stands now. */
export interface OfferedPart {
  readonly part: number;
  /** The learner that has the job. */
  readonly offeredBy: string;
  /** Who has claimed it; null while nobody has. */
  readonly holder: {
    readonly learnerId: string;
    /** Whether it still holds it. */
    readonly alive: boolean;
    /** Since it was claimed or renewed last, by the broker's clock; null where that was not written down, by an older release. */
    readonly ageMs: number | null;
    /** Whether the job's learner has handed it over. */
    readonly begun: boolean;
  } | null;
}

export interface OfferedParts {
  readonly epoch: number;
  /** In ascending order. */
  readonly parts: readonly OfferedPart[];
}

/** Whose word it is: the job's learner asks, whoever holds the part answers. */
export type PartSpeaker = 'leader' | 'holder';

export interface PartMessage {
  readonly sequence: number;
  readonly message: Uint8Array;
}

/** Parts of jobs, and what is said about them. All that names an epoch rejects with BROKER_FENCED where that is not the current one of
 *  the open job, or the part is not offered under it: whoever gets that lets go. All that names a hold rejects with BROKER_PART_FENCED
 *  where nobody has the part any more, or another has claimed it since. */
export interface Parts {
  /** Offers parts of an open job to other learners. A part that was offered before is nobody's then, and nothing was said of it. */
  offer(jobId: string, epoch: number, parts: readonly number[], learnerId: string): Promise<void>;
  /** Claims a part that another learner offers, waiting for one. It is held for `leaseMs`. */
  claim(learnerId: string, leaseMs: number, signal: AbortSignal): Promise<PartClaim>;
  /** Holds it for `leaseMs` from now. */
  renew(hold: PartHold, leaseMs: number): Promise<void>;
  /** Gives back a part of which the job's learner has said nothing yet, for anybody to claim; tells whether that was so. Where it was
   *  not, the part is still held. */
  release(hold: PartHold): Promise<boolean>;
  /** Of the parts that were claimed. */
  holders(jobId: string, epoch: number): Promise<readonly PartHolder[]>;
  /** Says something in place of what the same speaker said before. Saying it again under the same number is fine; what has a smaller
   *  number comes too late, of one who was thought dead, and is passed over. */
  send(hold: PartHold, speaker: PartSpeaker, said: PartMessage): Promise<void>;
  /** What the speaker said last, waiting for something of a number greater than `after`. */
  receive(hold: PartHold, speaker: PartSpeaker, after: number, signal: AbortSignal): Promise<PartMessage>;
  /** Parts of a job that are offered under its current epoch, as they stand, for whoever shows them; null where there are none. */
  offered(jobId: string): Promise<OfferedParts | null>;
  /** Ends what was offered under the epoch; does nothing where a newer one has begun. */
  withdraw(jobId: string, epoch: number): Promise<void>;
}

export const JOB_STATES = ['queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled'] as const;
export type JobState = (typeof JOB_STATES)[number];

export interface JobRecord {
  readonly jobId: string;
  readonly state: JobState;
  /** The resolved job spec, as JSON. */
  readonly spec: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Why it failed, as JSON; absent unless failed. */
  readonly failure?: string;
  /** What people say of it and what training does not know of, as JSON: owner, labels, where it was forked from. */
  readonly metadata?: string;
}

export interface StoredJob {
  readonly record: JobRecord;
  /** Changes with every write. */
  readonly revision: number;
}

/** Which jobs were written or removed since somebody asked. */
export interface JobChanges {
  /** null where that cannot be told any more, or nothing was asked before: any job may have changed. */
  readonly jobIds: readonly string[] | null;
  /** For the next call. */
  readonly mark: string;
}

/** A learner's hold on a job. While it lasts nobody else is handed the job; when its holder dies, another learner is. */
export interface JobLease {
  readonly jobId: string;
  /** How often the job was handed out before, since it became queued. */
  readonly attempt: number;
  /** The job needs no learner any more: it has ended, or is paused. The first of `complete` and `release` counts; later calls do
   *  nothing. */
  complete(): Promise<void>;
  /** Another learner may go on, while the job is queued or running. */
  release(): Promise<void>;
}

export interface Jobs {
  /** Stores and enqueues a new job. Rejects with BROKER_JOB_EXISTS. */
  submit(record: JobRecord): Promise<StoredJob>;
  get(jobId: string): Promise<StoredJob | null>;
  /** All jobs, newest first. */
  list(): Promise<readonly StoredJob[]>;
  /** Job id → revision of all jobs: what a list that somebody keeps is compared with, at a fraction of the cost of `list`. */
  revisions(): Promise<ReadonlyMap<string, number>>;
  /** Jobs that were written or removed since the call that gave `mark`; null: since nothing. What costs little can be asked often. A
   *  write that its writer did not live to note is missing, so whoever keeps a list compares `revisions` now and then. */
  changes(mark: string | null): Promise<JobChanges>;
  /** Writes the record if the job is still at `revision`; null if it is not. */
  compareAndSet(revision: number, record: JobRecord): Promise<StoredJob | null>;
  /** The next job for a learner, waiting for one. A job is queued by `submit`, and again by every write that takes it from
   *  another state to `queued`; one that leaves that state before it is taken is not handed out. A job whose lease was released,
   *  or whose holder died, is handed out again if it is queued or running then, and was not queued anew in between. */
  take(signal: AbortSignal): Promise<JobLease>;
  /** Forgets everything under the job's id: record, tasks, trajectories, weights and events. Its followers come to their end. */
  remove(jobId: string): Promise<void>;
}

export interface JobEvent {
  /** Position in the job's history, from 1, without gaps. */
  readonly sequence: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly type: string;
  /** JSON. */
  readonly payload: string;
}

export interface Events {
  /** Appends to the job's history; keeps the broker's `eventLimit` newest of a job. An event that is among the newest with the same
   *  token is not appended again, but given back: whoever had no answer asks once more. */
  append(jobId: string, type: string, payload: string, token?: string): Promise<JobEvent>;
  /** Events after `sequence`, oldest first; with `limit`, at most so many. */
  read(jobId: string, sequence: number, limit?: number): Promise<readonly JobEvent[]>;
  /** Events after `sequence` as they come; ends when the signal aborts. A follower that is slower than `eventLimit` events misses
   *  the oldest, which the gap in `sequence` shows. */
  follow(jobId: string, sequence: number, signal: AbortSignal): AsyncIterable<JobEvent>;
}

export interface ActorRecord {
  readonly actorId: string;
  /** What the actor says of itself. */
  readonly heartbeat: Uint8Array;
}

/** An actor that lives. */
export interface LiveActor extends ActorRecord {
  /** Since its last heartbeat came, by the broker's clock; null where that was not written down, by a process of an older release. */
  readonly ageMs: number | null;
}

/** Who is alive. Nothing depends on it but what people are shown. */
export interface Actors {
  /** Says that an actor lives; forgotten `ttlMs` later unless said again. Ids are as job ids. */
  beat(record: ActorRecord, ttlMs: number): Promise<void>;
  /** Those that live, by id. */
  list(): Promise<readonly LiveActor[]>;
  /** Forgets an actor at once: it stops in good order. */
  leave(actorId: string): Promise<void>;
}

/** A key of the API as it is stored. */
export interface CredentialRecord {
  readonly keyId: string;
  /** JSON, without the secret. */
  readonly credential: string;
}

/** Who may ask the API. Only the API and the command line use it. */
export interface Credentials {
  /** Stores or replaces. Ids are as job ids. */
  put(record: CredentialRecord): Promise<void>;
  get(keyId: string): Promise<CredentialRecord | null>;
  /** All, by id. */
  list(): Promise<readonly CredentialRecord[]>;
  /** Forgets a key; tells whether there was one. */
  remove(keyId: string): Promise<boolean>;
}

/** A name under which a policy is served, and what it stands for. */
export interface ServedPolicyRecord {
  /** 1 to 64 of a–z, 0–9, ".", "_" and "-", the first a letter or digit. */
  readonly name: string;
  /** JSON. */
  readonly policy: string;
}

export interface StoredServedPolicy {
  readonly record: ServedPolicyRecord;
  /** Changes with every write, and is none that the name had before. */
  readonly revision: number;
}

/** Which policies are served, under which names. Only the API uses it. */
export interface ServedPolicies {
  get(name: string): Promise<StoredServedPolicy | null>;
  /** All, by name. */
  list(): Promise<readonly StoredServedPolicy[]>;
  /** Writes the record if the name still is at `revision`, or, with null, if there is none; null where that is not so. */
  compareAndSet(revision: number | null, record: ServedPolicyRecord): Promise<StoredServedPolicy | null>;
  /** Forgets a name, with `revision` only if it still is at that one; tells whether it was forgotten. */
  remove(name: string, revision?: number): Promise<boolean>;
}

export interface Broker {
  readonly tasks: RolloutTasks;
  readonly trajectories: Trajectories;
  readonly weights: Weights;
  readonly parts: Parts;
  readonly jobs: Jobs;
  readonly events: Events;
  readonly actors: Actors;
  /** As the actors: the learners that live. */
  readonly learners: Actors;
  readonly credentials: Credentials;
  readonly servedPolicies: ServedPolicies;
  /** Whether anything more can be stored; where not, commits and the like reject with BROKER_OUT_OF_MEMORY. For whoever only waits
   *  for what others store, and has to say why it does not come. */
  hasRoom(): Promise<boolean>;
  /** Waiting calls reject with BROKER_CLOSED; nothing is lost that was accepted. */
  close(): Promise<void>;
}
