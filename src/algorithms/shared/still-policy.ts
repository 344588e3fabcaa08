import type { RandomStream } from '../../base/index.js';
import type { F32, Kernels } from '../../kernels/index.js';
import { createPolicy } from '../../policies/index.js';
import { elementSize } from '../../spaces/index.js';
import type { ActingPart, StateTensor, UpdaterContext } from '../port.js';

/** The parameters of a policy that no gradient changes. */
export class StillPolicy {
  readonly parameters: F32;
  readonly tensor: StateTensor;
  readonly acting: readonly ActingPart[];
  readonly rewardChannels: readonly (readonly number[])[];
  private readonly kernels: Kernels;
  private readonly initializePolicy: (parameters: F32, random: RandomStream) => void;
  private readonly disposePolicy: () => void;

  constructor(context: UpdaterContext) {
    const { kernels, policyId, observationSpace, actionSpace, masked, spec, rewardHeads } = context;
    const policy = createPolicy(kernels, {
      where: `policy "${policyId}"`,
      observationSize: elementSize(observationSpace),
      space: actionSpace,
      masked,
      spec,
      maxRows: 1,
    });
    this.kernels = kernels;
    this.parameters = kernels.f32(policy.parameterCount);
    this.tensor = { name: 'parameters', shape: [policy.parameterCount], data: this.parameters };
    this.acting = [{ offset: 0, count: policy.parameterCount }];
    this.rewardChannels = [rewardHeads.map((_, h) => h)];
    this.initializePolicy = (parameters, random) => policy.initialize(parameters, random);
    this.disposePolicy = () => policy.dispose();
  }

  initialize(random: RandomStream): void {
    this.initializePolicy(this.parameters, random);
  }

  dispose(): void {
    this.disposePolicy();
    this.kernels.free(this.parameters);
  }
}
