import type { AlgorithmDefinition } from '../algorithms/index.js';
import { agentNamed, type Environment } from '../envs/index.js';
import { elementSize } from '../spaces/index.js';
import { partsOf } from './parts.js';
import type { ResolvedPolicy } from './resolve.js';
import type { JobSpec } from './spec.js';
import { tensorflowUse } from './tensorflow.js';
import { unitsOf } from './units.js';

/** Squares of weights up to this width are faster on the kernels than on TensorFlow's library: measured, docs/performance.md. Which
 *  kernels `auto` takes is known where it trains only; with the slower ones the library is ahead first. */
const WIDTHS: Partial<Readonly<Record<JobSpec['engine'], number>>> = { auto: 256, wasm: 256, native: 512 };

type Policy = Pick<ResolvedPolicy, 'policyId' | 'agentIds' | 'policySpec' | 'algorithm'>;

/** What whoever launches a job should know, and nothing is wrong with. */
export function notesOn(
  spec: JobSpec,
  policies: readonly Policy[],
  environment: Pick<Environment, 'agents'>,
  definitionOf: (algorithm: string) => AlgorithmDefinition,
): readonly string[] {
  return [...wideLayers(spec, policies, environment), ...idleLearners(spec, policies, definitionOf)];
}

function wideLayers(
  { engine }: Pick<JobSpec, 'engine'>,
  policies: readonly Policy[],
  { agents }: Pick<Environment, 'agents'>,
): readonly string[] {
  const width = WIDTHS[engine];
  if (width === undefined) return [];
  const wide = policies.flatMap(({ policyId, agentIds, policySpec: { network } }) => {
    const { observationSpace } = agentNamed(agents, agentIds[0]!);
    return network.kind === 'mlp' && largestProduct([elementSize(observationSpace), ...network.hidden]) > width * width
      ? [policyId]
      : [];
  });
  if (wide.length === 0) return [];
  const whose = wide.length > 8 ? `${wide.slice(0, 8).join(', ')} and ${wide.length - 8} more` : wide.join(', ');
  return [
    `layers of ${whose} have more weights than ${width} × ${width}: with TensorFlow's native library ` +
      '"engine": "tensorflow" may train them faster; the weights then depend on the machine and its backend (docs/performance.md, docs/tensorflow.md)',
  ];
}

/** More learners than there is to share. */
function idleLearners(
  spec: JobSpec,
  policies: readonly Policy[],
  definitionOf: (algorithm: string) => AlgorithmDefinition,
): readonly string[] {
  // Jobs that were handed in to an older version say nothing of it.
  const { learners = 1 } = spec as Partial<JobSpec>;
  const units = unitsOf(policies, definitionOf);
  const parts = partsOf(spec, units, policies, new Array(units.length).fill(1), definitionOf).length;
  if (learners <= parts) return [];
  const why =
    tensorflowUse(spec) !== null
      ? 'what TensorFlow.js computes stays with the learner that has the job'
      : 'a policy is updated by one learner, those that learn together by the same one, and those with a replay by the one that has the job';
  const most = parts === 1 ? 'cannot be shared' : `can be shared by ${parts} at most`;
  return [`learners is ${learners}, but the updates of ${counted(policies.length)} ${most}: ${why} (docs/scaling.md)`];
}

const counted = (count: number): string => (count === 1 ? '1 policy' : `${count} policies`);

const largestProduct = (widths: readonly number[]): number =>
  widths.slice(1).reduce((most, width, i) => Math.max(most, width * widths[i]!), 0);
