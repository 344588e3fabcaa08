import type { Checkpoint, CheckpointStore } from '../checkpoints/index.js';
import { canonicalJson, type InitialWeights, type ResolvedPolicy } from '../jobs/index.js';
import type { ActingFacts } from './acting-facts.js';
import { trainingError } from './errors.js';
import type { JobPlan } from './plan.js';
import { actingParameters } from './policy-weights.js';
import type { UnitLayout, UnitState } from './update-runner.js';

/** Puts the weights that policies are to begin with over their seeded ones; what else their algorithms learn stays as it is. Rejects
 *  with TRAINING_INITIAL_UNAVAILABLE, and with what the store rejects with. */
export async function takeInitialWeights(
  plan: JobPlan,
  layouts: readonly UnitLayout[],
  units: readonly UnitState[],
  checkpointsOf: ((jobId: string) => CheckpointStore) | undefined,
): Promise<void> {
  const acting = actingParameters(units, layouts);
  for (const [p, { policyId, initial }] of plan.policies.entries()) {
    if (initial === undefined) continue;
    if (checkpointsOf === undefined)
      throw unavailable(policyId, initial, 'no checkpoints of other jobs are known here');
    let checkpoint: Checkpoint;
    try {
      checkpoint = await checkpointsOf(initial.job).load(initial.iteration);
    } catch (error) {
      throw unavailable(policyId, initial, error instanceof Error ? error.message : String(error), error);
    }
    acting[p]!.set(weightsOf(checkpoint, plan.policies[p]!, initial, acting[p]!.length));
  }
}

/** The acting parameters of one policy in a checkpoint. */
function weightsOf(
  checkpoint: Checkpoint,
  { policyId, policySpec }: Pick<ResolvedPolicy, 'policyId' | 'policySpec'>,
  initial: InitialWeights,
  count: number,
): Float32Array {
  const { acting: parts, forms } = checkpoint.facts as Partial<Pick<ActingFacts, 'acting' | 'forms'>>;
  const whole = checkpoint.tensors.find(({ name }) => name === `weights/${checkpoint.iteration}`);
  if (parts === undefined || whole === undefined) {
    throw unavailable(
      policyId,
      initial,
      'the checkpoint is of an earlier version and does not tell where a policy lies',
    );
  }
  const part = parts.findIndex((known) => known.policyId === initial.policy);
  const found = parts[part]?.count;
  if (found === undefined) {
    throw unavailable(policyId, initial, `the job has the policies ${parts.map((known) => known.policyId).join(', ')}`);
  }
  if (found !== count) {
    const differ = `it acts by ${found} parameters, and "${policyId}" by ${count}: networks or spaces differ`;
    throw unavailable(policyId, initial, differ);
  }
  const form = (forms?.[parts[part]!.form] ?? {}) as {
    readonly spec?: Shaped;
    readonly actionSpace?: { readonly kind: string };
  };
  const inLevels = form.actionSpace?.kind === 'hierarchical';
  const [there, here] = [form.spec, policySpec].map((shaped) => shaped && shapeText(shaped, inLevels));
  if (there !== undefined && there !== here) {
    throw unavailable(policyId, initial, `its network is ${there}, and that of "${policyId}" ${here}`);
  }
  const offset = parts.slice(0, part).reduce((sum, before) => sum + 4 * before.count, 0);
  return new Float32Array(whole.bytes.slice(offset, offset + 4 * count).buffer);
}

type Shaped = Pick<ResolvedPolicy['policySpec'], 'network' | 'levelNetworks'>;

/** What networks have in common whose weights mean the same; as many parameters two networks may have by chance. */
function shapeText({ network, levelNetworks }: Shaped, inLevels: boolean): string {
  const { initialization: _i, hiddenGain: _h, outputGain: _g, outputBias: _b, ...shape } = network;
  const { normalizeInput = false, hidden, recurrent, ...rest } = shape;
  // What a network of layers has no use for may still have its default.
  const own = network.kind === 'layers' || recurrent === undefined ? {} : { recurrent };
  const widths = network.kind === 'layers' ? {} : { hidden };
  return canonicalJson({ ...rest, ...own, ...widths, normalizeInput, ...(inLevels ? { levelNetworks } : {}) });
}

const unavailable = (policyId: string, { job, iteration, policy }: InitialWeights, why: string, cause?: unknown) =>
  trainingError(
    'TRAINING_INITIAL_UNAVAILABLE',
    `policy "${policyId}" cannot begin with policy "${policy}" of job ${job}, iteration ${iteration}: ${why}`,
    { data: { policyId, job, iteration, policy }, ...(cause === undefined ? {} : { cause }) },
  );
