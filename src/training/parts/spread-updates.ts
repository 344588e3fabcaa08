import { setTimeout } from 'node:timers/promises';
import { type Logger, MarlinError } from '../../base/index.js';
import type { PartHold, PartHolder, Parts } from '../../broker/index.js';
import { allOver } from '../all-over.js';
import { trainingError } from '../errors.js';
import type { JobPlan } from '../plan.js';
import type { ScheduledBatch } from '../schedule.js';
import type { IterationInput, UnitUpdates } from '../unit-updates.js';
import type { UnitLayout, UnitState, UpdateResult } from '../update-runner.js';
import type { BatchPieces } from '../wired-broker.js';
import type { PartsHere } from './parts-here.js';
import { fitsMessage, hear, sayStates, sayWord, statesIn, updateIn } from './words.js';

/** What a learner needs to share its job's updates with others. */
export interface SpreadModules {
  readonly parts: Parts;
  readonly pieces: BatchPieces;
  /** Names this learner: it is not to claim its own parts. */
  readonly learnerId: string;
  readonly here: PartsHere;
  /** As the broker's. */
  readonly hasRoom: () => Promise<boolean>;
  readonly logger: Logger;
}

export interface SpreadOptions {
  readonly epoch: number;
  readonly layouts: readonly UnitLayout[];
}

/** What an iteration has made of all units, wherever they were updated. */
export interface SpreadResult {
  /** By unit. The state of one that was updated elsewhere is that of the last gathering, with the acting parameters of now. */
  readonly updates: UpdateResult[];
  /** agent → f64[H], of agents whose rewards are not in the batches here. */
  readonly rewards: ReadonlyMap<number, Float64Array>;
}

/** How often it is seen whether those that are waited for still live, and how often in a row one must seem not to. After an outage of the
 *  broker all claims have ended, until those that live have renewed theirs. */
const LOOK_MS = 500;
const LOOKS = 5;

/** A part that another learner has. */
interface Elsewhere {
  readonly hold: PartHold;
  /** Number of what was said last to whoever has it. */
  said: number;
}

/** Shares the updates of a job's units with other learners, as many as have claimed a part. A part that nobody has claimed is updated
 *  here. Parts change hands between two iterations, with their states, so no bit depends on who updates them. */
export class SpreadUpdates {
  private readonly plan: JobPlan;
  private readonly updating: UnitUpdates;
  private readonly modules: SpreadModules;
  private readonly options: SpreadOptions;
  /** Parts that are updated elsewhere. */
  private readonly elsewhere = new Map<number, Elsewhere>();
  private readonly layoutsOf: readonly ReadonlyMap<number, UnitLayout>[];

  constructor(plan: JobPlan, updating: UnitUpdates, modules: SpreadModules, options: SpreadOptions) {
    this.plan = plan;
    this.updating = updating;
    this.modules = modules;
    this.options = options;
    this.layoutsOf = plan.parts.map((units) => new Map(units.map((unit) => [unit, options.layouts[unit]!])));
  }

  /** Offers all parts but those whose states are more than a message can have: they stay here. */
  async begin(): Promise<void> {
    const { here, logger } = this.modules;
    const { jobId } = this.plan;
    const parts = [...here.parts].filter((part) => fitsMessage(this.layoutsOf[part]!));
    if (parts.length < here.parts.size) {
      const staying = here.parts.size - parts.length;
      logger.warn(
        { jobId, staying },
        'parts of the job are too large to be sent to other learners; they are updated here',
      );
    }
    await this.offer(parts);
  }

  /** Those that updated parts let go of them. */
  async end(): Promise<void> {
    await this.modules.parts.withdraw(this.plan.jobId, this.options.epoch);
  }

  /** Whether of these batches there is all that is updated here. */
  arePiecesHere(batches: readonly Uint8Array[]): boolean {
    const { here, pieces } = this.modules;
    return batches.every((batch) => [...here.parts].every((part) => pieces.has(batch, part)));
  }

