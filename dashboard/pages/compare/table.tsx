import type { ComponentChildren, JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Job } from '../../../client/index.js';
import { colorStyle } from '../../charts/palette.js';
import { Button, Panel, StateBadge } from '../../components/index.js';
import { formatCount, formatDuration, formatNumber, formatShort } from '../../format.js';
import { Link } from '../../router.js';
import type { ComparedJob } from '../../series/compared-job.js';
import { differences } from '../../series/differences.js';

interface ComparedTableProps {
  readonly compared: readonly ComparedJob[];
  readonly labels: readonly string[];
  readonly onRemove: (id: string) => void;
}

/** How the jobs stand, and where their specs differ; what is the same in all is not shown. */
export function ComparedTable({ compared, labels, onRemove }: ComparedTableProps): JSX.Element {
  const specs = compared.map(({ job }) => job?.spec);
  const text = JSON.stringify(specs);
  const found = useMemo(() => differences(specs).filter(({ path }) => path !== 'name'), [text]);
  return (
    <Panel title="Differences" flush>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard. */}
      <section class="compare-frame" tabIndex={0} aria-label="Differences, scrolls sideways">
        <table class="compare-table">
          <thead>
            <tr>
              <td />
              {compared.map(({ id }, i) => (
                <th key={id} scope="col">
                  <span class="marked" style={colorStyle(i)}>
                    <Link to={`/jobs/${id}`}>{labels[i]}</Link>
                  </span>
                  {compared.length > 1 && (
                    <Button small look="quiet" aria-label={`Leave out ${labels[i]}`} onClick={() => onRemove(id)}>
                      <span aria-hidden="true">×</span>
                    </Button>
                  )}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {FACTS.map(({ name, show }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {compared.map(({ id, job }) => (
                  <td key={id}>{job === undefined ? '–' : show(job)}</td>
                ))}
              </tr>
            ))}
          </tbody>
          <tbody class="paths">
            {found.map(({ path, values }) => (
              <tr key={path}>
                <th scope="row">
                  <code>{path}</code>
                </th>
                {values.map((value, i) => (
                  <td key={compared[i]!.id}>
                    <code>{value === undefined ? '–' : JSON.stringify(value)}</code>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {found.length === 0 && compared.length > 1 && <p class="rest">Their specs are the same but for the name.</p>}
    </Panel>
  );
}

const DIGITS = 12;

const FACTS: readonly { readonly name: string; readonly show: (job: Job) => ComponentChildren }[] = [
  { name: 'State', show: ({ state }) => <StateBadge state={state} /> },
  { name: 'Iterations', show: ({ progress }) => formatCount(progress.iteration) },
  { name: 'Agent steps', show: ({ progress }) => formatShort(progress.agentSteps) },
  { name: 'Training time', show: ({ progress }) => formatDuration(progress.wallSeconds) },
  {
    name: 'Newest evaluation',
    show: ({ progress: { evaluation } }) => {
      const returns = Object.values(evaluation?.returns ?? {});
      return returns.length === 0 ? '–' : formatNumber(returns.reduce((sum, own) => sum + own, 0) / returns.length);
    },
  },
  {
    name: 'Digest',
    show: ({ progress: { digest } }) =>
      digest === null ? '–' : <code title={digest}>{digest.slice(0, DIGITS)}…</code>,
  },
];
