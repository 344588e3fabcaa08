import { onTestFailed, onTestFinished, vi } from 'vitest';
import { silentLogger, systemClock } from '../../../src/base/index.js';
import { type Broker, createPatientBroker, type JobRecord } from '../../../src/broker/index.js';
import { createRedisBroker } from '../../../src/broker/redis/index.js';
import { isFinal, type JobSpec } from '../../../src/jobs/index.js';
import { TestRedis } from '../redis/server.js';
import { temporaryFolder } from '../temporary-folder.js';
import { JobHistory } from './history.js';
import { Service } from './service.js';

export interface FleetOptions {
  /** Options of redis-server. */
  readonly redis?: Readonly<Record<string, string>>;
  /** Paths of environment modules that every process loads. */
  readonly environments?: readonly string[];
  /** Further variables of the learners. */
  readonly learner?: Readonly<Record<string, string>>;
}

/** A fleet of the running test's own: a Redis, processes that come and go, and jobs. All of it is gone when the test ends. */
export class Fleet {
  readonly redis: TestRedis;
  readonly broker: Broker;
  readonly services: Service[] = [];
  readonly #options: FleetOptions;
  readonly #checkpoints = temporaryFolder();

  private constructor(redis: TestRedis, broker: Broker, options: FleetOptions) {
    this.redis = redis;
    this.broker = broker;
    this.#options = options;
  }

  static async start(options: FleetOptions = {}): Promise<Fleet> {
    const redis = await TestRedis.start(options.redis);
    const direct = await createRedisBroker({ url: redis.url }, { logger: silentLogger, clock: systemClock });
    onTestFinished(() => direct.close());
    const fleet = new Fleet(redis, createPatientBroker(direct), options);
    onTestFailed(() => console.error(fleet.#told()));
    return fleet;
  }

  startActor(): Service {
    return this.#start('actor', { ACTOR_SLOTS: '1' });
  }

  startLearner(): Service {
    const { learner = {} } = this.#options;
    return this.#start('learner', { LEARNER_THREADS: '1', CHECKPOINT_DIR: this.#checkpoints, ...learner });
  }

  /** One learner and `actors` actors, all ready to work. */
  async startServices(actors: number): Promise<void> {
    const started = [this.startLearner(), ...Array.from({ length: actors }, () => this.startActor())];
    await Promise.all(started.map((service) => service.logged('started')));
  }

  /** Those that live. */
  alive(kind: Service['kind']): Service[] {
    return this.services.filter((service) => service.kind === kind && service.alive);
  }

  /** Hands a job in and follows it. */
  async submit(jobId: string, spec: JobSpec): Promise<JobHistory> {
    const now = systemClock.now();
    await this.broker.jobs.submit({
      jobId,
      state: 'queued',
      spec: JSON.stringify(spec),
      createdAt: now,
      updatedAt: now,
    });
    return new JobHistory(this.broker, jobId);
  }

  /** The record of a job whose last event was told: it is written right after that. */
  async finalRecord(jobId: string): Promise<JobRecord> {
    return await vi.waitFor(
      async () => {
        const stored = await this.broker.jobs.get(jobId);
        if (stored === null || !isFinal(stored.record.state)) throw new Error(`${jobId} is ${stored?.record.state}`);
        return stored.record;
      },
      { timeout: 20_000 },
    );
  }

  /** What all processes said. */
  #told(): string {
    return this.services.map((service) => `${service.kind} ${service.pid}\n${service.told()}`).join('\n');
  }

  #start(kind: Service['kind'], env: Readonly<Record<string, string>>): Service {
    const modules = (this.#options.environments ?? []).join(',');
    const service = new Service(kind, { REDIS_URL: this.redis.url, MARLIN_ENVS: modules, ...env });
    this.services.push(service);
    return service;
  }
}