  /** Rejects when all that is made here is over, and with TRAINING_PART_LOST when somebody who has a part is gone. */
  async run(input: Omit<IterationInput, 'own' | 'batches'>, batches: readonly ScheduledBatch[]): Promise<SpreadResult> {
    const { plan, modules } = this;
    const { iteration, units } = input;
    await this.handOver(iteration, units);
    const here = [0, ...modules.here.parts];
    const stop = new AbortController();
    const making = this.updateHere(input, batches, here);
    const telling = this.answers([...this.elsewhere.keys()], stop.signal);
    making.catch(() => stop.abort());
    // What is made here is waited for even if an answer never comes.
    await Promise.allSettled([making, telling]);
    const [own, results] = await making;
    const told = await telling;
    const updates: UpdateResult[] = [];
    own.forEach((unit, u) => {
      updates[unit] = results[u]!;
    });
    const rewards = new Map<number, Float64Array>();
    const back: number[] = [];
    /** Of those that were given back before the iteration. */
    const before = [...units];
    const unmade: number[] = [];
    for (const [part, message] of told) {
      const heard = hear(message, ['updated', 'left'], iteration);
      if (heard.word === 'left') {
        unmade.push(part);
        for (const [unit, state] of statesIn(heard, this.layoutsOf[part]!)) before[unit] = state;
        continue;
      }
      const update = updateIn(heard, plan, this.layoutsOf[part]!);
      for (const [unit, { metrics, seconds, acting }] of update.units) {
        const state = update.states?.get(unit) ?? withActing(units[unit]!, this.options.layouts[unit]!, acting);
        updates[unit] = { state, metrics, seconds };
      }
      for (const [agent, sums] of update.rewards) rewards.set(agent, sums);
      if (update.states !== null) back.push(part);
    }
    if (unmade.length > 0) {
      // Before anything of them is begun, which may begin the next iteration too: only once their pieces of its batches are there.
      for (const part of unmade) modules.here.parts.add(part);
      const [late, made] = await this.updateHere({ ...input, units: before }, batches, unmade);
      late.forEach((unit, u) => {
        updates[unit] = made[u]!;
      });
    }
    await this.takeBack([...back, ...unmade]);
    return { updates, rewards };
  }

  /** Makes the states of all units those before `iteration`. */
  async gather(iteration: number, units: UnitState[]): Promise<void> {
    const stop = new AbortController();
    const asked = [...this.elsewhere.keys()];
    await Promise.all(asked.map((part) => this.say(part, sayWord('tell', iteration))));
    const back: number[] = [];
    for (const [part, message] of await this.answers(asked, stop.signal)) {
      const heard = hear(message, ['told', 'left'], iteration);
      for (const [unit, state] of statesIn(heard, this.layoutsOf[part]!)) units[unit] = state;
      if (heard.word === 'left') back.push(part);
    }
    await this.takeBack(back);
  }

  private async updateHere(
    input: Omit<IterationInput, 'own' | 'batches'>,
    batches: readonly ScheduledBatch[],
    here: readonly number[],
  ): Promise<[number[], UpdateResult[]]> {
    const { plan, modules } = this;
    const never = new AbortController().signal;
    await allOver(
      batches.map(async ({ shard, k, entry }) => {
        for (const part of here) {
          if (modules.pieces.has(entry.batch, part)) continue;
          await modules.pieces.load({ jobId: plan.jobId, shard, k }, part, entry.batch, never);
        }
      }),
    );
    const own = here.flatMap((part) => plan.parts[part]!).sort((a, b) => a - b);
    const blocks = batches.map(({ entry }) => entry.batch);
    return [own, await this.updating.run({ ...input, own, batches: blocks })];
  }

  /** Asks those that have parts for the iteration, and gives parts to those that have claimed them and are ready. */
  private async handOver(iteration: number, units: readonly UnitState[]): Promise<void> {
    const { plan, modules } = this;
    const begun = [...this.elsewhere.keys()];
    if (modules.here.parts.size > 0) {
      const claimed = (await this.holders()).filter(({ part }) => !this.elsewhere.has(part));
      const dead = claimed.filter(({ alive }) => !alive).map(({ part }) => part);
      if (dead.length > 0) await this.offer(dead);
      for (const { part, fence } of claimed.filter(({ alive, said }) => alive && said > 0)) {
        await this.updating.settle(plan.parts[part]!);
        const states = new Map(plan.parts[part]!.map((unit) => [unit, units[unit]!]));
        await this.give(part, fence, sayStates('begin', iteration, states));
      }
    }
    await Promise.all(begun.map((part) => this.say(part, sayWord('update', iteration))));
  }

