import { findAlgorithm } from '../algorithms/index.js';
import { allOver } from './all-over.js';
import type { JobPlan } from './plan.js';
import type { UnitLayout, UnitState, UpdateResult } from './update-runner.js';
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

interface Ahead {
  readonly iteration: number;
  readonly result: Promise<UpdateResult>;
}

/** Hands the updates of a job's units to threads. A unit that is done while others still learn goes on with the next iteration, if its
 *  batches are there: so no thread waits where units are no multiple of the threads. It changes when updates are made, not what they
 *  are made from, so no bit. */
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
    return allOver(
      own.map(async (unit) => {
        const state = units[unit]!;
        const begun = this.ahead[unit];
        delete this.ahead[unit];
        const result = await (begun?.iteration === iteration
          ? begun.result
          : this.start(unit, iteration, state, batches, this.seesPeers[unit]! ? weights : null));
        this.goAhead(unit, iteration + 1, result.state);
        return result;
      }),
    );
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

  private goAhead(unit: number, iteration: number, state: UnitState): void {
    if (this.workers.size === 0 || !this.independent[unit]) return;
    const batches = this.arrived(iteration);
    if (batches === null) return;
    const result = this.start(unit, iteration, state, batches, null);
    // Whether it failed is asked when its iteration comes, if it does.
    result.catch(() => {});
    this.ahead[unit] = { iteration, result };
  }

  private start(
    unit: number,
    iteration: number,
    state: UnitState,
    batches: readonly Uint8Array[],
    weights: Uint8Array | null,
  ): Promise<UpdateResult> {
    const target = this.spare[unit];
    delete this.spare[unit];
    return this.workers.run(this.plan.jobId, 'update', {
      unit,
      iteration,
      state,
      batches,
      weights,
      ...(target === undefined ? {} : { target }),
    });
  }
}
