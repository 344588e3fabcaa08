import { type Broker, JOB_STATES } from '../../src/broker/index.js';
import type { MetricRegistry } from '../../src/metrics/index.js';
import { readHeartbeats, sum } from './fleet.js';
import type { JobIndex } from './jobs/job-index.js';

/** How often the fleet is looked at; what is exported may be as old. */
const LOOK_MS = 5000;

/** Metrics of the fleet as a whole, which no actor or learner knows. Every API process has the same, so one of them is as good as
 *  their maximum. While the broker does not answer they are not known. */
export class FleetMetrics {
  readonly #broker: Broker;
  readonly #jobIndex: JobIndex;
  readonly #jobs: ReturnType<MetricRegistry['gauge']>;
  readonly #slots: ReturnType<MetricRegistry['gauge']>;
  readonly #waiting: ReturnType<MetricRegistry['gauge']>;
  readonly #room: ReturnType<MetricRegistry['gauge']>;
  #timer: NodeJS.Timeout | undefined;
  #looking = false;

  constructor(modules: { readonly broker: Broker; readonly jobIndex: JobIndex; readonly metrics: MetricRegistry }) {
    const { broker, jobIndex, metrics } = modules;
    this.#broker = broker;
    this.#jobIndex = jobIndex;
    this.#jobs = metrics.gauge({ name: 'marlin_fleet_jobs', help: 'Jobs by state.', labels: ['state'] });
    this.#slots = metrics.gauge({
      name: 'marlin_fleet_slots',
      help: 'Slots of the actors and of the learners that live.',
      labels: ['kind'],
    });
    this.#waiting = metrics.gauge({
      name: 'marlin_fleet_waiting_tasks',
      help: 'Rollout tasks that wait for an actor.',
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
    const { actors, learners, tasks } = this.#broker;
    try {
      const [states, actorRecords, learnerRecords, backlog, hasRoom] = await Promise.all([
        this.#jobIndex.countStates(),
        actors.list(),
        learners.list(),
        tasks.backlog(),
        this.#broker.hasRoom(),
      ]);
      for (const [state, count] of states) this.#jobs.labels({ state }).set(count);
      const slotsOf = (records: typeof actorRecords) => sum(readHeartbeats(records).map(({ slots }) => slots));
      this.#slots.labels({ kind: 'actor' }).set(slotsOf(actorRecords));
      this.#slots.labels({ kind: 'learner' }).set(slotsOf(learnerRecords));
      this.#waiting.labels().set(sum(backlog.values()));
      this.#room.labels().set(hasRoom ? 1 : 0);
    } catch {
      // Whether the broker answers is a metric of its own.
      for (const state of JOB_STATES) this.#jobs.labels({ state }).set(Number.NaN);
      for (const kind of ['actor', 'learner']) this.#slots.labels({ kind }).set(Number.NaN);
      for (const gauge of [this.#waiting, this.#room]) gauge.labels().set(Number.NaN);
    } finally {
      this.#looking = false;
    }
  }
}
