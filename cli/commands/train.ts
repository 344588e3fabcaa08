import { randomFillSync } from 'node:crypto';
import { basename, join, resolve } from 'node:path';
import { MarlinError, silentLogger, version } from '../../src/base/index.js';
import type { Inspector, TrainingEvent } from '../../src/training/index.js';
import { loadCatalogs } from '../catalogs.js';
import { cliError } from '../errors.js';
import { EXIT, type Host } from '../host.js';
import { lockRun } from '../lock.js';
import { MetricsLog } from '../metrics-log.js';
import { createProgress, type Progress } from '../progress.js';
import { writeReport } from '../report-file.js';
import {
  createRunFolder,
  findRunFolder,
  type RunFolder,
  readJobFile,
  siblingFolder,
  writeWhole,
} from '../run-folder.js';
import { changeSpec, readSpec } from '../spec-source.js';
import { styleFor } from '../style.js';
import { showSummary } from '../summary.js';
import type { Run, TrainingSummary } from '../training-run.js';

export interface TrainFlags {
  readonly set: readonly string[];
  readonly seed?: number;
  readonly iterations?: number;
  readonly actors?: number;
  readonly learners?: number;
  readonly out: string;
  readonly resume?: string;
  readonly envModule: readonly string[];
  readonly json?: boolean;
  readonly quiet?: boolean;
  /** URL of the Redis of a fleet that is to train the job. */
  readonly broker?: string;
  /** Folder for TensorBoard's files of runs; true: in the run's folder. */
  readonly tensorboard?: string | true;
  /** Iterations from one histogram to the next. */
  readonly histograms?: number;
}

/** marlin train: trains a spec or goes on with a run, and leaves everything about it in the run's folder. */
export async function train(host: Host, source: string | undefined, flags: TrainFlags): Promise<number> {
  if ((source === undefined) === (flags.resume === undefined)) {
    const taken = typeof flags.tensorboard === 'string' && flags.resume === undefined;
    const hint = taken ? `; --tensorboard took "${flags.tensorboard}" for its folder: put it behind the spec` : '';
    throw cliError('CLI_USAGE', `give either a job spec or --resume with the folder of a run${hint}`);
  }
  const catalogs = await loadCatalogs(host, flags.envModule);
  const { mintJobId, resolveJobSpec, specDigest } = await import('../../src/jobs/index.js');

  let run: Run;
  if (flags.resume !== undefined) {
    const folder = findRunFolder(flags.resume, flags.out);
    const { job, spec: stored, createdAt } = await readJobFile(folder);
    const spec = resolveJobSpec(changeSpec(stored, flags), catalogs);
    if (specDigest(spec) !== specDigest(resolveJobSpec(stored, catalogs))) {
      throw cliError(
        'RUN_SPEC_DIFFERS',
        `run ${job} cannot go on with other settings than it began with; only name, engine, evaluation, checkpoint and stop may change`,
        {
          data: { job },
        },
      );
    }
    run = { folder, job, spec, createdAt };
  } else {
    const spec = resolveJobSpec(changeSpec(await readSpec(host, source ?? '-'), flags), catalogs);
    const job = mintJobId((bytes) => randomFillSync(bytes), host.clock);
    const folder = await createRunFolder(flags.out, spec.name, job);
    run = { folder, job, spec, createdAt: new Date(host.clock.now()).toISOString() };
  }
  const unlock = lockRun(run.folder.lockFile);
  try {
    const { job, spec, createdAt } = run;
    writeWhole(run.folder.jobFile, `${JSON.stringify({ job, marlin: version(), createdAt, spec }, null, 2)}\n`);
    return await trainRun(host, run, flags, catalogs.environmentModules);
  } finally {
    unlock();
  }
}

