import { type Broker, JOB_STATES } from '../../src/broker/index.js';
import type { MetricRegistry } from '../../src/metrics/index.js';
import { scalingOf } from './fleet.js';
import type { JobIndex } from './jobs/job-index.js';
import type { JobLearners } from './jobs/learners.js';

/** How often the fleet is looked at; what is exported may be as old. */
const LOOK_MS = 5000;

/** Metrics of the fleet as a whole, which no actor or learner knows. Every API process has the same, so one of them is as good as
 *  their maximum. While the broker does not answer they are not known. */
export class FleetMetrics {
  readonly #broker: Broker;
  readonly #jobIndex: JobIndex;
  readonly #jobLearners: JobLearners;
  readonly #jobs: ReturnType<MetricRegistry['gauge']>;
  readonly #slots: ReturnType<MetricRegistry['gauge']>;
  readonly #wantedActors: ReturnType<MetricRegistry['gauge']>;
  readonly #wantedLearners: ReturnType<MetricRegistry['gauge']>;
  readonly #waiting: ReturnType<MetricRegistry['gauge']>;
  readonly #parts: ReturnType<MetricRegistry['gauge']>;
  readonly #waitingParts: ReturnType<MetricRegistry['gauge']>;
  readonly #room: ReturnType<MetricRegistry['gauge']>;
  #timer: NodeJS.Timeout | undefined;
  #looking = false;

  constructor(modules: {
    readonly broker: Broker;
    readonly jobIndex: JobIndex;
    readonly jobLearners: JobLearners;
    readonly metrics: MetricRegistry;
  }) {
    const { broker, jobIndex, jobLearners, metrics } = modules;
    this.#broker = broker;
    this.#jobIndex = jobIndex;
    this.#jobLearners = jobLearners;
    this.#jobs = metrics.gauge({ name: 'marlin_fleet_jobs', help: 'Jobs by state.', labels: ['state'] });
    this.#slots = metrics.gauge({
      name: 'marlin_fleet_slots',
      help: 'Slots of the actors and of the learners that live.',
      labels: ['kind'],
    });
    this.#wantedActors = metrics.gauge({
      name: 'marlin_fleet_wanted_actors',
      help: 'Actors, of the size that there are, that the jobs at work could keep busy.',
    });
    this.#wantedLearners = metrics.gauge({
      name: 'marlin_fleet_wanted_learners',
      help: 'Learners, of the size that there are, that the jobs queued or at work could keep busy.',
    });
    this.#waiting = metrics.gauge({
      name: 'marlin_fleet_waiting_tasks',
      help: 'Rollout tasks that wait for an actor.',
    });
    this.#parts = metrics.gauge({
      name: 'marlin_fleet_parts',
      help: 'Parts of jobs at work that other learners than those that have the jobs may update.',
    });
    this.#waitingParts = metrics.gauge({
      name: 'marlin_fleet_waiting_parts',
      help: 'Of these parts, those that no learner has taken.',
    });
    this.#room = metrics.gauge({
      name: 'marlin_broker_room_ratio',
      help: '1 while the broker takes what is to be stored, 0 while it is out of memory.',
    });
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), LOOK_MS);
    this.#timer.unref();
    void this.look();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Reads everything anew; what fails is not known. */
  async look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const [broker, jobLearners] = [this.#broker, this.#jobLearners];
    try {
      const [states, scaling, hasRoom] = await Promise.all([
        this.#jobIndex.countStates(),
        this.#jobIndex.sortedBy('createdAt').then((entries) => scalingOf({ broker, jobLearners }, entries)),
        broker.hasRoom(),
      ]);
      for (const [state, count] of states) this.#jobs.labels({ state }).set(count);
      this.#slots.labels({ kind: 'actor' }).set(scaling.actorSlots);
      this.#slots.labels({ kind: 'learner' }).set(scaling.learnerSlots);
      this.#wantedActors.labels().set(scaling.actorsWanted);
      this.#wantedLearners.labels().set(scaling.learnersWanted);
      this.#waiting.labels().set(scaling.waitingTasks);
      this.#parts.labels().set(scaling.parts);
      this.#waitingParts.labels().set(scaling.waitingParts);
      this.#room.labels().set(hasRoom ? 1 : 0);
    } catch {
      // Whether the broker answers is a metric of its own.
      for (const state of JOB_STATES) this.#jobs.labels({ state }).set(Number.NaN);
      for (const kind of ['actor', 'learner']) this.#slots.labels({ kind }).set(Number.NaN);
      const wanted = [this.#wantedActors, this.#wantedLearners];
      for (const gauge of [...wanted, this.#waiting, this.#parts, this.#waitingParts, this.#room]) {
        gauge.labels().set(Number.NaN);
      }
    } finally {
      this.#looking = false;
    }
  }
}
