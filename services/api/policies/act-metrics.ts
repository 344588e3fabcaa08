import type { MetricRegistry } from '../../../src/metrics/index.js';

const SECONDS_BUCKETS = [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2];
/** Names that are counted each by itself, */
const NAMES = 200;
/** and what the others are counted as. No policy has this name. */
const OTHERS = '(other)';

interface NameSeries {
  readonly acts: { increment(): void };
  readonly observations: { increment(by: number): void };
  readonly seconds: { observe(seconds: number): void };
}

/** Counts what is asked of served policies. */
export class ActMetrics {
  readonly #instruments: readonly [
    ReturnType<MetricRegistry['counter']>,
    ReturnType<MetricRegistry['counter']>,
    ReturnType<MetricRegistry['histogram']>,
  ];
  readonly #failures: ReturnType<MetricRegistry['counter']>;
  readonly #loadedBytes: { set(value: number): void };
  readonly #unanswered: { set(value: number): void };
  readonly #names = new Map<string, NameSeries>();

  constructor(metrics: MetricRegistry) {
    const labels = ['policy'];
    this.#instruments = [
      metrics.counter({
        name: 'marlin_policy_acts_total',
        help: 'Requests for actions that were answered with actions, by policy.',
        labels,
      }),
      metrics.counter({
        name: 'marlin_policy_observations_total',
        help: 'Observations for which served policies have acted, by policy.',
        labels,
      }),
      metrics.histogram({
        name: 'marlin_policy_act_seconds',
        help: 'Seconds from a whole request for actions to its answer, without sending it, by policy.',
        labels,
        buckets: SECONDS_BUCKETS,
      }),
    ];
    this.#failures = metrics.counter({
      name: 'marlin_policy_act_failures_total',
      help: 'Requests for actions that were refused or failed, by code.',
      labels: ['code'],
    });
    this.#loadedBytes = metrics
      .gauge({ name: 'marlin_policy_loaded_bytes', help: 'Memory of the served policies that are loaded.' })
      .labels();
    this.#unanswered = metrics
      .gauge({ name: 'marlin_policy_waiting_requests', help: 'Requests for actions that are not answered yet.' })
      .labels();
  }

  acted(name: string, rows: number, seconds: number): void {
    const series = this.#seriesOf(name);
    series.acts.increment();
    series.observations.increment(rows);
    series.seconds.observe(seconds);
  }

  failed(code: string): void {
    this.#failures.labels({ code }).increment();
  }

  look({ loadedBytes, unanswered }: { readonly loadedBytes: number; readonly unanswered: number }): void {
    this.#loadedBytes.set(loadedBytes);
    this.#unanswered.set(unanswered);
  }

  #seriesOf(name: string): NameSeries {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const policy = this.#names.size < NAMES ? name : OTHERS;
    if (policy === OTHERS && this.#names.has(OTHERS)) return this.#names.get(OTHERS)!;
    const [acts, observations, seconds] = this.#instruments;
    const series = {
      acts: acts.labels({ policy }),
      observations: observations.labels({ policy }),
      seconds: seconds.labels({ policy }),
    };
    this.#names.set(policy, series);
    return series;
  }
}
