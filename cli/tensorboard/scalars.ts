import type { SummaryValue } from '../../src/metrics/index.js';
import type { AgentMetrics, EvaluationEvent, IterationEvent } from '../../src/training/index.js';

type Number = number | null | undefined;
type Numbers = Readonly<Record<string, Number>>;

/** Every number of an iteration, by tag; what there is none of (no episode ended, say) is left out. */
export function iterationScalars(event: IterationEvent): SummaryValue[] {
  const values = new Scalars();
  for (const [agent, metrics] of Object.entries(event.agents)) values.addAgent('', agent, metrics);
  for (const [policy, metrics] of Object.entries(event.policies)) {
    for (const [name, value] of Object.entries(metrics)) values.add(`policy/${name}/${policy}`, value);
  }
  const { episodes, episodeLength, policyLag, batchesDropped, iteration, envSteps, learnerSteps, wallSeconds } = event;
  values.addAll('training', { episodes, episodeLength, policyLag, batchesDropped });
  values.addAll('progress', { iteration, envSteps, learnerSteps, wallSeconds });
  values.addAll('throughput', event.throughput);
  values.addAll('seconds', event.seconds);
  return values.list;
}

/** Every number of an evaluation, by tag. Its recorded game and its profiles are not numbers over time. */
export function evaluationScalars(event: EvaluationEvent): SummaryValue[] {
  const values = new Scalars();
  for (const [agent, metrics] of Object.entries(event.agents)) {
    values.addAgent('evaluation/', agent, metrics);
    values.add(`evaluation/length/${agent}`, metrics.length);
  }
  values.add('evaluation/episodes', event.episodes);
  return values.list;
}

export const checkpointScalars = (bytes: number): SummaryValue[] => [{ tag: 'checkpoint/bytes', scalar: bytes }];

class Scalars {
  readonly list: SummaryValue[] = [];

  add(tag: string, value: Number): void {
    if (value !== null && value !== undefined) this.list.push({ tag, scalar: value });
  }

  addAll(group: string, numbers: Numbers): void {
    for (const [name, value] of Object.entries(numbers)) this.add(`${group}/${name}`, value);
  }

  /** The metric comes before the agent, so that the agents' curves of one metric stand side by side. */
  addAgent(prefix: string, agent: string, told: AgentMetrics): void {
    this.add(`${prefix}return/${agent}`, told.return);
    this.add(`${prefix}rewardPerStep/${agent}`, told.rewardPerStep);
    for (const [head, value] of Object.entries(told.heads ?? {})) {
      this.add(`${prefix}rewardPerStep.${head}/${agent}`, value);
    }
    for (const [name, value] of Object.entries(told.metrics)) this.add(`${prefix}metrics/${name}/${agent}`, value);
  }
}
