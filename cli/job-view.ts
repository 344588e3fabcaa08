import type { Job, JobState, JobSummary, TimelineEntry } from '../client/index.js';
import { partTable, showLearners } from './job-learners.js';
import { showBytes, showCount, showDuration, showNumber, showRate } from './numbers.js';
import type { Style } from './style.js';
import { renderTable } from './table.js';

/** Agents whose returns are shown. */
const MOST_AGENTS = 24;

/** A state in the color that its news has. */
export function paintState(style: Style, state: JobState): string {
  if (state === 'succeeded') return style.good(state);
  if (state === 'failed') return style.bad(state);
  return state === 'running' ? style.accent(state) : state === 'queued' ? state : style.warning(state);
}

/** Jobs as a table, by lines. */
export function jobTable(jobs: readonly JobSummary[], nowMs: number, width: number): string {
  const titles = ['id', 'name', 'state', 'environment', 'algorithm', 'labels'];
  return renderTable(
    [...titles.map((title) => ({ title })), { title: 'age', align: 'right' as const }],
    jobs.map(({ id, name, state, env, algorithm, labels, createdAt }) => [
      id,
      name,
      state,
      env,
      algorithm,
      showLabels(labels),
      showDuration(Math.max(0, nowMs - Date.parse(createdAt)) / 1000),
    ]),
    width,
  );
}

/** Everything about a job that fits a page. */
export function jobPage(job: Job, style: Style): string {
  const { progress, failure, forkedFrom } = job;
  const lines: [string, string][] = [
    ['state', paintState(style, job.state) + (progress.waiting === null ? '' : `, waiting: ${progress.waiting}`)],
    ['environment', job.env],
    ['algorithm', job.algorithm],
    ['owner', job.owner ?? '–'],
    ['labels', showLabels(job.labels) || '–'],
    ...(forkedFrom === null
      ? []
      : [['forked from', `${forkedFrom.jobId} at iteration ${forkedFrom.iteration}`] as [string, string]]),
    ['launched', job.createdAt],
    ['changed', `${job.updatedAt} (revision ${job.revision})`],
    ['iteration', progressOf(job)],
    [
      'steps',
      `${showCount(progress.envSteps)} env, ${showCount(progress.agentSteps)} agent, ${showCount(progress.learnerSteps)} learner`,
    ],
    ['trained for', showDuration(progress.wallSeconds)],
  ];
  const learners = showLearners(job);
  if (learners !== undefined) lines.push(['learners', learners]);
  if (progress.agentStepsPerSecond !== null)
    lines.push(['throughput', showRate(progress.agentStepsPerSecond, 'agentSteps')]);
  if (progress.policyLag !== null) lines.push(['policy lag', String(progress.policyLag)]);
  if (progress.checkpoint !== null) {
    const { iteration, bytes } = progress.checkpoint;
    lines.push(['checkpoint', `iteration ${iteration}, ${showBytes(bytes)}`]);
  }
  if (progress.stopReason !== null) lines.push(['ended by', progress.stopReason]);
  if (progress.digest !== null) lines.push(['digest', progress.digest]);
  if (failure !== null) lines.push(['failure', `${style.bad(failure.code)}: ${failure.message}`]);
  const widest = Math.max(...lines.map(([name]) => name.length));
  const head = `${style.bold(job.name)}  ${job.id}\n\n`;
  return (
    head +
    lines.map(([name, value]) => `${name.padEnd(widest)}  ${value}\n`).join('') +
    partTable(job) +
    agentTable(job)
  );
}

/** One thing that happened to a job. */
export function turnLine({ at, kind, cause, code, iteration, by }: TimelineEntry, style: Style): string {
  const where = iteration === null ? '' : ` at iteration ${iteration}`;
  const who = by === null ? '' : ` by ${by}`;
  const why = code === null ? cause : `${cause} (${code})`;
  return `${style.dim(at)}  ${kind === 'failed' ? style.bad(kind) : style.bold(kind)}${where}${who}: ${why}\n`;
}

function agentTable({ progress }: Job): string {
  const { returns, rewardsPerStep, evaluation } = progress;
  const agents = Object.keys(rewardsPerStep);
  if (agents.length === 0) return '';
  const cell = (value: number | undefined): string => (value === undefined ? '' : showNumber(value));
  const rows = agents
    .slice(0, MOST_AGENTS)
    .map((id) => [id, cell(returns[id]), cell(rewardsPerStep[id]), cell(evaluation?.returns[id])]);
  const columns = ['return', 'reward per step', 'evaluated return'];
  const more = agents.length > MOST_AGENTS ? `… and ${agents.length - MOST_AGENTS} more agents\n` : '';
  return `\n${renderTable([{ title: 'agent' }, ...columns.map((title) => ({ title, align: 'right' as const }))], rows)}${more}`;
}

export function progressOf({ progress, spec }: Pick<Job, 'progress' | 'spec'>): string {
  const { iterations } = spec.stop;
  return iterations === undefined ? String(progress.iteration) : `${progress.iteration} of ${iterations}`;
}

const showLabels = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
