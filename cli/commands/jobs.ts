import type { Client, DryRun, Job, JobFilter, JobState } from '../../client/index.js';
import { type ApiFlags, openClient, withApi } from '../api-client.js';
import { cliError } from '../errors.js';
import { EXIT, type Host } from '../host.js';
import { jobPage, jobTable, turnLine } from '../job-view.js';
import { showBytes, showCount, showDuration } from '../numbers.js';
import { changeSpec, readSpec, type SpecChanges } from '../spec-source.js';
import { styleFor } from '../style.js';

export interface SubmitFlags extends ApiFlags, SpecChanges {
  readonly label: readonly string[];
  readonly idempotencyKey?: string;
  readonly dryRun?: boolean;
  readonly watch?: boolean;
  readonly quiet?: boolean;
}

export interface ListFlags extends ApiFlags {
  readonly state: readonly string[];
  readonly name?: string;
  readonly label: readonly string[];
  readonly env?: string;
  readonly algorithm?: string;
  readonly owner?: string;
  readonly sort?: NonNullable<JobFilter['sort']>;
  readonly limit: number;
}

export interface ForkFlags extends ApiFlags, SpecChanges {
  readonly iteration?: number;
  readonly dryRun?: boolean;
  readonly label: readonly string[];
  readonly idempotencyKey?: string;
}

const DEFAULT_WIDTH = 120;

/** marlin jobs submit: launches a job and prints its id; with --watch, follows it to its end. */
export async function submitJob(host: Host, source: string, flags: SubmitFlags): Promise<number> {
  const spec = changeSpec(await readSpec(host, source), flags) as Parameters<Client['launchJob']>[0]['spec'];
  const launch = { spec, ...labelsOf(flags.label) };
  const client = await openClient(host, flags);
  if (flags.dryRun) return showDryRun(host, await withApi(() => client.dryRunJob(launch)), flags);
  const job = await withApi(() => client.launchJob(launch, keyOf(flags)));
  told(host, job, flags);
  if (!flags.watch) return EXIT.success;
  return await (await import('./jobs-watch.js')).watchJob(host, job.id, flags);
}

function showDryRun(host: Host, result: DryRun, flags: ApiFlags): number {
  if (flags.json) host.stdout.write(`${JSON.stringify(result)}\n`);
  else {
    const { plan, estimate } = result;
    const time =
      estimate.seconds === null ? '' : `; about ${showDuration(estimate.seconds)}, as job ${estimate.basedOn}`;
    host.stderr.write(
      `valid: ${plan.agents.length} agents, ${plan.policies.length} policies, ${showCount(plan.agentStepsPerIteration)} ` +
        `agent steps an iteration, ${showBytes(plan.bytesInFlight)} in flight${time}; with every default filled in:\n`,
    );
    for (const note of result.notes) host.stderr.write(`note: ${note}\n`);
    host.stdout.write(`${JSON.stringify(result.spec, null, 2)}\n`);
  }
  return EXIT.success;
}

/** marlin jobs list: the jobs that fit, newest first. */
export async function listJobs(host: Host, flags: ListFlags): Promise<number> {
  const { state, label, limit, name, env, algorithm, owner, sort } = flags;
  const chosen = Object.entries({ name, env, algorithm, owner, sort }).filter(([, value]) => value !== undefined);
  const filter: JobFilter = { state: state as JobState[], label, ...Object.fromEntries(chosen) };
  const client = await openClient(host, flags);
  const jobs = await withApi(async () => {
    const found = [];
    for await (const job of client.eachJob({ ...filter, limit: Math.min(200, Math.max(1, limit)) })) {
      if (found.length === limit) break;
      found.push(job);
    }
    return found;
  });
  if (flags.json) host.stdout.write(`${JSON.stringify(jobs)}\n`);
  else if (jobs.length === 0) host.stderr.write('no jobs\n');
  else host.stdout.write(jobTable(jobs, host.clock.now(), host.stdout.columns ?? DEFAULT_WIDTH));
  return EXIT.success;
}

/** marlin jobs show: all about one job. */
export async function showJob(host: Host, jobId: string, flags: ApiFlags): Promise<number> {
  const client = await openClient(host, flags);
  const job = await withApi(() => client.getJob(jobId));
  host.stdout.write(flags.json ? `${JSON.stringify(job)}\n` : jobPage(job, styleFor(host, host.stdout)));
  return EXIT.success;
}

