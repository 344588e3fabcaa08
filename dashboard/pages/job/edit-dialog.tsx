import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { type Job, MarlinApiError } from '../../../client/index.js';
import { Dialog, DialogForm, Problem, TextField } from '../../components/index.js';
import { useClient } from '../../session.js';
import { changesBetween, editOf, formOf, type JobForm, rebase } from './edit.js';

interface EditDialogProps {
  readonly job: Job;
  readonly ended: boolean;
  readonly onClose: () => void;
  readonly onJob: (job: Job) => void;
}

const PLACES: Readonly<Record<keyof JobForm, string>> = {
  name: '/name',
  labels: '/labels',
  iterations: '/stop/iterations',
};

/** Changes a job's name, labels and end. Where somebody else was faster, shows what they changed before it changes that. */
export function EditDialog({ job, ended, onClose, onJob }: EditDialogProps): JSX.Element {
  const client = useClient();
  /** The job that the form was made of: another revision is another job to the API. */
  const [base, setBase] = useState(job);
  const [form, setForm] = useState(() => formOf(job));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [overtaken, setOvertaken] = useState<ReturnType<typeof changesBetween>>([]);
  const edit = editOf(base, form);
  const unchanged = Object.keys(edit).length === 0;
  const put = (part: Partial<JobForm>): void => setForm((before) => ({ ...before, ...part }));

  const save = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    setOvertaken([]);
    try {
      onJob(await saveOnto(base));
      onClose();
    } catch (thrown) {
      setError(thrown);
      setBusy(false);
    }
  };
  /** Learners write the job too. What they change is nothing that is changed here, so it is no reason to ask. */
  const saveOnto = async (current: Job): Promise<Job> => {
    for (let read = current, attempt = 0; ; attempt++) {
      try {
        return await client.editJob(read, edit);
      } catch (thrown) {
        if (!(thrown instanceof MarlinApiError) || thrown.status !== 412 || attempt === MOST_ATTEMPTS) throw thrown;
        read = await client.getJob(job.id);
        const changes = changesBetween(base, read);
        if (changes.length === 0) continue;
        setBase(read);
        setForm((entered) => rebase(entered, base, read));
        setOvertaken(changes);
        throw thrown;
      }
    }
  };
  const faultAt = (key: keyof JobForm): string | undefined =>
    error instanceof MarlinApiError
      ? error.pointers.find(({ pointer }) => pointer.replace(/^\/spec/, '').startsWith(PLACES[key]))?.detail
      : undefined;
  return (
    <Dialog title="Edit the job" open onClose={onClose}>
      <DialogForm
        onSubmit={save}
        onLeave={onClose}
        no="Leave it"
        yes={overtaken.length > 0 ? 'Save again' : 'Save'}
        busy={busy}
        disabled={unchanged}
      >
        <TextField
          label="Name"
          fault={faultAt('name')}
          autofocus
          required
          value={form.name}
          onText={(name) => put({ name })}
        />
        <TextField
          label="Labels"
          help="One in a line, as name=value."
          fault={faultAt('labels')}
          rows={3}
          value={form.labels}
          onText={(labels) => put({ labels })}
        />
        {!ended && (
          <TextField
            label="Stop after iterations"
            note="empty: only the other conditions end it"
            fault={faultAt('iterations')}
            inputMode="numeric"
            value={form.iterations}
            onText={(iterations) => put({ iterations })}
          />
        )}
        {overtaken.length > 0 ? (
          <div class="overtaken" role="alert">
            <p>Somebody changed the job meanwhile:</p>
            <ul>
              {overtaken.map(({ name, from, to }) => (
                <li key={name}>
                  {name}: <del>{from === '' ? 'none' : from}</del> <ins>{to === '' ? 'none' : to}</ins>
                </li>
              ))}
            </ul>
            <p>
              What you entered is not saved yet. Save again to put it in the place of theirs; their other changes stay.
            </p>
          </div>
        ) : (
          error !== undefined && <Problem error={error} />
        )}
      </DialogForm>
    </Dialog>
  );
}

const MOST_ATTEMPTS = 3;
