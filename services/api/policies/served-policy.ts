import type { StoredServedPolicy } from '../../../src/broker/index.js';
import type { Space } from '../../../src/spaces/index.js';

/** What a name stands for, as it is stored. */
export interface ServedPolicy {
  /** Of the job at the time; null where it was not launched over HTTP. */
  readonly owner: string | null;
  readonly jobId: string;
  readonly iteration: number;
  readonly policyId: string;
  /** SHA-256 of the checkpoint, as the checkpoint says. */
  readonly digest: string;
  /** Name of the file that has the policy's weights. */
  readonly file: string;
  /** The file before: what others still act by, for as long as they have not heard of this one. */
  readonly previousFile: string | null;
  /** Milliseconds since the epoch. */
  readonly servedAt: number;
  readonly servedBy: string;
  readonly parameters: number;
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  readonly observationSize: number;
  readonly actionSize: number;
  /** 0 where there is nothing to mask. */
  readonly maskSize: number;
  readonly agents: readonly string[];
  /** Whether it acts differently for each agent. */
  readonly tellsAgents: boolean;
  /** Numbers that it remembers from one step to the next; 0 where it has no memory. Absent in records that were stored when only
   *  such policies were served. */
  readonly stateSize?: number;
}

/** A name as it is stored now. */
export interface NamedPolicy {
  readonly name: string;
  readonly revision: number;
  readonly policy: ServedPolicy;
}

export const namedPolicyOf = ({ record: { name, policy }, revision }: StoredServedPolicy): NamedPolicy => ({
  name,
  revision,
  policy: JSON.parse(policy) as ServedPolicy,
});
