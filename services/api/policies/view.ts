import { timeText } from '../jobs/view.js';
import type { PolicyView } from '../schemas/policies.js';
import type { NamedPolicy } from './served-policy.js';

export const policyLocation = (name: string): string => `/v1/policies/${name}`;

/** A name as it is shown. */
export const policyView = ({ name, revision, policy }: NamedPolicy): PolicyView => ({
  name,
  revision,
  owner: policy.owner,
  job: policy.jobId,
  checkpoint: policy.iteration,
  policy: policy.policyId,
  digest: policy.digest,
  servedAt: timeText(policy.servedAt),
  servedBy: policy.servedBy,
  parameters: policy.parameters,
  observationSpace: { ...policy.observationSpace },
  actionSpace: { ...policy.actionSpace },
  observationSize: policy.observationSize,
  actionSize: policy.actionSize,
  maskSize: policy.maskSize,
  agents: [...policy.agents],
  tellsAgents: policy.tellsAgents,
  stateSize: policy.stateSize ?? 0,
});
