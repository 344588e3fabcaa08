import type { Environment } from '../envs/index.js';
import { elementSize } from '../spaces/index.js';
import type { ResolvedPolicy } from './resolve.js';
import type { JobSpec } from './spec.js';

/** Squares of weights up to this width are faster on the kernels than on TensorFlow's library: measured, docs/performance.md. Which
 *  kernels `auto` takes is known where it trains only; with the slower ones the library is ahead first. */
const WIDTHS: Partial<Readonly<Record<JobSpec['engine'], number>>> = { auto: 256, wasm: 256, native: 512 };

/** What whoever launches a job should know, and nothing is wrong with. */
export function notesOn(
  { engine }: Pick<JobSpec, 'engine'>,
  policies: readonly Pick<ResolvedPolicy, 'policyId' | 'agentIds' | 'policySpec'>[],
  { agents }: Pick<Environment, 'agents'>,
): readonly string[] {
  const width = WIDTHS[engine];
  if (width === undefined) return [];
  const wide = policies.flatMap(({ policyId, agentIds, policySpec: { network } }) => {
    const { observationSpace } = agents.find(({ id }) => id === agentIds[0])!;
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

const largestProduct = (widths: readonly number[]): number =>
  widths.slice(1).reduce((most, width, i) => Math.max(most, width * widths[i]!), 0);
