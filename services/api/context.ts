import { randomFillSync } from 'node:crypto';
import type { Clock, Logger } from '../../src/base/index.js';
import type { Broker } from '../../src/broker/index.js';
import { type JobCatalogs, mintJobId } from '../../src/jobs/index.js';
import type { MetricRegistry } from '../../src/metrics/index.js';
import { READY, type Readiness } from '../process/index.js';
import { JobIndex } from './jobs/job-index.js';
import { JobLearners } from './jobs/learners.js';
import { ProgressReader } from './jobs/progress-reader.js';
import { StepUsage } from './jobs/step-usage.js';
import type { KeyStore } from './security/keys.js';

/** What an API server can be told: data. */
export interface ApiOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Whether every request needs a key, although the server listens on this machine only. */
  readonly keysRequired: boolean;
  /** Names besides localhost that requests without keys may call the server by. */
  readonly allowedHosts: readonly string[];
  /** Origins whose pages may use the server; none by default. */
  readonly corsOrigins: readonly string[];
  /** Addresses of proxies whose X-Forwarded-For is believed; none by default. */
  readonly trustedProxies: readonly string[];
  readonly bodyBytes: number;
  /** Requests of a key, or of an address without one, in a minute. */
  readonly ratePerMinute: number;
  /** Jobs of one owner that have not ended. */
  readonly activeJobs: number;
  /** Agent steps that the jobs of one owner may have made in 24 hours for another to be launched; 0: any number. */
  readonly agentStepsPerDay: number;
  /** Requests for actions of a key, or of an address without one, in a minute. */
  readonly actsPerMinute: number;
  /** Requests for actions that may wait or be acted on at a time. */
  readonly actQueue: number;
  /** Names of served policies that one owner may have. */
  readonly policies: number;
  /** Threads that act. */
  readonly policyThreads: number;
  /** Most memory of the policies that they hold, all together. */
  readonly policyBytes: number;
  /** Streams of events that are open at a time. */
  readonly streams: number;
  /** And those of one key. */
  readonly streamsPerKey: number;
  /** How long a request may take; then it is answered with 503. */
  readonly deadlineMs: number;
  /** Until a request has arrived whole. */
  readonly arrivalMs: number;
  /** Folder of the checkpoints, which learners share; a job's lie in a folder of its id. */
  readonly checkpointFolder: string;
}

/** What an API server works with: ports. */
export interface ApiModules {
  /** Answers or fails within a second or two: not a patient one. */
  readonly broker: Broker;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: MetricRegistry;
  readonly catalogs: JobCatalogs;
  readonly keys: KeyStore;
  /** The process's readiness; default: ready. */
  readonly ready?: () => Readiness;
  /** The process's metrics; default: those of `metrics`. */
  readonly metricsText?: () => string;
}

/** What route groups work with. */
export interface ApiContext extends Required<ApiModules> {
  readonly options: ApiOptions;
  /** All jobs as this process knows them, for lists and quotas. */
  readonly jobIndex: JobIndex;
  /** Who updates which policies of a job. */
  readonly jobLearners: JobLearners;
  /** How far jobs are, as their histories tell. */
  readonly progress: ProgressReader;
  /** What owners have used. */
  readonly usage: StepUsage;
  /** A new id for a job. */
  readonly mintId: () => string;
}

export function createApiContext(options: ApiOptions, modules: ApiModules): ApiContext {
  const { broker, clock, metrics, catalogs } = modules;
  const jobIndex = new JobIndex({ broker, clock });
  return {
    ready: () => READY,
    metricsText: () => metrics.text(),
    ...modules,
    options,
    jobIndex,
    jobLearners: new JobLearners({ broker, catalogs }),
    usage: new StepUsage({ events: broker.events, jobIndex, clock }),
    progress: new ProgressReader(broker.events),
    mintId: () => mintJobId((bytes) => randomFillSync(bytes), clock),
  };
}
