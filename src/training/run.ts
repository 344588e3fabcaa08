import { availableParallelism } from 'node:os';
import { silentLogger, systemClock } from '../base/index.js';
import { createMemoryBroker } from '../broker/index.js';
import { type Checkpoint, createMemoryCheckpointStore } from '../checkpoints/index.js';
import {
  createEnvironmentCatalog,
  type EnvironmentDefinition,
  type EnvironmentModule,
  environmentModuleUrl,
  loadEnvironmentModules,
} from '../envs/index.js';
import { batchesInFlight, type JobSpec } from '../jobs/index.js';
import { runActor } from './actor.js';
import { BufferPool } from './buffers.js';
import { fromCheckpoint } from './checkpointing.js';
import { kernelsInUse } from './engine.js';
import { trainingError } from './errors.js';
import type { WorkSeconds } from './iteration-metrics.js';
import { Learner } from './learner.js';
import { assertInThisThread, openModels } from './models.js';
import type { EvaluationResult, TrainingOptions, TrainingResult } from './options.js';
import { planJob } from './plan.js';
import { ThreadPool } from './thread-pool.js';
import type { JobDescription } from './workbench.js';
import { InlineWorkers, type Workers } from './workers.js';

/** Trains a resolved job in this process: memory broker, collection threads and update threads. The weights are a function of
 *  the spec alone. Rejects with the environment's, algorithm's or checkpoint store's own error. */
export async function runTraining(
  jobId: string,
  spec: JobSpec,
  options: TrainingOptions = {},
): Promise<TrainingResult> {
  const clock = options.clock ?? systemClock;
  const logger = options.logger ?? silentLogger;
  const environmentModules = (options.environmentModules ?? []).map(environmentModuleUrl);
  const environments = options.environments ?? [];
  const catalog = createEnvironmentCatalog([...(await loadEnvironmentModules(environmentModules)), ...environments]);
  const models = await openModels(spec, options.models);
  const plan = planJob(jobId, spec, catalog, models);
  const local = environments.some((environment) => environment.id === spec.env.id);
  if (local && (options.actors ?? 0) > 0) {
    throw trainingError(
      'TRAINING_ENVIRONMENT_LOCAL',
      `environment "${spec.env.id}" was given as an object, which ${options.actors} collection threads cannot share; leave actors out or use environmentModules`,
    );
  }
  assertInThisThread(models, (options.actors ?? 0) + (options.learners ?? 0));
  assertThreads('actors', options.actors);
  assertThreads('learners', options.learners);
  const cores = availableParallelism();
  const inHere = local || models !== undefined;
  const actors = options.actors ?? (inHere ? 0 : Math.max(1, cores - 1));
  const learners = inHere ? 0 : (options.learners ?? Math.min(cores, plan.units.length));

  const job: JobDescription = { jobId, spec, environmentModules, environments: local ? environments : [], models };
  const inline = actors === 0 || learners === 0 ? new InlineWorkers(clock) : null;
  const collecting: Workers = actors === 0 ? inline! : new ThreadPool(actors);
  const updating: Workers = learners === 0 ? inline! : new ThreadPool(learners);
  const broker = createMemoryBroker({}, { clock });
  const stopping = new AbortController();
  const collected = new CollectSeconds();
  const buffers = new BufferPool(batchesInFlight(spec));
  const acting: Promise<void>[] = [];
  try {
    await Promise.all([...new Set([collecting, updating])].map((workers) => workers.open(job)));
    const actorOptions = { buffers, onCollected: (seconds: WorkSeconds) => collected.add(seconds) };
    for (let a = 0; a < Math.max(1, actors); a++)
      acting.push(runActor(broker, collecting, stopping.signal, actorOptions));
    const learner = new Learner(
      plan,
      {
        broker,
        workers: updating,
        checkpoints: options.checkpoints ?? createMemoryCheckpointStore({ clock }),
        ...(options.checkpointsOf === undefined ? {} : { checkpointsOf: options.checkpointsOf }),
        clock,
        logger,
      },
      {
        resume: options.resume ?? false,
        signal: options.signal ?? new AbortController().signal,
        onEvent: options.onEvent ?? (() => {}),
        ...(options.inspector === undefined ? {} : { inspector: options.inspector }),
        actors,
        engine: kernelsInUse(spec),
        takeCollectSeconds: () => collected.take(),
        buffers,
      },
    );
    return await learner.run();
  } finally {
    stopping.abort();
    await broker.close();
    await Promise.all([collecting.close(), updating.close()]);
    await Promise.allSettled(acting);
  }
}

/** A pool of −1 or NaN threads would wait for ever. */
function assertThreads(name: string, count: number | undefined): void {
  if (count === undefined || (Number.isInteger(count) && count >= 0)) return;
  throw new RangeError(`${name} must be a whole number of threads, or 0 for none, but is ${count}`);
}

/** Plays episodes with the weights of a checkpoint, in this thread. Another `seed` gives other starts. */
export async function evaluateCheckpoint(
  spec: JobSpec,
  checkpoint: Checkpoint,
  settings: {
    readonly episodes: number;
    readonly seed?: number;
    readonly environmentModules?: readonly EnvironmentModule[];
    readonly environments?: readonly EnvironmentDefinition[];
  },
): Promise<EvaluationResult> {
  const environmentModules = (settings.environmentModules ?? []).map(environmentModuleUrl);
  const environments = settings.environments ?? [];
  const catalog = createEnvironmentCatalog([...(await loadEnvironmentModules(environmentModules)), ...environments]);
  const plan = planJob('evaluation', spec, catalog);
  const workers = new InlineWorkers(systemClock);
  await workers.open({ jobId: plan.jobId, spec, environmentModules, environments });
  try {
    const initialized = await Promise.all(plan.units.map((_, unit) => workers.run(plan.jobId, 'initialize', { unit })));
    const layouts = initialized.map(({ layout }) => layout);
    const state = fromCheckpoint(plan, layouts, checkpoint);
    return await workers.run(plan.jobId, 'evaluate', {
      version: state.iteration,
      weights: state.weights.get(state.iteration)!,
      episodes: settings.episodes,
      maxSteps: spec.evaluation.maxSteps,
      seed: settings.seed ?? spec.seed,
    });
  } finally {
    await workers.closeJob(plan.jobId);
  }
}

/** Adds up where actors' time went between two iterations. */
class CollectSeconds {
  private environment = 0;
  private policy = 0;
  private transfer = 0;

  add(seconds: WorkSeconds): void {
    this.environment += seconds.environment;
    this.policy += seconds.policy;
    this.transfer += seconds.transfer;
  }

  take(): WorkSeconds {
    const taken = { environment: this.environment, policy: this.policy, transfer: this.transfer };
    this.environment = 0;
    this.policy = 0;
    this.transfer = 0;
    return taken;
  }
}
