import type { Clock, Logger } from '../base/index.js';
import type { Broker } from '../broker/index.js';
import type { CheckpointStore } from '../checkpoints/index.js';
import { HEADER, HEADER_BYTES } from '../experience/index.js';
import { scheduleOf } from '../jobs/index.js';
import { allOver } from './all-over.js';
import { AsynchronousSchedule } from './asynchronous.js';
import { beginJob } from './beginning.js';
import type { BufferPool } from './buffers.js';
import { type LearnerState, toCheckpoint } from './checkpointing.js';
import { weightsDigest } from './digest.js';
import { isDispossessed } from './dispossession.js';
import type { EvaluationEvent, StopReason, TrainingEvent } from './events.js';
import { taskError } from './failure.js';
import { Inspections, type Inspector } from './inspection.js';
import { iterationMetrics, type WorkSeconds } from './iteration-metrics.js';
import { LockstepSchedule } from './lockstep.js';
import type { TrainingResult } from './options.js';
import type { SpreadModules, SpreadUpdates } from './parts/spread-updates.js';
import type { JobPlan } from './plan.js';
import { actingParameters, actingWeights, parameterCount } from './policy-weights.js';
import type { Schedule, ScheduledBatch } from './schedule.js';
import { lastIteration, stopReason } from './stopping.js';
import { UnitUpdates } from './unit-updates.js';
import type { UnitLayout } from './update-runner.js';
import type { Workers } from './workers.js';

export interface LearnerModules {
  readonly broker: Broker;
  /** Threads that make updates and evaluations. */
  readonly workers: Workers;
  readonly checkpoints: CheckpointStore;
  /** Those of other jobs, for policies that begin with their weights. */
  readonly checkpointsOf?: (jobId: string) => CheckpointStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** For a job whose updates other learners may share. */
  readonly spread?: SpreadModules;
}

export interface LearnerOptions {
  /** `ifAny` begins anew where there is no checkpoint. */
  readonly resume: boolean | 'ifAny';
  /** Aborting stops after the current iteration, or before it while its batches are waited for. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: TrainingEvent) => void;
  /** Is shown weights and actions of the iterations that it wants to see. */
  readonly inspector?: Inspector;
  /** Collection threads, for the started event and for throughput. */
  readonly actors: number;
  readonly engine: string;
  /** Takes the time that actors spent since the last call; null where they are in other processes, which do not tell. */
  readonly takeCollectSeconds: (() => WorkSeconds) | null;
  /** Where trajectory memory goes once it is consumed. */
  readonly buffers: BufferPool;
}

/** Why an iteration is not begun: the learner is to stop, and its batches are not there. */
const INTERRUPTED = new Error('training is to stop');

/** Trains one job: iteration k consumes the batches (s, k) of all shards, updates every policy, and publishes version k + 1. */
export class Learner {
  private readonly plan: JobPlan;
  private readonly modules: LearnerModules;
  private readonly options: LearnerOptions;
  private readonly inspections: Inspections | null;
  private layouts: readonly UnitLayout[] = [];
  private state!: LearnerState;
  private spread: SpreadUpdates | null = null;
  private lastEvaluation: EvaluationEvent | null = null;
  private lastCheckpoint = -1;
  /** Settles when the version that was reached last is published, and its iteration told. */
  private publishing: Promise<void> = Promise.resolve();
  /** Counters' wallSeconds when this process began, and when that was. */
  private resumedSeconds = 0;
  private startedMs = 0;
  private resumedAgentSteps = 0;

  constructor(plan: JobPlan, modules: LearnerModules, options: LearnerOptions) {
    this.plan = plan;
    this.modules = modules;
    this.options = options;
    const { inspector } = options;
    this.inspections = inspector === undefined ? null : new Inspections(plan, inspector);
  }

