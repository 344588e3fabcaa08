import type { RandomStream } from '../base/index.js';
import type { F32, Kernels } from '../kernels/index.js';
import { createPolicy, type Policy } from '../policies/index.js';
import { elementSize } from '../spaces/index.js';
import type { JobPlan } from './plan.js';

/** Rows that acting walks through a network at a time. */
const ACTING_ROWS = 256;

/** The policies of a job as actors hold them: networks without critics, and one block of weights. */
export class ActingPolicies {
  /** agent → its policy and that policy's parameters. */
  readonly ofAgent: readonly { readonly policy: Policy; readonly parameters: F32 }[];
  /** Acting parameters of each policy, in the plan's order. */
  readonly sizes: readonly number[];
  private readonly kernels: Kernels;
  private readonly policies: readonly Policy[];
  private readonly parameters: readonly F32[];

  constructor(kernels: Kernels, plan: JobPlan) {
    this.kernels = kernels;
    this.policies = plan.policies.map(({ policyId, agents, policySpec }) => {
      const agent = plan.environment.agents[agents[0]!]!;
      return createPolicy(kernels, {
        where: `policy "${policyId}"`,
        observationSize: elementSize(agent.observationSpace),
        space: agent.actionSpace,
        masked: agent.masked ?? false,
        spec: policySpec,
        maxRows: ACTING_ROWS,
      });
    });
    this.sizes = this.policies.map((policy) => policy.parameterCount);
    this.parameters = this.policies.map((policy) => kernels.f32(policy.parameterCount));
    this.ofAgent = plan.policyOf.map((p) => ({ policy: this.policies[p]!, parameters: this.parameters[p]! }));
  }

  /** Takes weights: each policy's acting parameters, f32, one after the other. Always copied: a version number does not tell
   *  whose weights they are (another checkpoint has one of the same number), and a copy costs less than a step. */
  load(weights: Uint8Array): void {
    // Not slice(): that of a Node.js Buffer makes a view, as unaligned as before.
    const bytes = weights.byteOffset % 4 === 0 ? weights : new Uint8Array(weights);
    let offset = bytes.byteOffset;
    for (const parameters of this.parameters) {
      parameters.set(new Float32Array(bytes.buffer, offset, parameters.length));
      offset += 4 * parameters.length;
    }
  }

  /** Fills noise of the law that the agent's distribution wants: f32[rows, noiseSize]. */
  drawNoise(agent: number, random: RandomStream, noise: F32, rows: number): void {
    const { policy } = this.ofAgent[agent]!;
    const count = rows * policy.noiseSize;
    const position = random.takeBlocks(Math.ceil(count / 4));
    if (policy.noiseKind === 'normal') this.kernels.fillNormal(position, noise, count);
    else this.kernels.fillUniform(position, noise, count);
  }

  dispose(): void {
    for (const policy of this.policies) policy.dispose();
    for (const parameters of this.parameters) this.kernels.free(parameters);
  }
}
