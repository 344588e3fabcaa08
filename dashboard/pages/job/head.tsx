import type { ComponentChildren, JSX } from 'preact';
import type { Job } from '../../../client/index.js';
import { Panel, Time } from '../../components/index.js';
import { formatCount, formatDuration, formatNumber, formatShort } from '../../format.js';
import { Link } from '../../router.js';
import { CopyButton } from './copy-button.js';

/** How a job stands, in numbers. */
export function JobHead({ job }: { readonly job: Job }): JSX.Element {
  const { progress, spec, failure } = job;
  return (
    <Panel>
      {failure !== null && <Failure job={job} />}
      {progress.waiting !== null && (
        <p class="waiting" role="status">
          It waits: <code>{progress.waiting}</code>. It goes on by itself when there is room.
        </p>
      )}
      <dl class="stats">
        <Stat name="Iterations" wide>
          {formatCount(progress.iteration)}
          <Goal job={job} />
        </Stat>
        <Stat name="Agent steps" title={formatCount(progress.agentSteps)}>
          {formatShort(progress.agentSteps)}
        </Stat>
        <Stat name="Env steps" title={formatCount(progress.envSteps)}>
          {formatShort(progress.envSteps)}
        </Stat>
        <Stat name="Updates" title={`${formatCount(progress.learnerSteps)} learner steps`}>
          {formatShort(progress.learnerSteps)}
        </Stat>
        <Stat name="Throughput" title="agentSteps per second">
          {progress.agentStepsPerSecond === null ? '–' : `${formatShort(progress.agentStepsPerSecond)}/s`}
        </Stat>
        <Stat name="Policy lag" title="Iterations between acting and learning">
          {progress.policyLag === null ? '–' : formatNumber(progress.policyLag)}
        </Stat>
        <Stat name="Training time">{formatDuration(progress.wallSeconds)}</Stat>
        <Stat name="Evaluated" title={evaluationTitle(job)}>
          {progress.evaluation === null ? '–' : formatNumber(meanOf(progress.evaluation.returns))}
        </Stat>
      </dl>
      <dl class="facts job-facts">
        <dt>Environment</dt>
        <dd>
          <Link to={`/environments/${encodeURIComponent(job.env)}`}>{job.env}</Link> · {job.algorithm} · seed{' '}
          {spec.seed}
        </dd>
        {job.state === 'running' && job.learners?.wanted === 1 && (
          <>
            <dt>Learner</dt>
            <dd>{job.learners.parts[0]?.learnerId ?? 'waits for one'}</dd>
          </>
        )}
        <dt>Owner</dt>
        <dd>
          {job.owner ?? 'nobody'} · launched <Time at={job.createdAt} />
        </dd>
        {job.forkedFrom !== null && (
          <>
            <dt>Forked from</dt>
            <dd>
              <Link to={`/jobs/${job.forkedFrom.jobId}`}>{job.forkedFrom.jobId}</Link> at iteration{' '}
              {formatCount(job.forkedFrom.iteration)}
            </dd>
          </>
        )}
        {Object.keys(job.labels).length > 0 && (
          <>
            <dt>Labels</dt>
            <dd class="row">
              {Object.entries(job.labels).map(([name, value]) => (
                <span key={name} class="chip">
                  {name}
                  {value !== '' && `=${value}`}
                </span>
              ))}
            </dd>
          </>
        )}
        {progress.stopReason !== null && (
          <>
            <dt>Ended by</dt>
            <dd>{STOPS[progress.stopReason] ?? progress.stopReason}</dd>
          </>
        )}
        {progress.digest !== null && (
          <>
            <dt title="SHA-256 of the final weights: the same spec gives the same, anywhere">Digest</dt>
            <dd class="copied">
              <code>{progress.digest}</code> <CopyButton text={progress.digest} what="the digest" />
            </dd>
          </>
        )}
        <dt>Id</dt>
        <dd class="copied">
          <code>{job.id}</code> <CopyButton text={job.id} what="the id" />
        </dd>
      </dl>
    </Panel>
  );
}

const STOPS: Readonly<Record<string, string>> = {
  iterations: 'its number of iterations',
  agentSteps: 'its number of agent steps',
  wallSeconds: 'its training time',
  return: 'the return that it was to reach',
  interrupted: 'being interrupted',
};

interface StatProps {
  readonly name: string;
  readonly title?: string | undefined;
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}

const Stat = ({ name, title, wide = false, children }: StatProps): JSX.Element => (
  <div class={wide ? 'stat wide' : 'stat'} title={title}>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);

/** How far it is, by whichever of its ends is nearest. */
function Goal({ job: { progress, spec } }: { readonly job: Job }): JSX.Element | null {
  const ends = [
    {
      share: progress.iteration / (spec.stop.iterations ?? Infinity),
      text: `of ${formatCount(spec.stop.iterations ?? 0)}`,
    },
    {
      share: progress.agentSteps / (spec.stop.agentSteps ?? Infinity),
      text: `until ${formatShort(spec.stop.agentSteps ?? 0)} agent steps`,
    },
    {
      share: progress.wallSeconds / (spec.stop.wallSeconds ?? Infinity),
      text: `until ${formatDuration(spec.stop.wallSeconds ?? 0)}`,
    },
  ];
  const bounded = [spec.stop.iterations, spec.stop.agentSteps, spec.stop.wallSeconds];
  const nearest = ends.filter((_, i) => bounded[i] !== undefined).sort((a, b) => b.share - a.share)[0];
  if (nearest === undefined) return null;
  const percent = Math.min(100, Math.floor(100 * nearest.share));
  return (
    <span class="goal">
      <span>{nearest.text}</span>
      <progress max={100} value={percent} aria-label={`${percent} percent ${nearest.text}`} />
    </span>
  );
}

function Failure({ job: { failure } }: { readonly job: Job }): JSX.Element {
  const { code, message, data, retryable } = failure!;
  const told = Object.entries(data);
  return (
    <div class="problem" role="alert">
      <p class="detail">{message}</p>
      <p class="meta">
        <code>{code}</code>
        {retryable && ' · may succeed when launched again'}
      </p>
      {told.length > 0 && (
        <details>
          <summary>What is known of the cause</summary>
          <pre>{JSON.stringify(data, null, 2)}</pre>
        </details>
      )}
    </div>
  );
}

const meanOf = (returns: Readonly<Record<string, number>>): number => {
  const values = Object.values(returns);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
};

function evaluationTitle({ progress: { evaluation } }: Job): string | undefined {
  if (evaluation === null) return undefined;
  const each = Object.entries(evaluation.returns).slice(0, 12);
  return [
    `Mean return after ${evaluation.iteration} iterations`,
    ...each.map(([id, own]) => `${id}: ${formatNumber(own)}`),
  ].join('\n');
}
