import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Job } from '../../../client/index.js';
import { Button, Dialog, Problem } from '../../components/index.js';
import { navigate } from '../../router.js';
import { useSession } from '../../session.js';
import { EditDialog } from './edit-dialog.js';
import { ForkDialog } from './fork-dialog.js';

interface JobActionsProps {
  readonly job: Job;
  /** What a request said the job now is. */
  readonly onJob: (job: Job) => void;
  /** The checkpoint to fork from, null for the newest; undefined as long as nobody wants to. */
  readonly forking: number | null | undefined;
  readonly onForking: (iteration: number | null | undefined) => void;
}

type Asked = 'cancel' | 'delete' | 'edit';

const ENDED: ReadonlySet<Job['state']> = new Set(['succeeded', 'failed', 'cancelled']);

/** What can be done with a job as it is. */
export function JobActions({ job, onJob, forking, onForking }: JobActionsProps): JSX.Element {
  const { client, mayLaunch } = useSession();
  const [asked, setAsked] = useState<Asked>();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const ended = ENDED.has(job.state);
  const close = (): void => {
    setAsked(undefined);
    setError(undefined);
  };
  const act = async (request: () => Promise<unknown>, after: () => void = close): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      const job = await request();
      if (job !== undefined) onJob(job as Job);
      after();
    } catch (thrown) {
      setError(thrown);
    }
    setBusy(false);
  };
  if (mayLaunch === false) return <span class="muted">This key may read only</span>;
  return (
    <>
      {(job.state === 'running' || job.state === 'queued') && (
        <Button busy={busy} onClick={() => act(() => client.pauseJob(job.id))}>
          Pause
        </Button>
      )}
      {job.state === 'paused' && (
        <Button look="primary" busy={busy} onClick={() => act(() => client.resumeJob(job.id))}>
          Resume
        </Button>
      )}
      <Button onClick={() => onForking(null)}>Fork…</Button>
      <Button onClick={() => setAsked('edit')}>Edit…</Button>
      {ended ? (
        <Button look="danger" onClick={() => setAsked('delete')}>
          Delete…
        </Button>
      ) : (
        <Button look="danger" onClick={() => setAsked('cancel')}>
          Cancel…
        </Button>
      )}
      {error !== undefined && asked === undefined && (
        <div class="action-problem">
          <Problem error={error} />
        </div>
      )}
      <Dialog title="Cancel this job?" open={asked === 'cancel'} onClose={close}>
        <Question
          says={`“${job.name}” ends for good after its iteration. What it has saved stays, and can be forked from.`}
          no="Let it go on"
          yes="Cancel the job"
          busy={busy}
          error={error}
          onNo={close}
          onYes={() => act(() => client.cancelJob(job.id))}
        />
      </Dialog>
      <Dialog title="Delete this job?" open={asked === 'delete'} onClose={close}>
        <Question
          says={`“${job.name}” is removed with its history and all its checkpoints. This cannot be undone.`}
          no="Keep it"
          yes="Delete the job"
          busy={busy}
          error={error}
          onNo={close}
          onYes={() =>
            act(
              () => client.deleteJob(job.id),
              () => navigate('/', { replace: true }),
            )
          }
        />
      </Dialog>
      {asked === 'edit' && <EditDialog job={job} ended={ended} onClose={close} onJob={onJob} />}
      {forking !== undefined && <ForkDialog job={job} iteration={forking} onClose={() => onForking(undefined)} />}
    </>
  );
}

interface QuestionProps {
  readonly says: string;
  readonly no: string;
  readonly yes: string;
  readonly busy: boolean;
  readonly error: unknown;
  readonly onNo: () => void;
  readonly onYes: () => void;
}

/** Asks before something that cannot be taken back. */
function Question({ says, no, yes, busy, error, onNo, onYes }: QuestionProps): JSX.Element {
  return (
    <div class="stack">
      <p>{says}</p>
      {error !== undefined && <Problem error={error} />}
      <div class="actions end">
        <Button onClick={onNo} autofocus>
          {no}
        </Button>
        <Button look="danger" busy={busy} onClick={onYes}>
          {yes}
        </Button>
      </div>
    </div>
  );
}
