import type { JSX } from 'preact';
import type { Job } from '../../../client/index.js';
import { type Column, Panel, Table } from '../../components/index.js';
import { formatCount } from '../../format.js';
import { isWaiting, nameSome } from '../../learner-text.js';
import { useLoad } from '../../loading.js';
import { useClient } from '../../session.js';

const REFRESH_MS = 2000;

type Part = NonNullable<Job['learners']>['parts'][number];

/** Who updates which policies of a job that several learners may share; nothing for other jobs. */
export function Learners({ job }: { readonly job: Job }): JSX.Element | null {
  const shared = job.state === 'running' && (job.learners?.wanted ?? 0) > 1;
  return shared ? <Sharing job={job} /> : null;
}

function Sharing({ job }: { readonly job: Job }): JSX.Element {
  const client = useClient();
  // Learners come and go without an event of the job.
  const { value } = useLoad(async (signal) => (await client.getJob(job.id, { signal })).learners, [client, job.id], {
    everyMs: REFRESH_MS,
  });
  const { wanted, parts, fence } = (value?.wanted ? value : job.learners)!;
  const held = parts.filter(({ state }) => state === 'held').length;
  const waiting = parts.slice(1).filter(isWaiting).length;
  return (
    <Panel title={`Learners: ${formatCount(held)} of ${formatCount(wanted)}`} flush>
      {waiting > 0 && (
        <p class="waiting" role="status">
          {waiting === 1 ? 'One part waits' : `${formatCount(waiting)} parts wait`} for a learner of{' '}
          {waiting === 1 ? 'its' : 'their'} own; the one that leads the job updates {waiting === 1 ? 'it' : 'them'}{' '}
          until then. Start more with <code>marlin learner</code>: those whose slots all have jobs take no parts.
        </p>
      )}
      <Table label="Learners" columns={columns(fence)} rows={parts} keyOf={({ part }) => String(part)} />
    </Panel>
  );
}

const columns = (fence: number | null): readonly Column<Part>[] => [
  {
    id: 'part',
    head: 'Part',
    cell: ({ part }) => (
      <span title={fence === null ? undefined : `fence ${fence}`}>{part === 0 ? '0, leads' : part}</span>
    ),
  },
  {
    id: 'policies',
    head: 'Policies',
    wide: true,
    cell: ({ policies }) => <span title={policies.join(', ')}>{nameSome(policies)}</span>,
  },
  { id: 'state', head: 'State', cell: ({ state }) => (isWaiting({ state }) ? <strong>{state}</strong> : state) },
  { id: 'learner', head: 'Learner', cell: ({ learnerId }) => (learnerId === null ? '–' : <code>{learnerId}</code>) },
  {
    id: 'heard',
    head: 'Heard of',
    number: true,
    cell: ({ heartbeatAge }) => (heartbeatAge === null ? '–' : `${heartbeatAge.toFixed(1)} s ago`),
  },
];
