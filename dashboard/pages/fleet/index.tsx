import type { ComponentChildren, JSX } from 'preact';
import { useRef } from 'preact/hooks';
import type { Actor, Client, Learner, Queues, Scaling } from '../../../client/index.js';
import { type Column, Empty, Page, Panel, Problem, Table, useNow } from '../../components/index.js';
import { formatAge, formatCount, formatShort } from '../../format.js';
import { worksOn } from '../../learner-text.js';
import { useLoad } from '../../loading.js';
import { Link } from '../../router.js';
import { useClient } from '../../session.js';
import './fleet.css';
import { Rates } from './rates.js';

const REFRESH_MS = 2000;
const WINDOW_MS = 12_000;

interface Fleet {
  readonly actors: readonly Actor[];
  readonly learners: readonly Learner[];
  readonly queues: Queues;
  readonly scaling: Scaling;
}

async function readFleet(client: Client, signal: AbortSignal): Promise<Fleet> {
  const [actors, learners, queues, scaling] = await Promise.all([
    client.listActors({ signal }),
    client.listLearners({ signal }),
    client.getQueues({ signal }),
    client.getScaling({ signal }),
  ]);
  return { actors, learners, queues, scaling };
}

const countsOf = (prefix: string, workers: readonly { readonly id: string; readonly agentSteps: number }[]) =>
  workers.map(({ id, agentSteps }) => [`${prefix} ${id}`, agentSteps] as const);

/** Who works, on how much, and how many should. */
export function FleetPage(): JSX.Element {
  const client = useClient();
  const rates = useRef(new Rates(WINDOW_MS));
  const { value, error, reload } = useLoad(
    async (signal) => {
      const fleet = await readFleet(client, signal);
      const counts = [...countsOf('actor', fleet.actors), ...countsOf('learner', fleet.learners)];
      rates.current.note(performance.now(), Object.fromEntries(counts));
      return fleet;
    },
    [client],
    { everyMs: REFRESH_MS },
  );
  const rateOf = (id: string): number | null => rates.current.perSecond(id);
  return (
    <Page title="Fleet">
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      <Overview fleet={value} rateOf={rateOf} />
      <div class="fleet-tables">
        <Panel title="Actors" flush>
          {value !== undefined && value.actors.length === 0 ? (
            <Empty title="No actor lives">
              <p>
                Jobs wait until one comes: <code>marlin actor</code> starts one.
              </p>
            </Empty>
          ) : (
            <Workers
              label="Actors"
              workers={(value?.actors ?? []).map((actor) => ({
                ...actor,
                done: actor.tasksDone,
                rate: rateOf(`actor ${actor.id}`),
              }))}
              doneTitle="Tasks done"
              more={[]}
            />
          )}
        </Panel>
        <Panel title="Learners" flush>
          {value !== undefined && value.learners.length === 0 ? (
            <Empty title="No learner lives">
              <p>
                Jobs stay queued until one comes: <code>marlin learner</code> starts one.
              </p>
            </Empty>
          ) : (
            <Workers
              label="Learners"
              workers={(value?.learners ?? []).map((learner) => ({
                ...learner,
                done: learner.iterations,
                rate: rateOf(`learner ${learner.id}`),
              }))}
              doneTitle="Iterations"
              more={[WORKS_ON]}
            />
          )}
        </Panel>
      </div>
      {value?.queues.parts.some(({ waiting }) => waiting > 0) && (
        <Panel title="Jobs whose parts wait for a learner" flush>
          <Table
            label="Waiting parts"
            columns={[
              { id: 'job', head: 'Job', wide: true, cell: ({ jobId }) => <Link to={`/jobs/${jobId}`}>{jobId}</Link> },
              {
                id: 'waiting',
                head: 'Parts',
                number: true,
                cell: ({ waiting, parts }) => `${formatCount(waiting)} of ${formatCount(parts)}`,
              },
            ]}
            rows={value.queues.parts.filter(({ waiting }) => waiting > 0)}
            keyOf={({ jobId }) => jobId}
          />
        </Panel>
      )}
      {value !== undefined && value.queues.tasks.length > 0 && (
        <Panel title="Tasks that wait for an actor" flush>
          <Table
            label="Waiting tasks"
            columns={[
              { id: 'job', head: 'Job', wide: true, cell: ({ jobId }) => <Link to={`/jobs/${jobId}`}>{jobId}</Link> },
              { id: 'waiting', head: 'Tasks', number: true, cell: ({ waiting }) => formatCount(waiting) },
            ]}
            rows={value.queues.tasks}
            keyOf={({ jobId }) => jobId}
          />
        </Panel>
      )}
    </Page>
  );
}

interface OverviewProps {
  readonly fleet: Fleet | undefined;
  readonly rateOf: (id: string) => number | null;
}

