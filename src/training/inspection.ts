import { MarlinError } from '../base/index.js';
import type { TrajectoryEntry } from '../broker/index.js';
import { readTrajectory } from '../experience/index.js';
import { createPlainKernels } from '../kernels/index.js';
import { createPolicy } from '../policies/index.js';
import { elementSize, type Space } from '../spaces/index.js';
import type { JobPlan } from './plan.js';

/** Looks closer at iterations than their metrics tell. What it is shown changes nothing, and must not be changed or kept. */
export interface Inspector {
  /** Whether it wants to see this iteration, counted as in its event; asked after every one. */
  wants(iteration: number): boolean;
  look(view: IterationView): void;
}

/** What an iteration worked with; views that hold during the call only. */
export interface IterationView {
  /** As in the iteration's event. */
  readonly iteration: number;
  readonly agentSteps: number;
  readonly policies: readonly PolicyView[];
}

export interface PolicyView {
  readonly policyId: string;
  readonly actionSpace: Space;
  /** Acting parameters after the iteration, by part of the network: layers' weights and biases, say. */
  readonly parameters: readonly { readonly part: string; readonly values: Float32Array }[];
  /** f32[T·B, A] of each batch that was learned from and each of the policy's agents. */
  readonly actions: readonly Float32Array[];
}

interface Part {
  readonly part: string;
  readonly offset: number;
  readonly count: number;
}

/** Shows a job's iterations to its inspector. */
export class Inspections {
  private readonly plan: JobPlan;
  private readonly inspector: Inspector;
  /** policy → its parts. */
  private readonly parts: readonly (readonly Part[])[];

  constructor(plan: JobPlan, inspector: Inspector) {
    this.plan = plan;
    this.inspector = inspector;
    this.parts = plan.policies.map((_, p) => partsOf(plan, p));
  }

  /** weights: the acting parameters of each policy after the iteration, one after the other. */
  show(
    counted: Pick<IterationView, 'iteration' | 'agentSteps'>,
    weights: Uint8Array,
    entries: readonly TrajectoryEntry[],
  ) {
    const { plan, inspector } = this;
    if (!inspector.wants(counted.iteration)) return;
    const batches = entries.map((entry) => readTrajectory(plan.layout, entry.batch));
    let at = weights.byteOffset;
    inspector.look({
      ...counted,
      policies: plan.policies.map(({ policyId, agents }, p) => {
        const from = at;
        at += 4 * plan.actingCounts[p]!;
        return {
          policyId,
          actionSpace: plan.environment.agents[agents[0]!]!.actionSpace,
          parameters: this.parts[p]!.map(({ part, offset, count }) => ({
            part,
            values: new Float32Array(weights.buffer, from + 4 * offset, count),
          })),
          actions: batches.flatMap((batch) => agents.map((agent) => batch.agents[agent]!.action)),
        };
      }),
    });
  }
}

function partsOf(plan: JobPlan, p: number): readonly Part[] {
  const { policyId, agents, policySpec } = plan.policies[p]!;
  const { observationSpace, actionSpace, masked = false } = plan.environment.agents[agents[0]!]!;
  try {
    const policy = createPolicy(createPlainKernels(), {
      where: `policy "${policyId}"`,
      observationSize: elementSize(observationSpace),
      space: actionSpace,
      masked,
      spec: policySpec,
      maxRows: 1,
    });
    const parts = policy.parameterLayout.map(({ name, shape, offset }) => ({
      part: name,
      offset,
      count: shape.reduce((product, extent) => product * extent, 1),
    }));
    policy.dispose();
    return parts;
  } catch (error) {
    // A network that only another engine can make is shown in one piece.
    if (!(error instanceof MarlinError)) throw error;
    return [{ part: 'all', offset: 0, count: plan.actingCounts[p]! }];
  }
}