  async run(): Promise<TrainingResult> {
    const { plan, modules, options } = this;
    const { broker, clock } = modules;
    const { jobId, spec } = plan;
    this.startedMs = clock.monotonic();
    const { layouts, state: begun, checkpoint } = await beginJob(plan, modules, options.resume);
    this.layouts = layouts;
    this.state = begun;
    this.lastCheckpoint = checkpoint;
    this.resumedSeconds = this.state.counters.wallSeconds;
    this.resumedAgentSteps = this.state.counters.agentSteps;
    this.announce();

    const start = this.state.iteration;
    const epoch = await broker.trajectories.open(
      jobId,
      this.state.shards.map((state, shard) => ({ k: this.state.cursors[shard]!, state })),
      scheduleOf(spec).batchesPerShard,
    );
    for (const [version, weights] of this.state.weights) await broker.weights.publish(jobId, version, epoch, weights);
    // An evaluation decides about stopping, so a resumed run has to know the one that the checkpoint's run had made here.
    if (start === 0 || (spec.stop.return !== undefined && this.evaluatesAt(start))) await this.evaluate();

    const schedule = this.createSchedule(epoch);
    const updating = new UnitUpdates(plan, layouts, modules.workers, (iteration) => this.arrived(schedule, iteration));
    const running = new AbortController();
    // Told to who waits for trajectories, not raced with the iteration: nothing of it may go on when the job is let go of.
    this.watchFailures(running.signal).catch((error: unknown) => schedule.fail(error));
    const interrupt = (): void => schedule.fail(INTERRUPTED);
    options.signal.addEventListener('abort', interrupt);
    let dispossessed = false;
    try {
      if (modules.spread !== undefined) {
        // Only then: training in one process speaks no messages.
        const { SpreadUpdates } = await import('./parts/spread-updates.js');
        this.spread = new SpreadUpdates(plan, updating, modules.spread, { epoch, layouts });
        await this.spread.begin();
      }
      schedule.run(running.signal);
      let reason = this.stopReason();
      while (reason === null) {
        await this.iterate(schedule, updating, epoch).catch((error: unknown) => {
          if (error !== INTERRUPTED) throw error;
        });
        reason = this.stopReason();
      }
      return await this.finish(reason);
    } catch (error) {
      dispossessed = isDispossessed(error);
      throw error;
    } finally {
      options.signal.removeEventListener('abort', interrupt);
      running.abort();
      // Its error, if it is one, was thrown above or comes too late to matter.
      await this.publishing.catch(() => {});
      // The tasks of a learner that took over are not ours to withdraw: it would wait for them for ever.
      if (!dispossessed) {
        const ended = this.spread === null ? [] : [this.spread.end()];
        await allOver([broker.tasks.withdraw(jobId, epoch), ...ended]);
      }
    }
  }

  /** The batches of an iteration, where all is there that is updated here. */
  private arrived(schedule: Schedule, iteration: number): readonly Uint8Array[] | null {
    const batches = schedule.arrivedFor(iteration);
    return batches !== null && (this.spread?.arePiecesHere(batches) ?? true) ? batches : null;
  }

  private createSchedule(epoch: number): Schedule {
    const { plan, state } = this;
    const { jobId, spec } = plan;
    const { broker } = this.modules;
    const { iteration, cursors } = state;
    const { kind, ...limits } = scheduleOf(spec);
    if (kind === 'async') {
      return new AsynchronousSchedule(
        broker,
        { jobId, epoch, cursors, ...limits, versionOf: actingVersionOf },
        iteration,
      );
    }
    const { lag } = spec.schedule;
    const { shards } = spec.rollout;
    const end = lastIteration(plan);
    return new LockstepSchedule(broker, { jobId, epoch, shards, lag, start: iteration, end }, iteration);
  }

