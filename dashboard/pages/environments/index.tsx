import type { JSX } from 'preact';
import type { Environment } from '../../../client/index.js';
import type { Space } from '../../../src/spaces/index.js';
import { Empty, Page, Panel, Problem, Prose, Table } from '../../components/index.js';
import { useLoad } from '../../loading.js';
import { Link } from '../../router.js';
import { useClient } from '../../session.js';
import type { JsonSchema } from '../launch/form/json-schema.js';
import { describeLevels, describeSpace } from './describe-space.js';
import './environments.css';
import { optionRows } from './option-rows.js';

/** What jobs can be about. */
export function EnvironmentsPage(): JSX.Element {
  const client = useClient();
  const { value, error, reload } = useLoad((signal) => client.listEnvironments({ signal }), [client]);
  return (
    <Page title="Environments">
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {value !== undefined && value.length === 0 && <Empty title="This server has no environment." />}
      <ul class="cards">
        {(value ?? []).map(({ id, description, agents }) => (
          <li class="panel card" key={id}>
            <h2>
              <Link to={`/environments/${encodeURIComponent(id)}`}>{id}</Link>
            </h2>
            <p>{description}</p>
            <p class="muted foot">
              <span title={agents.join(', ')}>{agents.length === 1 ? 'one agent' : `${agents.length} agents`}</span>
              <Link to={launchOf(id)} aria-label={`Launch with ${id}`}>
                Launch with this
              </Link>
            </p>
          </li>
        ))}
      </ul>
    </Page>
  );
}

const launchOf = (id: string): string => `/launch?env=${encodeURIComponent(id)}`;

/** One of them: who acts, on what, for what. */
export function EnvironmentPage({ id }: { readonly id: string }): JSX.Element {
  const client = useClient();
  const { value, error, reload } = useLoad((signal) => client.getEnvironment(id, { signal }), [client, id]);
  return (
    <Page
      title={id}
      actions={
        <Link to={launchOf(id)} class="button primary">
          Launch with this
        </Link>
      }
    >
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {value !== undefined && <Described environment={value} />}
    </Page>
  );
}

function Described({ environment }: { readonly environment: Environment }): JSX.Element {
  const { description, agents, options, rewardHeads, returnHead, episodeMetrics, ratioMetrics } = environment;
  const rows = optionRows(options as JsonSchema);
  return (
    <>
      <p class="lead">{description}</p>
      <Panel title="Agents" flush>
        <Table
          label="Agents"
          columns={[
            { id: 'id', head: 'Id', cell: (agent) => <code>{agent.id}</code> },
            { id: 'observation', head: 'Observes', cell: (agent) => <SpaceText space={agent.observationSpace} /> },
            {
              id: 'action',
              head: 'Acts',
              wide: true,
              cell: (agent) => <SpaceText space={agent.actionSpace} masked={agent.masked} />,
            },
          ]}
          rows={agents.slice(0, MAX_AGENTS)}
          keyOf={(agent) => agent.id}
        />
        <p class="muted foot-note">
          {agents.length > MAX_AGENTS && `And ${agents.length - MAX_AGENTS} more. `}With the default options.
        </p>
      </Panel>
      <Panel title="Options" flush>
        {rows.length === 0 ? (
          <p class="muted foot-note">It has none.</p>
        ) : (
          <Table
            label="Options"
            columns={[
              { id: 'name', head: 'Name', cell: ({ name }) => <code>{name}</code> },
              { id: 'values', head: 'Values', cell: ({ values }) => <span class="values">{values}</span> },
              {
                id: 'default',
                head: 'Default',
                cell: (row) => <code class="values">{row.default}</code>,
              },
              { id: 'description', head: 'What it does', wide: true, cell: (row) => <Prose text={row.description} /> },
            ]}
            rows={rows}
            keyOf={({ name }) => name}
          />
        )}
      </Panel>
      <Panel title="What it tells">
        <dl class="facts">
          <dt>Reward heads</dt>
          <dd>
            <Names names={rewardHeads} />
          </dd>
          <dt>Return</dt>
          <dd>{returnHead === null ? 'of all reward heads added up' : `of the reward head ${returnHead}`}</dd>
          <dt>Metrics of an episode</dt>
          <dd>{episodeMetrics.length === 0 ? 'none' : <Names names={episodeMetrics} />}</dd>
          {Object.entries(ratioMetrics).map(([name, [over = '', under = '']]) => (
            <>
              <dt key={name}>{name}</dt>
              <dd>
                {over} / {under}, over all episodes
              </dd>
            </>
          ))}
        </dl>
      </Panel>
    </>
  );
}

const MAX_AGENTS = 20;

const Names = ({ names }: { readonly names: readonly string[] }): JSX.Element => (
  <span class="row names">
    {names.map((name) => (
      <span class="chip" key={name}>
        {name}
      </span>
    ))}
  </span>
);

interface SpaceTextProps {
  /** As the API has it. */
  readonly space: Readonly<Record<string, unknown>>;
  readonly masked?: boolean;
}

function SpaceText({ space, masked = false }: SpaceTextProps): JSX.Element {
  const known = space as unknown as Space;
  const mask = masked ? ', not all of them at all times' : '';
  if (known.kind !== 'hierarchical') return <span>{describeSpace(known) + mask}</span>;
  return (
    <ol class="levels">
      {describeLevels(known).map(({ name, text }) => (
        <li key={name}>
          <strong>{name}</strong>: {text}
        </li>
      ))}
    </ol>
  );
}
