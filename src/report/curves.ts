import type { EvaluationEvent, IterationEvent } from '../training/index.js';
import { type Chart, memberSeries, type Values } from './chart.js';
import { spellOut } from './html.js';

const byIteration = (events: readonly { readonly iteration: number }[]): number[] =>
  events.map((event) => event.iteration);

/** member → value in every event; members are those of any event, in order of appearance. */
function collect<E, M>(
  events: readonly E[],
  membersOf: (event: E) => Readonly<Record<string, M>>,
  pick: (member: M) => number | null | undefined,
): Map<string, Values> {
  const names = new Set(events.flatMap((event) => Object.keys(membersOf(event))));
  const columns = new Map<string, Values>();
  for (const name of names) {
    columns.set(
      name,
      events.map((event) => {
        const member = membersOf(event)[name];
        const value = member === undefined ? null : pick(member);
        return value === undefined || value === null || !Number.isFinite(value) ? null : value;
      }),
    );
  }
  return columns;
}

/** Returns of evaluation and training, reward heads, and the environment's own metrics, per agent. */
export function learningCurves(
  evaluations: readonly EvaluationEvent[],
  iterations: readonly IterationEvent[],
): Chart[] {
  const charts: Chart[] = [
    {
      title: 'Evaluation return',
      note: 'Mean return of an episode by the policies’ modes, without exploration.',
      xLabel: 'iteration',
      x: byIteration(evaluations),
      series: memberSeries(
        collect(
          evaluations,
          (event) => event.agents,
          (agent) => agent.return,
        ),
      ),
    },
    {
      title: 'Training reward per step',
      note: 'Mean reward of a collected step, exploration included.',
      xLabel: 'iteration',
      x: byIteration(iterations),
      series: memberSeries(
        collect(
          iterations,
          (event) => event.agents,
          (agent) => agent.rewardPerStep,
        ),
      ),
    },
  ];
  const heads = new Set(
    iterations.flatMap((event) => Object.values(event.agents).flatMap((agent) => Object.keys(agent.heads ?? {}))),
  );
  for (const head of heads) {
    charts.push({
      title: `Training reward per step: ${head}`,
      note: 'Mean of one reward head.',
      xLabel: 'iteration',
      x: byIteration(iterations),
      series: memberSeries(
        collect(
          iterations,
          (event) => event.agents,
          (agent) => agent.heads?.[head],
        ),
      ),
    });
  }
  const metrics = new Set(
    evaluations.flatMap((event) => Object.values(event.agents).flatMap((agent) => Object.keys(agent.metrics))),
  );
  for (const metric of metrics) {
    charts.push({
      title: spellOut(metric),
      note: 'Over the evaluated episodes.',
      xLabel: 'iteration',
      x: byIteration(evaluations),
      series: memberSeries(
        collect(
          evaluations,
          (event) => event.agents,
          (agent) => agent.metrics[metric],
        ),
      ),
    });
  }
  const lengths = iterations.map((event) => event.episodeLength);
  if (new Set(lengths).size > 1) {
    charts.push({
      title: 'Episode length',
      note: 'Mean steps of the episodes that ended in an iteration.',
      xLabel: 'iteration',
      x: byIteration(iterations),
      series: [{ label: 'steps', values: lengths }],
    });
  }
  return charts;
}

/** Everything that the algorithms report: one chart per metric, one line per policy. */
export function policyCurves(iterations: readonly IterationEvent[]): Chart[] {
  const metrics = new Set(
    iterations.flatMap((event) => Object.values(event.policies).flatMap((policy) => Object.keys(policy))),
  );
  return [...metrics].map((metric) => ({
    title: spellOut(metric),
    xLabel: 'iteration',
    x: byIteration(iterations),
    series: memberSeries(
      collect(
        iterations,
        (event) => event.policies,
        (policy) => policy[metric],
      ),
    ),
  }));
}

const inMilliseconds = (seconds: number | null): number | null => (seconds === null ? null : seconds * 1000);

const TIME_PARTS = ['iteration', 'environment', 'policy', 'transfer', 'update', 'waiting'] as const;

/** How fast it went, and where the time of an iteration went. */
export function throughputCurves(iterations: readonly IterationEvent[]): Chart[] {
  return [
    {
      title: 'Agent steps per second',
      note: 'overall: collection and update together. collection: of the actors’ collecting time.',
      xLabel: 'iteration',
      x: byIteration(iterations),
      series: [
        { label: 'overall', values: iterations.map((event) => event.throughput.agentStepsPerSecond) },
        { label: 'collection', values: iterations.map((event) => event.throughput.collectAgentStepsPerSecond) },
      ],
    },
    {
      title: 'Time of an iteration (ms)',
      note: 'environment, policy, transfer and update: work, summed over threads. waiting: the learner without data.',
      xLabel: 'iteration',
      x: byIteration(iterations),
      series: TIME_PARTS.map((part) => ({
        label: part,
        values: iterations.map(({ seconds }) => inMilliseconds(seconds[part])),
      })),
    },
  ];
}