  /** Nothing changes where who claimed the part has given it back meanwhile. */
  private async give(part: number, fence: number, begin: Uint8Array): Promise<void> {
    const { elsewhere, modules } = this;
    elsewhere.set(part, { hold: { jobId: this.plan.jobId, epoch: this.options.epoch, part, fence }, said: 1 });
    try {
      await this.say(part, begin);
      modules.here.parts.delete(part);
    } catch (error) {
      if (!(error instanceof MarlinError) || error.code !== 'BROKER_PART_FENCED') throw error;
      elsewhere.delete(part);
    }
  }

  private async takeBack(parts: readonly number[]): Promise<void> {
    if (parts.length === 0) return;
    for (const part of parts) {
      this.elsewhere.delete(part);
      this.modules.here.parts.add(part);
    }
    await this.offer(parts);
  }

  private async offer(parts: readonly number[]): Promise<void> {
    await this.modules.parts.offer(this.plan.jobId, this.options.epoch, parts, this.modules.learnerId);
  }

  private async say(part: number, message: Uint8Array): Promise<void> {
    const elsewhere = this.elsewhere.get(part)!;
    const sequence = ++elsewhere.said;
    await this.modules.parts.send(elsewhere.hold, 'leader', { sequence, message });
  }

  /** What those who have the parts answer to what was said last. */
  private async answers(asked: readonly number[], stop: AbortSignal): Promise<ReadonlyMap<number, Uint8Array>> {
    if (asked.length === 0) return new Map();
    const { modules } = this;
    const over = new AbortController();
    const end = (): void => over.abort(stop.reason);
    stop.addEventListener('abort', end);
    if (stop.aborted) end();
    const waiting = new Set(asked);
    try {
      const all = Promise.all(
        asked.map(async (part): Promise<[number, Uint8Array]> => {
          const { hold, said } = this.elsewhere.get(part)!;
          const { message } = await modules.parts.receive(hold, 'holder', said - 1, over.signal);
          waiting.delete(part);
          return [part, message];
        }),
      );
      return new Map(await Promise.race([all, this.lost(waiting, over.signal)]));
    } finally {
      stop.removeEventListener('abort', end);
      over.abort();
    }
  }

  /** Rejects when one of those who are waited for does not hold its part any more. */
  private async lost(waiting: ReadonlySet<number>, signal: AbortSignal): Promise<never> {
    /** part → looks in a row at which its holder seemed gone. */
    let missed: ReadonlyMap<number, number> = new Map();
    for (;;) {
      await setTimeout(LOOK_MS, undefined, { signal });
      const dead = (await this.holders()).filter(({ part, alive }) => waiting.has(part) && !alive);
      // Where nothing can be stored, no claim can be renewed.
      const counts = dead.length > 0 && (await this.modules.hasRoom());
      missed = new Map(counts ? dead.map(({ part }) => [part, (missed.get(part) ?? 0) + 1]) : []);
      const gone = dead.find(({ part }) => missed.get(part) === LOOKS);
      if (gone === undefined) continue;
      throw trainingError(
        'TRAINING_PART_LOST',
        `learner ${gone.learnerId}, which updated part ${gone.part} of job ${this.plan.jobId}, is gone; the job goes on from its newest checkpoint`,
        { data: { jobId: this.plan.jobId, part: gone.part, learnerId: gone.learnerId } },
      );
    }
  }

  private async holders(): Promise<readonly PartHolder[]> {
    return await this.modules.parts.holders(this.plan.jobId, this.options.epoch);
  }
}

/** The same state, its acting parameters replaced. Its memory is changed: nobody else updates the unit meanwhile. */
function withActing(state: UnitState, { acting }: UnitLayout, parts: readonly Uint8Array[]): UnitState {
  acting.forEach(({ offset }, m) => {
    state.tensors.set(parts[m]!, 4 * offset);
  });
  return state;
}
