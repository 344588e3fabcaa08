import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { Button, Empty, Page, Panel, Problem } from '../../components/index.js';
import { useLoad } from '../../loading.js';
import { Link, navigate } from '../../router.js';
import { useClient } from '../../session.js';
import { addressOf, filters, jobFilterOf, type ListFilter, readFilter } from './filter.js';
import { FilterBar } from './filter-bar.js';
import { JobTable, MAX_COMPARED } from './job-table.js';
import './jobs.css';
import { useCurves } from './use-curves.js';

const PAGE = 25;
const REFRESH_MS = 3000;
const NONE: readonly never[] = [];

/** All jobs that a person may see, as they go. */
export function JobsPage({ query }: { readonly query: URLSearchParams }): JSX.Element {
  const client = useClient();
  const address = query.toString();
  const filter = useMemo(() => readFilter(new URLSearchParams(address)), [address]);
  // Cursors of the pages before this one, and its own.
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const [selected, setSelected] = useState<readonly string[]>([]);
  const cursor = cursors.at(-1);
  const list = useLoad(
    (signal) =>
      client.listJobs({ ...jobFilterOf(filter), limit: PAGE, ...(cursor === undefined ? {} : { cursor }) }, { signal }),
    [client, filter, cursor],
    { everyMs: REFRESH_MS },
  );
  const jobs = list.value?.jobs ?? NONE;
  const curves = useCurves(jobs);
  const show = (next: ListFilter): void => {
    setCursors([]);
    navigate(addressOf(next), { replace: true });
  };
  const next = list.value?.nextCursor ?? null;
  return (
    <Page
      title="Jobs"
      actions={
        <>
          <Button
            disabled={selected.length < 2}
            onClick={() => navigate(`/compare?jobs=${selected.join(',')}`)}
            title={`Select two to ${MAX_COMPARED} jobs`}
          >
            Compare{selected.length > 0 ? ` ${selected.length}` : ''}
          </Button>
          <Link to="/launch" class="button primary">
            Launch a job
          </Link>
        </>
      }
    >
      <FilterBar filter={filter} onFilter={show} />
      {list.error !== undefined && <Problem error={list.error} onRetry={list.reload} />}
      <Panel flush>
        {list.value === undefined ? (
          list.error === undefined && <Waiting />
        ) : jobs.length === 0 ? (
          <Nothing filter={filter} onClear={() => show({ ...readFilter(new URLSearchParams()), sort: filter.sort })} />
        ) : (
          <JobTable
            jobs={jobs}
            curves={curves}
            selected={selected}
            onSelect={(id, on) =>
              setSelected((before) => (on ? [...before, id] : before.filter((other) => other !== id)))
            }
            sort={filter.sort}
            onSort={(sort) => show({ ...filter, sort: sort as ListFilter['sort'] })}
          />
        )}
      </Panel>
      {(cursors.length > 0 || next !== null) && (
        <nav class="row pages" aria-label="Pages of the list">
          <Button small disabled={cursors.length === 0} onClick={() => setCursors(cursors.slice(0, -1))}>
            Back
          </Button>
          <span class="muted">Page {cursors.length + 1}</span>
          <Button small disabled={next === null} onClick={() => next !== null && setCursors([...cursors, next])}>
            Further
          </Button>
        </nav>
      )}
    </Page>
  );
}

const WAITING_ROWS = 6;

/** Where the rows will be. */
function Waiting(): JSX.Element {
  return (
    <div class="skeleton" role="status" aria-label="Jobs are read">
      {Array.from({ length: WAITING_ROWS }, (_, i) => (
        <span key={i} />
      ))}
    </div>
  );
}

function Nothing({ filter, onClear }: { readonly filter: ListFilter; readonly onClear: () => void }): JSX.Element {
  if (filters(filter)) {
    return (
      <Empty title="No job fits.">
        <Button onClick={onClear}>Show all</Button>
      </Empty>
    );
  }
  return (
    <Empty title="No jobs yet">
      <p>
        Launch one here, or from a terminal with <code>marlin jobs submit examples/median.json</code>. It will appear in
        this list.
      </p>
      <Link to="/launch" class="button primary">
        Launch a job
      </Link>
    </Empty>
  );
}
