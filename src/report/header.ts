import { type JobSpec, scheduleOf } from '../jobs/index.js';
import type { FinishedEvent, IterationEvent } from '../training/index.js';
import { escapeHtml, showNumber } from './html.js';

interface JobFacts {
  readonly job: string;
  readonly marlin: string;
  readonly createdAt: string;
  readonly spec: JobSpec;
}

function lagOf(spec: JobSpec): string {
  const { kind, maxPolicyLag } = scheduleOf(spec);
  return kind === 'async' ? `async, at most ${maxPolicyLag}` : String(maxPolicyLag);
}

/** Title, state and the facts of a run. */
export function header(
  { job, marlin, createdAt, spec }: JobFacts,
  last: IterationEvent | undefined,
  finished: FinishedEvent | undefined,
): string {
  const state = finished?.state ?? 'unfinished';
  const counters = finished ?? last;
  const facts: [string, string][] = [
    ['Environment', spec.env.id],
    ['Algorithm', spec.algorithm.id],
    ['Seed', String(spec.seed)],
    ['Iterations', showNumber(counters?.iteration)],
    ['Agent steps', showNumber(counters?.agentSteps)],
    ['Environment steps', showNumber(counters?.envSteps)],
    ['Time', counters === undefined ? '–' : `${showNumber(counters.wallSeconds)} s`],
    [
      'Agent steps per second',
      counters === undefined ? '–' : showNumber(counters.agentSteps / Math.max(counters.wallSeconds, 1e-9)),
    ],
    ['Batch of an iteration', `${spec.rollout.shards} × ${spec.rollout.envsPerShard} × ${spec.rollout.horizon}`],
    ['Lag', lagOf(spec)],
    ['Begun', `${createdAt.slice(0, 16).replace('T', ' ')} UTC`],
    ['Marlin', marlin],
  ];
  const list = facts
    .map(([name, value]) => `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`)
    .join('');
  const digest =
    finished === undefined
      ? ''
      : `<p class="digest"><span>SHA-256 of the weights</span> <code>${escapeHtml(finished.digest)}</code></p>`;
  return `<header>
<p class="brand">Marlin training report</p>
<h1>${escapeHtml(spec.name)} <span class="state ${state}">${state}</span></h1>
<p class="job"><code>${escapeHtml(job)}</code></p>
<dl>${list}</dl>
${digest}
</header>`;
}
