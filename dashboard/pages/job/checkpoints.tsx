import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { CheckpointSummary } from '../../../client/index.js';
import { Button, type Column, Empty, Panel, Problem, Table, Time } from '../../components/index.js';
import { formatBytes, formatCount } from '../../format.js';
import { useLoad } from '../../loading.js';
import { useClient, useSession } from '../../session.js';
import { useThrottled } from './throttle.js';

const EVERY_MS = 2000;
const FEW = 10;

interface CheckpointsProps {
  readonly jobId: string;
  /** Changes when there may be another one. */
  readonly checkpoints: number;
  readonly onFork: (iteration: number) => void;
}

/** What a job has saved. */
export function Checkpoints({ jobId, checkpoints, onFork }: CheckpointsProps): JSX.Element {
  const client = useClient();
  const { mayLaunch } = useSession();
  const newest = useThrottled(checkpoints, EVERY_MS);
  const { value, error, reload } = useLoad(
    async (signal) => (await client.listCheckpoints(jobId, { signal })).reverse(),
    [client, jobId, newest],
  );
  const columns: Column<CheckpointSummary>[] = [
    { id: 'iteration', head: 'Iteration', number: true, cell: ({ iteration }) => formatCount(iteration) },
    { id: 'bytes', head: 'Size', number: true, cell: ({ bytes }) => formatBytes(bytes) },
    { id: 'savedAt', head: 'Saved', wide: true, cell: ({ savedAt }) => <Time at={savedAt} /> },
    {
      id: 'do',
      head: '',
      cell: (checkpoint) => (
        <span class="row-actions">
          <Download jobId={jobId} checkpoint={checkpoint} />
          {mayLaunch !== false && (
            <Button
              small
              look="quiet"
              aria-label={`Fork from iteration ${checkpoint.iteration}`}
              onClick={() => onFork(checkpoint.iteration)}
            >
              Fork
            </Button>
          )}
        </span>
      ),
    },
  ];
  return (
    <Panel title="Checkpoints" flush>
      {error !== undefined && value === undefined && <Problem error={error} onRetry={reload} />}
      {value?.length === 0 && <Empty title="Nothing is saved yet." />}
      {value !== undefined && value.length > 0 && (
        <Table
          label="Checkpoints"
          columns={columns}
          rows={value.slice(0, FEW)}
          keyOf={({ iteration }) => String(iteration)}
        />
      )}
      {value !== undefined && value.length > FEW && <p class="rest">and {value.length - FEW} older ones</p>}
    </Panel>
  );
}

/** A link; where a key has to be sent, a button, as links send none. */
function Download({
  jobId,
  checkpoint: { iteration, download },
}: {
  readonly jobId: string;
  readonly checkpoint: CheckpointSummary;
}): JSX.Element {
  const { client, keyId } = useSession();
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(false);
  const label = `Download the checkpoint of iteration ${iteration}`;
  if (keyId === null) {
    return (
      <a class="button quiet small" href={download} download aria-label={label}>
        Download
      </a>
    );
  }
  const fetchIt = async (): Promise<void> => {
    setBusy(true);
    setFailed(false);
    try {
      const blob = await (await client.downloadCheckpoint(jobId, iteration)).blob();
      const url = URL.createObjectURL(blob);
      const link = Object.assign(document.createElement('a'), { href: url, download: `${jobId}-${iteration}.marlin` });
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), 10_000);
    } catch {
      setFailed(true);
    }
    setBusy(false);
  };
  return (
    <Button small look="quiet" busy={busy} aria-label={label} onClick={fetchIt}>
      {failed ? 'Failed: again' : 'Download'}
    </Button>
  );
}
