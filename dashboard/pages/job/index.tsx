import type { JSX } from 'preact';
import { useCallback, useMemo, useState } from 'preact/hooks';
import { Empty, Page, Panel, Problem, StateBadge } from '../../components/index.js';
import { Link } from '../../router.js';
import type { XAxis } from '../../series/points-of.js';
import { useJobFeed } from '../../series/use-job-feed.js';
import { Viewer } from '../../viewer/index.js';
import { JobActions } from './actions.js';
import { Checkpoints } from './checkpoints.js';
import { ConnectionSign } from './connection-sign.js';
import { Curves } from './curves.js';
import { JobHead } from './head.js';
import './job.css';
import { Learners } from './learners.js';
import { Spec } from './spec.js';
import { Timeline } from './timeline.js';

/** One job: how it stands, how it learns, how it acts, what happened to it, and what can be done with it. */
export function JobPage({ id }: { readonly id: string }): JSX.Element {
  const [axis, setAxis] = useState<XAxis>('agentSteps');
  const { job, lines, connection, error, removed, turns, checkpoints, evaluations, note, restart } = useJobFeed(
    id,
    axis,
  );
  const [forking, setForking] = useState<number | null | undefined>();
  const forkFrom = useCallback((iteration: number) => setForking(iteration), []);
  const agents = useMemo(() => Object.keys(job?.progress.rewardsPerStep ?? {}), [job?.progress.iteration === 0]);
  if (job === undefined) {
    return (
      <Page title="Job" heading={<span class="muted">Job {id}</span>}>
        {error === undefined ? <JobOutline /> : <Problem error={error} onRetry={restart} />}
      </Page>
    );
  }
  if (removed) {
    return (
      <Page title={job.name}>
        <Empty title="This job was deleted.">
          <Link to="/">All jobs</Link>
        </Empty>
      </Page>
    );
  }
  return (
    <Page
      title={job.name}
      heading={
        <span class="job-heading">
          {job.name} <StateBadge state={job.state} />
          <ConnectionSign connection={connection} />
        </span>
      }
      actions={<JobActions job={job} onJob={note} forking={forking} onForking={setForking} />}
    >
      {error !== undefined && <Problem error={error} onRetry={restart} />}
      <JobHead job={job} />
      <Learners job={job} />
      <Curves lines={lines} points={lines?.sequence ?? 0} axis={axis} onAxis={setAxis} agents={agents} />
      <Viewer job={job} evaluations={evaluations} />
      <div class="job-below">
        <Timeline jobId={id} turns={turns} />
        <Checkpoints jobId={id} checkpoints={checkpoints} onFork={forkFrom} />
      </div>
      <Spec job={job} />
    </Page>
  );
}

/** As large as what will stand here. */
function JobOutline(): JSX.Element {
  return (
    <div class="stack" aria-busy="true">
      <Panel>
        <div class="outline facts-outline" />
      </Panel>
      <div class="curves-grid">
        {[0, 1, 2].map((i) => (
          <div key={i} class="panel outline chart-outline" />
        ))}
      </div>
    </div>
  );
}
