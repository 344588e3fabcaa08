import type { Job, JobEdit } from '../../../client/index.js';

/** What of a job can be changed, as a person writes it. */
export interface JobForm {
  readonly name: string;
  /** One in a line: name=value. */
  readonly labels: string;
  /** Iterations; empty where something else ends it. */
  readonly iterations: string;
}

export const formOf = ({ name, labels, spec }: Pick<Job, 'name' | 'labels' | 'spec'>): JobForm => ({
  name,
  labels: Object.entries(labels)
    .map(([label, value]) => (value === '' ? label : `${label}=${value}`))
    .join('\n'),
  iterations: spec.stop.iterations === undefined ? '' : String(spec.stop.iterations),
});

/** What differs from the job: nothing else is sent, so that nobody's other changes are undone. */
export function editOf(job: Pick<Job, 'name' | 'labels' | 'spec'>, form: JobForm): JobEdit {
  const before = formOf(job);
  return {
    ...(form.name === before.name ? {} : { name: form.name }),
    ...(form.labels.trim() === before.labels ? {} : { labels: readLabels(form.labels) }),
    ...(form.iterations.trim() === before.iterations ? {} : { stop: stopOf(job, form.iterations.trim()) }),
  };
}

export function readLabels(text: string): Record<string, string> {
  const lines = text.split('\n').map((line) => line.trim());
  return Object.fromEntries(
    lines
      .filter((line) => line !== '')
      .map((line) => {
        const at = line.indexOf('=');
        return at < 0 ? [line, ''] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
      }),
  );
}

function stopOf({ spec }: Pick<Job, 'spec'>, iterations: string): NonNullable<JobEdit['stop']> {
  const { iterations: _, ...others } = spec.stop;
  // What is no number is sent as it is: the API says what is wrong with it.
  const wanted = iterations === '' ? {} : { iterations: Number(iterations) };
  return { ...others, ...wanted } as NonNullable<JobEdit['stop']>;
}

/** The form over another reading of the job: what nobody has touched in it is as the job now has it. */
export function rebase(form: JobForm, before: Job, after: Job): JobForm {
  const [old, now] = [formOf(before), formOf(after)];
  const keys = Object.keys(form) as (keyof JobForm)[];
  return Object.fromEntries(
    keys.map((key) => [key, form[key] === old[key] ? now[key] : form[key]]),
  ) as unknown as JobForm;
}

/** What became of what can be changed, between two readings. */
export function changesBetween(
  before: Job,
  after: Job,
): { readonly name: string; readonly from: string; readonly to: string }[] {
  const [old, now] = [formOf(before), formOf(after)];
  const names = { name: 'Name', labels: 'Labels', iterations: 'Iterations' } as const;
  return (Object.keys(names) as (keyof JobForm)[])
    .filter((key) => old[key] !== now[key])
    .map((key) => ({ name: names[key], from: old[key].replaceAll('\n', ', '), to: now[key].replaceAll('\n', ', ') }));
}
