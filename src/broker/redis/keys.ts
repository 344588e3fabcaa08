/** Names of the keys of one fleet. What belongs to a job has the job's id as hash tag, so that it lies in one slot of a Redis
 *  Cluster and one script can touch it; what belongs to the fleet has the tag `#`, which no job id can be.
 *
 *      marlin:{<jobId>}:record             hash: record as JSON, its state, revision, and what makes writes repeatable
 *      marlin:{<jobId>}:run                hash: epoch, shards, capacity; k:<s> and state:<s> of every shard
 *      marlin:{<jobId>}:trajectories:<s>   stream: entry (k + 1)-0 says that batch k of shard s is there; field n: its bytes
 *      marlin:{<jobId>}:batch:<s>:<k>      string: batch │ state after it │ bytes of the batch, u32
 *      marlin:{<jobId>}:batch:<s>:<k>:<p>  string: piece p of it, from 1
 *      marlin:{<jobId>}:upload:<id>        string: the same on its way; expires
 *      marlin:{<jobId>}:weights            hash: w:<version>, and e:<version> for the epoch that published it
 *      marlin:{<jobId>}:parts              hash: epoch; offer:<p>, holder:<p> and until:<p> of every part; what was said of it, and its number
 *      marlin:{<jobId>}:events             stream: entry <sequence>-0; capped
 *      marlin:{<jobId>}:failures           hash: task → failure that nobody has read
 *      marlin:{<jobId>}:tasks:…            BullMQ's queue of the job's rollout tasks
 *      marlin:{<jobId>}:wake               channel: what changed
 *      marlin:{#}:index, outbox            sorted sets: all jobs by creation; jobs on their way into the queue
 *      marlin:{#}:changes                  sorted set: jobs by their newest change; and #, from when on all changes are there
 *      marlin:{#}:turns, serving, sweep    whose turn it is among jobs with tasks; jobs that have tasks; who looks after them
 *      marlin:{#}:offers                   sorted set: jobs that offer parts, by when they did last
 *      marlin:{#}:actors, heartbeats, heartbeat-times   when each actor's heartbeat ends, what it says, and when it came
 *      marlin:{#}:learners, learner-heartbeats, learner-heartbeat-times   the same of learners
 *      marlin:{#}:credentials              hash: key of the API → what is known of it
 *      marlin:{#}:served-policies          hash: name that is served → revision, nonce, and what it stands for
 *      marlin:{#}:jobs:…                   BullMQ's queue of jobs
 *      marlin:{#}:wake                     channel */
export class Keys {
  readonly #prefix: string;
  readonly fleet: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
    this.fleet = `${prefix}:{#}`;
  }

  /** Prefix of a job's keys, without the last colon. */
  job(jobId: string): string {
    return `${this.#prefix}:{${jobId}}`;
  }

  of(jobId: string, part: JobKey): string {
    return `${this.job(jobId)}:${part}`;
  }

  trajectories(jobId: string, shard: number): string {
    return `${this.job(jobId)}:trajectories:${shard}`;
  }

  batch(jobId: string, shard: number, k: number): string {
    return `${this.of(jobId, 'batch')}:${shard}:${k}`;
  }

  piece(jobId: string, shard: number, k: number, piece: number): string {
    return `${this.batch(jobId, shard, k)}:${piece}`;
  }

  upload(jobId: string, id: string): string {
    return `${this.of(jobId, 'upload')}:${id}`;
  }

  ofFleet(part: FleetKey): string {
    return `${this.fleet}:${part}`;
  }
}

type JobKey =
  | 'record'
  | 'run'
  | 'trajectories'
  | 'batch'
  | 'upload'
  | 'weights'
  | 'parts'
  | 'events'
  | 'failures'
  | 'tasks'
  /** Channel of those who train the job. */
  | 'wake'
  /** Channel of those who follow its events: neither is woken up by what the other waits for. */
  | 'told';
type FleetKey =
  | 'learners'
  | 'learner-heartbeats'
  | 'learner-heartbeat-times'
  | 'index'
  | 'changes'
  | 'outbox'
  | 'turns'
  | 'serving'
  | 'sweep'
  | 'offers'
  | 'actors'
  | 'heartbeats'
  | 'heartbeat-times'
  | 'credentials'
  | 'served-policies'
  | 'wake';
