import { findAlgorithm } from '../algorithms/index.js';
import { allOver } from './all-over.js';
import type { JobPlan } from './plan.js';
import type { UnitLayout, UnitState, UpdateRequest, UpdateResult } from './update-runner.js';
import type { Workers } from './workers.js';

/** What an iteration's updates start from. */
export interface IterationInput {
  readonly iteration: number;
  readonly units: readonly UnitState[];
  /** Positions of the units that are updated here; absent: all. */
  readonly own?: readonly number[];
  readonly batches: readonly Uint8Array[];
  /** Acting weights of all policies before the iteration; null where no unit looks at them. */
  readonly weights: Uint8Array | null;
}

/** Messages of an iteration that a thread gets, where there are units enough: few cost less, more even out what threads have to do. */
const MESSAGES_PER_THREAD = 4;

interface Ahead {
  readonly iteration: number;
  readonly result: Promise<UpdateResult>;
}

/** Hands the updates of a job's units to threads, in groups of neighbors where they are many. A group that is done while others still
 *  learn goes on with the next iteration, if its batches are there: so no thread waits where groups are no multiple of the threads. It
 *  changes when updates are made, not what they are made from, so no bit. */
export class UnitUpdates {
  private readonly plan: JobPlan;
  private readonly workers: Workers;
  /** Batches of an iteration that has not begun, or null where they are not all there. */
  private readonly arrived: (iteration: number) => readonly Uint8Array[] | null;
  /** Whether a unit's updates need nothing but its own state and its batches. */
  private readonly independent: readonly boolean[];
  private readonly seesPeers: readonly boolean[];
  private readonly ahead: (Ahead | undefined)[] = [];
  /** Memory of states that nothing needs any more, for the next ones. */
  private readonly spare: (SharedArrayBuffer | undefined)[] = [];

  /** Units that are updated elsewhere may have no layout. */
  constructor(
    plan: JobPlan,
    layouts: readonly (UnitLayout | undefined)[],
    workers: Workers,
    arrived: (iteration: number) => readonly Uint8Array[] | null,
  ) {
    this.plan = plan;
    this.workers = workers;
    this.arrived = arrived;
    this.seesPeers = plan.units.map(({ policies }) => {
      const { id } = plan.policies[policies[0]!]!.algorithm;
      return findAlgorithm(id).peerOption !== undefined;
    });
    this.independent = plan.units.map((_unit, unit) => {
      // A replay is written in place: it must not be ahead of the state that a checkpoint takes.
      return layouts[unit]?.replay === null && !this.seesPeers[unit]!;
    });
  }

  /** The results of the units, in their order. Rejects when all are over and one has failed. */
  run(input: IterationInput): Promise<UpdateResult[]> {
    const { iteration, batches, weights, units, own = units.map((_, unit) => unit) } = input;
    const results = allOver(
      this.groupsOf(own).map(async (group) => {
        const ahead = group.map((unit) => this.takeAhead(unit, iteration));
        const missing = group.filter((_, g) => ahead[g] === undefined);
        const begun = this.start(missing, iteration, units, batches, weights);
        const done = await allOver(group.map((unit, g) => ahead[g] ?? begun.get(unit)!));
        this.goAhead(group, iteration + 1, done);
        return done;
      }),
    );
    return results.then((done) => done.flat());
  }

  /** Forgets what was begun ahead of units that others are to update, once nothing works on it. */
  async settle(units: readonly number[]): Promise<void> {
    const begun = units.flatMap((unit) => this.ahead[unit]?.result ?? []);
    for (const unit of units) delete this.ahead[unit];
    await Promise.allSettled(begun);
  }

  /** Takes the memory of states that were replaced; those in `kept` were not. */
  recycle(units: readonly UnitState[], kept: readonly UnitState[] = []): void {
    units.forEach(({ tensors }, unit) => {
      if (kept[unit]?.tensors.buffer === tensors.buffer) return;
      if (tensors.buffer instanceof SharedArrayBuffer) this.spare[unit] = tensors.buffer;
    });
  }

  /** Alone goes a unit whose update is not to be made again when a thread dies of another's, as one that writes into a replay. */
  private groupsOf(units: readonly number[]): readonly (readonly number[])[] {
    return neighbors(units, this.workers.size * MESSAGES_PER_THREAD).flatMap((group) =>
      group.every((unit) => this.independent[unit]!) ? [group] : group.map((unit) => [unit]),
    );
  }

  /** What was begun of the unit, if it was of this iteration. */
  private takeAhead(unit: number, iteration: number): Promise<UpdateResult> | undefined {
    const begun = this.ahead[unit];
    delete this.ahead[unit];
    return begun?.iteration === iteration ? begun.result : undefined;
  }

  private goAhead(group: readonly number[], iteration: number, results: readonly UpdateResult[]): void {
    if (this.workers.size === 0) return;
    const batches = this.arrived(iteration);
    if (batches === null) return;
    const states: UnitState[] = [];
    group.forEach((unit, g) => {
      states[unit] = results[g]!.state;
    });
    const independent = group.filter((unit) => this.independent[unit]!);
    for (const [unit, result] of this.start(independent, iteration, states, batches, null)) {
      // Whether it failed is asked when its iteration comes, if it does.
      result.catch(() => {});
      this.ahead[unit] = { iteration, result };
    }
  }

  /** unit → its result; `states` is by unit. */
  private start(
    group: readonly number[],
    iteration: number,
    states: readonly UnitState[],
    batches: readonly Uint8Array[],
    weights: Uint8Array | null,
  ): ReadonlyMap<number, Promise<UpdateResult>> {
    if (group.length === 0) return new Map();
    const requests = group.map((unit): UpdateRequest => {
      const target = this.spare[unit];
      delete this.spare[unit];
      return {
        unit,
        iteration,
        state: states[unit]!,
        batches,
        weights: this.seesPeers[unit]! ? weights : null,
        ...(target === undefined ? {} : { target }),
      };
    });
    const results = this.workers.run(this.plan.jobId, 'update', requests);
    return new Map(group.map((unit, g) => [unit, results.then((all) => all[g]!)]));
  }
}

/** Units cut into neighbors, in order: as many groups as named, or one of each unit; no two differ by more than one. */
function neighbors(units: readonly number[], most: number): readonly (readonly number[])[] {
  const count = most === 0 ? units.length : Math.min(most, units.length);
  return Array.from({ length: count }, (_, g) =>
    units.slice(Math.floor((g * units.length) / count), Math.floor(((g + 1) * units.length) / count)),
  );
}
