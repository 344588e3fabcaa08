import type { AlgorithmDefinition } from '../algorithms/index.js';
import type { TrajectoryPiece } from '../experience/layout.js';
import type { ResolvedPolicy } from './resolve.js';
import type { JobSpec } from './spec.js';
import { tensorflowUse } from './tensorflow.js';
import type { PolicyUnit } from './units.js';

/** The parts of a job: for each the positions of its units, ascending. There are at most `learners` of them, and none is empty. The
 *  first stays with the learner that has the job. `costs` is what each unit takes, in any measure: units go to the part that has
 *  least so far, the most expensive first. A function of the spec alone, so that all processes know it.
 *
 *  With the first part stay units that keep a replay, which would have to travel with them, and whatever computes with TensorFlow.js,
 *  whose results are those of one machine. */
export function partsOf(
  spec: JobSpec,
  units: readonly PolicyUnit[],
  policies: readonly Pick<ResolvedPolicy, 'algorithm'>[],
  costs: readonly number[],
  definitionOf: (algorithm: string) => AlgorithmDefinition,
): readonly (readonly number[])[] {
  const all = units.map((_, unit) => unit);
  const stays = (unit: number): boolean =>
    definitionOf(policies[units[unit]!.policies[0]!]!.algorithm.id).replay !== undefined;
  const moving = tensorflowUse(spec) === null ? all.filter((unit) => !stays(unit)) : [];
  const staying = all.filter((unit) => !moving.includes(unit));
  // Jobs that were handed in to an older version say nothing of it.
  const { learners = 1 } = spec as Partial<JobSpec>;
  const count = Math.min(learners, moving.length + (staying.length > 0 ? 1 : 0));
  const parts = Array.from({ length: Math.max(1, count) }, (): { units: number[]; cost: number } => ({
    units: [],
    cost: 0,
  }));
  const give = (part: (typeof parts)[number], unit: number): void => {
    part.units.push(unit);
    part.cost += costs[unit]!;
  };
  for (const unit of staying) give(parts[0]!, unit);
  const byCost = [...moving].sort((a, b) => costs[b]! - costs[a]! || a - b);
  for (const unit of byCost) {
    const least = parts.reduce((best, part) => (part.cost < best.cost ? part : best));
    give(least, unit);
  }
  return parts.map((part) => part.units.sort((a, b) => a - b));
}

/** What the units of a part learn from: all of their own agents, and of the others what critics see. */
export function pieceOf(
  units: readonly PolicyUnit[],
  policies: readonly (Pick<ResolvedPolicy, 'algorithm'> & { readonly agents: readonly number[] })[],
  definitionOf: (algorithm: string) => AlgorithmDefinition,
): TrajectoryPiece {
  const members = units.flatMap((unit) => unit.policies.map((p) => policies[p]!));
  const critics = members.flatMap(({ algorithm }) => {
    const { capabilities, globalStateOption } = definitionOf(algorithm.id);
    if (capabilities.critic !== 'centralized') return [];
    const input = globalStateOption === undefined ? undefined : algorithm.options[globalStateOption];
    return [input === 'globalState' ? 'globalState' : 'observations'];
  });
  return {
    agents: new Set(members.flatMap(({ agents }) => agents)),
    allObservations: critics.includes('observations'),
    globalState: critics.includes('globalState'),
  };
}
