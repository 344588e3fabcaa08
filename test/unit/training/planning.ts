import { Type } from 'typebox';
import { systemClock } from '../../../src/base/index.js';
import {
  createEnvironmentCatalog,
  defineBatchedEnvironment,
  type Environment,
  type EnvironmentDefinition,
} from '../../../src/envs/index.js';
import type { JobSpec, JobSpecInput } from '../../../src/jobs/index.js';
import { type JobPlan, planJob } from '../../../src/training/plan.js';
import type { UnitLayout, UnitState } from '../../../src/training/update-runner.js';
import { InlineWorkers } from '../../../src/training/workers.js';
import { resolve } from '../../helpers/training.js';

export interface Planned {
  readonly spec: JobSpec;
  readonly plan: JobPlan;
  readonly environments: readonly EnvironmentDefinition[];
}

export function planOf(input: JobSpecInput, environments: readonly EnvironmentDefinition[] = []): Planned {
  const spec = resolve(input, environments);
  return { spec, plan: planJob('job', spec, createEnvironmentCatalog(environments)), environments };
}

/** A workbench in this thread that knows the job, and the first state of each of its units. */
export async function openInline({ spec, plan, environments }: Planned) {
  const workers = new InlineWorkers(systemClock);
  await workers.open({ jobId: 'job', spec, environmentModules: [], environments });
  const initialized = await Promise.all(plan.units.map((_, unit) => workers.run('job', 'initialize', { unit })));
  return {
    workers,
    layouts: initialized.map(({ layout }) => layout),
    units: initialized.map(({ state }) => state),
  };
}

/** A batched environment without options, of which the parts that matter are given. */
export const environmentOf = (id: string, environment: Environment): EnvironmentDefinition =>
  defineBatchedEnvironment({ id, description: 'For a test.', options: Type.Object({}), create: () => environment });

/** Bytes with these numbers in them, in shared memory as training keeps them. */
export function sharedBytes(values: ArrayLike<number>): Uint8Array {
  const array = new Float32Array(new SharedArrayBuffer(4 * values.length));
  array.set(values);
  return new Uint8Array(array.buffer);
}

/** What is published of these states: each policy's parameters for acting, one after the other. */
export function actingWeights(units: readonly UnitState[], layouts: readonly UnitLayout[]): Uint8Array {
  const parts = units.map(({ tensors }, u) => tensors.slice(0, 4 * layouts[u].acting[0].count));
  return new Uint8Array(Buffer.concat(parts));
}
