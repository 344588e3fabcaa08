import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { type Job, type JobSpecInput, MarlinApiError } from '../../../client/index.js';
import { Button, Dialog, Field, Problem } from '../../components/index.js';
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
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void launch();
        }}
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
          <Field label="Name" fault={faultAt('/spec/name')}>
            {(control) => (
              <input
                {...control}
                value={form.name}
                autofocus
                onInput={(event) => put({ name: event.currentTarget.value })}
              />
            )}
          </Field>
          <Field label="Stop after iterations" note="counted on" fault={faultAt('/spec/stop/iterations')}>
            {(control) => (
              <input
                {...control}
                inputMode="numeric"
                value={form.iterations}
                onInput={(event) => put({ iterations: event.currentTarget.value })}
              />
            )}
          </Field>
          <Field label="Learning rate" fault={faultAt(LEARNING_RATE)}>
            {(control) => (
              <input
                {...control}
                inputMode="decimal"
                value={form.learningRate}
                onInput={(event) => put({ learningRate: event.currentTarget.value })}
              />
            )}
          </Field>
        </div>
        <Field
          label="Any other change"
          note="JSON, merged into the spec; null removes"
          fault={fork.fault}
          help="Environment, networks, shards and instances must stay: the checkpoint is made of them."
        >
          {(control) => (
            <textarea
              {...control}
              rows={4}
              spellcheck={false}
              placeholder={'{ "algorithm": { "options": { "epochs": 2 } } }'}
              value={form.other}
              onInput={(event) => put({ other: event.currentTarget.value })}
            />
          )}
        </Field>
        {refused !== undefined ? (
          <Problem error={refused} shownPointers={shown} />
        ) : (
          <p class="muted plan" aria-live="polite">
            {checking || plan.value === undefined ? 'Checking…' : planText(plan.value)}
          </p>
        )}
        <div class="actions end">
          <Button onClick={onClose}>Not now</Button>
          <Button
            type="submit"
            look="primary"
            busy={busy}
            disabled={none || fork.fault !== undefined || (plan.error !== undefined && !checking) || gone}
          >
            Fork
          </Button>
        </div>
      </form>
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