const SHOWN_STATES = ['queued', 'running', 'paused'] as const;

function Overview({ fleet, rateOf }: OverviewProps): JSX.Element {
  const actorRates = (fleet?.actors ?? []).flatMap(({ id }) => rateOf(`actor ${id}`) ?? []);
  const { scaling, queues } = fleet ?? {};
  return (
    <div class="tiles">
      <Tile
        title="Actors"
        value={scaling?.actors}
        note={scaling && `${slots(scaling.actorSlots)} · ${wanted(scaling.actors, scaling.actorsWanted)}`}
      />
      <Tile
        title="Learners"
        value={scaling?.learners}
        note={scaling && `${slots(scaling.learnerSlots)} · ${wanted(scaling.learners, scaling.learnersWanted)}`}
      />
      <Tile title="Tasks waiting" value={queues?.waiting} note="for an actor" />
      <Tile
        title="Agent steps per second"
        value={actorRates.length === 0 ? undefined : actorRates.reduce((sum, rate) => sum + rate, 0)}
        note="collected by all actors"
      />
      <Tile
        title="Your jobs"
        value={queues && SHOWN_STATES.reduce((sum, state) => sum + (queues.jobs[state] ?? 0), 0)}
        note={
          queues && (
            <span class="row states">
              {SHOWN_STATES.map((state) => (
                <Link key={state} to={`/?state=${state}`}>
                  {formatCount(queues.jobs[state] ?? 0)} {state}
                </Link>
              ))}
            </span>
          )
        }
      />
    </div>
  );
}

const slots = (count: number): string => `${formatCount(count)} ${count === 1 ? 'slot' : 'slots'}`;

/** What an autoscaler would do. */
function wanted(there: number, needed: number): string {
  if (needed > there) return `${formatCount(needed)} could be busy`;
  return needed === there ? 'all needed' : `${formatCount(needed)} needed`;
}

interface TileProps {
  readonly title: string;
  readonly value: number | undefined;
  readonly note: ComponentChildren;
}

function Tile({ title, value, note }: TileProps): JSX.Element {
  return (
    <section class="tile" aria-label={title}>
      <h2>{title}</h2>
      <p class="value">{value === undefined ? '–' : formatShort(value)}</p>
      <div class="note">{note ?? ' '}</div>
    </section>
  );
}

interface Worker {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly slots: number;
  readonly agentSteps: number;
  readonly since: string;
  readonly heartbeatAge: number | null;
  readonly done: number;
  readonly rate: number | null;
}

interface WorkersProps<W extends Worker> {
  readonly label: string;
  readonly workers: readonly W[];
  readonly doneTitle: string;
  /** Of this kind of worker alone. */
  readonly more: readonly Column<W>[];
}

const WORKS_ON: Column<Worker & Learner> = {
  id: 'on',
  head: 'Works on',
  cell: (learner) =>
    worksOn(learner).map(({ jobId, part }) => (
      <div key={`${jobId} ${part}`}>
        {part !== null && `part ${part} of `}
        <Link to={`/jobs/${jobId}`}>{jobId}</Link>
      </div>
    )),
};

function Workers<W extends Worker>({ label, workers, doneTitle, more }: WorkersProps<W>): JSX.Element {
  const now = useNow(1000);
  const columns: readonly Column<W>[] = [
    { id: 'id', head: 'Id', wide: true, cell: ({ id }) => <code>{id}</code> },
    {
      id: 'host',
      head: 'Host',
      cell: ({ host, pid }) => (
        <>
          {host} <span class="muted">{pid}</span>
        </>
      ),
    },
    ...more,
    { id: 'slots', head: 'Slots', number: true, cell: (worker) => formatCount(worker.slots) },
    { id: 'done', head: doneTitle, number: true, cell: ({ done }) => formatCount(done) },
    { id: 'steps', head: 'Agent steps', number: true, cell: ({ agentSteps }) => formatShort(agentSteps) },
    {
      id: 'rate',
      head: 'Steps/s',
      number: true,
      cell: ({ rate }) => (rate === null ? '–' : formatShort(Math.round(rate))),
    },
    {
      id: 'heartbeat',
      head: 'Heard of',
      number: true,
      cell: ({ heartbeatAge }) => (
        <span title="since its last heartbeat, when this was asked">
          {heartbeatAge === null ? '–' : `${heartbeatAge.toFixed(1)} s ago`}
        </span>
      ),
    },
    {
      id: 'since',
      head: 'Up for',
      number: true,
      cell: ({ since }) => (
        <time dateTime={since} title={`since ${new Date(since).toLocaleString()}`}>
          {formatAge(Math.max(5000, now - Date.parse(since)))}
        </time>
      ),
    },
  ];
  return <Table label={label} columns={columns} rows={workers} keyOf={({ id }) => id} />;
}
