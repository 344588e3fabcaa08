import type { HistoryEvent, JobSeries } from '../../client/index.js';

export type XAxis = JobSeries['x'];
type Subject = JobSeries['series'][number]['per'];
type Of<T extends HistoryEvent['type']> = Extract<HistoryEvent, { type: T }>;

/** A number that an event tells. */
export interface Told {
  readonly name: string;
  readonly per: Subject;
  /** Agent or policy; null where it is of the job. */
  readonly id: string | null;
  readonly value: number;
}

/** The numbers of an event, under the names that the API's series have. What is null or not finite is left out. */
export function pointsOf(event: Of<'iteration'> | Of<'evaluation'>): Told[] {
  const told: Told[] = [];
  const put = (name: string, per: Subject, id: string | null, value: number | null): void => {
    if (value !== null && Number.isFinite(value)) told.push({ name, per, id, value });
  };
  const before = event.type === 'evaluation' ? 'evaluation.' : '';
  for (const [agent, own] of Object.entries(event.agents)) {
    put(`${before}return`, 'agent', agent, own.return);
    put(`${before}rewardPerStep`, 'agent', agent, own.rewardPerStep);
    for (const [head, value] of Object.entries(own.heads ?? {}))
      put(`${before}rewardPerStep.${head}`, 'agent', agent, value);
    for (const [metric, value] of Object.entries(own.metrics)) put(`${before}metric.${metric}`, 'agent', agent, value);
  }
  if (event.type === 'evaluation') {
    for (const [agent, { length }] of Object.entries(event.agents)) put('evaluation.length', 'agent', agent, length);
    return told;
  }
  for (const [policy, metrics] of Object.entries(event.policies)) {
    for (const [metric, value] of Object.entries(metrics)) put(metric, 'policy', policy, value);
  }
  const { policyLag, episodes, episodeLength, throughput, seconds } = event;
  const ofJob: Record<string, number | null> = { policyLag, episodes, episodeLength, ...throughput };
  for (const [name, value] of Object.entries(ofJob)) put(name, 'job', null, value);
  const parts: Record<string, number | null> = { ...seconds };
  for (const [part, value] of Object.entries(parts)) put(`seconds.${part}`, 'job', null, value);
  return told;
}
