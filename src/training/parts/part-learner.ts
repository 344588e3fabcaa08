import { setTimeout } from 'node:timers/promises';
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
import { hear, sayFailure, sayStates, sayUpdate, sayWord, statesIn, type UnitStates } from './words.js';

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
  /** Aborting lets go of the part in good order: at once where nothing is computed, else when the update at work is made, or has taken
   *  `patienceMs` more. The part goes back as it is then. */
  readonly leaving: AbortSignal;
  readonly patienceMs: () => number;
  /** Told of each word that nobody hears, because the part was taken from this learner. */
  readonly onRefused: () => void;
  /** Told of each iteration, with the agent steps that were learned from. */
  readonly onIteration: (agentSteps: number) => void;
  /** Where trajectory memory goes once it is consumed. */
  readonly buffers: BufferPool;
}

const EMPTY = new Uint8Array(0);
/** Why a wait ends that nothing is wrong with. */
const LEAVING = new Error('the learner lets go of the part');

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
  /** Aborts when it ends, and when it leaves. */
  private readonly waiting = new AbortController();
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
    const { signal, leaving, claim } = this.options;
    const end = (): void => {
      this.ending.abort(signal.reason);
      this.waiting.abort(signal.reason);
    };
    // Not `AbortSignal.any`, which would keep something of every part.
    const leave = (): void => this.waiting.abort(LEAVING);
    if (signal.aborted) end();
    if (leaving.aborted) leave();
    signal.addEventListener('abort', end);
    leaving.addEventListener('abort', leave);
    try {
      await this.serve();
    } catch (error) {
      if (this.ending.signal.aborted || isDispossessed(error)) return;
      // One that cannot even begin is none that the other has to know of: another may.
      const told = this.begun
        ? this.say(this.sequence, sayFailure(0, serializeError(error)))
        : this.modules.broker.parts.release(claim);
      await told.catch(() => {});
      throw error;
    } finally {
      signal.removeEventListener('abort', end);
      leaving.removeEventListener('abort', leave);
      end();
    }
  }

  private async serve(): Promise<void> {
    const { plan, modules, own, options } = this;
    const { broker, workers } = modules;
    const { jobId, epoch } = options.claim;
    if (options.leaving.aborted && (await broker.parts.release(options.claim))) return;
    const initialized = await allOver(own.map((unit) => workers.run(jobId, 'initialize', { unit })));
    initialized.forEach(({ layout }, u) => {
      this.layouts.set(own[u]!, layout);
    });
    await this.say(1, sayWord('ready', 0));

    let word = await this.unlessLeaving(this.nextWord(this.waiting.signal));
    // Handed over while it was being given back: it goes back with its states.
    if (word === null && (await broker.parts.release(options.claim))) return;
    word ??= await this.nextWord(this.ending.signal);
    const begun = hear(word, ['begin']);
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
    const { signal: waiting } = this.waiting;
    const stopWaiting = (): void => schedule.fail(waiting.reason);
    if (waiting.aborted) stopWaiting();
    waiting.addEventListener('abort', stopWaiting);

    let heard = begun;
    for (;;) {
      const k = heard.iteration;
      if (heard.word === 'tell') {
        await this.say(this.sequence, sayStates('told', k, this.states()));
      } else {
        const weights = looksAtPeers ? await broker.weights.fetch(jobId, k) : null;
        const made = await this.unlessLeaving(this.update(k, schedule, updating, weights));
        // Answered with the part itself: whoever asked makes the iteration.
        if (made === null) return await this.say(this.sequence, sayStates('left', k, this.states()));
        if (made.left) return;
      }
      const word = await this.unlessLeaving(this.nextWord(waiting));
      // Whatever is asked next is answered before.
      if (word === null) {
        const next = heard.word === 'tell' ? k : k + 1;
        return await this.say(this.sequence + 1, sayStates('left', next, this.states()));
      }
      heard = hear(word, ['update', 'tell']);
    }
  }

  private states(): UnitStates {
    return new Map(this.own.map((unit) => [unit, this.units[unit]!]));
  }

  /** null where it was given up because this learner leaves. */
  private async unlessLeaving<T>(work: Promise<T>): Promise<T | null> {
    try {
      return await work;
    } catch (error) {
      if (error === LEAVING && !this.ending.signal.aborted) return null;
      throw error;
    }
  }

  /** Makes an iteration; tells whether that was the last one here. */
  private async update(
    k: number,
    schedule: LockstepSchedule,
    updating: UnitUpdates,
    weights: Uint8Array | null,
  ): Promise<{ readonly left: boolean }> {
    const { plan, own, options } = this;
    const { batches } = await schedule.take(k);
    const blocks = batches.map(({ entry }) => entry.batch);
    const making = updating.run({ iteration: k, units: this.units, own, batches: blocks, weights });
    const results = await this.inTime(making);
    const read = blocks.map((block) => readTrajectory(plan.layout, block));
    const agents = own.flatMap((unit) => plan.units[unit]!.policies.flatMap((p) => plan.policies[p]!.agents));
    const { rewardHeads } = plan.layout.shape;
    const rewards = new Map(agents.map((agent) => [agent, rewardSums(read, agent, rewardHeads)]));
    const leaves = options.leaving.aborted;
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
    return { left: leaves };
  }

  /** Rejects with LEAVING where the work is not done in time after this learner was told to leave. What it was made from is as before:
   *  results have memory of their own. */
  private async inTime<T>(work: Promise<T>): Promise<T> {
    const { leaving, patienceMs } = this.options;
    const over = new AbortController();
    let leave: () => void = () => {};
    const late = new Promise<never>((_, reject) => {
      leave = () => {
        setTimeout(patienceMs(), undefined, { signal: over.signal }).then(
          () => reject(LEAVING),
          () => {},
        );
      };
    });
    if (leaving.aborted) leave();
    leaving.addEventListener('abort', leave);
    work.catch(() => {});
    try {
      return await Promise.race([work, late]);
    } finally {
      leaving.removeEventListener('abort', leave);
      over.abort();
    }
  }

  private async read(jobId: string, shard: number, k: number, signal: AbortSignal) {
    const { part } = this.options.claim;
    const { bytes } = await this.modules.broker.trajectories.readPiece(jobId, shard, k, part, signal);
    return { batch: bytes, state: EMPTY };
  }

  private async nextWord(signal: AbortSignal): Promise<Uint8Array> {
    const { parts } = this.modules.broker;
    const { sequence, message } = await parts.receive(this.options.claim, 'leader', this.sequence, signal);
    this.sequence = sequence;
    return message;
  }

  private async say(sequence: number, message: Uint8Array): Promise<void> {
    const { claim, onRefused } = this.options;
    try {
      await this.modules.broker.parts.send(claim, 'holder', { sequence, message });
    } catch (error) {
      if (isDispossessed(error)) onRefused();
      throw error;
    }
  }
}
