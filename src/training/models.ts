import { agentNamed, type Environment } from '../envs/index.js';
import type { JobSpec, ResolvedPolicy } from '../jobs/index.js';
import type { NetworkByCode } from '../networks/index.js';
import { type CreateModel, loadTensorflow, modelByCode, type TensorflowEngine } from '../networks/tensorflow/index.js';
import { trainingError } from './errors.js';

/** Models by code, ready to be made in this thread. */
export interface Models {
  readonly tensorflow: TensorflowEngine;
  /** policy id → what makes its network */
  readonly ofPolicy: ReadonlyMap<string, NetworkByCode>;
}

/** Loads TensorFlow.js where there are models. Rejects with TENSORFLOW_UNAVAILABLE. */
export async function openModels(
  { tensorflow }: JobSpec,
  models: Readonly<Record<string, CreateModel>> = {},
): Promise<Models | undefined> {
  const entries = Object.entries(models);
  if (entries.length === 0) return undefined;
  const engine = await loadTensorflow(tensorflow?.backend);
  const ofPolicy = new Map(entries.map(([id, create]) => [id, modelByCode(engine, create, `policy "${id}"`)]));
  return { tensorflow: engine, ofPolicy };
}

/** Policies with the networks that code makes of them. Throws TRAINING_MODEL_UNFIT. */
export function withModels(
  policies: readonly ResolvedPolicy[],
  { agents }: Environment,
  models: Models | undefined,
): readonly ResolvedPolicy[] {
  if (models === undefined) return policies;
  const unknown = [...models.ofPolicy.keys()].find((id) => !policies.some(({ policyId }) => policyId === id));
  if (unknown !== undefined) {
    const known = policies.map(({ policyId }) => policyId).join(', ');
    throw unfit(unknown, `there is no such policy; the job has ${known}`);
  }
  return policies.map((policy) => {
    const { policyId, agentIds, policySpec } = policy;
    const byCode = models.ofPolicy.get(policyId);
    if (byCode === undefined) return policy;
    const { actionSpace } = agentNamed(agents, agentIds[0]!);
    if (actionSpace.kind === 'hierarchical') throw unfit(policyId, 'its actions have levels, each with a network');
    if (policySpec.network.recurrent !== undefined) throw unfit(policyId, 'the spec gives its network a memory');
    return { ...policy, policySpec: { ...policySpec, network: { ...policySpec.network, byCode } } };
  });
}

/** Throws TRAINING_MODEL_UNFIT where threads were asked for, to which functions cannot be sent. */
export function assertInThisThread(models: Models | undefined, threads: number): void {
  const [policyId] = models?.ofPolicy.keys() ?? [];
  if (policyId !== undefined && threads > 0) {
    throw unfit(policyId, `functions cannot be sent to the ${threads} threads that were asked for`);
  }
}

const unfit = (policyId: string, why: string): Error =>
  trainingError('TRAINING_MODEL_UNFIT', `the model given for policy "${policyId}" cannot be used: ${why}`, {
    data: { policyId },
  });
