import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { type Job, type JobSpecInput, MarlinApiError } from '../../../client/index.js';
import { Dialog, DialogForm, Field, Problem, TextField } from '../../components/index.js';
import { formatCount, formatDuration, formatShort } from '../../format.js';
import { useLoad } from '../../loading.js';
import { navigate } from '../../router.js';
import { useClient } from '../../session.js';
import { type ForkForm, forkedSpec, forkOf, forkStart } from './fork.js';
import { useThrottled } from './throttle.js';

interface ForkDialogProps {
  readonly job: Job;
  /** null: the newest. */
  readonly iteration: number | null;
  readonly onClose: () => void;
}

const CHECK_EVERY_MS = 500;
const NEWEST = 'newest';

/** Launches a job that begins with a checkpoint of this one, with changed options. What the changed spec would be is checked while it
 *  is written. */
export function ForkDialog({ job, iteration, onClose }: ForkDialogProps): JSX.Element {
  const client = useClient();
  const checkpoints = useLoad(
    async (signal) => (await client.listCheckpoints(job.id, { signal })).reverse(),
    [client, job.id],
  );
  const [from, setFrom] = useState(iteration === null ? NEWEST : String(iteration));
  const [form, setForm] = useState<ForkForm>(() => forkStart(job));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const fork = useMemo(() => forkOf(form), [form]);
  const text = fork.fault === undefined ? JSON.stringify(forkedSpec(job, fork.patch)) : undefined;
  const checked = useThrottled(text, CHECK_EVERY_MS);
  const plan = useLoad(
    async (signal) => {
      if (checked === undefined) return undefined;
      return client.dryRunJob({ spec: JSON.parse(checked) as JobSpecInput }, { signal });
    },
    [client, checked],
  );
  const put = (part: Partial<ForkForm>): void => {
    setForm((before) => ({ ...before, ...part }));
    setError(undefined);
  };
  const checking = plan.loading || text !== checked;
  const refused = error ?? (checking ? undefined : plan.error);
  const faultAt = (place: string): string | undefined =>
    refused instanceof MarlinApiError ? refused.pointers.find(({ pointer }) => pointer === place)?.detail : undefined;
  const shown = ['/spec/name', LEARNING_RATE, '/spec/stop/iterations'];

  const launch = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      const spec = fork.patch;
      const made = await client.forkJob(job.id, {
        ...(from === NEWEST ? {} : { iteration: Number(from) }),
        ...(Object.keys(spec).length === 0 ? {} : { spec }),
      });
      onClose();
      navigate(`/jobs/${made.id}`);
    } catch (thrown) {
      setError(thrown);
      setBusy(false);
    }
  };
  const none = checkpoints.value?.length === 0;
  // Jobs keep their newest few.
  const gone = from !== NEWEST && checkpoints.value?.every((own) => String(own.iteration) !== from) === true;
  return (
    <Dialog title={`Fork ${job.name}`} open onClose={onClose}>
      <DialogForm
        onSubmit={launch}
        onLeave={onClose}
        no="Not now"
        yes="Fork"
        busy={busy}
        disabled={none || fork.fault !== undefined || (plan.error !== undefined && !checking) || gone}
      >
        {none ? (
          <p>This job has saved no checkpoint yet, and there is nothing to begin with.</p>
        ) : (
          <p class="muted">A new job that goes on from a checkpoint of this one, with what you change here.</p>
        )}
        <div class="fork-fields">
          <Field label="Checkpoint" fault={gone ? 'It was removed meanwhile: choose another.' : undefined}>
            {(control) => (
              <select {...control} value={from} onChange={(event) => setFrom(event.currentTarget.value)}>
                <option value={NEWEST}>the newest</option>
                {(checkpoints.value ?? []).map(({ iteration: own }) => (
                  <option key={own} value={String(own)}>
                    iteration {formatCount(own)}
                  </option>
                ))}
                {iteration !== null && (checkpoints.value === undefined || gone) && (
                  <option value={String(iteration)}>iteration {formatCount(iteration)}</option>
                )}
              </select>
            )}
          </Field>
          <TextField
            label="Name"
            fault={faultAt('/spec/name')}
            autofocus
            value={form.name}
            onText={(name) => put({ name })}
          />
          <TextField
            label="Stop after iterations"
            note="counted on"
            fault={faultAt('/spec/stop/iterations')}
            inputMode="numeric"
            value={form.iterations}
            onText={(iterations) => put({ iterations })}
          />
          <TextField
            label="Learning rate"
            fault={faultAt(LEARNING_RATE)}
            inputMode="decimal"
            value={form.learningRate}
            onText={(learningRate) => put({ learningRate })}
          />
        </div>
        <TextField
          label="Any other change"
          note="JSON, merged into the spec; null removes"
          fault={fork.fault}
          help="Environment, networks, shards and instances must stay: the checkpoint is made of them."
          rows={4}
          placeholder={'{ "algorithm": { "options": { "epochs": 2 } } }'}
          value={form.other}
          onText={(other) => put({ other })}
        />
        {refused !== undefined ? (
          <Problem error={refused} shownPointers={shown} />
        ) : (
          <p class="muted plan" aria-live="polite">
            {checking || plan.value === undefined ? 'Checking…' : planText(plan.value)}
          </p>
        )}
      </DialogForm>
    </Dialog>
  );
}

const LEARNING_RATE = '/spec/algorithm/options/learningRate';

function planText({
  plan,
  estimate,
}: {
  readonly plan: { readonly agentSteps: number | null; readonly agentStepsPerIteration: number };
  readonly estimate: { readonly seconds: number | null };
}): string {
  const steps =
    plan.agentSteps === null
      ? `${formatShort(plan.agentStepsPerIteration)} agent steps an iteration`
      : `${formatShort(plan.agentSteps)} agent steps in all`;
  return estimate.seconds === null
    ? `The spec is valid: ${steps}.`
    : `The spec is valid: ${steps}, about ${formatDuration(estimate.seconds)} from the beginning.`;
}