/** marlin jobs pause, resume, cancel: asks for it, job by job; a learner does it after its iteration. */
export async function steerJobs(
  host: Host,
  verb: 'pause' | 'resume' | 'cancel',
  jobIds: readonly string[],
  flags: ApiFlags,
): Promise<number> {
  const client = await openClient(host, flags);
  const steer = { pause: client.pauseJob, resume: client.resumeJob, cancel: client.cancelJob }[verb];
  for (const jobId of jobIds) told(host, await withApi(() => steer(jobId)), flags);
  return EXIT.success;
}

/** marlin jobs fork: a new job that begins with a checkpoint of another. */
export async function forkJob(host: Host, jobId: string, flags: ForkFlags): Promise<number> {
  const spec = changeSpec({}, flags) as Record<string, unknown>;
  const client = await openClient(host, flags);
  const fork = {
    ...(flags.iteration === undefined ? {} : { iteration: flags.iteration }),
    ...(Object.keys(spec).length === 0 ? {} : { spec }),
    ...labelsOf(flags.label),
  };
  if (flags.dryRun) return showDryRun(host, await withApi(() => client.dryRunFork(jobId, fork)), flags);
  told(host, await withApi(() => client.forkJob(jobId, fork, keyOf(flags))), flags);
  return EXIT.success;
}

/** marlin jobs delete: jobs that have ended, with their checkpoints. */
export async function deleteJobs(host: Host, jobIds: readonly string[], flags: ApiFlags): Promise<number> {
  const client = await openClient(host, flags);
  for (const jobId of jobIds) {
    await withApi(() => client.deleteJob(jobId));
    if (flags.json) host.stdout.write(`${JSON.stringify({ id: jobId, deleted: true })}\n`);
    else host.stderr.write(`${jobId} deleted\n`);
  }
  return EXIT.success;
}

/** marlin jobs logs: what happened to a job, and why; with --follow, also what happens until it ends. */
export async function showLogs(
  host: Host,
  jobId: string,
  flags: ApiFlags & { readonly follow?: boolean },
): Promise<number> {
  const style = styleFor(host, host.stdout);
  const client = await openClient(host, flags);
  let newest: string | undefined;
  const showNew = async (): Promise<void> => {
    const after = newest === undefined ? {} : { after: newest };
    for await (const turn of client.eachTurn(jobId, after)) {
      newest = turn.id;
      host.stdout.write(flags.json ? `${JSON.stringify(turn)}\n` : turnLine(turn, style));
    }
  };
  return await withApi(async () => {
    await showNew();
    if (!flags.follow) return EXIT.success;
    const stop = new AbortController();
    const forget = host.onInterrupt(() => stop.abort());
    try {
      const types = ['started', 'checkpoint', 'waiting', 'paused', 'steered', 'finished', 'failed'] as const;
      for await (const _ of client.events(jobId, { types, signal: stop.signal })) await showNew();
      return EXIT.success;
    } catch (error) {
      if (stop.signal.aborted) return EXIT.interrupted;
      throw error;
    } finally {
      forget();
    }
  });
}

/** The id alone on standard output, for scripts; what became of it beside. */
function told(host: Host, job: Job, flags: ApiFlags): void {
  if (flags.json) host.stdout.write(`${JSON.stringify(job)}\n`);
  else {
    host.stdout.write(`${job.id}\n`);
    host.stderr.write(`${job.name} is ${job.state}\n`);
  }
}

const keyOf = ({ idempotencyKey }: { readonly idempotencyKey?: string }) =>
  idempotencyKey === undefined ? {} : { idempotencyKey };

/** `name=value`, each. Throws CLI_USAGE. */
function labelsOf(texts: readonly string[]): { readonly labels?: Record<string, string> } {
  if (texts.length === 0) return {};
  const labels = texts.map((text): [string, string] => {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (name !== undefined && value !== undefined) return [name, value];
    throw cliError(
      'CLI_USAGE',
      `--label ${JSON.stringify(text)} is not name=value; write, for example, --label team=blue`,
    );
  });
  return { labels: Object.fromEntries(labels) };
}
