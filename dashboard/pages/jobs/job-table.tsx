import type { JSX } from 'preact';
import type { JobSummary } from '../../../client/index.js';
// Not by the door: it has the charts too, and this page is to be light.
import { Sparkline } from '../../charts/sparkline.js';
import { type Column, StateBadge, Table, Time } from '../../components/index.js';
import { formatCount, formatNumber } from '../../format.js';
import { Link } from '../../router.js';
import type { Curve } from './curve.js';

/** The API's limit does not matter here: more curves than this cannot be told apart. */
export const MAX_COMPARED = 10;

interface JobTableProps {
  readonly jobs: readonly JobSummary[];
  readonly curves: ReadonlyMap<string, Curve>;
  readonly selected: readonly string[];
  readonly onSelect: (id: string, selected: boolean) => void;
  readonly sort: string;
  readonly onSort: (sort: string) => void;
}

/** Jobs with their states and how they go. */
export function JobTable({ jobs, curves, selected, onSelect, sort, onSort }: JobTableProps): JSX.Element {
  const full = selected.length >= MAX_COMPARED;
  const columns: readonly Column<JobSummary>[] = [
    {
      id: 'select',
      head: <span class="hidden">Compare</span>,
      cell: ({ id, name }) => (
        <label class="select-box">
          <input
            type="checkbox"
            aria-label={`Compare ${name}`}
            checked={selected.includes(id)}
            disabled={full && !selected.includes(id)}
            onChange={(event) => onSelect(id, event.currentTarget.checked)}
          />
          <span class="narrow-only">Compare</span>
        </label>
      ),
    },
    {
      id: 'name',
      head: 'Job',
      sortKey: 'name',
      wide: true,
      cell: ({ id, name, labels, forkedFrom }) => (
        <span class="job-name">
          <Link to={`/jobs/${id}`}>{name}</Link>
          <code class="muted" title={id}>
            {id.slice(-6)}
          </code>
          {forkedFrom !== null && <span class="muted">fork</span>}
          {Object.entries(labels).map(([label, value]) => (
            <span class="chip" key={label}>
              {value === '' ? label : `${label}=${value}`}
            </span>
          ))}
        </span>
      ),
    },
    { id: 'state', head: 'State', cell: ({ state }) => <StateBadge state={state} /> },
    {
      id: 'curve',
      head: 'Return',
      cell: ({ id, name }) => {
        const curve = curves.get(id);
        return (
          <span class="curve">
            <Sparkline
              values={curve?.values ?? []}
              label={
                curve?.last == null ? `No return of ${name} yet` : `Return of ${name}, now ${formatNumber(curve.last)}`
              }
            />
            <span class="last">{curve?.last == null ? '–' : formatNumber(curve.last)}</span>
          </span>
        );
      },
    },
    {
      id: 'iteration',
      head: 'Iteration',
      number: true,
      cell: ({ id }) => {
        const iteration = curves.get(id)?.iteration ?? null;
        return iteration === null ? '–' : formatCount(iteration);
      },
    },
    { id: 'env', head: 'Environment', cell: ({ env }) => <Link to={`/environments/${env}`}>{env}</Link> },
    { id: 'algorithm', head: 'Algorithm', cell: ({ algorithm }) => algorithm },
    {
      id: 'created',
      head: 'Launched',
      sortKey: 'createdAt',
      number: true,
      cell: ({ createdAt }) => <Time at={createdAt} />,
    },
    {
      id: 'updated',
      head: 'Changed',
      sortKey: 'updatedAt',
      number: true,
      cell: ({ updatedAt }) => <Time at={updatedAt} />,
    },
  ];
  return (
    <Table
      label="Jobs"
      columns={columns}
      rows={jobs}
      keyOf={({ id }) => id}
      sort={sort}
      onSort={onSort}
      selected={({ id }) => selected.includes(id)}
    />
  );
}
