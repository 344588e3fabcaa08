import { findAlgorithm } from '../../algorithms/index.js';
import { serializeError } from '../../base/index.js';
import type { Broker, PartClaim } from '../../broker/index.js';
import { readTrajectory } from '../../experience/index.js';
import { allOver } from '../all-over.js';
import type { BufferPool } from '../buffers.js';
import { isDispossessed } from '../dispossession.js';
import { rewardSums } from '../iteration-metrics.js';
import { LockstepSchedule } from '../lockstep.js';
import type { JobPlan } from '../plan.js';
import { UnitUpdates } from '../unit-updates.js';
import type { UnitLayout, UnitState } from '../update-runner.js';
import type { Workers } from '../workers.js';
import { hear, sayFailure, sayStates, sayUpdate, sayWord, statesIn } from './words.js';

export interface PartLearnerModules {
  /** Between processes. */
  readonly broker: Broker;
  /** Threads that make updates; the job is open in them. */
  readonly workers: Workers;
}

export interface PartLearnerOptions {
  readonly claim: PartClaim;
  /** Aborting lets go of the part at once; the job's learner finds out when the claim ends. */
  readonly signal: AbortSignal;
  /** Whether to let go after the next iteration, in good order. */
  readonly leaving: () => boolean;
  /** Told of each iteration, with the agent steps that were learned from. */
  readonly onIteration: (agentSteps: number) => void;
  /** Where trajectory memory goes once it is consumed. */
  readonly buffers: BufferPool;
}

const EMPTY = new Uint8Array(0);

/** Updates a part of a job's policies for the learner that has the job. It reads that part of the trajectories alone, in the order of
 *  the schedule; when an iteration is made, and what is published of it, the other decides. */
export class PartLearner {
  private readonly plan: JobPlan;
  private readonly modules: PartLearnerModules;
  private readonly options: PartLearnerOptions;
  /** Positions of its units. */
  private readonly own: readonly number[];
  private readonly layouts = new Map<number, UnitLayout>();
  /** By position; others are not there. */
  private units: UnitState[] = [];
  private readonly ending = new AbortController();
  /** Number of what was heard last. */
  private sequence = 1;
  private begun = false;

  constructor(plan: JobPlan, modules: PartLearnerModules, options: PartLearnerOptions) {
    this.plan = plan;
    this.modules = modules;
    this.options = options;
    this.own = plan.parts[options.claim.part] ?? [];
  }

  /** Resolves when it has let go of the part, or nobody wants it any more. */
  async run(): Promise<void> {
    const { signal } = this.options;
    const end = (): void => this.ending.abort(signal.reason);
    if (signal.aborted) end();
    signal.addEventListener('abort', end);
    try {
      await this.serve();
    } catch (error) {
      if (this.ending.signal.aborted || isDispossessed(error)) return;
      // One that cannot even begin is none that the other has to know of.
      if (this.begun) await this.say(this.sequence, sayFailure(0, serializeError(error))).catch(() => {});
      throw error;
    } finally {
      signal.removeEventListener('abort', end);
      this.ending.abort();
    }
  }

  private async serve(): Promise<void> {
    const { plan, modules, own, options } = this;
    const { broker, workers } = modules;
    const { jobId, epoch } = options.claim;
    const initialized = await allOver(own.map((unit) => workers.run(jobId, 'initialize', { unit })));
    initialized.forEach(({ layout }, u) => {
      this.layouts.set(own[u]!, layout);
    });
    await this.say(1, sayWord('ready', 0));

    const begun = hear(await this.nextWord(), ['begin']);
    this.begun = true;
    for (const [unit, state] of statesIn(begun, this.layouts)) this.units[unit] = state;
    const { lag } = plan.spec.schedule;
    const { shards } = plan.spec.rollout;
    const start = begun.iteration;
    const schedule = new LockstepSchedule(
      // What is collected, and when, is the other learner's affair.
      { tasks: { issue: async () => {} }, trajectories: { read: (...place) => this.read(...place) } },
      { jobId, epoch, shards, lag, start, end: Number.POSITIVE_INFINITY },
      Number.POSITIVE_INFINITY,
    );
    const layoutList: UnitLayout[] = [];
    for (const [unit, layout] of this.layouts) layoutList[unit] = layout;
    const updating = new UnitUpdates(plan, layoutList, workers, (k) => schedule.arrivedFor(k));
    const looksAtPeers = own.some((unit) => {
      const { algorithm } = plan.policies[plan.units[unit]!.policies[0]!]!;
      return findAlgorithm(algorithm.id).peerOption !== undefined;
    });
    schedule.run(this.ending.signal);
    this.ending.signal.addEventListener('abort', () => schedule.fail(this.ending.signal.reason));

    let heard = begun;
    for (;;) {
      const k = heard.iteration;
      if (heard.word === 'tell') {
        await this.say(this.sequence, sayStates('told', k, new Map(own.map((unit) => [unit, this.units[unit]!]))));
      } else {
        const weights = looksAtPeers ? await broker.weights.fetch(jobId, k) : null;
        if (await this.update(k, schedule, updating, weights)) return;
      }
      heard = hear(await this.nextWord(), ['update', 'tell']);
    }
  }

  /** Makes an iteration; tells whether that was the last one here. */
  private async update(
    k: number,
    schedule: LockstepSchedule,
    updating: UnitUpdates,
    weights: Uint8Array | null,
  ): Promise<boolean> {
    const { plan, own, options } = this;
    const { batches } = await schedule.take(k);
    const blocks = batches.map(({ entry }) => entry.batch);
    const results = await updating.run({ iteration: k, units: this.units, own, batches: blocks, weights });
    const read = blocks.map((block) => readTrajectory(plan.layout, block));
    const agents = own.flatMap((unit) => plan.units[unit]!.policies.flatMap((p) => plan.policies[p]!.agents));
    const { rewardHeads } = plan.layout.shape;
    const rewards = new Map(agents.map((agent) => [agent, rewardSums(read, agent, rewardHeads)]));
    const leaves = options.leaving();
    const byUnit = new Map(results.map((result, u) => [own[u]!, result]));
    await this.say(this.sequence, sayUpdate(k, byUnit, this.layouts, rewards, leaves));
    const previous = this.units;
    this.units = previous.slice();
    for (const [unit, { state }] of byUnit) this.units[unit] = state;
    updating.recycle(previous);
    for (const { buffer } of blocks) options.buffers.give(buffer);
    options.onIteration(
      plan.batchesPerIteration * plan.spec.rollout.envsPerShard * plan.spec.rollout.horizon * agents.length,
    );
    return leaves;
  }

  private async read(jobId: string, shard: number, k: number, signal: AbortSignal) {
    const { part } = this.options.claim;
    const { bytes } = await this.modules.broker.trajectories.readPiece(jobId, shard, k, part, signal);
    return { batch: bytes, state: EMPTY };
  }

  private async nextWord(): Promise<Uint8Array> {
    const { jobId, epoch, part } = this.options.claim;
    const { parts } = this.modules.broker;
    const { sequence, message } = await parts.receive(jobId, epoch, part, 'leader', this.sequence, this.ending.signal);
    this.sequence = sequence;
    return message;
  }

  private async say(sequence: number, message: Uint8Array): Promise<void> {
    const { jobId, epoch, part } = this.options.claim;
    await this.modules.broker.parts.send(jobId, epoch, part, 'holder', { sequence, message });
  }
}