  private async iterate(schedule: Schedule, updating: UnitUpdates, epoch: number): Promise<void> {
    const { plan, state, modules, options } = this;
    const { broker, clock } = modules;
    const { spec, jobId } = plan;
    const k = state.iteration;
    const begun = clock.monotonic();
    const { batches, dropped } = await schedule.take(k);
    const entries = batches.map(({ entry }) => entry);
    const arrived = clock.monotonic();
    const input = { iteration: k, units: state.units, weights: state.weights.get(k)! };
    const { updates, rewards } =
      this.spread === null
        ? { updates: await updating.run({ ...input, batches: entries.map(({ batch }) => batch) }), rewards: new Map() }
        : await this.spread.run(input, batches);

    const version = k + 1;
    const weights = actingWeights(
      updates.map((update) => update.state),
      this.layouts,
    );
    // No two at once, and what became of the last one is known before the next.
    await this.publishing;
    const published = allOver([
      broker.weights.publish(jobId, version, epoch, weights),
      ...(spec.schedule.kind === 'lockstep' ? [broker.trajectories.release(jobId, version, epoch)] : []),
    ]);
    // Reported by whoever waits for it, below.
    published.catch(() => {});
    const previous = state.units;
    state.units = updates.map((update) => update.state);
    this.moveCursors([...batches, ...dropped]);
    state.weights.set(version, weights);
    state.iteration = version;
    state.counters.envSteps += plan.envStepsPerIteration;
    state.counters.agentSteps += plan.agentStepsPerIteration;
    state.counters.learnerSteps += plan.policies.length;
    state.counters.wallSeconds = this.wallSeconds();
    const oldest = schedule.oldestNeeded(version);
    this.forget(oldest);
    const event = iterationMetrics(plan, state, {
      k,
      entries,
      dropped: dropped.length,
      updates,
      rewards,
      actors: options.actors,
      iterationSeconds: (clock.monotonic() - begun) / 1000,
      waitingSeconds: (arrived - begun) / 1000,
      collect: options.takeCollectSeconds?.() ?? null,
    });
    this.publishing = this.tell(schedule, version, published, event, () => broker.weights.prune(jobId, oldest, epoch));
    this.publishing.catch((error: unknown) => schedule.fail(error));
    const { agentSteps } = state.counters;
    this.inspections?.show({ iteration: version, agentSteps }, weights, entries);
    for (const { entry } of [...batches, ...dropped]) options.buffers.give(entry.batch.buffer);
    updating.recycle(previous, state.units);
    const evaluates = this.evaluatesAt(version);
    const checkpoints = spec.checkpoint.every > 0 && version % spec.checkpoint.every === 0;
    if (!this.overlaps() || evaluates || checkpoints) await this.publishing;
    if (evaluates) await this.evaluate();
    if (checkpoints) await this.checkpoint();
  }

  /** Whether the next update begins while the weights of the last one are on their way: where that takes time, and where the order
   *  of batches does not depend on when they arrive. */
  private overlaps(): boolean {
    const { modules, plan, spread } = this;
    return modules.broker.trajectories.copiesCommitted && plan.spec.schedule.kind === 'lockstep' && spread === null;
  }

  /** Tells of a version that is published. Before that no task is issued that needs it, or the place of a batch that it consumed: one
   *  that comes too early is refused, and collected again; and nothing is told of an iteration of a learner that was replaced. */
  private async tell(
    schedule: Schedule,
    version: number,
    published: Promise<unknown>,
    event: TrainingEvent,
    prune: () => Promise<void>,
  ): Promise<void> {
    await published;
    schedule.publish(version);
    this.options.onEvent(event);
    await prune();
  }

  /** To behind the batches that were consumed; of several of one shard, behind the last. */
  private moveCursors(consumed: readonly ScheduledBatch[]): void {
    const cursors = [...this.state.cursors];
    const shards = [...this.state.shards];
    for (const { shard, k, entry } of consumed) {
      if (k < cursors[shard]!) continue;
      cursors[shard] = k + 1;
      shards[shard] = entry.state;
    }
    this.state.cursors = cursors;
    this.state.shards = shards;
  }

  /** Drops acting weights that no task can need any more. */
  private forget(oldest: number): void {
    for (const known of this.state.weights.keys()) {
      if (known < oldest) this.state.weights.delete(known);
    }
  }

  private evaluatesAt(iteration: number): boolean {
    const { every } = this.plan.spec.evaluation;
    return every > 0 && iteration % every === 0;
  }

  private async evaluate(): Promise<void> {
    const { plan, state, modules } = this;
    const { episodes, maxSteps } = plan.spec.evaluation;
    const version = state.iteration;
    const result = await modules.workers.run(plan.jobId, 'evaluate', {
      version,
      weights: state.weights.get(version)!,
      episodes,
      maxSteps,
      seed: plan.spec.seed,
    });
    this.lastEvaluation = {
      type: 'evaluation',
      iteration: version,
      agentSteps: state.counters.agentSteps,
      wallSeconds: this.wallSeconds(),
      ...result,
    };
    this.options.onEvent(this.lastEvaluation);
  }