async function trainRun(
  host: Host,
  run: Run,
  flags: TrainFlags,
  environmentModules: readonly string[],
): Promise<number> {
  const { folder, job, spec } = run;
  const log = new MetricsLog(folder.metricsFile);
  const progress = createProgress(host, spec.stop, flags.quiet ?? false);
  const tensorboard = await openTensorBoard(host, folder, flags, progress);
  const stop = new AbortController();
  const forget = stopOnInterrupt(host, stop, progress);
  const onEvent = (event: TrainingEvent): void => {
    if (event.type === 'started') log.open(event.iteration);
    log.write(event);
    if (log.failure !== undefined) stop.abort(log.failure);
    tensorboard?.onEvent(event);
    progress.onEvent(event);
  };
  let result: TrainingSummary;
  try {
    result =
      flags.broker === undefined
        ? await trainHere(host, run, flags, environmentModules, onEvent, stop.signal, tensorboard?.inspector)
        : await (await import('./train-fleet.js')).trainOnFleet(
            host,
            flags.broker,
            run,
            { onEvent, note: (text) => progress.note(text) },
            stop.signal,
          );
  } catch (error) {
    log.close();
    progress.close();
    const code = error instanceof MarlinError ? error.code : 'INTERNAL';
    const message = error instanceof Error ? error.message : String(error);
    // What is told is why training failed; a disk that is full as well must not hide it.
    ignoreFailure(() =>
      writeWhole(folder.resultFile, `${JSON.stringify({ job, state: 'failed', error: { code, message } }, null, 2)}\n`),
    );
    throw error;
  } finally {
    forget();
    tensorboard?.close();
  }
  log.close();
  progress.close();
  if (log.failure !== undefined) throw log.failure;

  writeWhole(folder.resultFile, `${JSON.stringify(result, null, 2)}\n`);
  await writeReport(folder);
  const { state, iterations, envSteps, agentSteps, wallSeconds, agentStepsPerSecond, digest, evaluation } = result;
  if (flags.json) {
    const line = { job, state, iterations, envSteps, agentSteps, wallSeconds, agentStepsPerSecond, digest, evaluation };
    if (!flags.quiet) host.stderr.write(`report ${folder.reportFile}\n`);
    host.stdout.write(`${JSON.stringify(line)}\n`);
  } else {
    showSummary(host.stdout, styleFor(host, host.stdout), { result, folder });
  }
  return state === 'succeeded' ? EXIT.success : EXIT.interrupted;
}

async function trainHere(
  host: Host,
  { folder, job, spec }: Run,
  flags: TrainFlags,
  environmentModules: readonly string[],
  onEvent: (event: TrainingEvent) => void,
  signal: AbortSignal,
  inspector: Inspector | undefined,
): Promise<TrainingSummary> {
  const { runTraining } = await import('../../src/training/index.js');
  const { createFileCheckpointStore } = await import('../../src/checkpoints/index.js');
  const checkpoints = createFileCheckpointStore(folder.checkpointFolder);
  // A run that was killed before its first checkpoint starts over: the bits are the same.
  const resume = flags.resume !== undefined && (await checkpoints.newest()) !== null;
  const { weights: _, ...summary } = await runTraining(job, spec, {
    checkpoints,
    checkpointsOf: (jobId) => createFileCheckpointStore(siblingFolder(folder, jobId).checkpointFolder),
    resume,
    environmentModules,
    signal,
    onEvent,
    ...(inspector === undefined ? {} : { inspector }),
    clock: host.clock,
    logger: silentLogger,
    ...(flags.actors === undefined ? {} : { actors: flags.actors }),
    ...(flags.learners === undefined ? {} : { learners: flags.learners }),
  });
  return summary;
}

/** Of a folder for many runs, a run has the part that is named like its own folder, so that their curves can be compared. */
async function openTensorBoard(host: Host, { path }: RunFolder, flags: TrainFlags, progress: Progress) {
  if (flags.tensorboard === undefined) return undefined;
  const { TensorBoardLog } = await import('../tensorboard/log.js');
  const folder = flags.tensorboard === true ? join(path, 'tensorboard') : resolve(flags.tensorboard, basename(path));
  return new TensorBoardLog(
    { folder, histogramsEvery: flags.histograms ?? 0 },
    { now: () => host.clock.now() / 1000, note: (text) => progress.note(text) },
  );
}

/** The first interrupt stops training after its iteration, the second ends the process; checkpoints are whole either way. */
function stopOnInterrupt(host: Host, stop: AbortController, progress: Progress): () => void {
  let asked = false;
  return host.onInterrupt((signal) => {
    if (asked) {
      progress.close();
      host.exit(EXIT.interrupted);
      return;
    }
    asked = true;
    progress.note('stopping after this iteration; press again to quit');
    stop.abort(new Error(`stopped by ${signal}`));
  });
}

function ignoreFailure(action: () => void): void {
  try {
    action();
  } catch {
    // Deliberate: see the callers.
  }
}
