import type { AlgorithmDefinition } from '../algorithms/index.js';
import type { ResolvedPolicy } from './resolve.js';

/** Policies that one updater trains: one, or all those of the job that name the same joint algorithm with the same options. */
export interface PolicyUnit {
  /** The first policy's id: names the unit's part of checkpoints. */
  readonly unitId: string;
  /** Positions in the job's policies, ascending. */
  readonly policies: readonly number[];
}

/** The units of a job, in the order of their first policies; every policy is in one. */
export function unitsOf(
  policies: readonly Pick<ResolvedPolicy, 'policyId' | 'algorithm'>[],
  definitionOf: (algorithm: string) => AlgorithmDefinition,
): readonly PolicyUnit[] {
  const units = new Map<string, number[]>();
  for (const [p, { policyId, algorithm }] of policies.entries()) {
    const joint = definitionOf(algorithm.id).capabilities.joint ?? false;
    const key = joint ? `joint ${algorithm.id} ${JSON.stringify(algorithm.options)}` : `single ${policyId}`;
    const unit = units.get(key);
    if (unit === undefined) units.set(key, [p]);
    else unit.push(p);
  }
  return [...units.values()].map((unit) => ({ unitId: policies[unit[0]!]!.policyId, policies: unit }));
}