  private async checkpoint(): Promise<void> {
    const { plan, state, modules } = this;
    await this.gather();
    const entry = await modules.checkpoints.save(toCheckpoint(plan, this.layouts, state), plan.spec.checkpoint.keep);
    this.lastCheckpoint = state.iteration;
    this.options.onEvent({ type: 'checkpoint', iteration: state.iteration, bytes: entry.bytes });
  }

  /** Makes the state whole where others update parts of it. */
  private async gather(): Promise<void> {
    const { spread, state } = this;
    if (spread === null) return;
    const units = [...state.units];
    await spread.gather(state.iteration, units);
    state.units = units;
  }

  private async finish(reason: StopReason): Promise<TrainingResult> {
    const { plan, state } = this;
    await this.publishing;
    // Before anything that takes long: whoever has a part is free then.
    await this.gather();
    await this.spread?.end();
    this.spread = null;
    if (this.lastEvaluation?.iteration !== state.iteration) await this.evaluate();
    if (this.lastCheckpoint !== state.iteration) await this.checkpoint();
    const { envSteps, agentSteps } = state.counters;
    const wallSeconds = this.wallSeconds();
    const acting = actingParameters(state.units, this.layouts);
    const digest = weightsDigest(
      this.layouts.map((layout, u) => ({
        policyId: layout.unitId,
        parameters: state.units[u]!.tensors.subarray(0, 4 * parameterCount(layout)),
      })),
    );
    const finalState = reason === 'interrupted' ? 'cancelled' : 'succeeded';
    this.options.onEvent({
      type: 'finished',
      state: finalState,
      reason,
      iteration: state.iteration,
      envSteps,
      agentSteps,
      wallSeconds,
      digest,
    });
    return {
      job: plan.jobId,
      state: finalState,
      reason,
      iterations: state.iteration,
      envSteps,
      agentSteps,
      wallSeconds,
      agentStepsPerSecond: (agentSteps - this.resumedAgentSteps) / Math.max(wallSeconds - this.resumedSeconds, 1e-9),
      digest,
      evaluation: this.lastEvaluation?.agents ?? {},
      weights: Object.fromEntries(plan.policies.map(({ policyId }, p) => [policyId, acting[p]!.slice()])),
    };
  }

  private announce(): void {
    const { plan, options, modules, state } = this;
    options.onEvent({
      type: 'started',
      job: plan.jobId,
      iteration: state.iteration,
      agents: plan.environment.agents.map((agent) => agent.id),
      policies: Object.fromEntries(
        plan.policies.map(({ policyId, agentIds }, p) => [
          policyId,
          { parameters: parametersOf(plan, this.layouts, p), agents: agentIds },
        ]),
      ),
      engine: [options.engine, ...new Set(this.layouts.flatMap(({ tensorflow }) => tensorflow ?? []))].join(' and '),
      actors: options.actors,
      learners: modules.workers.size,
    });
  }

  private async watchFailures(signal: AbortSignal): Promise<never> {
    const { task, failure } = await this.modules.broker.tasks.failure(this.plan.jobId, signal);
    throw taskError(task.shard, task.k, failure);
  }

  private stopReason(): StopReason | null {
    if (this.options.signal.aborted) return 'interrupted';
    return stopReason(this.plan, this.state, this.lastEvaluation, this.wallSeconds());
  }

  private wallSeconds(): number {
    return this.resumedSeconds + (this.modules.clock.monotonic() - this.startedMs) / 1000;
  }
}

/** What is told as a policy's parameters: all that its unit trains, shared with the unit's other policies. */
const parametersOf = (plan: JobPlan, layouts: readonly UnitLayout[], policy: number): number =>
  parameterCount(layouts[plan.unitOf[policy]!]!);

/** The version that acted in a batch, as its header tells. */
function actingVersionOf({ buffer, byteOffset }: Uint8Array): number {
  return new DataView(buffer, byteOffset, HEADER_BYTES).getInt32(4 * HEADER.policyVersion, true);
}
